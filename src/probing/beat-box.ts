import { createHash } from 'node:crypto';
import type { Beat } from '../core/check-type.ts';
import type { StoredBeat } from '../store/store.ts';

/** What targets last said of themselves. Tokens are kept as hashes only. */
export class BeatBox {
  readonly #beats = new Map<string, Beat>();

  restore(beats: readonly StoredBeat[]): void {
    for (const { token, beat } of beats) this.#beats.set(token, beat);
  }

  /** Takes a report; what it gives is to be stored. */
  report(token: string, beat: Beat): StoredBeat {
    const hash = hashOf(token);
    this.#beats.set(hash, beat);
    return { token: hash, beat };
  }

  /** The wall clock was set. */
  shift(byMs: number): void {
    for (const [hash, beat] of this.#beats) this.#beats.set(hash, { ...beat, at: beat.at + byMs });
  }

  last(token: string): Beat | undefined {
    return this.#beats.get(hashOf(token));
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
