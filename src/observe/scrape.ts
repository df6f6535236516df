import type { Field } from '../probing/field.ts';
import type { Target } from '../core/target.ts';
import { Breather } from './breather.ts';
import { CHECK_FAMILY_NAMES, renderCheckFamilies } from './check-families.ts';
import type { Exposition } from './exposition.ts';
import type { Metrics } from './metrics.ts';
import { REGISTRY_FAMILY_NAMES } from './registry-family-names.ts';
import { registryText } from './registry-text.ts';
import { renderStateFamilies, STATE_FAMILY_NAMES, type Situation } from './state-families.ts';
import { surveyChecks } from './survey.ts';
import { renderTargetFamilies, TARGET_FAMILY_NAMES } from './target-families.ts';

export interface ScrapeSources {
  metrics: Metrics;
  field: Pick<Field, 'targets' | 'watched' | 'hasVote'>;
  situation(): Situation;
  isInMaintenance(): (target: Target) => boolean;
}

/** All families that can be left out by name. */
export const SWITCHABLE_FAMILIES: readonly string[] = [
  ...REGISTRY_FAMILY_NAMES,
  ...CHECK_FAMILY_NAMES,
  ...TARGET_FAMILY_NAMES,
  ...STATE_FAMILY_NAMES,
];

/** Whether a family is included: `without` lists names, and prefixes that end in `*`. */
export function familyFilter(without: readonly string[]): (family: string) => boolean {
  const names = new Set(without.filter((pattern) => !pattern.endsWith('*')));
  const beginnings = without
    .filter((pattern) => pattern.endsWith('*'))
    .map((pattern) => pattern.slice(0, -1));
  return (family) => !names.has(family) && !beginnings.some((beginning) => family.startsWith(beginning));
}

/** One response to Prometheus, in pieces, between which the event loop gets its turn. */
export async function* scrape(
  { metrics, field, situation, isInMaintenance }: ScrapeSources,
  format: Exposition,
  without: readonly string[],
): AsyncGenerator<string> {
  const isWanted = familyFilter(without);
  const breather = new Breather();
  yield* registryText(metrics.registry, format, isWanted);
  const survey = await surveyChecks(field, breather);
  yield* renderStateFamilies(situation(), survey.counts, format, isWanted);
  await breather.turn();
  const facts = { healthOf: survey.healthOf, isInMaintenance: isInMaintenance() };
  yield* renderTargetFamilies(field.targets, facts, format, isWanted, breather);
  yield* renderCheckFamilies(survey, (sighting) => field.hasVote(sighting), format, isWanted, breather);
  if (format === 'openmetrics') yield '# EOF\n';
}
