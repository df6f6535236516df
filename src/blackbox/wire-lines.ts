import { fault, type Fault, type Wire } from '../core/check-type.ts';

/** Longer ones are no lines. */
const LINE_LIMIT = 64 * 1024;

/** What comes over a connection, line by line. */
export class WireLines {
  readonly #wire: Wire;
  #pending = Buffer.alloc(0);
  #isOver = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Without its end; undefined when the other side is done. */
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
