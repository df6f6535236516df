/** Clock of the machine, injected so that a test can set it. */
export interface Clock {
  /** Wall clock, Unix milliseconds; may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never jumps, not even when the wall clock is set. */
  monotonic(): number;
  /** Milliseconds since the machine started; goes on while it sleeps, which `monotonic` may not. */
  sinceBoot(): number;
  /** Calls back once, not before `ms` have passed. */
  after(ms: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}
