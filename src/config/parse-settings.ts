import type { z } from 'zod';
import type { YamlFile } from './yaml-file.ts';

/**
 * Parses a value of the file with its schema. An unquoted `${NAME}` is text unless only a number or a boolean is
 * allowed there: `pin: ${PIN}` keeps the zero of 0471, and `port: ${PORT}` means the number.
 */
export function parseSettings<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  { substituted }: Pick<YamlFile, 'substituted'>,
): z.ZodSafeParseResult<z.output<Schema>> {
  const parsed = schema.safeParse(value);
  if (parsed.success || substituted.size === 0) return parsed;
  let better = value;
  for (const { path } of parsed.error.issues) better = withTyped(better, path, substituted);
  if (better === value) return parsed;
  const again = schema.safeParse(better);
  return again.success || again.error.issues.length < parsed.error.issues.length ? again : parsed;
}

/** The same value, with substituted text at or below the path converted to the number or boolean that it says. */
function withTyped(value: unknown, path: readonly PropertyKey[], substituted: ReadonlySet<string>): unknown {
  const [key, ...rest] = path;
  if (key !== undefined) {
    if (value === null || typeof value !== 'object') return value;
    const before = (value as Record<PropertyKey, unknown>)[key];
    const after = withTyped(before, rest, substituted);
    if (after === before) return value;
    if (Array.isArray(value)) return value.with(Number(key), after);
    return { ...value, [key]: after };
  }
  if (typeof value === 'string' && substituted.has(value)) return typed(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => withTyped(item, [], substituted));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(
    ([name, item]) => [name, withTyped(item, [], substituted)] as const,
  );
  return entries.some(([name, item]) => item !== (value as Record<string, unknown>)[name])
    ? Object.fromEntries(entries)
    : value;
}

function typed(text: string): unknown {
  if (/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return text;
}

/**
 * The value without the settings that were found wrong, so that the rest can be checked for more problems; undefined
 * when nothing can be removed. The result is never used. `dropped` receives the names of removed settings.
 */
export function withoutWrong(
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  dropped: Set<string>,
): unknown {
  if (!isMapping(value)) return undefined;
  const rest: Record<string, unknown> = { ...value };
  for (const issue of issues) {
    const [top, next] = issue.path;
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    if (top === undefined) {
      if (keys.length === 0) return undefined;
      for (const key of keys) delete rest[key];
      continue;
    }
    const section = rest[String(top)];
    if (isMapping(section) && next !== undefined && next in section) {
      dropped.add(String(next));
      rest[String(top)] = Object.fromEntries(Object.entries(section).filter(([key]) => key !== next));
    } else if (isMapping(section) && keys.length > 0) {
      rest[String(top)] = Object.fromEntries(Object.entries(section).filter(([key]) => !keys.includes(key)));
    } else {
      // Already removed, or wrong as a whole.
      if (section === undefined) continue;
      dropped.add(String(top));
      for (const name of isMapping(section) ? Object.keys(section) : []) dropped.add(name);
      delete rest[String(top)];
    }
  }
  return rest;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
