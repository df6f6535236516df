import type { AuditRecord } from '../core/audit-record.ts';
import type { Fence } from '../core/fence.ts';
import type { TableName } from './tables.ts';

export type SqlValue = string | number | Uint8Array | null;

/** One step of an atomic write. Rows hold the columns in the order of the table's definition. */
export type Write =
  /** Inserts the rows; a row with the same key is changed instead. */
  | { op: 'put'; table: TableName; rows: readonly (readonly SqlValue[])[] }
  /** Inserts the rows; one with the same key refuses the whole write. */
  | { op: 'add'; table: TableName; rows: readonly (readonly SqlValue[])[] }
  /** Inserts the rows that are not there yet. */
  | { op: 'add-once'; table: TableName; rows: readonly (readonly SqlValue[])[] }
  /** Inserts rows of another store as they are, with their numbers in front where the database numbers them. */
  | { op: 'copy'; table: TableName; rows: readonly (readonly SqlValue[])[] }
  /** Changes columns of existing rows; each row holds the new values, then the key. */
  | { op: 'set'; table: TableName; columns: readonly string[]; rows: readonly (readonly SqlValue[])[] }
  /** Deletes rows; each row holds the key. */
  | { op: 'remove'; table: TableName; rows: readonly (readonly SqlValue[])[] }
  /** Appends to the chain of the audit log. */
  | { op: 'append-audit'; records: readonly AuditRecord[] }
  /** Any other statement that both databases understand; parameters are written as `?`. */
  | { op: 'run'; sql: string; values: readonly SqlValue[] };

/** How a database finds the words of tickets and of their entries; each is a statement with `?` parameters. */
export interface WordSearch {
  /** The words as this database's search expects them: each matches by prefix, in any position. */
  match(words: readonly string[]): string;
  /** Numbers of tickets whose own text matches, newest first; parameters: match, those of `among`, limit. */
  tickets(among: string): string;
  /** Numbers of tickets with an entry that matches, newest first; parameters as above. */
  entries(among: string): string;
}

export interface WriteOptions {
  /** Trails of tickets and the audit log may be changed: by retention and erasure alone. */
  changesTrails?: boolean;
  /** What the writes were made from: the same object again means the same writes again, which count once. */
  source?: object;
}

/**
 * The port to a database: everything the store does is written once, in the SQL that SQLite and PostgreSQL share, and
 * what differs between them stands behind this.
 */
export interface SqlDatabase {
  /**
   * The rows of a query; parameters are written as `?`. They are what keys are compared with, unless `isSearch` says that
   * they are words to search for. Rejects with a StoreError.
   */
  all<Row>(sql: string, values?: readonly SqlValue[], isSearch?: boolean): Promise<Row[]>;
  /**
   * Writes atomically and in the order of the calls; durable when the promise resolves. Rejects with a StoreError when
   * nothing was written.
   */
  write(writes: readonly Write[], options?: WriteOptions): Promise<void>;
  readonly words: WordSearch;
  readonly fence: Fence;
  /** Whether the last write succeeded and the database is where it was opened. */
  writable(): boolean;
  /** Size on disk, as last known. */
  bytes(): number;
  /**
   * Gives back what removed rows leave behind. `thoroughly`: no trace of removed text is left in the files; the monitor
   * must not be running.
   */
  compact(thoroughly?: boolean): Promise<void>;
  /** After copies: what is inserted next gets numbers behind those that were copied. */
  afterCopy(): Promise<void>;
  close(): Promise<void>;
}
