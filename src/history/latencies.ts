/** Results kept per check: two hours at an interval of a minute. */
const HELD = 120;
/** With more checks than this, the memory matters more than the chart. */
const MAX_CHECKS = 20_000;

export interface TimedResult {
  /** Unix milliseconds. */
  at: number;
  durationMs: number;
  isGood: boolean;
}

interface Ring {
  at: Float64Array;
  /** Negative: the probe was not good. */
  durations: Float32Array;
  count: number;
}

/** Durations of the last probes; in memory only, for the chart on a target's page. */
export class Latencies {
  readonly #rings = new Map<string, Ring>();

  record(identity: string, { at, durationMs, isGood }: TimedResult): void {
    let ring = this.#rings.get(identity);
    if (ring === undefined) {
      if (this.#rings.size >= MAX_CHECKS) return;
      ring = { at: new Float64Array(HELD), durations: new Float32Array(HELD), count: 0 };
      this.#rings.set(identity, ring);
    }
    const slot = ring.count % HELD;
    ring.at[slot] = at;
    ring.durations[slot] = isGood ? durationMs : -Math.max(durationMs, 0.001);
    ring.count++;
  }

  /** Oldest first. */
  of(identity: string): TimedResult[] {
    const ring = this.#rings.get(identity);
    if (ring === undefined) return [];
    const length = Math.min(ring.count, HELD);
    return Array.from({ length }, (_, index) => {
      const slot = (ring.count - length + index) % HELD;
      const duration = ring.durations[slot]!;
      return { at: ring.at[slot]!, durationMs: Math.abs(duration), isGood: duration >= 0 };
    });
  }

  forget(identity: string): void {
    this.#rings.delete(identity);
  }
}
