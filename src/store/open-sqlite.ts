import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { storeError } from './group-commit.ts';
import { MIGRATIONS } from './sqlite-schema.ts';
import { StoreError } from './store.ts';

/** Waiting for a lock blocks the whole process; the journal retries what could not be written. */
const BUSY_TIMEOUT_MS = 50;

export interface OpenedDatabase {
  database: DatabaseSync;
  /** Held for as long as the process lives; the operating system releases it even after `kill -9`. */
  lock?: DatabaseSync;
}

/** Opens the file and creates or migrates its tables. With `exclusive`, no second monitor can open it. */
export function openSqlite(path: string, options: { exclusive: boolean }): OpenedDatabase {
  let lock: DatabaseSync | undefined;
  let database: DatabaseSync | undefined;
  try {
    if (path !== ':memory:') prepareFiles(path);
    if (options.exclusive && path !== ':memory:') lock = takeLock(`${path}.lock`);
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    // FULL: a commit is on disk before any external action starts.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    migrate(database, path);
    return { database, lock };
  } catch (error) {
    database?.close();
    lock?.close();
    throw inWords(error, path);
  }
}

/**
 * The store holds keys, hashes and every ticket: only this user may read its files. SQLite gives its write-ahead log
 * the permissions of the database.
 */
function prepareFiles(path: string): void {
  const folder = dirname(path);
  const isNew = !existsSync(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (isNew && hasAttachments(join(folder, 'attachments'))) {
    throw new StoreError(
      'not-writable',
      `there is no ${path}, but the attachments of one lie beside it; put the database back, or move ${join(folder, 'attachments')} away to start afresh`,
    );
  }
  closeSync(openSync(path, 'a', 0o600));
  for (const name of [path, `${path}-wal`, `${path}-shm`, `${path}.lock`]) {
    try {
      if (existsSync(name)) chmodSync(name, 0o600);
    } catch {
      // Another user owns the file; opening it will show whether it can be used.
    }
  }
}

function hasAttachments(folder: string): boolean {
  try {
    return readdirSync(folder).some((part) => readdirSync(join(folder, part)).length > 0);
  } catch {
    return false;
  }
}

/** Keeps monitors off the store while its files are replaced; throws `in-use`. Close it to release the lock. */
export function lockStore(path: string): DatabaseSync {
  try {
    return takeLock(`${path}.lock`);
  } catch (error) {
    throw inWords(error, path);
  }
}

function takeLock(path: string): DatabaseSync {
  closeSync(openSync(path, 'a', 0o600));
  const lock = new DatabaseSync(path, { timeout: 200 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if ((((error as { errcode?: number }).errcode ?? 0) & 0xff) !== 5) throw error;
    const database = path.replace(/\.lock$/, '');
    throw new StoreError(
      'in-use',
      `another monitor runs on ${database}; stop it, or give this one its own \`store\``,
    );
  }
}

function migrate(database: DatabaseSync, path: string): void {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
  const version = row.user_version;
  if (version > MIGRATIONS.length) {
    const known = `this one knows up to ${MIGRATIONS.length}`;
    throw new StoreError(
      'newer-version',
      `${path} was written by a newer Watchdesk (format ${version}, ${known}); start that one, or give this one another \`store\``,
    );
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    database.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[next]}; PRAGMA user_version = ${next + 1}; COMMIT`);
  }
}

function inWords(error: unknown, path: string): StoreError {
  const known = storeError(
    (error as NodeJS.ErrnoException).code === 'EACCES' || (error as NodeJS.ErrnoException).code === 'EROFS'
      ? new StoreError('not-writable', 'permission denied')
      : error,
  );
  if (known.kind === 'newer-version' || known.kind === 'in-use') return known;
  if (known.kind === 'corrupt') {
    return new StoreError(
      'corrupt',
      `${path} is damaged or no database (${known.message}); move it away to start afresh, or put a backup in its place`,
    );
  }
  return new StoreError(
    'not-writable',
    `${path} cannot be written (${known.message}); check that folder and file may be written`,
  );
}
