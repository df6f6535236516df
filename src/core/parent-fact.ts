import type { CheckState } from './check-state.ts';
import type { ParentFact } from './placement.ts';
import { PRIORITIES, type Target } from './target.ts';

/** The checks that decide whether others can depend on the target: not, say, a certificate that ends in ten days. */
export function outageChecks<Item extends { check: { priority: Target['priority'] } }>(
  target: Target,
  checks: readonly Item[],
): Item[] {
  const rank = PRIORITIES.indexOf(target.priority);
  const urgent = checks.filter(({ check }) => PRIORITIES.indexOf(check.priority) <= rank);
  return urgent.length > 0 ? urgent : [...checks];
}

/** The state of a parent, by the worst of the checks that count. */
export function parentFact(name: string, states: readonly CheckState[]): ParentFact {
  const kinds = states.map(standing);
  if (kinds.includes('at-risk')) return { name, is: 'at-risk' };
  if (kinds.includes('in-doubt')) return { name, is: 'in-doubt' };
  if (kinds.length === 0 || kinds.includes('unseen')) return { name, is: 'unseen' };
  return { name, is: 'well', wellSince: Math.max(...states.map(({ health }) => health.since)) };
}

function standing({ health, flap }: CheckState): 'at-risk' | 'in-doubt' | 'unseen' | 'well' {
  const known = health.is === 'unknown' ? health.before : health;
  if (known?.is === 'down' || flap.is === 'flapping') return 'at-risk';
  if (known?.is === 'suspect' || known?.is === 'recovering') return 'in-doubt';
  return health.is === 'unknown' ? 'unseen' : 'well';
}
