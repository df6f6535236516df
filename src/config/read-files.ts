import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigProblem } from './config-problem.ts';
import { MAX_FILE_BYTES, YamlFile, type Surroundings } from './yaml-file.ts';

export interface ConfigFiles {
  /** `watchdesk.yaml`; absent when it could not be read. */
  main?: YamlFile;
  targets: YamlFile[];
  problems: ConfigProblem[];
}

/** Reads `watchdesk.yaml` and `targets/*.yaml` of the folder. */
export async function readConfigFiles(folder: string, surroundings: Surroundings): Promise<ConfigFiles> {
  const problems: ConfigProblem[] = [];
  const read = async (path: string): Promise<YamlFile | undefined> => {
    const bytes = await readBytes(path);
    if (typeof bytes === 'string') {
      problems.push({ file: path, path: '', problem: bytes });
      return undefined;
    }
    const file = new YamlFile(path, bytes, surroundings);
    problems.push(...file.problems);
    return file;
  };
  const main = await read(join(folder, 'watchdesk.yaml'));
  const policy = (main?.value as { policy?: unknown } | undefined)?.policy;
  if (main && typeof policy === 'string' && /^[\w-]{1,60}$/.test(policy)) {
    const path = join(folder, 'policies', `${policy}.yaml`);
    const below = existsSync(path) ? await read(path) : undefined;
    if (below) main.over(below);
    else {
      problems.push(
        main.problem(['policy'], `there is no ${path}; copy one of the policies there, or write your own`),
      );
    }
  }
  const targetsFolder = join(folder, 'targets');
  const targets: YamlFile[] = [];
  for (const name of await yamlNames(targetsFolder, problems)) {
    const file = await read(join(targetsFolder, name));
    if (file) targets.push(file);
  }
  return { main, targets, problems };
}

/** The file's bytes, or the reason why it cannot be read. */
export async function readBytes(path: string): Promise<Uint8Array | string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) return `${size} bytes; expected at most ${MAX_FILE_BYTES}`;
    return await readFile(path);
  } catch (error) {
    return `cannot be read: ${inWords(error)}`;
  }
}

async function yamlNames(folder: string, problems: ConfigProblem[]): Promise<string[]> {
  try {
    const names = (await readdir(folder))
      .filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
      .sort();
    if (names.length === 0) {
      const problem = 'contains no targets; expected at least one .yaml file with `targets:`';
      problems.push({ file: folder, path: '', problem });
    }
    return names;
  } catch (error) {
    problems.push({ file: folder, path: '', problem: `cannot be read: ${inWords(error)}` });
    return [];
  }
}

export function inWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file or folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a folder, not a file';
    case 'ENOTDIR':
      return 'part of the path is not a folder';
    default:
      return code ?? message;
  }
}
