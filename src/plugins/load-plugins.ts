import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import type { ChannelType } from '../channels/channel.ts';
import { checkTypeProblem, type LoadedCheckType } from '../probing/registry.ts';
import type { HelpdeskType } from '../helpdesks/helpdesk.ts';
import { adaptedChannel } from './adapted-channel.ts';
import { adaptedCheck } from './adapted-check.ts';
import { adaptedHelpdesk } from './adapted-helpdesk.ts';
import type { ChannelPlugin } from './channel.ts';
import type { CheckPlugin } from './check.ts';
import type { HelpdeskPlugin } from './helpdesk.ts';
import { openPublicFace } from './public-face.ts';

export interface Types {
  checkTypes: ReadonlyMap<string, LoadedCheckType>;
  channelTypes: ReadonlyMap<string, ChannelType>;
  helpdeskTypes: ReadonlyMap<string, HelpdeskType>;
}

/** The kinds of plugins, each in its own folder. */
const KINDS = ['checks', 'channels', 'helpdesks'] as const;
type Kind = (typeof KINDS)[number];

const SOURCE = /^[^.].*\.(?:ts|mts|js|mjs|cjs)$/;
const NO_SOURCE = /\.(?:d|test|spec)\.[a-z]+$/;
const TYPE_NAME = /^[a-z][a-z0-9-]*$/;
/** Keys that people and teams have besides their addresses. */
const RESERVED_KEYS = new Set(['name', 'timezone', 'prefer', 'members', 'user', 'role']);

/**
 * Adds the operator's own check types, channels and helpdesks, one file each, to the built-in ones. Each problem is one
 * sentence that names its file.
 */
export async function withPlugins(
  folder: string,
  brought: Types,
): Promise<{ types: Types; problems: string[] }> {
  const types = {
    checkTypes: new Map(brought.checkTypes),
    channelTypes: new Map(brought.channelTypes),
    helpdeskTypes: new Map(brought.helpdeskTypes),
  };
  const entries = await readdir(folder, { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => error,
  );
  if (entries instanceof Error)
    return { types, problems: [`plugins: the folder ${folder} cannot be read (${entries.code})`] };
  openPublicFace();
  const problems = entries
    .filter((entry) => entry.isFile() && isSource(entry.name))
    .map(({ name }) => `${join(folder, name)}: expected it in one of the folders ${KINDS.join(', ')}`);
  const isThere = (kind: Kind) => entries.some((entry) => entry.name === kind && !entry.isFile());
  for (const kind of KINDS.filter(isThere)) {
    for (const file of (await readdir(join(folder, kind)).catch(() => [])).filter(isSource).sort()) {
      const path = join(folder, kind, file);
      const problem = await addPlugin(kind, path, types);
      if (problem !== undefined) problems.push(`${path}: ${problem}`);
    }
  }
  return { types, problems };
}

const isSource = (name: string): boolean => SOURCE.test(name) && !NO_SOURCE.test(name);

type Growing = {
  [Key in keyof Types]: Types[Key] extends ReadonlyMap<string, infer Type> ? Map<string, Type> : never;
};

/** What is wrong with the file; undefined when its type was added. */
async function addPlugin(kind: Kind, path: string, types: Growing): Promise<string | undefined> {
  let exported: unknown;
  try {
    ({ default: exported } = (await import(pathToFileURL(path).href)) as { default?: unknown });
  } catch (error) {
    return `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (typeof exported !== 'object' || exported === null)
    return `has no default export that is an object; expected \`export default define…({ … })\``;
  const name = basename(path, extname(path));
  const { type } = exported as { type?: unknown };
  if (typeof type !== 'string' || !TYPE_NAME.test(type))
    return '`type` is missing or not made of lower-case letters, digits and hyphens';
  if (type !== name) return `\`type\` is "${type}"; expected "${name}", the file's own name`;
  switch (kind) {
    case 'checks': {
      const check = adaptedCheck(exported as CheckPlugin<z.ZodObject>);
      if (typeof (exported as { prepare?: unknown }).prepare !== 'function')
        return '`prepare` is missing; expected a function (options, target)';
      return checkTypeProblem({ ...check, notes: check.notes || '-' }, name) ?? add(types.checkTypes, check);
    }
    case 'channels':
      return (
        problemOf(exported as Record<string, unknown>) ??
        addressProblem((exported as ChannelPlugin<z.ZodType>).addresses) ??
        add(types.channelTypes, adaptedChannel(exported as ChannelPlugin<z.ZodType>))
      );
    case 'helpdesks':
      return (
        problemOf(exported as Record<string, unknown>) ??
        add(types.helpdeskTypes, adaptedHelpdesk(exported as HelpdeskPlugin<z.ZodType>))
      );
  }
}

function add<Type extends { type: string }>(all: Map<string, Type>, one: Type): string | undefined {
  if (all.has(one.type)) return `there is a type "${one.type}" already; expected another name`;
  all.set(one.type, one);
  return undefined;
}

function problemOf({ summary, settings, create }: Record<string, unknown>): string | undefined {
  if (typeof summary !== 'string' || summary === '') return '`summary` is missing; expected a sentence';
  if (typeof (settings as { safeParse?: unknown } | undefined)?.safeParse !== 'function')
    return '`settings` is missing or not a zod schema; expected z.strictObject({ … })';
  return typeof create === 'function'
    ? undefined
    : '`create` is missing; expected a function (settings, ports)';
}

function addressProblem(addresses: unknown): string | undefined {
  if (addresses === undefined) return undefined;
  if (!Array.isArray(addresses)) return '`addresses` is not a list; expected [{ key, schema, description }]';
  for (const address of addresses as unknown[]) {
    const { key, schema, description } = (address ?? {}) as Record<string, unknown>;
    if (typeof key !== 'string' || !/^[a-z][a-z0-9_]*$/.test(key) || RESERVED_KEYS.has(key))
      return `\`addresses\` has the key ${JSON.stringify(key)}; expected a word in lower case that people have no other use for`;
    if (typeof (schema as { safeParse?: unknown } | undefined)?.safeParse !== 'function')
      return `the address \`${key}\` has no \`schema\`; expected z.string()`;
    if (typeof description !== 'string') return `the address \`${key}\` has no \`description\``;
  }
  return undefined;
}
