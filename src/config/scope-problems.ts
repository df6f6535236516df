import { QUICK } from '../core/desk/desk-rules.ts';
import { CLOCKS } from '../core/service/promise.ts';
import type { Customer } from '../core/target.ts';
import type { ConfigProblem } from './config-problem.ts';
import { noSuch } from './explain-issues.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Names in `for` of service levels and alarms that match nothing: such a promise would silently apply to nobody. */
export function scopeProblems(
  main: YamlFile,
  { service, plans, desk }: WatchdeskFile,
  customers: ReadonlyMap<string, Customer>,
  problems: ConfigProblem[],
): void {
  const known = {
    plans: [
      ...new Set([...Object.keys(plans), ...[...customers.values()].flatMap(({ plan }) => plan ?? [])]),
    ],
    customers: [...customers.keys()],
    // Monitor incidents and quick questions are always valid types, whatever the desk's settings.
    types: [...new Set([...desk.types, 'incident', QUICK])],
  };
  const complain = (path: PropertyKey[], problem: string) =>
    void problems.push(main.problem(['service', ...path], problem));
  for (const list of ['levels', 'alarms'] as const) {
    service[list].forEach((given, index) => {
      for (const kind of ['plans', 'customers', 'types'] as const) {
        for (const name of given.for[kind] ?? []) {
          if (known[kind].includes(name)) continue;
          complain([list, index, 'for', kind], noSuch(WORD[kind], name, known[kind]));
        }
      }
    });
  }
  service.levels.forEach((given, index) => {
    const isEmpty = CLOCKS.every((clock) => given[clock] === undefined);
    if (isEmpty && given.name === undefined)
      complain(
        ['levels', index],
        `has no clock; expected ${CLOCKS.join(', ')}, or a \`name\` for a level without one`,
      );
  });
}

/** A plan missing from `plans` would silently promise its customer nothing. */
export function planProblems(
  files: readonly YamlFile[],
  plans: Readonly<Record<string, unknown>>,
): ConfigProblem[] {
  const names = Object.keys(plans);
  const first = new Map<string, string>();
  return files.flatMap((file) => {
    const { customer } = (file.value ?? {}) as { customer?: { name?: unknown; plan?: unknown } };
    const { name, plan } = customer ?? {};
    if (typeof plan !== 'string' || typeof name !== 'string') return [];
    const at = ['customer', 'plan'];
    const before = first.get(name) ?? plan;
    first.set(name, before);
    if (before !== plan)
      return [file.problem(at, `found "${plan}", and "${before}" for the same customer in another file`)];
    if (names.length === 0 || names.includes(plan)) return [];
    return [file.problem(at, noSuch('plan', plan, names, ' under `plans`'))];
  });
}

const WORD = { plans: 'plan', customers: 'customer', types: 'ticket type' } as const;
