import { scheduleJob } from 'node-schedule';
import type { Removed, Retention } from './retention.ts';
import type { Store } from './store.ts';

/** Every night at 04:17, local time: refreshes the query planner's statistics and empties the write-ahead log. */
const WHEN = '17 4 * * *';

/** `onHead` receives the head of the audit log, which proves later that nothing before it was changed. */
export function scheduleTidying(
  store: Pick<Store, 'tidy' | 'audit'>,
  onFailure: (why: string) => void,
  onHead: (head: { seq: number; hash: string }) => void,
  retention: { kept(): Retention; onRemoved(removed: Removed): void },
): () => void {
  const tidy = async () => {
    onHead(await store.audit.head());
    retention.onRemoved(await store.tidy(retention.kept()));
  };
  const job = scheduleJob('tidy', WHEN, () => {
    tidy().catch((error: unknown) => onFailure(error instanceof Error ? error.message : String(error)));
  });
  return () => job.cancel();
}
