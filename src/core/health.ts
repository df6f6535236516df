/** A health that probes have proven. All times are Unix milliseconds. */
export type KnownHealth =
  | { is: 'up'; since: number }
  | { is: 'suspect'; since: number; failures: number; firstFailureAt: number }
  | { is: 'down'; since: number; failures: number; firstFailureAt: number }
  | { is: 'recovering'; since: number; successes: number; firstFailureAt: number };

/** `before` holds the health and counters from before sight was lost; null when there never was any. */
export type Health = KnownHealth | { is: 'unknown'; since: number; before: KnownHealth | null };

export type HealthName = Health['is'];

/** The order in which a wall lists them, worst first; there is no strict scale from best to worst. */
export const HEALTH_NAMES: readonly HealthName[] = ['down', 'recovering', 'suspect', 'unknown', 'up'];

export const neverProbed = (now: number): Health => ({ is: 'unknown', since: now, before: null });

/** Consecutive failed probes behind this health; a count frozen by `unknown` still counts. */
export function consecutiveFailures(health: Health): number {
  const known = health.is === 'unknown' ? health.before : health;
  return known && (known.is === 'suspect' || known.is === 'down') ? known.failures : 0;
}

/** The health of a target is that of its worst check. */
export function worstHealth(healths: readonly HealthName[]): HealthName {
  return HEALTH_NAMES.find((name) => healths.includes(name)) ?? 'unknown';
}
