import type { HttpHeaders } from '../../core/http-headers.ts';
import type { Priority } from '../../core/target.ts';
import { neutraliseLine } from '../../core/neutralise.ts';

/** What a call is for: decides who goes first when calls are short. */
export const CALL_USES = ['urgent', 'create', 'change', 'look'] as const;
export type CallUse = (typeof CALL_USES)[number];

/** The share of the budget that a use may take: the rest is reserved for the uses before it. */
const SHARES: Record<CallUse, number> = { urgent: 1, create: 0.95, change: 0.85, look: 0.6 };
const MINUTE_MS = 60_000;
const LONGEST_PAUSE_MS = 300_000;

/** Urgent tickets go ahead of everything else. */
export const createUse = (priority: Priority): CallUse => (priority === 'urgent' ? 'urgent' : 'create');

/**
 * Calls per minute that all work of one helpdesk shares; urgent tickets go ahead of notes, and notes ahead of polling.
 * The helpdesk's own rate limit headers are obeyed, within a bound.
 */
export class CallBudget {
  readonly #perMinute: number;
  readonly #now: () => number;
  #calls: number[] = [];
  #pausedUntil = -Infinity;
  #lowUntil = -Infinity;

  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /**
   * Returns 0 when the call may be made, and counts it; otherwise how long to wait, milliseconds. `cost`: how many
   * calls it counts for at the helpdesk.
   */
  take(use: CallUse, cost = 1): number {
    const now = this.#now();
    this.#calls = this.#calls.filter((at) => at > now - MINUTE_MS && at <= now);
    // After a clock step backwards nothing must be held up.
    const paused = Math.min(this.#pausedUntil - now, LONGEST_PAUSE_MS);
    if (paused > 0) return paused;
    const low = Math.min(this.#lowUntil - now, LONGEST_PAUSE_MS);
    if (low > 0 && use === 'look') return low;
    const most = Math.max(1, Math.floor(this.#perMinute * SHARES[use]));
    if (this.#calls.length >= most) {
      return Math.max(1, this.#calls[this.#calls.length - most]! + MINUTE_MS - now);
    }
    for (let call = 0; call < cost; call++) this.#calls.push(now);
    return 0;
  }

  /** Reads the rate limit headers of a response. Returns how long to wait after a 429. */
  heed(status: number, headers: HttpHeaders): number | undefined {
    const now = this.#now();
    const remaining = number(
      headers,
      'x-ratelimit-remaining',
      'x-rate-limit-remaining',
      'ratelimit-remaining',
    );
    const total = number(
      headers,
      'x-ratelimit-total',
      'x-rate-limit',
      'x-ratelimit-limit',
      'ratelimit-limit',
    );
    const resetMs = untilReset(headers, now);
    if (remaining !== undefined && remaining <= Math.max(0, (total ?? 0) * 0.1)) {
      this.#lowUntil = now + (resetMs ?? MINUTE_MS);
    }
    if (status !== 429) return undefined;
    const wait = bounded(retryAfterMs(headers, now) ?? resetMs ?? MINUTE_MS / 2);
    this.#pausedUntil = now + wait;
    return wait;
  }
}

const bounded = (ms: number): number => Math.min(LONGEST_PAUSE_MS, Math.max(0, ms));

const text = (headers: HttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

function number(headers: HttpHeaders, ...names: string[]): number | undefined {
  for (const name of names) {
    const given = text(headers, name);
    const value = given === undefined || given.trim() === '' ? Number.NaN : Number(given);
    if (Number.isFinite(value)) return value;
  }
  return undefined;
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfterMs(headers: HttpHeaders, now: number): number | undefined {
  const seconds = number(headers, 'retry-after');
  if (seconds !== undefined) return seconds * 1_000;
  const date = Date.parse(neutraliseLine(text(headers, 'retry-after') ?? '', 60));
  return Number.isNaN(date) ? undefined : date - now;
}

/** Seconds to go, seconds since 1970, or a date: vendors differ. */
function untilReset(headers: HttpHeaders, now: number): number | undefined {
  const seconds = number(headers, 'ratelimit-reset', 'x-ratelimit-reset');
  if (seconds !== undefined) return bounded(seconds > 1e9 ? seconds * 1_000 - now : seconds * 1_000);
  const date = Date.parse(text(headers, 'x-ratelimit-reset') ?? '');
  return Number.isNaN(date) ? undefined : bounded(date - now);
}
