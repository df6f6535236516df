import type { HttpHeaders } from '../core/http-headers.ts';
import type { ZodType } from 'zod';
import type { TicketReference } from '../core/incident.ts';
import type { Outcome, TicketCustomer } from '../core/effect.ts';
import type { Priority } from '../core/target.ts';
import type { ChangedTickets, HumanAct, TicketReading, TicketStatus } from '../core/ticket-reading.ts';
import type { DeskAction } from '../core/desk/desk-action.ts';
import type { Actor, DeskTicket } from '../core/desk/desk-ticket.ts';
import type { NewDeskTicket } from '../core/desk/new-ticket.ts';

export interface NewTicket {
  /** Our own key of this order: carried out again it must not make a second ticket, where the helpdesk can tell. */
  orderId: string;
  /** Our own key: the same key never makes a second ticket where the helpdesk can refuse one. */
  key: string;
  subject: string;
  /** Plain text; the adapter turns it into what its helpdesk wants. */
  body: string;
  priority: Priority;
  customer?: TicketCustomer;
  /** How it came to us, when it is about no outage that we have seen. */
  origin?: 'phone' | 'report';
}

export interface RemoteTicket {
  remoteId: string;
  /** How people call it, where that is not its id. */
  label?: string;
  /** For people; empty when the helpdesk has no address of its own. */
  url: string;
}

export interface CreatedTicket extends RemoteTicket {
  /** What the helpdesk would not take, in words for a note on the ticket. */
  remarks?: string[];
}

export interface TicketEntry {
  /** Our own key of this note or reply. */
  key: string;
  text: string;
}

/** At least one of them. A reopened ticket gets its priority back with its status. */
export interface TicketChange {
  status?: TicketStatus;
  priority?: Priority;
}

/** The port through which every helpdesk is reached. Nothing here throws; the outcome says what came of it. */
export interface Helpdesk {
  readonly adapter: string;
  /** Where it is: another place has other tickets. */
  readonly place: string;
  /** How long a ticket that exists may stay invisible to `findAll`, milliseconds. */
  readonly indexLagMs: number;
  create(ticket: NewTicket): Promise<Outcome<CreatedTicket>>;
  /** All tickets with that key, the oldest first. */
  findAll(key: string): Promise<Outcome<TicketReading[]>>;
  /** For the team only. */
  note(remoteId: string, note: TicketEntry): Promise<Outcome<string>>;
  /** For the customer too. Absent where the helpdesk cannot tell them. */
  reply?(remoteId: string, reply: TicketEntry): Promise<Outcome<string>>;
  /**
   * After a lost answer: whether that note was written, or the reply that says `reply`. Absent where the same key is
   * never written twice.
   */
  hasEntry?(remoteId: string, key: string, reply?: string): Promise<Outcome<boolean>>;
  /** Doing it twice does no harm. */
  update(remoteId: string, change: TicketChange): Promise<Outcome<string>>;
  /** Gives it to somebody, by what the helpdesk calls them. Doing it twice does no harm. */
  assign(remoteId: string, to: string): Promise<Outcome<string>>;
  /** Null when there is no such ticket any more. Absent where tickets can only be written. */
  read?(remoteId: string): Promise<Outcome<TicketReading | null>>;
  /** What humans have done to it since that time on the helpdesk's clock, the oldest first. */
  humanActs?(remoteId: string, sinceMs: number): Promise<Outcome<HumanAct[]>>;
  /** Tickets that were changed since that time on the helpdesk's clock, whoever made them, the oldest change first. */
  changedSince?(sinceMs: number): Promise<Outcome<ChangedTickets>>;
  /** How a ticket that we open with that priority is read back, where the helpdesk knows fewer priorities. */
  readsAs?(priority: Priority): Priority | undefined;
  /** Ends a second ticket for the same key with a word on which is kept. Absent where a key can never have two. */
  closeDouble?(remoteId: string, kept: RemoteTicket): Promise<Outcome<string>>;
  /** What of the settings does not fit the helpdesk as it is: one sentence each. */
  inspect?(): Promise<Outcome<string[]>>;
  /** Whether a webhook's call comes from the helpdesk. It only makes polling faster: its body is not believed. */
  isGenuine(headers: HttpHeaders, body: string): boolean;
}

/** The built-in helpdesk, as its adapter uses it. */
export interface BuiltInDesk {
  ticket(number: number): DeskTicket | undefined;
  byKey(key: string): DeskTicket | undefined;
  open(given: NewDeskTicket, by: Actor): Promise<DeskTicket>;
  act(
    number: number,
    by: Actor,
    action: DeskAction,
  ): Promise<{ is: 'done' } | { is: 'refused'; why: string }>;
  humanActs(number: number, since: number): Promise<HumanAct[]>;
  changedSince(since: number, limit: number): Promise<DeskTicket[]>;
}

export interface HelpdeskPorts {
  /** Asked for by the adapter of the built-in helpdesk alone. */
  desk(): BuiltInDesk;
  publicUrl: string;
  now(): number;
}

/** What a helpdesk can do and promise, for people who choose one; the table in the docs is made from it. */
export interface Capabilities {
  /** Where our key is kept. */
  keyIn: string;
  /** By what a lost answer is looked up. */
  lookUp: string;
  /** What becomes of doubles. */
  doubles: string;
  /** Or under which condition. */
  publicReply: boolean | string;
  /** What stands in `people`: what it calls whoever is given a ticket. */
  assignee: string;
  /** Where what humans did is read from; empty when it cannot be. */
  humanActs: string;
  /** By what of a human's ticket its customer is known. */
  whose: string;
  /** How tickets that changed are listed. */
  changes: string;
  deleted: string;
  webhook: string;
  /** What can be read and checked by `validate --online`. */
  inspects: string;
  /** What exactly-one comes to when everything goes wrong. */
  worstCase: string;
}

/** One file a helpdesk exports this as `default`. */
export interface HelpdeskType<Settings = unknown> {
  type: string;
  /** As its vendor writes it, for tickets and pages: `Freshdesk`. Without one it is called by its type. */
  product?: string;
  summary: string;
  /** What has to be done in the helpdesk beforehand, in Markdown. */
  setup: string;
  /** Lines of YAML below `helpdesk:`. */
  example: string;
  settings: ZodType;
  capabilities: Capabilities;
  secrets(settings: Settings): readonly string[];
  create(settings: Settings, ports: HelpdeskPorts): Helpdesk;
}

/** Whether that ticket is in this helpdesk: the same name may stand for another kind or place by now. */
export const isIn = (
  ticket: TicketReference | undefined,
  name: string,
  { adapter, place }: Pick<Helpdesk, 'adapter' | 'place'>,
): boolean =>
  ticket?.helpdesk === name &&
  ticket.adapter === adapter &&
  (ticket.place === undefined || ticket.place === place);
