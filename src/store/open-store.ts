import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Clock } from '../core/clock.ts';
import type { Standing } from '../core/lease.ts';
import { sqlStore } from './sql-store.ts';
import { sqliteDatabase } from './sqlite-database.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { StoreAddress } from './store-address.ts';
import type { Store } from './store.ts';

export interface OpenOptions {
  /** No second monitor may open it meanwhile. */
  exclusive: boolean;
  clock: Clock;
  /** The right to decide was gained or lost. */
  onStanding?(standing: Standing): void;
  /** The database has lost so many commits that it had acknowledged. */
  onWentBack?(commits: number): void;
  /** Of Watchdesk, for the other instances. */
  version: string;
}

const NO_EVENTS = { onStanding: () => {}, onWentBack: () => {} };

/** Opens the database and creates or migrates its tables. Rejects with a StoreError. */
export async function openDatabase(at: StoreAddress, options: OpenOptions): Promise<SqlDatabase> {
  if (at.is === 'sqlite') return sqliteDatabase(at.path, options);
  // Loaded only where it is used: most installations have no PostgreSQL.
  const { openPostgres } = await import('./postgres-database.ts');
  const { takeLease } = await import('./take-lease.ts');
  const { clock, version, exclusive } = options;
  const seeker = { holder: hostname(), boot: randomBytes(8).toString('hex'), version };
  const database = await openPostgres(at.url, { clock, seeker, events: { ...NO_EVENTS, ...options } });
  if (!exclusive) return database;
  try {
    await takeLease(database, clock);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** Opens the store. Rejects with a StoreError. */
export const openStore = async (at: StoreAddress, options: OpenOptions): Promise<Store> =>
  sqlStore(await openDatabase(at, options), Date.now);

/** False when there is certainly no store yet: opening it would create one. */
export const isThere = (at: StoreAddress): boolean => at.is !== 'sqlite' || existsSync(at.path);
