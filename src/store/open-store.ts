import { existsSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import { sqlStore } from './sql-store.ts';
import { sqliteDatabase } from './sqlite-database.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { StoreAddress } from './store-address.ts';
import type { Store } from './store.ts';

export interface OpenOptions {
  /** No second monitor may open it meanwhile. */
  exclusive: boolean;
  clock: Clock;
  /** Of Watchdesk, for the other instances. */
  version: string;
}

/** Opens the database and creates or migrates its tables. Rejects with a StoreError. */
export async function openDatabase(at: StoreAddress, options: OpenOptions): Promise<SqlDatabase> {
  if (at.is === 'sqlite') return sqliteDatabase(at.path, options);
  // Loaded only where it is used: most installations have no PostgreSQL.
  const { postgresDatabase } = await import('./postgres-database.ts');
  return postgresDatabase(at.url, {
    clock: options.clock,
    lease: options.exclusive ? 'take' : 'none',
    version: options.version,
  });
}

/** Opens the store. Rejects with a StoreError. */
export const openStore = async (at: StoreAddress, options: OpenOptions): Promise<Store> =>
  sqlStore(await openDatabase(at, options), Date.now);

/** False when there is certainly no store yet: opening it would create one. */
export const isThere = (at: StoreAddress): boolean => at.is !== 'sqlite' || existsSync(at.path);
