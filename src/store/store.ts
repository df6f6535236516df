import type { Agent } from '../core/agent.ts';
import type { AuditRecord } from '../core/audit-record.ts';
import type { CheckState } from '../core/check-state.ts';
import type { Beat } from '../core/check-type.ts';
import type { Fence } from '../core/fence.ts';
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
import type { AuditStore } from './sql-audit.ts';
import type { ListQuery, Page } from './page.ts';

export interface StoredCheck {
  target: string;
  check: string;
  state: CheckState;
}

/** What one location knows of a check. */
export interface StoredSighting extends StoredCheck {
  location: string;
}

/** `token` is a hash of the token: what is stored cannot be used to send reports. */
export interface StoredBeat {
  token: string;
  beat: Beat;
}

/** The record of a ticket in any helpdesk. */
export interface TicketRecord {
  id: string;
  incident: string;
  adapter: string;
  /** The helpdesk's name in the config; older records have it only as part of their id. */
  helpdesk?: string;
  /** The name that people use for the ticket, if it differs from its id. */
  label?: string;
  remoteId: string;
  url: string;
  priority: Priority;
  status: 'open' | 'resolved';
  subject: string;
  body: string;
  createdAt: number;
}

/** A small value stored by name. */
export interface Mark {
  name: string;
  value: unknown;
}

/** An inbound call that has been processed; kept as an idempotency record, so that it never counts twice. */
export interface InboundRecord {
  id: string;
  /** Unix milliseconds. */
  at: number;
  /** The answer that was returned. */
  answer?: unknown;
}

/** Written atomically. */
export interface Change {
  checks?: readonly StoredCheck[];
  removedChecks?: readonly { target: string; check: string }[];
  sightings?: readonly StoredSighting[];
  removedSightings?: readonly { target: string; check: string; location: string }[];
  agents?: readonly Agent[];
  incidents?: readonly Incident[];
  /** The whole change is refused when an effect of the same incident, kind and n exists. */
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
  /** A span with the same target, state and start time is replaced. */
  spans?: readonly HistorySpan[];
  subscribers?: readonly Subscriber[];
  /** By email address. */
  removedSubscribers?: readonly string[];
  deskTickets?: readonly DeskTicket[];
  /** Append-only; the whole change is refused when an entry with the same idempotency key exists. */
  deskEntries?: readonly DeskEntry[];
  serviceTickets?: readonly ServiceTicket[];
  users?: readonly User[];
  removedUsers?: readonly string[];
  sessions?: readonly Session[];
  /** By id. */
  removedSessions?: readonly string[];
  /** The whole change is refused when a record with the same id exists. */
  inbound?: readonly InboundRecord[];
  /** Append-only. */
  audit?: readonly AuditRecord[];
}

/** What a start needs to continue where the last run stopped. */
export interface Snapshot {
  checks: StoredCheck[];
  sightings: StoredSighting[];
  agents: Agent[];
  /** Open incidents, those resolved since `resolvedSince`, and those that still have work to do. */
  incidents: Incident[];
  /** Effects that are not settled yet, in the order in which they were decided. */
  effects: Effect[];
  beats: StoredBeat[];
  /** Accepted messages whose delivery receipt must still be requested. */
  receipts: Effect[];
  /** Planned through the API or CLI. */
  windows: MaintenanceWindow[];
  /** Planned on-call overrides. */
  overrides: PlannedOverride[];
  marks: Mark[];
}

export interface IncidentQuery extends ListQuery {
  status?: 'open' | 'worked' | 'resolved';
  target?: string;
  priority?: string;
  customer?: string;
  /** When the incident was opened, Unix milliseconds: `since` inclusive, `until` exclusive. */
  since?: number;
  until?: number;
}

export interface EffectQuery extends ListQuery {
  incident?: string;
  kinds?: readonly EffectKind[];
  state?: EffectState['is'];
  /** When the effect was decided, Unix milliseconds: `since` inclusive, `until` exclusive. */
  since?: number;
  until?: number;
}

export interface TicketQuery extends ListQuery {
  incident?: string;
  status?: 'open' | 'resolved';
  adapter?: string;
  customer?: string;
  /** When the ticket was opened, Unix milliseconds: `since` inclusive, `until` exclusive. */
  since?: number;
  until?: number;
}

/**
 * The port to the persistent store. A write is durable when its promise resolves; when it rejects, with a StoreError,
 * nothing of it has been written. Lists are newest first.
 */
export interface Store {
  load(resolvedSince: number): Promise<Snapshot>;
  commit(change: Change): Promise<void>;
  incident(id: string): Promise<Incident | undefined>;
  effect(id: string): Promise<Effect | undefined>;
  /** The record of an inbound call with that id, if it has been processed. */
  inbound(id: string): Promise<InboundRecord | undefined>;
  mark(name: string): Promise<unknown>;
  /** Spans that are still open, or ended since then. */
  history(since: number): Promise<HistorySpan[]>;
  /** Subscribers of the status page. */
  subscribers(): Promise<Subscriber[]>;
  /** Tickets with SLA clocks: open ones, or all opened in that period. */
  serviceTickets(query: { isOpen: true } | { from: number; to: number }): Promise<ServiceTicket[]>;
  serviceTicket(id: string): Promise<ServiceTicket | undefined>;
  /** Users who sign in and are not in the config: portal users of customers. */
  users(): Promise<User[]>;
  session(id: string): Promise<Session | undefined>;
  /** Messages that were delivered inside the message with that code. */
  bundledWith(code: string): Promise<Effect[]>;
  /** The page or notice with that code. */
  messageByCode(code: string): Promise<Effect | undefined>;
  incidents(query: IncidentQuery): Promise<Page<Incident>>;
  effects(query: EffectQuery): Promise<Page<Effect>>;
  tickets(query: TicketQuery): Promise<Page<TicketRecord>>;
  events(incident: string): Promise<TimelineEvent[]>;
  desk: DeskStore;
  audit: AuditStore;
  /** Ids of unresolved incidents and unsettled effects: for the auditor. */
  unfinished(): Promise<{ incidents: string[]; effects: string[] }>;
  /** Whether this process may act on what it has stored. */
  readonly fence: Fence;
  /** Whether the last write succeeded. */
  writable(): boolean;
  /** Size on disk, as last known. */
  bytes(): number;
  /** Removes records whose retention period has passed; returns what was removed. */
  tidy(retention: Retention): Promise<Removed>;
  close(): Promise<void>;
}

export type StoreErrorKind =
  /** Not now: it is tried again. */
  | 'not-writable'
  | 'newer-version'
  | 'corrupt'
  | 'in-use'
  /** Never: what it would write contradicts what is stored, or cannot be stored. */
  | 'conflict'
  /** The answer was lost. Committing the same change again settles it: it counts once. */
  | 'unknown'
  /** Another instance has taken over: this process must end. */
  | 'superseded';

/** A store failure, worded for the operator. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
