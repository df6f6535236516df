/** Work that has gone on for this long lets the event loop have its turn: probes are read and pages sent meanwhile. */
const TURN_MS = 6;
/** The clock is read once in so many pieces. */
const PIECES = 64;

/** Cuts long work into turns of the event loop. */
export class Breather {
  #startedAt = performance.now();
  #pieces = 0;

  /** True when it is time to let go; call after every small piece of work. */
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
