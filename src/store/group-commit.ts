import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from './store.ts';

interface Waiting {
  work: (database: DatabaseSync) => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** Writes per transaction: with more, all other work would wait too long while they are written. */
const MOST_IN_GROUP = 250;

/**
 * Gathers the writes of one turn of the event loop into one transaction: if the disk takes 3 ms to sync, a thousand
 * incidents take 3 ms too. Each write succeeds or fails on its own, behind its own savepoint.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #lastFailed = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get lastFailed(): boolean {
    return this.#lastFailed;
  }

  /** Resolves with what `work` returns once it is durable. */
  write<Value>(work: (database: DatabaseSync) => Value): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.#writeGroup());
    });
  }

  /** Writes all queued work now. */
  flush(): void {
    while (this.#waiting.length > 0) this.#writeGroup();
  }

  #writeGroup(): void {
    const group = this.#waiting.splice(0, MOST_IN_GROUP);
    this.#scheduled = this.#waiting.length > 0;
    if (this.#scheduled) setImmediate(() => this.#writeGroup());
    if (group.length === 0) return;
    const settled: (() => void)[] = [];
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const one of group) settled.push(this.#one(one, group.length > 1));
      this.#database.exec('COMMIT');
      this.#lastFailed = false;
    } catch (error) {
      this.#rollBack();
      const why = storeError(error);
      this.#lastFailed = why.kind !== 'conflict';
      for (const { reject } of group) reject(why);
      return;
    }
    for (const settle of settled) settle();
  }

  #one({ work, resolve, reject }: Waiting, guarded: boolean): () => void {
    if (!guarded) {
      const value = work(this.#database);
      return () => resolve(value);
    }
    this.#database.exec('SAVEPOINT one');
    try {
      const value = work(this.#database);
      this.#database.exec('RELEASE one');
      return () => resolve(value);
    } catch (error) {
      const why = storeError(error);
      if (why.kind !== 'conflict') throw error;
      this.#database.exec('ROLLBACK TO one');
      this.#database.exec('RELEASE one');
      return () => reject(why);
    }
  }

  #rollBack(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch {
      // SQLite has already rolled back.
    }
  }
}

// https://www.sqlite.org/rescode.html
const CONSTRAINT = 19;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { errcode, code, message } = error as { errcode?: number; code?: string; message: string };
  // Neither an SQLite nor a system error: a bug in this one change, which no retry will fix.
  if (errcode === undefined && (code === undefined || code.startsWith('ERR_INVALID')))
    return new StoreError('conflict', message);
  const primary = (errcode ?? 0) & 0xff;
  if (primary === CONSTRAINT) return new StoreError('conflict', message);
  if (primary === CORRUPT || primary === NOT_A_DATABASE) return new StoreError('corrupt', message);
  return new StoreError('not-writable', message);
}
