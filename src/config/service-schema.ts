import { z } from 'zod';
import { WAITING_ON } from '../core/service/promise.ts';
import { TARGET_KINDS } from '../core/target.ts';
import { DURATION_PATTERN, durationMs } from '../core/duration.ts';
import type { Within } from '../core/service/promise.ts';
import { durationBetween, priority, word } from './fields.ts';

const WITHIN_EXPECTED = 'a duration such as 30m, 4h or 1d, or working days such as 2wd';

/** `4h` of opening hours, or `2wd` of working days. */
export const within = z
  .string({ error: WITHIN_EXPECTED })
  .refine((text) => DURATION_PATTERN.test(text) || /^\d{1,3}(\.5)?wd$/.test(text), WITHIN_EXPECTED)
  .transform((text): Within =>
    text.endsWith('wd')
      ? { is: 'working-days', days: Number(text.slice(0, -2)) }
      : { is: 'time', ms: durationMs(text) },
  )
  .refine((given) => (given.is === 'time' ? given.ms > 0 : given.days > 0), WITHIN_EXPECTED);

const hours = word.describe('Name of a calendar, or `always`.');
const promised = z.union(
  [
    within.transform((one) => ({ within: one, hours: undefined })),
    z.strictObject({ within, hours: hours.optional() }),
  ],
  { error: `${WITHIN_EXPECTED}, or { within: 4h, hours: always }` },
);

const oneOrMore = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([z.array(schema).min(1), schema.transform((one) => [one])]);

export const scope = z.strictObject({
  plans: oneOrMore(z.string().min(1)).optional().describe('Customer plans.'),
  customers: oneOrMore(z.string().min(1)).optional(),
  priorities: oneOrMore(priority).optional(),
  severities: oneOrMore(z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])).optional(),
  kinds: oneOrMore(z.enum(TARGET_KINDS)).optional().describe('Target kinds.'),
  types: oneOrMore(word).optional().describe('Ticket types of the desk.'),
});

export const levelSchema = z.strictObject({
  name: z.string().min(1).max(80).optional().describe('Display name; defaults to the scope in `for`.'),
  for: scope
    .default({})
    .describe('Tickets it applies to; every condition must match. Without it, all remaining tickets.'),
  hours: hours.optional(),
  paused_while: z.array(z.enum(WAITING_ON)).optional(),
  acknowledge: promised.optional().describe('Time until a human acknowledges the ticket.'),
  respond: promised
    .optional()
    .describe('Time until the first public response from a human; an automatic reply does not count.'),
  update: promised.optional().describe('Time between updates to the customer, until the ticket is resolved.'),
  resolve: promised.optional().describe('Time until the ticket is resolved.'),
});

export const assignSchema = z
  .strictObject({
    person: z.string().optional(),
    round_robin: word.optional().describe('A team; its members take turns.'),
    least_loaded: word.optional().describe('A team; the member with the fewest open tickets.'),
    on_call: word.optional().describe('A schedule; the person on call.'),
  })
  .refine((given) => Object.keys(given).length === 1, '`person`, `round_robin`, `least_loaded` or `on_call`');

const SHARE_EXPECTED = 'a share such as 75%, from 1% to 500%';
const share = z
  .string({ error: SHARE_EXPECTED })
  .regex(/^\d{1,3}%$/, SHARE_EXPECTED)
  .transform((text) => Number(text.slice(0, -1)) / 100)
  .refine((given) => given >= 0.01 && given <= 5, SHARE_EXPECTED);

const via = z.array(word).min(1);
const named = (what: string) =>
  z
    .union([word, z.array(word).min(1)])
    .optional()
    .describe(what);

export const alarmSchema = z
  .strictObject({
    clock: z.enum(['acknowledge', 'respond', 'update', 'resolve']),
    at: share.describe('Share of the time used: 75% is a warning, 100% is the deadline.'),
    for: scope.default({}),
    page: named('Schedules, people or teams.'),
    mobilise: named('Teams.'),
    via: via.optional(),
    repeat: durationBetween(1_000, 604_800_000, 'a duration from 1s to 7d').optional(),
    unless: z.enum(['acknowledged', 'worked', 'resolved']).optional(),
    mail: z.literal('assignee').optional().describe('Mail the assignee.'),
    raise: priority.optional().describe('Raise the ticket to at least this priority.'),
    reassign: assignSchema.optional(),
  })
  .refine(
    ({ page, mobilise, mail, raise, reassign }) =>
      [page, mobilise, mail, raise, reassign].some((one) => one !== undefined),
    'an action: `page`, `mobilise`, `mail`, `raise` or `reassign`',
  )
  .refine(
    ({ page, mobilise }) => page === undefined || mobilise === undefined,
    'either `page` or `mobilise`',
  );

export const serviceSchema = z.strictObject({
  hours: hours.default('always').describe('Default for all levels: name of a calendar, or `always`.'),
  paused_while: z
    .array(z.enum(WAITING_ON))
    .default(['customer'])
    .describe('The clocks are paused while a ticket waits on one of these.'),
  levels: z.array(levelSchema).default([]).describe('The first matching level applies.'),
  alarms: z
    .array(alarmSchema)
    .default([])
    .describe('Actions taken, once, when a clock has used a share of its time.'),
});
