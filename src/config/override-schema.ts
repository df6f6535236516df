import { z } from 'zod';
import type { OnCallSchedule, PlannedOverride } from '../core/on-call.ts';
import { changeOf, CHANGE_EXPECTED, noPerson } from './build-schedules.ts';
import type { Person } from '../core/person.ts';
import { nearest } from './explain-issues.ts';
import { durationBetween, moment } from './fields.ts';

const FARTHEST_MS = 366 * 86_400_000;

/** An on-call override as written in the API and on the command line. */
export const overrideSchema = z.strictObject({
  schedule: z.string().describe('Name of the schedule.'),
  from: moment.optional().describe("Start, in the schedule's time zone or with an offset (default: now)."),
  to: moment.optional().describe('End.'),
  for: durationBetween(60_000, FARTHEST_MS, 'a duration from 1m to 366d')
    .optional()
    .describe('Duration, instead of `to`.'),
  with: z.string().optional().describe('Who takes over.'),
  replace: z.string().optional().describe('Only replace this person.'),
  add: z.string().optional().describe('Who is also on call.'),
  remove: z.string().optional().describe('Who is unavailable.'),
});

export type OverrideEntry = z.output<typeof overrideSchema>;

export interface OverrideFacts {
  id: string;
  now: number;
  by?: string;
  schedules: ReadonlyMap<string, OnCallSchedule>;
  people: ReadonlyMap<string, Person>;
}

/** The override that an entry describes, or all of its problems. */
export function buildOverride(entry: OverrideEntry, facts: OverrideFacts): PlannedOverride | string[] {
  const { id, now, by, schedules, people } = facts;
  const problems: string[] = [];
  const schedule = schedules.get(entry.schedule);
  if (!schedule) {
    const near = nearest(entry.schedule, [...schedules.keys()]);
    const hint = near ? `did you mean "${near}"?` : `known: ${[...schedules.keys()].join(', ') || 'none'}`;
    problems.push(`schedule: there is no schedule "${entry.schedule}"; ${hint}`);
  }
  for (const key of ['with', 'replace', 'add', 'remove'] as const) {
    const who = entry[key];
    if (who !== undefined && !people.has(who)) problems.push(`${key}: ${noPerson(who, [...people.keys()])}`);
  }
  const change = changeOf(entry);
  if (!change) problems.push(CHANGE_EXPECTED);
  const zone = schedule?.timeZone ?? 'UTC';
  const epoch = (at: Temporal.Instant | Temporal.PlainDateTime) =>
    at instanceof Temporal.Instant ? at.epochMilliseconds : at.toZonedDateTime(zone).epochMilliseconds;
  const from = entry.from === undefined ? now : epoch(entry.from);
  if ((entry.to === undefined) === (entry.for === undefined)) {
    problems.push('the end is missing or given twice; expected either `to` or `for`');
    return problems;
  }
  const to = entry.to === undefined ? from + entry.for! : epoch(entry.to);
  if (to <= from) problems.push('to: ends before it starts; expected a time after `from`');
  else if (to <= now) problems.push('to: is in the past; expected a time in the future');
  if (to > now + 2 * FARTHEST_MS) problems.push('to: is more than two years ahead; expected an earlier time');
  if (problems.length > 0 || !change) return problems;
  return { id, schedule: entry.schedule, from, to, change, ...(by !== undefined && { by }) };
}
