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
  /** Idempotency key of this order: repeated, it must not create a second ticket, where the helpdesk can tell. */
  orderId: string;
  /** Our own key: it never creates a second ticket where the helpdesk can reject one. */
  key: string;
  subject: string;
  /** Plain text; the adapter converts it to the helpdesk's format. */
  body: string;
  priority: Priority;
  customer?: TicketCustomer;
  /** How it reached us, when it is not about an outage that we detected. */
  origin?: 'phone' | 'report';
}

export interface RemoteTicket {
  remoteId: string;
  /** Its name for people, where that is not its id. */
  label?: string;
  /** For people; empty when the helpdesk has no address of its own. */
  url: string;
}

export interface CreatedTicket extends RemoteTicket {
  /** What the helpdesk rejected, in words for a note on the ticket. */
  remarks?: string[];
}

export interface TicketEntry {
  /** Idempotency key of this note or reply. */
  key: string;
  text: string;
}

/** At least one of them. A reopened ticket gets back its priority with its status. */
export interface TicketChange {
  status?: TicketStatus;
  priority?: Priority;
}

/** The interface to every helpdesk. Its methods do not throw; the outcome says what happened. */
export interface Helpdesk {
  readonly adapter: string;
  /** Which instance it is: another one has other tickets. */
  readonly place: string;
  /** How long a ticket that exists may stay invisible to `findAll`, milliseconds. */
  readonly indexLagMs: number;
  create(ticket: NewTicket): Promise<Outcome<CreatedTicket>>;
  /** All tickets with that key, the oldest first. */
  findAll(key: string): Promise<Outcome<TicketReading[]>>;
  /** Visible to the team only. */
  note(remoteId: string, note: TicketEntry): Promise<Outcome<string>>;
  /** Visible to the customer, too. Absent where the helpdesk cannot notify them. */
  reply?(remoteId: string, reply: TicketEntry): Promise<Outcome<string>>;
  /**
   * Looks up after a lost response whether that note was written, or the reply with the text `reply`. Absent where the
   * same key is never written twice.
   */
  hasEntry?(remoteId: string, key: string, reply?: string): Promise<Outcome<boolean>>;
  /** Idempotent. */
  update(remoteId: string, change: TicketChange): Promise<Outcome<string>>;
  /** Assigns the ticket to the person whom the helpdesk identifies by `to`. Idempotent. */
  assign(remoteId: string, to: string): Promise<Outcome<string>>;
  /** Null when the ticket no longer exists. Absent where tickets can only be written. */
  read?(remoteId: string): Promise<Outcome<TicketReading | null>>;
  /** What people have done to it since that time on the helpdesk's clock, the oldest first. */
  humanActs?(remoteId: string, sinceMs: number): Promise<Outcome<HumanAct[]>>;
  /** Tickets changed since that time on the helpdesk's clock, whoever opened them, the oldest change first. */
  changedSince?(sinceMs: number): Promise<Outcome<ChangedTickets>>;
  /** How a ticket that we open with that priority reads back, where the helpdesk has fewer priorities. */
  readsAs?(priority: Priority): Priority | undefined;
  /** Closes a duplicate with a note on which ticket is kept. Absent where a key can never have two. */
  closeDouble?(remoteId: string, kept: RemoteTicket): Promise<Outcome<string>>;
  /** What in the settings does not fit the helpdesk as it is: one sentence each. */
  inspect?(): Promise<Outcome<string[]>>;
  /** True if a webhook call comes from the helpdesk. It only makes polling faster: its body is not trusted. */
  isGenuine(headers: HttpHeaders, body: string): boolean;
}

/** The built-in helpdesk, as its adapter uses it. */
export interface BuiltInDesk {
  ticket(number: number): Promise<DeskTicket | undefined>;
  byKey(key: string): Promise<DeskTicket | undefined>;
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
  /** Used only by the adapter of the built-in helpdesk. */
  desk(): BuiltInDesk;
  publicUrl: string;
  now(): number;
}

/** What a helpdesk can do and guarantee, for people who choose one; the table in the docs is made from it. */
export interface Capabilities {
  /** Where the incident key is stored. */
  keyIn: string;
  /** What a lost response is looked up by. */
  lookUp: string;
  /** What is done with duplicates. */
  doubles: string;
  /** Or the condition under which it can. */
  publicReply: boolean | string;
  /** What `people` contains: how the helpdesk identifies an assignee. */
  assignee: string;
  /** Where the actions of people are read from; empty when they cannot be. */
  humanActs: string;
  /** How the customer of a ticket that people opened is recognised. */
  whose: string;
  /** How changed tickets are listed. */
  changes: string;
  deleted: string;
  webhook: string;
  /** What `validate --online` can read and check. */
  inspects: string;
  /** What exactly-one amounts to when everything goes wrong. */
  worstCase: string;
}

/** Each helpdesk's file exports this as `default`. */
export interface HelpdeskType<Settings = unknown> {
  type: string;
  /** As its vendor writes it, for tickets and pages: `Freshdesk`. Without one it is called by its type. */
  product?: string;
  summary: string;
  /** What to do in the helpdesk beforehand, in Markdown. */
  setup: string;
  /** Lines of YAML below `helpdesk:`. */
  example: string;
  settings: ZodType;
  capabilities: Capabilities;
  secrets(settings: Settings): readonly string[];
  create(settings: Settings, ports: HelpdeskPorts): Helpdesk;
}

/** True if the ticket is in this helpdesk: the same name may by now stand for another type or instance. */
export const isIn = (
  ticket: TicketReference | undefined,
  name: string,
  { adapter, place }: Pick<Helpdesk, 'adapter' | 'place'>,
): boolean =>
  ticket?.helpdesk === name &&
  ticket.adapter === adapter &&
  (ticket.place === undefined || ticket.place === place);
