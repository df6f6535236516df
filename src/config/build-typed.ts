import type { ZodType } from 'zod';
import type { Configured } from '../core/configured.ts';
import type { ConfigProblem } from './config-problem.ts';
import { explainIssues, nearest } from './explain-issues.ts';
import { keysAt } from './keys-at.ts';
import { parseSettings } from './parse-settings.ts';
import type { YamlFile } from './yaml-file.ts';

/** `{ type: x, … }` or `{ x: { … } }`, validated by the schema of x. `beside`: further keys allowed for every type. */
export function buildTyped<Type extends { type: string; settings: ZodType }>(
  main: YamlFile,
  path: PropertyKey[],
  given: Record<string, unknown> & { type?: string },
  types: ReadonlyMap<string, Type>,
  what: string,
  problems: ConfigProblem[],
  beside: readonly string[] = [],
): Configured<Type> | undefined {
  const { type: named, ...own } = given;
  const [shortName, ...others] = Object.keys(own);
  const isShort = named === undefined && shortName !== undefined && others.length === 0;
  const name = isShort ? shortName : named;
  const known = [...types.keys()];
  if (name === undefined) {
    problems.push(main.problem(path, `has no \`type\`; expected one of ${known.join(', ')}`));
    return undefined;
  }
  const type = types.get(name);
  if (type === undefined) {
    const near = nearest(name, known);
    const hint = near ? `did you mean "${near}"?` : `known: ${known.join(', ')}`;
    problems.push(
      main.problem(isShort ? path : [...path, 'type'], `there is no ${what} type "${name}"; ${hint}`),
    );
    return undefined;
  }
  const value = isShort ? (own[shortName] ?? {}) : own;
  const parsed = parseSettings(type.settings, value, main);
  if (!parsed.success) {
    const at = isShort ? [...path, name] : path;
    const keys = 'shape' in type.settings ? [...Object.keys(type.settings.shape as object), ...beside] : [];
    problems.push(
      ...explainIssues(parsed.error.issues, main, at, value, (below) =>
        below.length === 0 ? keys : keysAt(type.settings, below),
      ),
    );
    return undefined;
  }
  return { type, settings: parsed.data };
}
