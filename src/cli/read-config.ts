import { loadCatalogue } from '../config/catalogue.ts';
import type { Catalogue, Config } from '../config/config.ts';
import { problemLine } from '../config/config-problem.ts';
import { loadConfig } from '../config/load-config.ts';
import { plural } from '../core/wording.ts';
import { complain } from './print.ts';

/** Loads the config of a folder; prints its problems and returns undefined when it is invalid. */
export async function readConfig(
  folder: string,
): Promise<{ config: Config; configSources: readonly string[]; catalogue: Catalogue } | undefined> {
  const { catalogue, problems } = await loadCatalogue(folder);
  for (const problem of problems) complain(problem);
  const loaded = await loadConfig(folder, catalogue);
  if (loaded.is === 'config' && problems.length === 0)
    return { config: loaded.config, configSources: loaded.sources, catalogue };
  if (loaded.is === 'problems') {
    for (const problem of loaded.problems) complain(problemLine(problem));
    complain(`${plural(loaded.problems.length, 'problem')} in the config.`);
  }
  return undefined;
}
