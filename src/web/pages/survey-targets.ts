import type { HealthName } from '../../core/health.ts';
import type { Target } from '../../core/target.ts';
import type { WebSources } from '../sources.ts';

/** A target's current state, read once for everything that a page shows of it. */
export interface TargetSeen {
  target: Target;
  health: HealthName;
  isPlanned: boolean;
  /** Position among all targets by name: `host2` before `host10`. */
  place: number;
}

const byName = new Intl.Collator('en', { numeric: true }).compare;
const orders = new WeakMap<readonly Target[], ReadonlyMap<Target, number>>();

/** Sorted once per config: otherwise a page of thousands would spend most of its time sorting. */
function orderOf(targets: readonly Target[]): ReadonlyMap<Target, number> {
  let order = orders.get(targets);
  if (order === undefined) {
    const sorted = targets.toSorted((a, b) => byName(a.name, b.name));
    orders.set(targets, (order = new Map(sorted.map((target, index) => [target, index]))));
  }
  return order;
}

export function surveyTargets({ field, planning }: WebSources, now: number): TargetSeen[] {
  const openFor = planning.windows.openAt(now);
  const order = orderOf(field.targets);
  return field.targets.map((target) => ({
    target,
    health: field.healthOf(target),
    isPlanned: openFor(target).length > 0,
    place: order.get(target)!,
  }));
}
