/** Backoff between attempts: from 1 s to 1 min, with a jitter of a fifth so that retries do not synchronise. */
export function backoffMs(attempts: number, random: number): number {
  const base = Math.min(60_000, 1_000 * 2 ** Math.max(0, attempts - 1));
  return Math.round(base * (0.9 + 0.2 * random));
}
