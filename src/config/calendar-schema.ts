import { z } from 'zod';
import type { Calendar, Restriction, WeeklyHours } from '../core/hours.ts';
import { timeOfDay, timeZone, word } from './fields.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const DAYS_EXPECTED = 'days such as mon-fri, sat, or [sat, sun]';

/** `mon-fri`, `sat`, `fri-mon`: returns ISO days. */
const daySpan = z
  .string({ error: DAYS_EXPECTED })
  .regex(/^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$/, DAYS_EXPECTED)
  .transform((text) => {
    const [first, last = first] = text.split('-').map((day) => DAYS.indexOf(day as (typeof DAYS)[number]));
    const length = ((last! - first! + 7) % 7) + 1;
    return Array.from({ length }, (_, ahead) => ((first! + ahead) % 7) + 1);
  });

const days = z.union(
  [
    daySpan,
    z
      .array(daySpan)
      .min(1)
      .transform((spans) => [...new Set(spans.flat())]),
  ],
  {
    error: DAYS_EXPECTED,
  },
);

const weeklyHours = {
  days: days.optional().describe('Days on which the hours start (default: every day).'),
  from: timeOfDay.optional().describe('Defaults to the start of the day.'),
  to: timeOfDay
    .optional()
    .describe('Defaults to the end of the day; a time before `from` is on the next day.'),
};

const DAY = z.iso.date('a date such as 2026-12-24');

export const calendarSchema = z.strictObject({
  timezone: timeZone,
  hours: z
    .array(z.strictObject(weeklyHours))
    .min(1)
    .describe('Opening hours, such as { days: mon-fri, from: "08:00", to: "17:00" }.'),
  holidays: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe(
      'Country, or country and region, whose public holidays count as closed: CA-ON, US, or several of them (docs/holidays.md).',
    ),
  closed: z.array(DAY).default([]).describe('Additional closed days, such as days off in lieu.'),
  open: z.array(DAY).default([]).describe('Public holidays on which you are open.'),
});

const restriction = z
  .strictObject({
    ...weeklyHours,
    during: word.optional().describe('Only while this calendar is open.'),
    outside: word.optional().describe('Only while this calendar is closed.'),
  })
  .refine(({ days: on, from, to, during, outside }) => {
    const kinds = [during, outside, on ?? from ?? to].filter((one) => one !== undefined);
    return kinds.length === 1;
  }, '`days`, `from` and `to`, or `during`, or `outside`');

export const restrictions = z
  .union([restriction.transform((one) => [one]), z.array(restriction).min(1)])
  .describe('{ days: sat-sun }, { from: "17:00", to: "08:00" }, { during: office }, { outside: office }.');

type HoursEntry = { days?: number[]; from?: Temporal.PlainTime; to?: Temporal.PlainTime };
type RestrictionEntry = z.output<typeof restriction>;

const MIDNIGHT = Temporal.PlainTime.from('00:00');

export const buildHours = ({ days: on, from, to }: HoursEntry): WeeklyHours => ({
  days: on ?? [1, 2, 3, 4, 5, 6, 7],
  from: from ?? MIDNIGHT,
  to: to ?? MIDNIGHT,
});

/** Undefined when it names an unknown calendar. */
export function buildRestriction(
  entry: RestrictionEntry,
  calendars: ReadonlyMap<string, Calendar>,
): Restriction | undefined {
  const { during, outside } = entry;
  const name = during ?? outside;
  if (name === undefined) return { is: 'hours', hours: buildHours(entry) };
  const calendar = calendars.get(name);
  return calendar && { is: during === undefined ? 'outside' : 'during', calendar };
}
