import { uptime } from 'node:os';
import type { Clock, Timer } from '../core/clock.ts';

/** Smaller differences come from slewing, or from the resolution of the clocks. */
const STEP_MS = 500;

/** What happened to time, as far as the wall clock and the two monotonic clocks can tell together. */
export interface TimeEvents {
  /** The wall clock was stepped, forward or back. */
  onStep(byMs: number): void;
  /** The machine slept: nothing ran for that long. */
  onSleep(forMs: number): void;
}

export interface TimeSources {
  wall(): number;
  /** Stops while the machine sleeps (CLOCK_MONOTONIC). */
  running(): number;
  /** Continues while the machine sleeps (CLOCK_BOOTTIME); coarser. */
  sinceBoot(): number;
}

const SYSTEM: TimeSources = {
  wall: () => Date.now(),
  running: () => performance.now(),
  sinceBoot: () => uptime() * 1_000,
};

/**
 * The machine's clocks. Every call of `now` compares the wall clock with the monotonic clocks. A clock step is reported
 * in a turn of its own, between decisions: everything waiting is moved in the same moment.
 */
export class SystemClock implements Clock {
  readonly #sources: TimeSources;
  #events: TimeEvents | undefined;
  /** Wall clock and CLOCK_MONOTONIC when they were last compared. */
  #compared: { wall: number; running: number };
  /** How far CLOCK_BOOTTIME was ahead of CLOCK_MONOTONIC. */
  #sleptBefore: number;
  /** A clock step not reported yet: until then time goes on as before, for decisions in progress. */
  #untold = 0;

  constructor(sources: TimeSources = SYSTEM) {
    this.#sources = sources;
    this.#compared = { wall: sources.wall(), running: sources.running() };
    this.#sleptBefore = sources.sinceBoot() - sources.running();
  }

  set events(events: TimeEvents) {
    this.#events = events;
  }

  now(): number {
    const wall = this.#sources.wall();
    const running = this.#sources.running();
    const gone = running - this.#compared.running;
    const ahead = wall - this.#compared.wall - gone;
    const jumped = Math.abs(ahead) >= STEP_MS;
    // Follow a slewed clock; its small offsets must not add up to a step.
    if (jumped || gone >= STEP_MS) this.#compared = { wall, running };
    if (jumped) this.#explain(ahead, running);
    return Math.round(wall - this.#untold);
  }

  monotonic(): number {
    return this.#sources.running();
  }

  sinceBoot(): number {
    return this.#sources.sinceBoot();
  }

  after(ms: number, callback: () => void): Timer {
    const handle = setTimeout(callback, Math.min(ms, 2 ** 31 - 1));
    return { cancel: () => clearTimeout(handle) };
  }

  /** Of the wall clock's gain, the time asleep is real time passed; the rest is a clock step. */
  #explain(ahead: number, running: number): void {
    const slept = this.#sources.sinceBoot() - running;
    const asleep = slept - this.#sleptBefore >= STEP_MS ? slept - this.#sleptBefore : 0;
    this.#sleptBefore = slept;
    // Whole milliseconds: every time moved by the step would otherwise get a fraction.
    const step = Math.abs(ahead - asleep) >= STEP_MS ? Math.round(ahead - asleep) : 0;
    this.#untold += step;
    setImmediate(() => {
      this.#untold -= step;
      if (step !== 0) this.#events?.onStep(step);
      if (asleep > 0) this.#events?.onSleep(Math.round(asleep));
    });
  }
}

/** For commands that run once: nothing listens for clock steps. */
export const systemClock: Clock = new SystemClock();
