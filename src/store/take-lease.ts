import type { Clock } from '../core/clock.ts';
import { LEASE_MS } from '../core/lease.ts';
import type { PostgresDatabase } from './postgres-database.ts';
import { postgresFault } from './postgres-error.ts';
import { StoreError } from './store.ts';

/**
 * Takes the lease for a process that is to be the only one. A monitor that was killed leaves a lease that runs out; one
 * that lives renews it, and is named in the error.
 */
export async function takeLease({ lease }: PostgresDatabase, clock: Clock): Promise<void> {
  const until = clock.monotonic() + LEASE_MS + 1_000;
  for (;;) {
    const taken = await lease.take().catch((error: unknown) => {
      throw postgresFault(error);
    });
    if (taken.is === 'taken') return;
    if (clock.monotonic() > until) {
      const at = taken.url === undefined ? '' : ` at ${taken.url}`;
      throw new StoreError(
        'in-use',
        `another monitor, "${taken.by}"${at}, decides on this database; stop it first`,
      );
    }
    await new Promise<void>((resolve) => clock.after(Math.min(1_000, taken.forMs + 50), resolve));
  }
}
