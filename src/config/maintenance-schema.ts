import { z } from 'zod';
import type { MaintenanceWindow } from '../core/maintenance.ts';
import type { Target } from '../core/target.ts';
import { cronProblem } from '../maintenance/recurrence.ts';
import { nearest } from './explain-issues.ts';
import { durationBetween, moment, timeZone } from './fields.ts';

const FARTHEST_MS = 10 * 366 * 86_400_000;

/** A maintenance window as written in the config and the API. */
export const maintenanceSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(120)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'one line without control characters')
    .describe('Description of the work; shown on the status wall.'),
  targets: z.array(z.string()).min(1).optional().describe('Names of targets.'),
  customers: z.array(z.string()).min(1).optional().describe('All targets of these customers.'),
  tags: z.array(z.string()).min(1).optional().describe('All targets with any of these tags.'),
  all: z.literal(true).optional().describe('Every target.'),
  from: moment.optional().describe('Start; with an offset, or local to `timezone`.'),
  to: moment.optional().describe('End.'),
  cron: z.string().min(1).max(120).optional().describe('Recurring start, as a five-field cron expression.'),
  for: durationBetween(60_000, 2_592_000_000, 'a duration from 1m to 30d')
    .optional()
    .describe('Duration; with `cron`, or with `from` instead of `to`.'),
  timezone: timeZone.optional().describe("Defaults to the config's time zone, or this machine's."),
});

export type MaintenanceEntry = z.output<typeof maintenanceSchema>;

export interface WindowProblem {
  path: string[];
  problem: string;
}

export interface WindowFacts {
  id: string;
  /** Absent for the config, which is read again at every reload. */
  now?: number;
  /** Used when the entry has none. */
  timeZone: string;
  targets: readonly Target[];
  by?: string;
}

/** The window that an entry describes, or all of its problems. */
export function buildWindow(
  entry: MaintenanceEntry,
  { id, now, timeZone: ownZone, targets, by }: WindowFacts,
): MaintenanceWindow | WindowProblem[] {
  const problems: WindowProblem[] = [];
  const { name, cron, all, for: forMs } = entry;
  const zone = entry.timezone ?? ownZone;
  if (!all && !entry.targets && !entry.customers && !entry.tags) {
    problems.push({
      path: [],
      problem: 'covers nothing; expected `targets`, `customers`, `tags` or `all: true`',
    });
  }
  const known = {
    targets: targets.map((target) => target.name),
    customers: [...new Set(targets.flatMap(({ customer }) => customer?.name ?? []))],
    tags: [...new Set(targets.flatMap(({ tags }) => tags))],
  };
  for (const key of ['targets', 'customers', 'tags'] as const) {
    for (const [index, wanted] of (entry[key] ?? []).entries()) {
      if (known[key].includes(wanted)) continue;
      const near = nearest(wanted, known[key]);
      const hint = near ? `; did you mean "${near}"?` : '';
      problems.push({
        path: [key, String(index)],
        problem: `there is no ${key.slice(0, -1)} "${wanted}"${hint}`,
      });
    }
  }
  if (all && (entry.targets ?? entry.customers ?? entry.tags)) {
    problems.push({
      path: ['all'],
      problem: 'already covers everything; expected either `all` or the others',
    });
  }
  const once = (names: string[] | undefined) => names && [...new Set(names)];
  const scope = {
    targets: once(entry.targets),
    customers: once(entry.customers),
    tags: once(entry.tags),
    all,
  };
  if (cron !== undefined) {
    if (forMs === undefined)
      problems.push({ path: [], problem: '`cron` only gives the start; expected `for` as well' });
    if (entry.from ?? entry.to)
      problems.push({ path: [], problem: 'expected either `cron` and `for`, or `from` and `to`' });
    const wrong = cronProblem(cron, zone, forMs ?? 0);
    if (wrong) problems.push({ path: ['cron'], problem: `found "${cron}": ${wrong}` });
    if (problems.length > 0) return problems;
    return { id, name, scope, by, time: { is: 'recurring', cron, forMs: forMs!, timeZone: zone } };
  }
  if (entry.to !== undefined && forMs !== undefined) {
    problems.push({ path: ['for'], problem: 'the end is given twice; expected either `to` or `for`' });
  }
  // Only a window planned at run time may begin "now".
  const from = entry.from === undefined ? now : epochOf(entry.from, zone);
  const to =
    entry.to !== undefined ? epochOf(entry.to, zone) : forMs === undefined ? undefined : (from ?? 0) + forMs;
  if (from === undefined || to === undefined) {
    const wanted =
      now === undefined ? '`from` and `to`, or `cron` and `for`' : '`to` or `for`, or `cron` and `for`';
    problems.push({ path: [], problem: `has no time; expected ${wanted}` });
  } else if (to <= from) {
    problems.push({ path: ['to'], problem: 'ends before it starts; expected a time after `from`' });
  }
  if (to !== undefined && now !== undefined && to > now + FARTHEST_MS) {
    problems.push({ path: ['to'], problem: 'is more than ten years ahead; expected an earlier time' });
  }
  if (problems.length > 0) return problems;
  return { id, name, scope, by, time: { is: 'once', from: from!, to: to! } };
}

const epochOf = (given: Temporal.Instant | Temporal.PlainDateTime, zone: string): number =>
  given instanceof Temporal.Instant ? given.epochMilliseconds : given.toZonedDateTime(zone).epochMilliseconds;
