import { z } from 'zod';
import { PRIORITIES, type Target } from '../core/target.ts';
import { DESK, type HelpdeskRules, type TicketScope } from '../core/ticket-route.ts';
import { buildTyped } from './build-typed.ts';
import type { Catalogue } from './config.ts';
import type { ConfiguredHelpdesk } from '../helpdesks/shared/configured-helpdesk.ts';
import type { ConfigProblem } from './config-problem.ts';
import { explainIssues, nearest, noSuch } from './explain-issues.ts';
import { keysAt } from './keys-at.ts';
import { parseSettings } from './parse-settings.ts';
import { durationBetween, word } from './fields.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

const names = z.array(z.string().min(1)).min(1);

/** The settings that every helpdesk has beside `type`. */
export const helpdeskBase = {
  name: word.optional().describe('Defaults to the type; required when there are two of the same type.'),
  when: z
    .union([
      z.strictObject({
        customers: names.optional(),
        plans: names.optional(),
        tags: names.optional(),
        priorities: z.array(z.enum(PRIORITIES)).min(1).optional(),
      }),
      // A scope that matches no target.
      z.literal('never').transform((): TicketScope => ({ tags: [] })),
    ])
    .optional()
    .describe(
      'Targets whose tickets go here; the first matching helpdesk gets the ticket. `never` for one that only takes bugs (`desk.bugs`).',
    ),
  fallback_after: durationBetween(1_000, 86_400_000, 'a duration from 1s to 1d')
    .prefault('5m')
    .describe(
      'If the helpdesk cannot open the ticket within this time, the desk holds it and transfers it later.',
    ),
  poll: durationBetween(1_000, 3_600_000, 'a duration from 1s to 1h')
    .prefault('30s')
    .describe('How often the helpdesk is polled for changed tickets.'),
  page_urgent: z
    .boolean()
    .default(true)
    .describe('Also page for any ticket that a human marks urgent, even if Watchdesk did not open it.'),
  ended_by_human: z
    .enum(['reopen', 'accept'])
    .default('reopen')
    .describe(
      'What to do when a human resolves or deletes a ticket while its target is down: reopen it once, or accept it.',
    ),
  assigns_itself: z
    .boolean()
    .default(false)
    .describe(
      'The helpdesk assigns tickets automatically, so an assignee does not mean the ticket is being worked on.',
    ),
  read_by: z
    .enum(['team', 'customer'])
    .optional()
    .describe(
      'Who tickets are written for. With `customer`, the subject and description are a message to the customer (template `ticket` of `customer_updates`), and the details follow in an internal note. Defaults to `customer` if the customer has its own `requester`, otherwise to `team`.',
    ),
  people: z
    .record(z.string(), z.union([z.string().min(1), z.int().positive()]))
    .default({})
    .describe(
      'Maps `people` to their accounts in the helpdesk (its page says which value). Watchdesk then also assigns tickets there, when someone acknowledges an incident or an alarm reassigns a ticket. Not needed for the desk.',
    ),
} as const;

const base = z.strictObject(helpdeskBase);
const baseKeys = Object.keys(helpdeskBase);

/** Builds the helpdesks in config order. */
export function buildHelpdesks(
  main: YamlFile,
  settings: WatchdeskFile,
  { helpdeskTypes }: Catalogue,
  known: { targets: readonly Target[]; people: readonly string[] },
  problems: ConfigProblem[],
): ConfiguredHelpdesk[] {
  const isList = Array.isArray(settings.helpdesk);
  const given = isList ? settings.helpdesk : [settings.helpdesk];
  const built = (given as Record<string, unknown>[]).flatMap((entry, index) => {
    const path = isList ? ['helpdesk', index] : ['helpdesk'];
    const common = Object.fromEntries(Object.entries(entry).filter(([key]) => baseKeys.includes(key)));
    const own = Object.fromEntries(Object.entries(entry).filter(([key]) => !baseKeys.includes(key)));
    const parsed = parseSettings(base, common, main);
    if (!parsed.success)
      problems.push(
        ...explainIssues(parsed.error.issues, main, path, common, (below) => keysAt(base, below)),
      );
    else {
      problems.push(...unknownScope(main, [...path, 'when'], parsed.data.when, known.targets));
      for (const person of Object.keys(parsed.data.people)) {
        if (known.people.includes(person)) continue;
        problems.push(
          main.problem(
            [...path, 'people', person],
            noSuch('person', person, known.people, ' under `people`'),
          ),
        );
      }
    }
    const typed = buildTyped(main, path, own, helpdeskTypes, 'helpdesk', problems, baseKeys);
    return parsed.success && typed ? [{ ...typed, ...rulesOf(parsed.data, typed.type.type) }] : [];
  });
  checkNames(main, built, isList, problems);
  const complain = (index: number, problem: string) => {
    problems.push(main.problem(isList ? ['helpdesk', index] : ['helpdesk', 'when'], problem));
  };
  const always = built.findIndex(({ when }) => when === undefined);
  if (built.length > 0 && always === -1 && problems.length === 0) {
    complain(built.length - 1, 'every helpdesk has a `when`; expected one without it, for all other tickets');
  }
  if (always !== -1 && always < built.length - 1) {
    complain(
      always + 1,
      `never gets a ticket, because ${built[always]!.name} above it gets them all; move it up, or add a \`when\` to ${built[always]!.name}`,
    );
  }
  return built;
}

/** A name that matches no target would silently send its tickets elsewhere. */
function unknownScope(
  main: YamlFile,
  path: PropertyKey[],
  when: TicketScope = {},
  targets: readonly Target[],
): ConfigProblem[] {
  const known = {
    customers: new Set(targets.flatMap(({ customer }) => customer?.name ?? [])),
    plans: new Set(targets.flatMap(({ customer }) => customer?.plan ?? [])),
    tags: new Set(targets.flatMap(({ tags }) => tags)),
  };
  return (['customers', 'plans', 'tags'] as const).flatMap((key) =>
    (when[key] ?? []).flatMap((name, index) => {
      if (known[key].has(name)) return [];
      const near = nearest(name, [...known[key]]);
      const hint = near ? `; did you mean "${near}"?` : '';
      return [main.problem([...path, key, index], `no target has the ${key.slice(0, -1)} "${name}"${hint}`)];
    }),
  );
}

function rulesOf(given: z.output<typeof base>, type: string): HelpdeskRules {
  return {
    name: given.name ?? type,
    when: given.when,
    fallbackAfterMs: given.fallback_after,
    pollMs: given.poll,
    pageUrgent: given.page_urgent,
    endedByHuman: given.ended_by_human,
    assignsItself: given.assigns_itself,
    readBy: given.read_by,
    people: new Map(Object.entries(given.people).map(([person, there]) => [person, String(there)])),
  };
}

function checkNames(
  main: YamlFile,
  built: readonly ConfiguredHelpdesk[],
  isList: boolean,
  problems: ConfigProblem[],
): void {
  const seen = new Set<string>();
  for (const [index, { name, type }] of built.entries()) {
    const path = isList ? ['helpdesk', index] : ['helpdesk'];
    if (seen.has(name)) {
      problems.push(
        main.problem(path, `two helpdesks are named "${name}"; give one of them another \`name\``),
      );
    }
    if (name === DESK && type.type !== DESK) {
      problems.push(
        main.problem(path, 'the name "desk" is reserved for the built-in helpdesk; expected another name'),
      );
    }
    seen.add(name);
  }
}
