import { z } from 'zod';
import { REASON_NAMES } from '../core/reason.ts';
import type { Cadence } from '../core/cadence.ts';
import type { CheckState } from '../core/check-state.ts';
import { LOG_LINES, type ProbeResult } from '../core/probe-result.ts';
import { shiftCheck } from '../core/shift.ts';
import type { CheckOrder } from '../probing/prepare-check.ts';

/*
 * What a monitor and its agents say to each other, over HTTPS that the agent opens. The monitor gives orders as
 * server-sent events; the agent reports by POST. Clocks are never compared: a time is the milliseconds since or until
 * now, negative for the past.
 */

/** The version that is spoken here, and the oldest that is still understood. */
export const PROTOCOL = 1;
export const OLDEST_PROTOCOL = 1;

/** A report comes at least this often. */
export const REPORT_EVERY_MS = 2_000;
/** What has changed is reported this soon. */
export const REPORT_SOON_MS = 100;
/** The stream of orders says something at least this often. */
export const PING_EVERY_MS = 5_000;
/** The largest body of a report. */
export const MOST_REPORT_BYTES = 1_024 * 1_024;
/** Transitions that an agent keeps while it is cut off. */
export const MOST_PAST = 10_000;
/** Of one report: checks that have changed, and checks that go on being well. */
export const MOST_CHECKS = 2_000;
export const MOST_STEADY = 20_000;
const MOST_TEXT = 2_000;

/** One check that an agent probes. */
export interface AgentOrder extends CheckOrder {
  identity: string;
  cadence: Cadence;
  /** Changes with any change to the check. */
  fingerprint: string;
  /** What is known of it from this location, in ages; a new agent goes on from there. */
  state: CheckState;
}

/** The events of the stream of orders, by name. */
export interface OrderEvents {
  hello: {
    protocol: number;
    location: string;
    anchors: { anchors: readonly string[]; intervalMs: number; timeoutMs: number };
  };
  /**
   * All checks of the location, in parts: `of` is their number, `from` the position of the first one of this part.
   * Reports name the assignment, and checks by their position in it. An agent that stands by for another has none.
   */
  orders: { assignment: number; of: number; from: number; checks: readonly AgentOrder[] };
  /** Probe these checks at once; `n` is named in the answers. */
  ask: { n: number; checks: readonly number[] };
  /** The stream ends. `superseded` and `revoked`: the agent must end as well. */
  bye: { why: 'superseded' | 'revoked' | 'stopping' };
}

const age = z
  .number()
  .min(-1e13)
  .max(1e13)
  .transform((ms) => Math.min(0, ms));
const count = z.int().min(0).max(1e9);
const known = z.discriminatedUnion('is', [
  z.object({ is: z.literal('up'), since: age }),
  z.object({ is: z.literal('suspect'), since: age, failures: count, firstFailureAt: age }),
  z.object({ is: z.literal('down'), since: age, failures: count, firstFailureAt: age }),
  z.object({ is: z.literal('recovering'), since: age, successes: count, firstFailureAt: age }),
]);
const recent = z.object({
  bits: z
    .int()
    .min(0)
    .max(2 ** 21 - 1),
  count: z.int().min(0).max(21),
});
const text = z.string().max(MOST_TEXT);
const ms = z.number().min(0).max(1e9);
const measured = z
  .object({
    phases: z.partialRecord(z.enum(['resolve', 'connect', 'tls', 'processing', 'transfer']), ms).optional(),
    httpStatus: z.int().min(100).max(999).optional(),
    roundTripMs: ms.optional(),
    packetLoss: z.number().min(0).max(1).optional(),
    address: text.optional(),
  })
  .optional();
const reason = z.enum(REASON_NAMES).optional();
const state = z.object({
  health: z.union([known, z.object({ is: z.literal('unknown'), since: age, before: known.nullable() })]),
  flap: z.discriminatedUnion('is', [
    z.object({ is: z.literal('steady'), recent }),
    z.object({ is: z.literal('flapping'), since: age, recent }),
  ]),
  lastRunAt: age.optional(),
  lastGoodAt: age.optional(),
  /** A date, not an age: it is the certificate's own. */
  certificateExpiresAt: z.number().min(0).max(1e14).optional(),
  last: z
    .object({
      verdict: z.enum(['good', 'failed', 'unknown']),
      reason,
      level: z.literal('warning').optional(),
      message: text,
      durationMs: ms,
      measured,
      log: z.array(text).max(LOG_LINES),
    })
    .optional(),
});

/** What an agent posts. */
export const reportSchema = z.object({
  protocol: z.int(),
  /** Drawn at the start of the agent, so that a restart is told from a repetition. */
  boot: z.string().regex(/^[\w-]{8,40}$/),
  /** From 1, one more with each report; a repetition has the same. */
  seq: z.int().min(1),
  assignment: z.int().min(0),
  /** Why it sees nothing; absent: it sees its anchors, or has none. */
  blindBecause: text.optional(),
  /** Checks of which more than the time of the last good answer has changed. */
  checks: z
    .array(
      z.object({
        at: count,
        state,
        /** How long ago the probe behind it began; absent when there was none. */
        probedAt: age.optional(),
        /** Why the agent cannot probe it. */
        cannot: text.optional(),
      }),
    )
    .max(MOST_CHECKS)
    .default([]),
  /** Checks that go on being well: their positions, how long ago each was probed, and how long that took. */
  steady: z
    .object({
      at: z.array(count).max(MOST_STEADY),
      probedAt: z.array(age).max(MOST_STEADY),
      durationMs: z.array(ms).max(MOST_STEADY),
    })
    .optional(),
  /** Answers to `ask`: which question, which check, and whether the probe was conclusive. */
  answers: z
    .array(z.tuple([count, count, z.boolean()]))
    .max(MOST_STEADY)
    .default([]),
  /** What happened while nothing could be reported: told for the record, judged by nobody. */
  past: z
    .array(z.object({ check: z.string().max(200), to: z.string().max(20), at: age, message: text }))
    .max(MOST_CHECKS)
    .default([]),
  /** Transitions that were too many to be kept. */
  lostPast: count.default(0),
});
export type Report = z.output<typeof reportSchema>;
export type ReportedCheck = Report['checks'][number];

/** Times as ages: negative for the past. */
export const agesOf = (state: CheckState, now: number): CheckState => shiftCheck(state, -now);

/** What an agent sends to be enrolled. */
export const enrolSchema = z.object({
  token: z.string().max(200),
  protocol: z.int(),
  host: z.string().max(200),
});

/** The result behind a reported state, as the prober of this process would have handed it on. */
export function resultOf({ state: { last }, probedAt }: ReportedCheck, now: number): ProbeResult | undefined {
  if (last === undefined || probedAt === undefined) return undefined;
  const { verdict, message, durationMs, measured: values } = last;
  const common = {
    message,
    durationMs,
    startedAt: now + probedAt,
    log: [],
    ...(values && { measured: values as never }),
  };
  if (verdict === 'good') return { verdict, ...common };
  return { verdict, reason: last.reason ?? 'internal', ...common };
}
