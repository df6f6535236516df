/** A health we have evidence for. All times are Unix milliseconds. */
export type KnownHealth =
  | { is: 'up'; since: number }
  | { is: 'suspect'; since: number; failures: number; firstFailureAt: number }
  | { is: 'down'; since: number; failures: number; firstFailureAt: number }
  | { is: 'recovering'; since: number; successes: number; firstFailureAt: number };

/** `before` is what the counters stood at when sight was lost; null when there never was any. */
export type Health = KnownHealth | { is: 'unknown'; since: number; before: KnownHealth | null };

export type HealthName = Health['is'];

/** Best to worst is not a line: this is the order in which a wall lists them, worst first. */
export const HEALTH_NAMES: readonly HealthName[] = ['down', 'recovering', 'suspect', 'unknown', 'up'];

export const neverProbed = (now: number): Health => ({ is: 'unknown', since: now, before: null });

/** The failed probes in sequence that this health stands on; a frozen count still counts. */
export function consecutiveFailures(health: Health): number {
  const known = health.is === 'unknown' ? health.before : health;
  return known && (known.is === 'suspect' || known.is === 'down') ? known.failures : 0;
}

/** A target is as well as the worst of its checks. */
export function worstHealth(healths: readonly HealthName[]): HealthName {
  return HEALTH_NAMES.find((name) => healths.includes(name)) ?? 'unknown';
}
