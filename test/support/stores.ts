import { join } from 'node:path';
import { SystemClock } from '../../src/probing/system-clock.ts';
import { openStore } from '../../src/store/open-store.ts';
import { storeAddress, type StoreAddress } from '../../src/store/store-address.ts';
import type { Store } from '../../src/store/store.ts';
import { noPostgres, sharedPostgres } from './postgres-server.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A kind of store that a suite runs on. */
export interface StoreKind {
  name: 'SQLite' | 'PostgreSQL';
  /** Why it cannot run here. */
  missing: string | undefined;
  /** An empty store's address. */
  address(): Promise<StoreAddress>;
}

export const STORES: readonly StoreKind[] = [
  {
    name: 'SQLite',
    missing: undefined,
    address: async () => storeAddress(`sqlite:${join(await temporaryFolder(), 'w.db')}`),
  },
  {
    name: 'PostgreSQL',
    missing: noPostgres,
    address: async () => storeAddress(await (await sharedPostgres()).database()),
  },
];

export const open = (at: StoreAddress, exclusive = true): Promise<Store> =>
  openStore(at, { exclusive, clock: new SystemClock(), version: 'test' });
