import type { ZodType } from 'zod';
import type { Outcome } from '../core/effect.ts';
import type { Priority } from '../core/target.ts';
import type { DeskStore } from '../store/desk-store.ts';

export interface NewTicket {
  /** Our own key: the same key never makes a second ticket where the helpdesk can refuse one. */
  key: string;
  subject: string;
  /** Plain text; the adapter turns it into what its helpdesk wants. */
  body: string;
  priority: Priority;
}

export interface RemoteTicket {
  remoteId: string;
  /** For people; empty when the helpdesk has no address of its own. */
  url: string;
}

export interface FoundTicket extends RemoteTicket {
  isOpen: boolean;
}

export interface TicketNote {
  /** Our own key of this note. */
  key: string;
  text: string;
}

/** The port through which every helpdesk is reached. Nothing here throws; the outcome says what came of it. */
export interface Helpdesk {
  readonly adapter: string;
  /** How long a ticket that exists may stay invisible to `find`, milliseconds. */
  readonly indexLagMs: number;
  create(ticket: NewTicket): Promise<Outcome<RemoteTicket>>;
  find(key: string): Promise<Outcome<RemoteTicket | null>>;
  /**
   * All tickets with that key, the oldest first; absent where a key can never have two. `closeDouble` ends
   * one of them with a word on which is kept; doing it twice does no harm.
   */
  doubles?: {
    findAll(key: string): Promise<Outcome<FoundTicket[]>>;
    close(remoteId: string, kept: RemoteTicket): Promise<Outcome<string>>;
  };
  note(remoteId: string, note: TicketNote): Promise<Outcome<string>>;
  /** After a lost answer: whether that note was written. Absent where the same key is never written twice. */
  findNote?(remoteId: string, key: string): Promise<Outcome<string | null>>;
  resolve(remoteId: string): Promise<Outcome<string>>;
  reopen(remoteId: string): Promise<Outcome<string>>;
}

export interface HelpdeskPorts {
  desk: DeskStore;
  publicUrl: string;
  now(): number;
}

/** One file a helpdesk exports this as `default`. */
export interface HelpdeskType<Settings = unknown> {
  type: string;
  summary: string;
  settings: ZodType;
  secrets(settings: Settings): readonly string[];
  create(settings: Settings, ports: HelpdeskPorts): Helpdesk;
}
