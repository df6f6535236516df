import type { Mark } from '../store/store.ts';

const MOST_WRONG = 10;
const DAY_MS = 86_400_000;
/** Before the customer's name. */
const MARK = 'wrong-pins/';

/**
 * Limits wrong PINs per customer and day, over all calls and restarts: a caller number is easily forged, and ten thousand
 * PINs are soon tried. Beyond the limit no PIN is asked for; the report is still taken.
 */
export class PinGuard {
  /** By customer, when each wrong PIN of the last day was entered: Unix milliseconds. */
  readonly #wrong = new Map<string, readonly number[]>();

  restore(marks: readonly Mark[]): void {
    for (const { name, value } of marks) {
      if (!name.startsWith(MARK) || !Array.isArray(value)) continue;
      const times = value.filter((at) => typeof at === 'number');
      this.#wrong.set(name.slice(MARK.length), times);
    }
  }

  mayTry(customer: string, now: number): boolean {
    return this.#lastDay(customer, now).length < MOST_WRONG;
  }

  /** Counts a wrong PIN; returns what is to be stored, so that a restart does not forget it. */
  wrong(customer: string, now: number): Mark {
    const times = [...this.#lastDay(customer, now), now];
    this.#wrong.set(customer, times);
    return { name: MARK + customer, value: times };
  }

  /** A time in the future is from before the clock was set back: it counts, but not for longer than a day. */
  #lastDay(customer: string, now: number): readonly number[] {
    return (this.#wrong.get(customer) ?? []).filter((at) => Math.abs(now - at) < DAY_MS);
  }
}
