import { isAbsolute, join } from 'node:path';
import { BUILT_IN_MODULES } from '../blackbox/built-in-modules.ts';
import {
  blackboxFileSchema,
  knownModuleKeys,
  secretsOfModule,
  type BlackboxModule,
} from '../blackbox/module-schema.ts';
import type { ConfigProblem } from './config-problem.ts';
import { explainIssues } from './explain-issues.ts';
import { readBytes } from './read-files.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import { YamlFile } from './yaml-file.ts';

export interface BuiltModules {
  modules: ReadonlyMap<string, BlackboxModule>;
  secrets: string[];
  files: string[];
  problems: ConfigProblem[];
}

/** The modules of `/probe`: those of the file that is named, else those that blackbox_exporter comes with. */
export async function buildModules(
  main: YamlFile,
  { probe }: WatchdeskFile,
  folder: string,
): Promise<BuiltModules> {
  const none = { secrets: [], files: [], problems: [] };
  if (probe.modules === undefined) return { ...none, modules: BUILT_IN_MODULES };
  const path = isAbsolute(probe.modules) ? probe.modules : join(folder, probe.modules);
  // Watched from now on, even when it cannot be read yet.
  const built = { ...none, files: [path] };
  const bytes = await readBytes(path);
  if (typeof bytes === 'string') {
    const problems = [main.problem(['probe', 'modules'], `${path} ${bytes}`)];
    return { ...built, modules: new Map(), problems };
  }
  // `${1}` in it is what a pattern has found, not a variable.
  const file = new YamlFile(path, bytes);
  const failed = (problems: ConfigProblem[]) => ({ ...built, modules: new Map(), problems });
  if (file.problems.length > 0) return failed(file.problems);
  const parsed = blackboxFileSchema.safeParse(file.value);
  if (!parsed.success)
    return failed(explainIssues(parsed.error.issues, file, [], file.value, knownModuleKeys));
  const modules = new Map(Object.entries(parsed.data.modules));
  return { ...built, modules, secrets: [...modules.values()].flatMap(secretsOfModule) };
}
