import type { z } from 'zod';
import { neutraliseLine } from '../core/neutralise.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { YamlFile } from './yaml-file.ts';

type Issue = z.core.$ZodIssue;

/**
 * Words schema issues for the person who wrote the file. `isSecret` tells whether the value at a path must not be
 * shown.
 */
export function explainIssues(
  issues: readonly Issue[],
  file: YamlFile,
  at: readonly PropertyKey[],
  value: unknown,
  knownKeys: (path: readonly PropertyKey[]) => readonly string[] = () => [],
): ConfigProblem[] {
  return issues.flatMap((issue) => explain(issue, file, at, value, knownKeys));
}

function explain(
  issue: Issue,
  file: YamlFile,
  at: readonly PropertyKey[],
  root: unknown,
  knownKeys: (path: readonly PropertyKey[]) => readonly string[],
): ConfigProblem[] {
  const path = [...at, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = knownKeys(issue.path);
      const near = nearest(key, known);
      const hint = near
        ? `; did you mean "${near}"?`
        : known.length > 0
          ? `; known here: ${known.join(', ')}`
          : '';
      return file.keyProblem(path, key, `unknown key${hint}`);
    });
  }
  if (issue.code === 'invalid_union') {
    const branch = bestBranch(issue.errors);
    if (branch) {
      const value = valueAt(root, issue.path);
      return branch.flatMap((inner) => explain(inner, file, path, value, () => []));
    }
  }
  if (issue.code === 'invalid_key') {
    const key = String(issue.path.at(-1));
    const expected = issue.issues[0] ? expectedOf(issue.issues[0]) : 'another key';
    return [file.keyProblem(path.slice(0, -1), key, `the key is not valid; expected ${expected}`)];
  }
  const found = valueAt(root, issue.path);
  const expected = expectedOf(issue);
  const problem =
    found === undefined
      ? `missing; expected ${expected}`
      : `found ${shown(found, path)}, expected ${expected}`;
  return [file.problem(path, problem)];
}

/** The issues of the union branch that matched deepest: most likely the one that was meant. */
function bestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const depth = (branch: readonly Issue[]) => Math.max(0, ...branch.map((issue) => issue.path.length));
  const deepest = branches.filter((branch) => branch.length > 0).toSorted((a, b) => depth(b) - depth(a))[0];
  if (!deepest) return undefined;
  const isObject = deepest.some((issue) => issue.code === 'unrecognized_keys');
  return depth(deepest) > 0 || isObject ? deepest : undefined;
}

const TYPE_NAMES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
  array: 'a list',
};

function expectedOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'too_small':
      if (issue.origin === 'string') {
        return Number(issue.minimum) > 1 ? `at least ${issue.minimum} characters` : 'non-empty text';
      }
      if (issue.origin === 'array')
        return `at least ${issue.minimum} list ${issue.minimum === 1 ? 'item' : 'items'}`;
      return `at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `at most ${issue.maximum} characters`;
      if (issue.origin === 'array')
        return `at most ${issue.maximum} list ${issue.maximum === 1 ? 'item' : 'items'}`;
      return `at most ${issue.maximum}`;
    case 'invalid_union': {
      const ways = issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectedOf));
      return [...new Set(ways)].join(' or ') || 'something else';
    }
    case 'unrecognized_keys':
      return `no key ${issue.keys.join(', ')}`;
    default:
      return issue.message;
  }
}

/** Hides the user and password in `https://user:password@host`. */
const withoutCredentials = (text: string): string => text.replace(/(:\/\/)\S{1,400}@/g, '$1…@');

const SECRET_KEY = /token|key|secret|pass|bearer|auth|totp|^pin$/i;
/** A key that holds tokens with their scopes. */
const HOLDER = 'tokens';
/** Below these, keys are user-chosen names: a module `keycloak` holds no secret because of its name. */
const NAMED = new Set(['modules', 'people', 'teams', 'calendars', 'on_call', 'channels', 'plans']);
const NAMED_BELOW = new Set(['access.users', 'access.tokens']);

const isChosen = (path: readonly PropertyKey[], index: number): boolean =>
  (index === 1 && NAMED.has(String(path[0]))) || (index === 2 && NAMED_BELOW.has(path.slice(0, 2).join('.')));

function shown(value: unknown, path: readonly PropertyKey[]): string {
  const isSecret = (key: PropertyKey, index: number) =>
    typeof key === 'string' &&
    SECRET_KEY.test(key) &&
    (key !== HOLDER || index === path.length - 1) &&
    !isChosen(path, index);
  if (path.some(isSecret)) return 'a secret value';
  if (typeof value === 'string') return `"${neutraliseLine(withoutCredentials(value), 60)}"`;
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a mapping';
  return value === null ? 'nothing' : String(value);
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** `there is no team "suport"; did you mean "support"?` */
export function noSuch(what: string, name: string, known: readonly string[], where = ''): string {
  const near = nearest(name, known);
  const hint = near ? `did you mean "${near}"?` : `known: ${known.join(', ') || 'none'}`;
  return `there is no ${what} "${name}"${where}; ${hint}`;
}

/** The known word that is closest to a misspelt one. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // With two letters, every word is close.
  const limit = word.length < 3 ? 0 : Math.max(1, Math.floor(word.length / 3));
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && (best === undefined || distance < best.distance))
      best = { word: candidate, distance };
  }
  return best?.word ?? extended(word, known);
}

/** `Acme` for `Acme Ltd`, `Northwind Inc.` for `Northwind`; undefined when several match. */
function extended(word: string, known: readonly string[]): string | undefined {
  if (word.length < 3) return undefined;
  const plain = (name: string) =>
    name
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  const wanted = plain(word);
  const begins = (name: string, with_: string) => with_.length > 2 && name.startsWith(`${with_} `);
  const near = known.filter((name) => {
    const other = plain(name);
    return other === wanted || begins(other, wanted) || begins(wanted, other);
  });
  return near.length === 1 ? near[0] : undefined;
}

/** Counts substitutions, insertions, deletions and swapped neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          previous[column]! + 1,
          current[column - 1]! + 1,
          previous[column - 1]! + change,
          isSwapped ? before[column - 2]! + 1 : Infinity,
        ),
      );
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}
