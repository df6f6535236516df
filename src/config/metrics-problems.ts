import { familyFilter, SWITCHABLE_FAMILIES } from '../observe/scrape.ts';
import type { ConfigProblem } from './config-problem.ts';
import { nearest } from './explain-issues.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Families that are left out must be there: a misspelt one would go on to be sent. */
export function metricsProblems(main: YamlFile, { metrics }: WatchdeskFile): ConfigProblem[] {
  return metrics.without.flatMap((pattern, index) => {
    const isKept = familyFilter([pattern]);
    if (!SWITCHABLE_FAMILIES.every(isKept)) return [];
    const near = nearest(pattern, [...SWITCHABLE_FAMILIES]);
    const hint = near ? `did you mean "${near}"?` : `known: ${SWITCHABLE_FAMILIES.join(', ')}`;
    return [main.problem(['metrics', 'without', index], `there is no family "${pattern}"; ${hint}`)];
  });
}
