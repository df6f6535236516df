import type { DeskEntry, DeskStateName, DeskTicket } from '../core/desk/desk-ticket.ts';
import type { Priority } from '../core/target.ts';
import type { ListQuery, Page } from './page.ts';

export interface DeskQuery extends ListQuery {
  states?: readonly DeskStateName[];
  priority?: Priority;
  /** `none`: nobody has it. */
  assignee?: string;
  customer?: string;
  /** Mail address. */
  requester?: string;
  /** Words that stand in subject or text. */
  text?: string;
}

export interface TrailWish {
  /** Of what is stored; at least one line comes, however long. */
  mostBytes: number;
  /** Where an earlier answer began. */
  before?: number;
  /** What the customer may read alone. */
  isPublic?: boolean;
}

export interface TrailEnd {
  entries: DeskEntry[];
  /** From where the earlier lines come; undefined when there are none. */
  before?: number;
}

/** Reads the tickets of the built-in helpdesk; they are written with everything else, by `Store.commit`. */
export interface DeskStore {
  /** The highest number that has been given. */
  lastNumber(): number;
  ticket(number: number): DeskTicket | undefined;
  ticketByKey(key: string): DeskTicket | undefined;
  /** The whole trail, the oldest line first. */
  entries(number: number): Promise<DeskEntry[]>;
  /** The end of the trail, the oldest line of it first: of a ticket that anybody may write to there is no end. */
  trailEnd(number: number, wish: TrailWish): TrailEnd;
  /** What came from outside under that key. */
  entryByKey(key: string): DeskEntry | undefined;
  /** Newest first. */
  list(query: DeskQuery): Promise<Page<DeskTicket>>;
  /** Those that are not closed, whoever has them: by number, at most `limit` of those after that one. */
  unclosed(after?: number, limit?: number): DeskTicket[];
  /** The ticket to which a mail of that Message-ID belongs. */
  ticketOfMail(messageId: string): number | undefined;
  /** Message-ID of the last mail that a requester sent about a ticket. */
  lastMailOf(number: number): string | undefined;
  /** Changed since then, the oldest change first. */
  changedSince(since: number, limit: number): Promise<DeskTicket[]>;
  /** Everything of a requester or customer since then, for their own eyes and for reports. */
  count(query: Omit<DeskQuery, 'limit' | 'cursor' | 'text'>): number;
}
