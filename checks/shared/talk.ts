import { fault, type Fault, type Wire } from '../../src/core/check-type.ts';
import { neutraliseLine } from '../../src/core/neutralise.ts';

/** More than that is not a valid response. */
const MOST_BYTES = 64 * 1_024;
const MOST_LINES = 1_000;
/** Longer than any login that was sent, so that secrets are redacted before the text is cut. */
const MOST_SAID = 2_000;

/** A conversation in lines or bytes; it reads no more than the current step needs. */
export class Talk {
  readonly #wire: Wire;
  #held: Buffer = Buffer.alloc(0);

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  write(data: string | Uint8Array): void {
    this.#wire.write(data);
  }

  say(line: string): void {
    this.#wire.write(`${line}\r\n`);
  }

  async ask(line: string, wanted: RegExp): Promise<Fault | undefined> {
    this.say(line);
    return this.reply(wanted);
  }

  /** Reads one line, after skipping others that are expected before it. */
  async askTagged(line: string, wanted: RegExp, skipped?: RegExp): Promise<Fault | undefined> {
    this.say(line);
    return this.line(wanted, skipped);
  }

  async line(wanted: RegExp, skipped?: RegExp): Promise<Fault | undefined> {
    for (;;) {
      const line = await this.until('\n');
      if (typeof line !== 'string') return line;
      if (wanted.test(line)) return undefined;
      if (!skipped?.test(line))
        return fault('answer', `the server answered "${neutraliseLine(line, MOST_SAID)}"`);
    }
  }

  /** Reads a reply of one or several lines: `250-…` continues, `250 …` is the last. */
  async reply(wanted: RegExp): Promise<Fault | undefined> {
    const lines = await this.replyLines(wanted);
    return Array.isArray(lines) ? undefined : lines;
  }

  /** Like `reply`, but returns the text of the lines. */
  async replyLines(wanted: RegExp): Promise<string[] | Fault> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.until('\n');
      if (typeof line !== 'string') return line;
      if (!wanted.test(line))
        return fault('answer', `the server answered "${neutraliseLine(line, MOST_SAID)}"`);
      lines.push(line.slice(4).trim());
      if (line[3] !== '-') return lines;
      if (lines.length > MOST_LINES) return fault('too-large', 'the reply of the server does not end');
    }
  }

  /** Reads up to and including that text. */
  async until(end: string): Promise<string | Fault> {
    for (;;) {
      const at = this.#held.indexOf(end);
      if (at !== -1) return this.#take(at + end.length).toString('utf8');
      const more = await this.#more();
      if (more) return more;
    }
  }

  async bytes(count: number): Promise<Buffer | Fault> {
    while (this.#held.length < count) {
      const more = await this.#more();
      if (more) return more;
    }
    return this.#take(count);
  }

  #take(length: number): Buffer {
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  async #more(): Promise<Fault | undefined> {
    if (this.#held.length > MOST_BYTES) return fault('too-large', 'the server sends more than an answer');
    const piece = await this.#wire.read();
    if (piece === 'end') return fault('closed', 'the connection was closed before the answer was complete');
    if (!Buffer.isBuffer(piece)) return piece;
    this.#held = Buffer.concat([this.#held, piece]);
    return undefined;
  }
}
