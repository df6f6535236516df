import type { CheckState } from '../core/check-state.ts';
import type { Clock } from '../core/clock.ts';

/**
 * An unchanged state is written in batches, and for one check at most every five minutes: a crash only makes the time of
 * its last good result that much older.
 */
export const STEADY_MS = 300_000;
/** Checks that are not well are written more often: their failure count is shown to people after a restart too. */
const TROUBLED_MS = 15_000;

interface Item {
  state: CheckState;
  /** When its state was last handed to the store, monotonic clock. */
  writtenAt: number;
}

/** States that have changed since they were last handed to the store. */
export class Unwritten<Written extends Item> {
  readonly #clock: Clock;
  readonly #items = new Set<Written>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(item: Written): void {
    this.#items.add(item);
  }

  forget(item: Written): void {
    this.#items.delete(item);
  }

  /** Its state is handed to the store now. */
  written(item: Written): void {
    this.#items.delete(item);
    item.writtenAt = this.#clock.monotonic();
  }

  /** Takes those that have not been written for a while as of `now`, monotonic clock. */
  takeDue(now: number): Written[] {
    const due = [...this.#items].filter(
      ({ writtenAt, state }) => writtenAt <= now - (state.health.is === 'up' ? STEADY_MS : TROUBLED_MS),
    );
    for (const item of due) this.written(item);
    return due;
  }
}
