import { fault, type Fault, type Wire } from '../core/check-type.ts';

/** Longest line that is accepted. */
const LINE_LIMIT = 64 * 1024;

/** Reads a connection line by line. */
export class WireLines {
  readonly #wire: Wire;
  #pending = Buffer.alloc(0);
  #isOver = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Returns the next line without its line break; undefined when the other side has ended. */
  async next(): Promise<string | undefined | Fault> {
    for (;;) {
      const end = this.#pending.indexOf(10);
      if (end !== -1) return this.#take(end, 1);
      if (this.#isOver) return this.#pending.length === 0 ? undefined : this.#take(this.#pending.length, 0);
      if (this.#pending.length > LINE_LIMIT) return fault('too-large', 'a line is too long');
      const piece = await this.#wire.read();
      if (piece === 'end') this.#isOver = true;
      else if (Buffer.isBuffer(piece)) this.#pending = Buffer.concat([this.#pending, piece]);
      else return piece;
    }
  }

  #take(length: number, endBytes: number): string {
    const line = this.#pending.toString('utf8', 0, length).replace(/\r$/, '');
    this.#pending = this.#pending.subarray(length + endBytes);
    return line;
  }
}
