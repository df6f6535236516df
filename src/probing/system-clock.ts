import { uptime } from 'node:os';
import type { Clock, Timer } from '../core/clock.ts';

/** Differences below this are the clock being slewed, or the grain of the clocks. */
const STEP_MS = 500;

/** What has happened to time, as far as the wall clock and the two that never jump can tell together. */
export interface TimeEvents {
  /** The wall clock was set, forward or back. */
  onStep(byMs: number): void;
  /** The machine slept: that much time has passed in which nothing ran. */
  onSleep(forMs: number): void;
}

export interface TimeSources {
  wall(): number;
  /** Stands still while the machine sleeps (CLOCK_MONOTONIC). */
  running(): number;
  /** Goes on while the machine sleeps (CLOCK_BOOTTIME); coarser. */
  sinceBoot(): number;
}

const SYSTEM: TimeSources = {
  wall: () => Date.now(),
  running: () => performance.now(),
  sinceBoot: () => uptime() * 1_000,
};

/**
 * The machine's clocks. Whoever asks for the time has it compared with the clocks that never jump. A step shows
 * itself in a turn of its own, between decisions: what waits is moved in the same moment.
 */
export class SystemClock implements Clock {
  readonly #sources: TimeSources;
  #events: TimeEvents | undefined;
  /** The wall clock and the running one when they were last compared. */
  #compared: { wall: number; running: number };
  /** How far the clock that goes on in sleep was ahead of the one that stands still. */
  #sleptBefore: number;
  /** A step that nobody has been told of: until then time goes on as before, for what is being decided now. */
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
    // A clock that is slewed is followed; what it is off by must not add up to a step.
    if (jumped || gone >= STEP_MS) this.#compared = { wall, running };
    if (jumped) this.#explain(ahead, running);
    return Math.round(wall - this.#untold);
  }

  monotonic(): number {
    return this.#sources.running();
  }

  after(ms: number, callback: () => void): Timer {
    const handle = setTimeout(callback, Math.min(ms, 2 ** 31 - 1));
    return { cancel: () => clearTimeout(handle) };
  }

  /** Of what the wall clock has gained, what the machine slept is time that has passed; the rest is a step. */
  #explain(ahead: number, running: number): void {
    const slept = this.#sources.sinceBoot() - running;
    const asleep = slept - this.#sleptBefore >= STEP_MS ? slept - this.#sleptBefore : 0;
    this.#sleptBefore = slept;
    // Whole milliseconds: a fraction would go into every time that is moved by it.
    const step = Math.abs(ahead - asleep) >= STEP_MS ? Math.round(ahead - asleep) : 0;
    this.#untold += step;
    setImmediate(() => {
      this.#untold -= step;
      if (step !== 0) this.#events?.onStep(step);
      if (asleep > 0) this.#events?.onSleep(Math.round(asleep));
    });
  }
}

/** For commands that run once: nobody listens for steps. */
export const systemClock: Clock = new SystemClock();
