import { isAbsolute, join } from 'node:path';
import { BUILT_IN_MODULES } from '../blackbox/built-in-modules.ts';
import {
  blackboxFileSchema,
  blackboxModuleSchema,
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
  /** Modules that cannot be served, each with its problems. */
  refused: ReadonlyMap<string, readonly ConfigProblem[]>;
  secrets: string[];
  files: string[];
  problems: ConfigProblem[];
}

/** Builds the modules of `/probe`: those of the named file, or the default modules of blackbox_exporter. */
export async function buildModules(
  main: YamlFile,
  { probe }: WatchdeskFile,
  folder: string,
): Promise<BuiltModules> {
  const none = { refused: new Map<string, readonly ConfigProblem[]>(), secrets: [], files: [], problems: [] };
  if (probe.modules === undefined) return { ...none, modules: BUILT_IN_MODULES };
  const path = isAbsolute(probe.modules) ? probe.modules : join(folder, probe.modules);
  // Watched from now on, even if it cannot be read yet.
  const built = { ...none, files: [path] };
  const bytes = await readBytes(path);
  if (typeof bytes === 'string') {
    const problems = [main.problem(['probe', 'modules'], `${path} ${bytes}`)];
    return { ...built, modules: new Map(), problems };
  }
  // `${1}` in it is a capture group, not a variable.
  const file = new YamlFile(path, bytes);
  const failed = (problems: ConfigProblem[]) => ({
    ...built,
    modules: new Map<string, BlackboxModule>(),
    problems,
  });
  if (file.problems.length > 0) return failed(file.problems);
  const parsed = blackboxFileSchema.safeParse(file.value);
  if (!parsed.success)
    return failed(explainIssues(parsed.error.issues, file, [], file.value, knownModuleKeys));
  const modules = new Map<string, BlackboxModule>();
  const refused = new Map<string, readonly ConfigProblem[]>();
  for (const [name, given] of Object.entries(parsed.data.modules)) {
    const module = blackboxModuleSchema.safeParse(given);
    if (module.success) modules.set(name, module.data);
    else {
      const at = ['modules', name];
      const known = (below: readonly PropertyKey[]) => knownModuleKeys([...at, ...below]);
      refused.set(name, explainIssues(module.error.issues, file, at, given, known));
    }
  }
  return { ...built, modules, refused, secrets: [...modules.values()].flatMap(secretsOfModule) };
}
