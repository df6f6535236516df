import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ZodType } from 'zod';
import { CODE_EXTENSION } from '../program-folder.ts';
import type { CheckType } from '../core/check-type.ts';

/** A check type as seen outside the core: its options are a zod schema. */
export type LoadedCheckType = CheckType<unknown, ZodType> & {
  /** Supplied by the operator. */
  isPlugin?: true;
};

export type CheckTypes = ReadonlyMap<string, LoadedCheckType>;

export interface Registry {
  types: CheckTypes;
  /** One sentence for every file that is not a check type, with how to fix it. */
  problems: string[];
}

/** The keys that every check has, of any type. */
const BASE_KEYS = new Set([
  'type',
  'name',
  'priority',
  'interval',
  'timeout',
  'failures',
  'recoveries',
  'retry_interval',
  'counts',
  'from',
  'agree',
]);

const TYPE_NAME = /^[a-z][a-z0-9-]*$/;

/** Loads every file of the folder: a new file is a new check type. */
export async function loadRegistry(folder: string): Promise<Registry> {
  const types = new Map<string, LoadedCheckType>();
  const problems: string[] = [];
  const files = (await readdir(folder)).filter(
    (file) => file.endsWith(CODE_EXTENSION) && !file.endsWith('.d.ts'),
  );
  for (const file of files.sort()) {
    const where = `${basename(folder)}/${file}`;
    const loaded = await loadFile(join(folder, file));
    const problem =
      typeof loaded === 'string' ? loaded : checkTypeProblem(loaded.default, basename(file, CODE_EXTENSION));
    if (problem !== undefined) problems.push(`${where}: ${problem}`);
    else {
      const type = (loaded as { default: LoadedCheckType }).default;
      types.set(type.type, type);
    }
  }
  return { types, problems };
}

async function loadFile(path: string): Promise<{ default?: unknown } | string> {
  try {
    return (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (error) {
    return `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Why an export is not a check type of that name; undefined when it is one. */
export function checkTypeProblem(exported: unknown, fileName: string): string | undefined {
  if (exported === undefined) return 'has no default export; expected `export default` of a CheckType';
  if (typeof exported !== 'object' || exported === null) {
    return `the default export is a ${typeof exported}; expected a CheckType object`;
  }
  const type = exported as Record<string, unknown>;
  if (typeof type['type'] !== 'string' || !TYPE_NAME.test(type['type'])) {
    return '`type` is missing or not made of lower-case letters, digits and hyphens';
  }
  if (type['type'] !== fileName) {
    return `\`type\` is "${type['type']}"; expected "${fileName}", the file's own name`;
  }
  for (const key of ['summary', 'notes']) {
    if (typeof type[key] !== 'string' || type[key] === '')
      return `\`${key}\` is missing; expected text for the docs`;
  }
  if (!Array.isArray(type['examples'])) return '`examples` is missing; expected a list of { title, yaml }';
  const schema = type['options'] as { safeParse?: unknown; shape?: unknown } | undefined;
  if (typeof schema?.safeParse !== 'function' || typeof schema.shape !== 'object') {
    return '`options` is missing or not a zod object schema; expected z.strictObject({ … })';
  }
  const taken = Object.keys(schema.shape as object).filter((key) => BASE_KEYS.has(key));
  if (taken.length > 0)
    return `the option \`${taken[0]}\` is reserved, because every check has it; expected another name`;
  if (typeof type['prepare'] !== 'function')
    return '`prepare` is missing; expected a function (options, target)';
  return undefined;
}
