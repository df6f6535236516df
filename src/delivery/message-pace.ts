import type { Clock } from '../core/clock.ts';
import { GAP_WINDOW_MS, messageGapMs } from '../core/message-gap.ts';

/** Remembers when messages were sent to each recipient, on the monotonic clock. */
export class MessagePace {
  readonly #clock: Clock;
  readonly #sent = new Map<string, number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns how long the next message to this recipient must wait; 0 means send now, and counts it as sent. */
  take(key: string): number {
    const now = this.#clock.monotonic();
    const times = (this.#sent.get(key) ?? []).filter((at) => now - at < GAP_WINDOW_MS);
    const last = times.at(-1);
    const wait = last === undefined ? 0 : last + messageGapMs(times.length) - now;
    if (wait > 0) return wait;
    this.#sent.set(key, [...times, now]);
    return 0;
  }
}
