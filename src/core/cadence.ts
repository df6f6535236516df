import { fnv1a } from './fnv1a.ts';
import type { HealthName } from './health.ts';
import type { Thresholds } from './judge.ts';

/** When a check is probed and how it is judged. */
export interface Cadence extends Thresholds {
  intervalMs: number;
  timeoutMs: number;
  /** The interval while the check is suspect or recovering. */
  retryIntervalMs: number;
}

/** A quarter of the interval, at least 5 s, at most the interval. */
export function defaultRetryIntervalMs(intervalMs: number): number {
  return Math.min(intervalMs, Math.max(5_000, Math.round(intervalMs / 4)));
}

/**
 * Due times fall on a grid, so that one wake-up of the process serves many checks. A hundredth of the interval, between
 * 10 and 100 ms: too little for anyone to notice, and it saves processor time.
 */
export function slotMs(intervalMs: number): number {
  if (intervalMs >= 10_000) return 100;
  if (intervalMs >= 5_000) return 50;
  return intervalMs >= 2_000 ? 20 : 10;
}

/** A check's offset within its interval: derived from its name, so that neither a restart nor a reload moves it. */
export function phaseMs(identity: string, intervalMs: number): number {
  const slot = slotMs(intervalMs);
  const slots = Math.max(1, Math.floor(intervalMs / slot));
  return (fnv1a(identity) % slots) * slot;
}

/**
 * The first probe after the monitor starts: spread over the interval when there are many checks, sooner when there are
 * few, so that a small wall is not blank for a minute. 20 ms per check.
 */
export function firstDueMs(identity: string, intervalMs: number, checkCount: number, now: number): number {
  const window = Math.min(intervalMs, checkCount * 20);
  return now + (phaseMs(identity, intervalMs) / intervalMs) * window;
}

/** A suspect or recovering check is probed at the retry interval. */
export function paceMs(health: HealthName, cadence: Cadence): number {
  return health === 'suspect' || health === 'recovering' ? cadence.retryIntervalMs : cadence.intervalMs;
}

export interface NextDue {
  dueMs: number;
  /** Slots that passed while the last probe ran or the process slept: skipped, never caught up. */
  skipped: number;
}

/**
 * The next probe after one that was due at `lastDueMs`. At the regular interval it falls on the check's own grid (phase
 * + k × interval); at the retry interval it counts from `lastDueMs`.
 */
export function nextDue(
  identity: string,
  cadence: Cadence,
  health: HealthName,
  lastDueMs: number,
  now: number,
): NextDue {
  const pace = paceMs(health, cadence);
  const anchor = pace === cadence.intervalMs ? phaseMs(identity, pace) : lastDueMs;
  const after = (time: number) => anchor + (Math.floor((time - anchor) / pace) + 1) * pace;
  const wanted = after(lastDueMs);
  if (wanted > now) return { dueMs: wanted, skipped: 0 };
  const dueMs = after(now);
  return { dueMs, skipped: Math.round((dueMs - wanted) / pace) };
}
