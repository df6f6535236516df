import type { Priority } from '../core/target.ts';

export interface DeskTicket {
  number: number;
  key: string;
  subject: string;
  body: string;
  priority: Priority;
  status: 'open' | 'resolved';
  createdAt: number;
  updatedAt: number;
}

export interface DeskEntry {
  at: number;
  event: 'note' | 'reply' | 'resolved' | 'reopened';
  text: string;
}

/** Where the built-in helpdesk keeps its tickets. Every write is durable when its promise resolves. */
export interface DeskStore {
  /** The same key gives the ticket that is there. */
  createTicket(
    ticket: Pick<DeskTicket, 'key' | 'subject' | 'body' | 'priority'>,
    now: number,
  ): Promise<DeskTicket>;
  findTicket(key: string): Promise<DeskTicket | undefined>;
  readTicket(number: number): Promise<DeskTicket | undefined>;
  entries(number: number): Promise<DeskEntry[]>;
  /** The same key is written once. False when there is no such ticket. */
  addEntry(
    number: number,
    entry: { key: string; event: 'note' | 'reply'; text: string },
    now: number,
  ): Promise<boolean>;
  /** A change to what it is already does nothing. False when there is no such ticket. */
  change(
    number: number,
    change: { status?: DeskTicket['status']; priority?: Priority },
    now: number,
  ): Promise<boolean>;
}
