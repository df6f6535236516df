import type { HealthName } from '../../core/health.ts';
import type { Target } from '../../core/target.ts';
import type { WebSources } from '../sources.ts';

/** A target as it stands, looked at once for everything that a page says of it. */
export interface TargetSeen {
  target: Target;
  health: HealthName;
  isPlanned: boolean;
}

export function surveyTargets({ monitor, engine }: WebSources, now: number): TargetSeen[] {
  const openFor = engine.plan.openAt(now);
  return monitor.targets.map((target) => ({
    target,
    health: monitor.healthOf(target),
    isPlanned: openFor(target).length > 0,
  }));
}
