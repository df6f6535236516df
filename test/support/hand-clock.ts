import type { Clock } from '../../src/core/clock.ts';

interface Alarm {
  at: number;
  callback: () => void;
}

/** Promises that wait for one another and for nothing else. */
const LONGEST_CHAIN = 60;
/** Turns of the event loop: what takes longer does not end by itself. */
const LONGEST_WAIT = 1_000_000;
/** What ends by itself and then goes on: an immediate, a file, a password. */
const BUSY = new Set(['Immediate', 'FSReqCallback', 'FSReqPromise', 'ScryptRequest', 'RandomBytesRequest']);

const isBusy = (): boolean => process.getActiveResourcesInfo().some((name) => BUSY.has(name));

/** Time that stands still until it is turned. */
export class HandClock implements Clock {
  #now: number;
  /** How far the wall clock is from the one that never jumps. */
  #wallAhead = 0;
  #alarms: Alarm[] = [];
  #pending = 0;

  constructor(start = 1_000_000) {
    this.#now = start;
  }

  now(): number {
    return Math.floor(this.#now + this.#wallAhead);
  }

  monotonic(): number {
    return this.#now;
  }

  sinceBoot(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void) {
    const alarm = { at: this.#now + ms, callback };
    this.#alarms.push(alarm);
    return {
      cancel: () => {
        const index = this.#alarms.indexOf(alarm);
        if (index !== -1) this.#alarms.splice(index, 1);
      },
    };
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
      const next = this.#first();
      if (next === undefined || next.at > end) break;
      this.#alarms.splice(this.#alarms.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      // Nothing follows from one but the next, and there are 86,400 of them in a day.
      if (next.callback.name !== 'heartbeat') await this.#settleOnly();
    }
    this.#now = end;
  }

  /** Of those at the same time the one that was set first. */
  #first(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) if (first === undefined || alarm.at < first.at) first = alarm;
    return first;
  }

  /** What happens elsewhere, such as in a database, and then goes on here: no time passes before it has. */
  track<Value>(work: Promise<Value>): Promise<Value> {
    this.#pending++;
    const done = () => void this.#pending--;
    work.then(done, done);
    return work;
  }

  #isBusy(): boolean {
    return this.#pending > 0 || isBusy();
  }

  /** Lets promises run to where they wait for time or for the test; files and passwords are waited for, however slow. */
  async settle(): Promise<void> {
    for (let round = 0; round < 20 || (this.#isBusy() && round < LONGEST_WAIT); round++)
      await new Promise((resolve) => setImmediate(resolve));
  }

  /** The same, at once when nothing of the process is under way: most alarms only set the next one. */
  async #settleOnly(): Promise<void> {
    for (let step = 0; step < LONGEST_CHAIN; step++) await null;
    if (this.#isBusy()) await this.settle();
  }
}
