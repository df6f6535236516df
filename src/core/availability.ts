import type { CheckState } from './check-state.ts';
import type { HealthName } from './health.ts';
import type { Reason } from './reason.ts';

/** Warnings: something needs attention, but the service still answers. A check can add warnings of its own. */
const WARNINGS: ReadonlySet<Reason> = new Set(['tls-expiring', 'exit-warning']);

/** Whether a failure is only a warning. */
export const isWarning = ({ reason, level }: { reason?: Reason; level?: 'warning' }): boolean =>
  level === 'warning' || (reason !== undefined && WARNINGS.has(reason));

export interface CountedCheck {
  state: Pick<CheckState, 'health' | 'last'>;
  /** False for a check whose failures say nothing about availability. */
  counts: boolean;
  /** Whether the check was out of service before it began to recover. */
  wasOut: boolean;
}

/** Whether a check proves that its target is out of service; a warning, and the recovery from one, do not. */
export function isOut({ state, counts, wasOut }: CountedCheck): boolean {
  const { is } = state.health;
  if (!counts) return false;
  if (is === 'recovering') return wasOut;
  return is === 'down' && !isWarning(state.last ?? {});
}

/**
 * Availability of a target, by the checks that count: `down` while any of them proves that it is out of service;
 * `unknown` while one cannot tell and none does, or when none counts.
 */
export function availabilityOf(
  checks: readonly CountedCheck[],
): Extract<HealthName, 'up' | 'down' | 'unknown'> {
  const counted = checks.filter(({ counts }) => counts);
  if (counted.some(isOut)) return 'down';
  const isKnown = counted.length > 0 && counted.every(({ state }) => state.health.is !== 'unknown');
  // A suspect check has had a result, so the target is known, whatever the other checks say.
  const isHeard = counted.some(({ state }) => state.health.is === 'suspect');
  return isKnown || isHeard ? 'up' : 'unknown';
}
