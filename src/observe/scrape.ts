import type { Monitor } from '../probing/monitor.ts';
import type { HealthName } from '../core/health.ts';
import type { Target } from '../core/target.ts';
import { Breather } from './breather.ts';
import { CHECK_FAMILY_NAMES, renderCheckFamilies } from './check-families.ts';
import type { Exposition } from './exposition.ts';
import type { Metrics } from './metrics.ts';
import { registryText } from './registry-text.ts';
import {
  renderStateFamilies,
  STATE_FAMILY_NAMES,
  type HealthCounts,
  type Situation,
} from './state-families.ts';
import { renderTargetFamilies, TARGET_FAMILY_NAMES } from './target-families.ts';

export interface ScrapeSources {
  metrics: Metrics;
  monitor: Pick<Monitor, 'targets' | 'watched' | 'healthOf'>;
  situation(): Situation;
  isInMaintenance(): (target: Target) => boolean;
}

/** What can be left out by name; the library's own families are few and stay. */
export const SWITCHABLE_FAMILIES: readonly string[] = [
  ...CHECK_FAMILY_NAMES,
  ...TARGET_FAMILY_NAMES,
  ...STATE_FAMILY_NAMES,
];

/** Whether a family is wanted: `without` has names, and beginnings of names that end in `*`. */
export function familyFilter(without: readonly string[]): (family: string) => boolean {
  const names = new Set(without.filter((pattern) => !pattern.endsWith('*')));
  const beginnings = without
    .filter((pattern) => pattern.endsWith('*'))
    .map((pattern) => pattern.slice(0, -1));
  return (family) => !names.has(family) && !beginnings.some((beginning) => family.startsWith(beginning));
}

async function countHealths(monitor: ScrapeSources['monitor'], breather: Breather): Promise<HealthCounts> {
  const counts = { targets: new Map<HealthName, number>(), checks: new Map<HealthName, number>() };
  const count = (kind: keyof HealthCounts, health: HealthName) =>
    counts[kind].set(health, (counts[kind].get(health) ?? 0) + 1);
  for (const target of monitor.targets) {
    count('targets', monitor.healthOf(target));
    if (breather.isDue()) await breather.turn();
  }
  for (const { state } of monitor.watched()) {
    count('checks', state.health.is);
    if (breather.isDue()) await breather.turn();
  }
  return counts;
}

/** One answer to Prometheus, in pieces, between which the event loop has its turn. */
export async function* scrape(
  { metrics, monitor, situation, isInMaintenance }: ScrapeSources,
  format: Exposition,
  without: readonly string[],
): AsyncGenerator<string> {
  const isWanted = familyFilter(without);
  const breather = new Breather();
  yield* registryText(metrics.registry, format, () => true);
  const counts = await countHealths(monitor, breather);
  yield* renderStateFamilies(situation(), counts, format, isWanted);
  await breather.turn();
  const facts = { monitor, isInMaintenance: isInMaintenance() };
  yield* renderTargetFamilies(monitor.targets, facts, format, isWanted, breather);
  yield* renderCheckFamilies(monitor, format, isWanted, breather);
  if (format === 'openmetrics') yield '# EOF\n';
}
