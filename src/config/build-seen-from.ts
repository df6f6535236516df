import type { Agree, SeenFrom } from '../core/target.ts';
import { nearest } from './explain-issues.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { YamlFile } from './yaml-file.ts';

/** The keys of a check, a target or the defaults that say from where is probed. */
export interface FromKeys {
  from?: 'all' | readonly string[] | undefined;
  agree?: Agree | undefined;
}

/** A place in the config that may have them, the nearest to the check first. */
export interface FromPlace extends FromKeys {
  path: readonly PropertyKey[];
}

/**
 * From where a check is probed; undefined: from the machine of the monitor. The keys of the check go before those of the
 * target, those before the defaults, each by itself.
 */
export function buildSeenFrom(
  places: readonly FromPlace[],
  defaults: FromKeys,
  known: readonly string[],
  isReceived: boolean,
  file: YamlFile,
): SeenFrom | undefined | ConfigProblem[] {
  const written = places.find(({ from }) => from !== undefined);
  if (isReceived) {
    // A target's own `from` is for its other checks.
    const own = places.find(({ from, path }) => from !== undefined && path.includes('checks'));
    if (!own) return undefined;
    const problem = 'a heartbeat is received, not probed, so it has no location; remove this key';
    return [file.problem([...own.path, 'from'], problem)];
  }
  const from = written?.from ?? defaults.from;
  const agreeing = places.find(({ agree }) => agree !== undefined);
  if (from === undefined) {
    if (!agreeing) return undefined;
    return [
      file.problem(
        [...agreeing.path, 'agree'],
        `takes effect only with \`from\`, which is missing; expected both or neither`,
      ),
    ];
  }
  const locations = from === 'all' ? known : from;
  if (written) {
    const problem = fromProblem(from, known);
    if (problem !== undefined) return [file.problem([...written.path, 'from'], problem)];
  }
  const agree = agreeing?.agree ?? defaults.agree ?? 'majority';
  if (typeof agree === 'number' && agree > locations.length && agreeing) {
    return [file.problem([...agreeing.path, 'agree'], tooMany(agree, locations.length))];
  }
  return { locations: [...locations], agree };
}

/** What is wrong with the `defaults` themselves, reported once and not for every check. */
export function defaultsFromProblems(
  { from, agree }: FromKeys,
  known: readonly string[],
  file: YamlFile,
): ConfigProblem[] {
  if (from === undefined) return [];
  const problem = fromProblem(from, known);
  if (problem !== undefined) return [file.problem(['defaults', 'from'], problem)];
  const count = from === 'all' ? known.length : from.length;
  if (typeof agree !== 'number' || agree <= count) return [];
  return [file.problem(['defaults', 'agree'], tooMany(agree, count))];
}

const tooMany = (agree: number, count: number): string =>
  `${agree} locations must agree, but it is probed from ${count}; expected at most ${count}`;

function fromProblem(from: 'all' | readonly string[], known: readonly string[]): string | undefined {
  if (known.length === 0)
    return 'the config has no locations; expected `locations: { … }` in watchdesk.yaml, with every location that is probed from';
  if (from === 'all') return undefined;
  const unknown = from.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, [...known]);
    return `there is no location "${unknown}"; ${near ? `did you mean "${near}"?` : `known: ${known.join(', ')}`}`;
  }
  const twice = from.find((name, n) => from.indexOf(name) !== n);
  return twice === undefined ? undefined : `"${twice}" is listed twice; expected each location once`;
}
