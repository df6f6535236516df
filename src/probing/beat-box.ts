import { createHash } from 'node:crypto';
import type { Beat } from '../core/check-type.ts';
import type { StoredBeat } from '../store/store.ts';

/** The last report of each heartbeat. Tokens are kept as hashes only. */
export class BeatBox {
  readonly #beats = new Map<string, Beat>();

  restore(beats: readonly StoredBeat[]): void {
    for (const { token, beat } of beats) this.#beats.set(token, beat);
  }

  /** A job has started: its duration is known when it reports. The returned beat must be stored. */
  started(token: string, now: number): StoredBeat {
    const hash = hashOf(token);
    const beat: Beat = { at: 0, status: 'ok', message: '', ...this.#beats.get(hash), startedAt: now };
    this.#beats.set(hash, beat);
    return { token: hash, beat };
  }

  /** Records a report; the returned beat must be stored. */
  report(token: string, said: Beat): StoredBeat {
    const hash = hashOf(token);
    const startedAt = this.#beats.get(hash)?.startedAt;
    const beat: Beat = {
      ...said,
      ...(startedAt !== undefined && { tookMs: Math.max(0, said.at - startedAt) }),
    };
    this.#beats.set(hash, beat);
    return { token: hash, beat };
  }

  /** The wall clock was stepped. */
  shift(byMs: number): void {
    for (const [hash, beat] of this.#beats) {
      const { at, startedAt } = beat;
      const moved = startedAt === undefined ? {} : { startedAt: startedAt + byMs };
      this.#beats.set(hash, { ...beat, at: at === 0 ? 0 : at + byMs, ...moved });
    }
  }

  last(token: string): Beat | undefined {
    return this.#beats.get(hashOf(token));
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
