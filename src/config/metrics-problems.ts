import { familyFilter, SWITCHABLE_FAMILIES } from '../observe/scrape.ts';
import type { ConfigProblem } from './config-problem.ts';
import { nearest } from './explain-issues.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Whole names, and their prefixes up to an underscore. */
const beginnings = [
  ...new Set(
    SWITCHABLE_FAMILIES.flatMap((name) => [
      name,
      ...[...name.matchAll(/_/g)].map(({ index }) => name.slice(0, index + 1)),
    ]),
  ),
];

/** Families that are left out must exist: a misspelt one would still be sent. */
export function metricsProblems(main: YamlFile, { metrics }: WatchdeskFile): ConfigProblem[] {
  return metrics.without.flatMap((pattern, index) => {
    const isKept = familyFilter([pattern]);
    if (!SWITCHABLE_FAMILIES.every(isKept)) return [];
    const near = nearest(pattern.replace(/\*$/, ''), beginnings);
    const hint = near
      ? `did you mean "${near}${pattern.endsWith('*') ? '*' : ''}"?`
      : '/metrics lists all of them';
    return [main.problem(['metrics', 'without', index], `there is no metric family "${pattern}"; ${hint}`)];
  });
}
