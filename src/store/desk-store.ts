import type { DeskEntry, DeskStateName, DeskTicket } from '../core/desk/desk-ticket.ts';
import type { Priority } from '../core/target.ts';
import type { ListQuery, Page } from './page.ts';

export interface DeskQuery extends ListQuery {
  states?: readonly DeskStateName[];
  priority?: Priority;
  /** `none`: unassigned. */
  assignee?: string;
  customer?: string;
  /** Email address. */
  requester?: string;
  /** Words to search for in the subject or text. */
  text?: string;
}

export interface TrailWish {
  /** Limit on the stored size; at least one entry is returned, however long it is. */
  mostBytes: number;
  /** Cursor: where the previous answer began. */
  before?: number;
  /** Only the entries that the customer may read. */
  isPublic?: boolean;
}

export interface TrailEnd {
  entries: DeskEntry[];
  /** Cursor for the earlier entries; undefined when there are none. */
  before?: number;
}

/** Reads the tickets of the built-in helpdesk; `Store.commit` writes them together with everything else. */
export interface DeskStore {
  /** The highest ticket number that has been assigned. */
  lastNumber(): Promise<number>;
  ticket(number: number): Promise<DeskTicket | undefined>;
  ticketByKey(key: string): Promise<DeskTicket | undefined>;
  /** The whole trail, oldest entry first. */
  entries(number: number): Promise<DeskEntry[]>;
  /** The end of the trail, its oldest entry first: a trail that anyone may write to can grow without limit. */
  trailEnd(number: number, wish: TrailWish): Promise<TrailEnd>;
  /** The inbound entry with that idempotency key. */
  entryByKey(key: string): Promise<DeskEntry | undefined>;
  /** Newest first. */
  list(query: DeskQuery): Promise<Page<DeskTicket>>;
  /** Tickets that are not closed, any assignee: ordered by number, at most `limit` of those after `after`. */
  unclosed(after?: number, limit?: number): Promise<DeskTicket[]>;
  /** The ticket to which the mail with that Message-ID belongs. */
  ticketOfMail(messageId: string): Promise<number | undefined>;
  /** Message-ID of the last mail that a requester sent about a ticket. */
  lastMailOf(number: number): Promise<string | undefined>;
  /** Tickets changed since then, oldest change first. */
  changedSince(since: number, limit: number): Promise<DeskTicket[]>;
  /** Counts the tickets that match. */
  count(query: Omit<DeskQuery, 'limit' | 'cursor' | 'text'>): Promise<number>;
}
