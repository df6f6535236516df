import { createHash } from 'node:crypto';
import { shiftBeat } from '../core/shift.ts';
import type { Beat } from '../core/check-type.ts';
import { withGap, type ListeningGap } from '../core/listening.ts';
import type { Mark, StoredBeat } from '../store/store.ts';

/** The mark that stores the times in which no report could be received. */
const GAPS_MARK = 'listening-gaps';

/** The last report of each heartbeat, and when none could be received. Tokens are kept as hashes only. */
export class BeatBox {
  readonly #beats = new Map<string, Beat>();
  #gaps: readonly ListeningGap[] = [];

  get gaps(): readonly ListeningGap[] {
    return this.#gaps;
  }

  /** `setBackMs`: by how much the clock was set back while the monitor was not running; 0 or negative. */
  restore(beats: readonly StoredBeat[], marks: readonly Mark[], setBackMs: number): void {
    for (const { token, beat } of beats) this.#beats.set(token, beat);
    const stored = marks.find(({ name }) => name === GAPS_MARK)?.value;
    this.#gaps = Array.isArray(stored) ? (stored as ListeningGap[]) : [];
    this.#shiftGaps(setBackMs);
  }

  /** Nothing was received between those times; the returned mark must be stored. */
  missed(from: number, to: number): Mark {
    this.#gaps = withGap(this.#gaps, { from, to });
    return { name: GAPS_MARK, value: this.#gaps };
  }

  /** Since when reports with that token are listened for; `begun` must be stored. */
  listen(token: string, now: number): { since: number; begun?: StoredBeat } {
    const hash = hashOf(token);
    const known = this.#beats.get(hash);
    // Reports of a version that did not record it.
    if (known?.listenedSince === undefined && (known?.at ?? 0) > 0) return { since: known!.at };
    if (known?.listenedSince !== undefined) return { since: known.listenedSince };
    const beat: Beat = { at: 0, status: 'ok', message: '', ...known, listenedSince: now };
    this.#beats.set(hash, beat);
    return { since: now, begun: { token: hash, beat } };
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
    const { startedAt, listenedSince } = this.#beats.get(hash) ?? {};
    const beat: Beat = {
      ...said,
      ...(listenedSince !== undefined && { listenedSince }),
      ...(startedAt !== undefined && { tookMs: Math.max(0, said.at - startedAt) }),
    };
    this.#beats.set(hash, beat);
    return { token: hash, beat };
  }

  /** The wall clock was stepped. */
  shift(byMs: number): void {
    for (const [hash, beat] of this.#beats) {
      this.#beats.set(hash, shiftBeat(beat, byMs));
    }
    this.#shiftGaps(byMs);
  }

  #shiftGaps(byMs: number): void {
    this.#gaps = this.#gaps.map(({ from, to }) => ({ from: from + byMs, to: to + byMs }));
  }

  last(token: string): Beat | undefined {
    return this.#beats.get(hashOf(token));
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
