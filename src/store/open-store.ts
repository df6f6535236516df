import { existsSync } from 'node:fs';
import { sqlStore } from './sql-store.ts';
import { sqliteDatabase } from './sqlite-database.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { StoreAddress } from './store-address.ts';
import { StoreError, type Store } from './store.ts';

export interface OpenOptions {
  /** No second monitor may open it meanwhile. */
  exclusive: boolean;
}

/** Opens the database and creates or migrates its tables. Rejects with a StoreError. */
export async function openDatabase(at: StoreAddress, options: OpenOptions): Promise<SqlDatabase> {
  if (at.is === 'sqlite') return sqliteDatabase(at.path, options);
  throw new StoreError('not-writable', 'PostgreSQL is not supported');
}

/** Opens the store. Rejects with a StoreError. */
export const openStore = async (at: StoreAddress, options: OpenOptions): Promise<Store> =>
  sqlStore(await openDatabase(at, options), Date.now);

/** False when there is certainly no store yet: opening it would create one. */
export const isThere = (at: StoreAddress): boolean => at.is !== 'sqlite' || existsSync(at.path);
