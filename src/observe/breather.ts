/** Work that has run for this long yields to the event loop, so that probes are read and pages sent meanwhile. */
const TURN_MS = 6;
/** The clock is read once per so many pieces. */
const PIECES = 64;

/** Splits long work into turns of the event loop. */
export class Breather {
  #startedAt = performance.now();
  #pieces = 0;

  /** Returns true when it is time to yield; call after every small piece of work. */
  isDue(): boolean {
    this.#pieces++;
    return this.#pieces % PIECES === 0 && performance.now() - this.#startedAt > TURN_MS;
  }

  /** Resolves in the next turn. */
  async turn(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#startedAt = performance.now();
  }
}
