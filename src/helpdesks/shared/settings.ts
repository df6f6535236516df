import { z } from 'zod';
import { DURATION_EXPECTED, DURATION_PATTERN, durationMs } from '../../core/duration.ts';
import type { WaitingOn } from '../../core/service/promise.ts';
import type { Priority } from '../../core/target.ts';
import type { TicketStatus } from '../../core/ticket-reading.ts';

export const serverUrl = z
  .string()
  .regex(
    /^https?:\/\/[^\s/?#]+(\/[^\s?#]*[^\s/?#])?$/,
    'a URL without a slash at its end, such as https://help.example',
  );

export const mailAddress = z.string().regex(/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/, 'an email address');

export const secret = z.string().min(6).meta({ secret: true });

/** Settings of every helpdesk over HTTP. */
export const httpSettings = (defaults: { lag: string; callsPerMinute: number }) => ({
  index_lag: z
    .string({ error: DURATION_EXPECTED })
    .regex(DURATION_PATTERN, DURATION_EXPECTED)
    .transform(durationMs)
    .prefault(defaults.lag)
    .describe('How long a new ticket may take to appear in lookups.'),
  timeout: z
    .string({ error: DURATION_EXPECTED })
    .regex(DURATION_PATTERN, DURATION_EXPECTED)
    .transform(durationMs)
    .refine((ms) => ms >= 50 && ms <= 25_000, 'a duration from 50ms to 25s')
    .prefault('15s')
    .describe('Timeout of each call.'),
  calls_per_minute: z
    .int()
    .min(5)
    .max(10_000)
    .default(defaults.callsPerMinute)
    .describe(
      'Limit shared by all calls; urgent tickets take precedence over notes, and notes over polling.',
    ),
  webhook_secret: secret.optional().describe('Shared with the helpdesk; authenticates its webhooks.'),
});

type Value = string | number;

/** The helpdesk's names for our priorities and statuses; `*_statuses`: all others that are read as such. */
export function mapping<Theirs extends Value>(
  value: z.ZodType<Theirs>,
  defaults: {
    priorities: Record<Priority, Theirs>;
    statuses: Record<TicketStatus, Theirs>;
    pending: readonly Theirs[];
    /** Pending statuses that wait on a third party, not on the customer. */
    thirdParty?: readonly Theirs[];
    resolved: readonly Theirs[];
  },
) {
  const { priorities, statuses } = defaults;
  return {
    priorities: z
      .strictObject({
        urgent: value.default(priorities.urgent as never),
        high: value.default(priorities.high as never),
        medium: value.default(priorities.medium as never),
        low: value.default(priorities.low as never),
      })
      .prefault({} as never)
      .describe('Names or numbers of the priorities in the helpdesk.'),
    statuses: z
      .strictObject({
        open: value.default(statuses.open as never),
        pending: value.default(statuses.pending as never),
        resolved: value.default(statuses.resolved as never),
      })
      .prefault({} as never)
      .describe('Names or numbers of the statuses in the helpdesk.'),
    pending_statuses: z
      .array(value)
      .default([...defaults.pending] as never)
      .describe('Other statuses that count as pending.'),
    third_party_statuses: z
      .array(value)
      .default([...(defaults.thirdParty ?? [])] as never)
      .describe(
        'Pending statuses in which a ticket waits on a third party; in all others it waits on the customer.',
      ),
    resolved_statuses: z
      .array(value)
      .default([...defaults.resolved] as never)
      .describe('Other statuses that count as resolved.'),
  };
}

export interface Mapping {
  priorities: Record<Priority, Value>;
  statuses: Record<TicketStatus, Value>;
  pending_statuses: readonly Value[];
  third_party_statuses: readonly Value[];
  resolved_statuses: readonly Value[];
}

const same = (a: Value, b: unknown): boolean => String(a).toLowerCase() === String(b).toLowerCase();

/** A status that is neither resolved nor pending is open. */
export function statusOf(
  { statuses, pending_statuses, resolved_statuses }: Mapping,
  theirs: unknown,
): TicketStatus {
  if ([statuses.resolved, ...resolved_statuses].some((one) => same(one, theirs))) return 'resolved';
  return [statuses.pending, ...pending_statuses].some((one) => same(one, theirs)) ? 'pending' : 'open';
}

/** Whom a ticket in a pending status waits on. */
export const waitingOn = (mapping: Mapping, theirs: unknown): { waitingOn?: WaitingOn } => {
  if (statusOf(mapping, theirs) !== 'pending') return {};
  const isOnThird = mapping.third_party_statuses.some((one) => same(one, theirs));
  return { waitingOn: isOnThird ? 'third-party' : 'customer' };
};

/** Our highest priority that has this name in the helpdesk. */
export function priorityOf(
  { priorities }: Pick<Mapping, 'priorities'>,
  theirs: unknown,
): Priority | undefined {
  return (['urgent', 'high', 'medium', 'low'] as const).find((ours) => same(priorities[ours], theirs));
}

/** Values of a mapping that the helpdesk does not know. */
export function unknownValues(
  service: string,
  what: string,
  used: Readonly<Record<string, Value>>,
  known: readonly Value[],
): string[] {
  return Object.entries(used)
    .filter(([, value]) => !known.some((one) => same(one, value)))
    .map(([ours, value]) => `${service} has no ${what} ${value} (for ${ours}); it has ${known.join(', ')}`);
}
