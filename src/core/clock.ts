/** Clock of the machine, handed in so that a test can turn it by hand. */
export interface Clock {
  /** Wall clock, Unix milliseconds; may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never jumps, not even when the wall clock is set. */
  monotonic(): number;
  /** Calls back once, not before `ms` have passed. */
  after(ms: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}
