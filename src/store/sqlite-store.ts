import { sqlStore } from './sql-store.ts';
import { sqliteDatabase } from './sqlite-database.ts';
import type { Store } from './store.ts';

/** The embedded store: a single SQLite file. Throws a StoreError. */
export const sqliteStore = (path: string, options: { exclusive: boolean }): Store =>
  sqlStore(sqliteDatabase(path, options), Date.now);
