import type { Clock } from '../../src/core/clock.ts';

interface Alarm {
  at: number;
  callback: () => void;
}

/** Time that stands still until it is turned. */
export class HandClock implements Clock {
  #now: number;
  /** How far the wall clock is from the one that never jumps. */
  #wallAhead = 0;
  #alarms: Alarm[] = [];

  constructor(start = 1_000_000) {
    this.#now = start;
  }

  now(): number {
    return Math.floor(this.#now + this.#wallAhead);
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void) {
    const alarm = { at: this.#now + ms, callback };
    this.#alarms.push(alarm);
    return { cancel: () => (this.#alarms = this.#alarms.filter((other) => other !== alarm)) };
  }

  /** Sets the wall clock; no time passes. */
  set(byMs: number): void {
    this.#wallAhead += byMs;
  }

  /** Goes on, ringing every alarm at its time, and lets everything settle that follows from it. */
  async turn(ms: number): Promise<void> {
    await this.settle();
    const end = this.#now + ms;
    for (;;) {
      const next = this.#alarms.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#alarms = this.#alarms.filter((alarm) => alarm !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await this.settle();
    }
    this.#now = end;
  }

  /** Lets promises run to where they wait for time or for the test. */
  async settle(): Promise<void> {
    for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
  }
}
