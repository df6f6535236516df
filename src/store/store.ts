import type { AuditRecord } from '../core/audit-record.ts';
import type { CheckState } from '../core/check-state.ts';
import type { Beat } from '../core/check-type.ts';
import type { Effect, EffectKind, EffectState } from '../core/effect.ts';
import type { HistorySpan } from '../core/history.ts';
import type { Incident, TimelineEvent } from '../core/incident.ts';
import type { MaintenanceWindow } from '../core/maintenance.ts';
import type { Priority } from '../core/target.ts';
import type { PlannedOverride } from '../core/on-call.ts';
import type { DeskEntry, DeskTicket } from '../core/desk/desk-ticket.ts';
import type { ServiceTicket } from '../core/service/service-ticket.ts';
import type { Subscriber } from '../core/subscriber.ts';
import type { Session, User } from '../core/user.ts';
import type { DeskStore } from './desk-store.ts';
import type { Removed, Retention } from './retention.ts';
import type { AuditStore } from './sqlite-audit.ts';
import type { ListQuery, Page } from './page.ts';

export interface StoredCheck {
  target: string;
  check: string;
  state: CheckState;
}

/** `token` is a hash of the token: what is stored cannot be used to report in. */
export interface StoredBeat {
  token: string;
  beat: Beat;
}

/** The record of a ticket, whatever helpdesk holds it. */
export interface TicketRecord {
  id: string;
  incident: string;
  adapter: string;
  /** Its name in the config; records of before have it in their id alone. */
  helpdesk?: string;
  /** How people call it, where that is not its id. */
  label?: string;
  remoteId: string;
  url: string;
  priority: Priority;
  status: 'open' | 'resolved';
  subject: string;
  body: string;
  createdAt: number;
}

/** Something small that is remembered by name. */
export interface Mark {
  name: string;
  value: unknown;
}

/** Something that has come in from outside and is done with: it never counts twice. */
export interface InboundRecord {
  id: string;
  /** Unix milliseconds. */
  at: number;
  /** What was answered. */
  answer?: unknown;
}

/** What is written together or not at all. */
export interface Change {
  checks?: readonly StoredCheck[];
  removedChecks?: readonly { target: string; check: string }[];
  incidents?: readonly Incident[];
  /** Refused, with all of the change, when one of that incident, kind and n is there. */
  newEffects?: readonly Effect[];
  effects?: readonly Effect[];
  events?: readonly TimelineEvent[];
  tickets?: readonly TicketRecord[];
  ticketStatus?: readonly { incident: string; status: TicketRecord['status'] }[];
  beats?: readonly StoredBeat[];
  windows?: readonly MaintenanceWindow[];
  removedWindows?: readonly string[];
  overrides?: readonly PlannedOverride[];
  removedOverrides?: readonly string[];
  marks?: readonly Mark[];
  /** One of the same target, state and beginning is written anew. */
  spans?: readonly HistorySpan[];
  subscribers?: readonly Subscriber[];
  /** By their address. */
  removedSubscribers?: readonly string[];
  deskTickets?: readonly DeskTicket[];
  /** Only ever added to; refused, with all of the change, when one of that key is there. */
  deskEntries?: readonly DeskEntry[];
  serviceTickets?: readonly ServiceTicket[];
  users?: readonly User[];
  removedUsers?: readonly string[];
  sessions?: readonly Session[];
  /** By their id. */
  removedSessions?: readonly string[];
  /** Refused, with all of the change, when one of that id is there. */
  inbound?: readonly InboundRecord[];
  /** Only ever added to. */
  audit?: readonly AuditRecord[];
}

/** What a start needs to go on where the last run stopped. */
export interface Snapshot {
  checks: StoredCheck[];
  /** Open ones, those resolved since `resolvedSince`, and those that still have something to be done. */
  incidents: Incident[];
  /** Not settled yet, in the order in which they were decided. */
  effects: Effect[];
  beats: StoredBeat[];
  /** Accepted messages whose receipt is still to be asked for. */
  receipts: Effect[];
  /** Planned by API or CLI. */
  windows: MaintenanceWindow[];
  /** Of who is on call, planned by people. */
  overrides: PlannedOverride[];
  marks: Mark[];
}

export interface IncidentQuery extends ListQuery {
  status?: 'open' | 'worked' | 'resolved';
  target?: string;
  priority?: string;
  customer?: string;
  /** When it was opened, Unix milliseconds: not before, and before. */
  since?: number;
  until?: number;
}

export interface EffectQuery extends ListQuery {
  incident?: string;
  kinds?: readonly EffectKind[];
  state?: EffectState['is'];
  /** When it was decided, Unix milliseconds: not before, and before. */
  since?: number;
  until?: number;
}

export interface TicketQuery extends ListQuery {
  incident?: string;
  status?: 'open' | 'resolved';
  adapter?: string;
  customer?: string;
  /** When it was opened, Unix milliseconds: not before, and before. */
  since?: number;
  until?: number;
}

/**
 * The port to whatever keeps our state. A write is durable when its promise resolves; it rejects with a
 * StoreError and nothing of it written. Lists are newest first.
 */
export interface Store {
  load(resolvedSince: number): Promise<Snapshot>;
  commit(change: Change): Promise<void>;
  incident(id: string): Promise<Incident | undefined>;
  effect(id: string): Promise<Effect | undefined>;
  /** What has been done with an inbound call of that id. */
  inbound(id: string): Promise<InboundRecord | undefined>;
  mark(name: string): Promise<unknown>;
  /** Spans that last, or ended since then. */
  history(since: number): Promise<HistorySpan[]>;
  /** Of the status page. */
  subscribers(): Promise<Subscriber[]>;
  /** Tickets with promises: open ones, or all that were opened in that time. */
  serviceTickets(query: { isOpen: true } | { from: number; to: number }): Promise<ServiceTicket[]>;
  /** At once: what is decided next builds on it. */
  serviceTicket(id: string): ServiceTicket | undefined;
  /** People who sign in and are not in the config: portal users of customers. */
  users(): Promise<User[]>;
  session(id: string): Promise<Session | undefined>;
  /** Messages that went within the one of that code. */
  bundledWith(code: string): Promise<Effect[]>;
  /** The page or notice with that code. */
  messageByCode(code: string): Promise<Effect | undefined>;
  incidents(query: IncidentQuery): Promise<Page<Incident>>;
  effects(query: EffectQuery): Promise<Page<Effect>>;
  tickets(query: TicketQuery): Promise<Page<TicketRecord>>;
  events(incident: string): Promise<TimelineEvent[]>;
  desk: DeskStore;
  audit: AuditStore;
  /** Ids of the incidents and effects that are not at their end: for the auditor. */
  unfinished(): Promise<{ incidents: string[]; effects: string[] }>;
  /** Whether the last write went through. */
  writable(): boolean;
  /** Removes what has been kept long enough; gives what was removed. */
  tidy(retention: Retention): Promise<Removed>;
  close(): Promise<void>;
}

export type StoreErrorKind = 'not-writable' | 'newer-version' | 'corrupt' | 'in-use' | 'conflict';

/** What the store cannot do, in words for the operator. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
