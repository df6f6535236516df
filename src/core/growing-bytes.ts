/** Collects bytes up to a limit: a body that arrives byte by byte costs its bytes, not an object for each. */
export class GrowingBytes {
  readonly #most: number;
  readonly #isOnlyCounted: boolean;
  #held: Buffer = Buffer.alloc(0);
  #length = 0;
  #isCut = false;

  /** `isOnlyCounted`: bytes are counted and not kept. */
  constructor(most: number, isOnlyCounted = false) {
    this.#most = most;
    this.#isOnlyCounted = isOnlyCounted;
  }

  get length(): number {
    return this.#length;
  }

  /** Whether there were more bytes than the limit. */
  get isCut(): boolean {
    return this.#isCut;
  }

  get bytes(): Buffer {
    return this.#isOnlyCounted ? this.#held : this.#held.subarray(0, this.#length);
  }

  add(piece: Buffer): void {
    const room = this.#most - this.#length;
    if (piece.length > room) this.#isCut = true;
    const kept = piece.length > room ? piece.subarray(0, room) : piece;
    const needed = this.#length + kept.length;
    if (!this.#isOnlyCounted) {
      if (this.#length === 0) this.#held = kept;
      else {
        if (needed > this.#held.length) {
          const roomier = Buffer.alloc(Math.min(Math.max(needed, this.#held.length * 2), this.#most));
          this.#held.copy(roomier, 0, 0, this.#length);
          this.#held = roomier;
        }
        kept.copy(this.#held, this.#length);
      }
    }
    this.#length = needed;
  }
}
