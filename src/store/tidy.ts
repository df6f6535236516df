import { scheduleJob } from 'node-schedule';
import type { Store } from './store.ts';

/** Every night at 04:17, local time: statistics for the planner, and the write-ahead log emptied. */
const WHEN = '17 4 * * *';

export function scheduleTidying(store: Pick<Store, 'tidy'>, onFailure: (why: string) => void): () => void {
  const job = scheduleJob('tidy', WHEN, () => {
    store.tidy().catch((error: unknown) => onFailure(error instanceof Error ? error.message : String(error)));
  });
  return () => job.cancel();
}
