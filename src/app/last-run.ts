import type { Config } from '../config/config.ts';
import type { HistorySpan } from '../core/history.ts';
import { HISTORY_DAYS } from '../history/history.ts';
import { afterClockSetBack, lastAliveAt } from '../store/clock-set-back.ts';
import { namedHelpdesks } from '../store/named-helpdesks.ts';
import type { Snapshot, Store } from '../store/store.ts';
import type { Subscriber } from '../core/subscriber.ts';

const DAY_MS = 86_400_000;

/** What the last run stored, with times converted to the current clock. */
export interface LastRun extends Snapshot {
  /** When it was last known to be alive, by the current clock; undefined before the first run. */
  aliveAt: number | undefined;
  /** By how many milliseconds the clock was set back while the monitor was not running; 0 or negative. */
  setBackMs: number;
  subscribers: readonly Subscriber[];
  spans: readonly HistorySpan[];
}

/** Reads what the last run stored. */
export async function readLastRun(store: Store, config: Config, now: number): Promise<LastRun> {
  const stored = await store.load(now - config.reopenWindowMs);
  const last = lastAliveAt(stored.marks);
  // Instances that share a store decide by clocks that are within seconds of the database's: nothing was set back.
  const snapshot = store.fence.epoch > 0 ? stored : afterClockSetBack(stored, now);
  return {
    ...snapshot,
    ...namedHelpdesks(snapshot, config.helpdesks),
    aliveAt: lastAliveAt(snapshot.marks),
    setBackMs: last === undefined || store.fence.epoch > 0 ? 0 : Math.min(0, now - last),
    subscribers: await store.subscribers(),
    spans: await store.history(now - HISTORY_DAYS * DAY_MS),
  };
}
