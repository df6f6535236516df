import { z } from 'zod';
import { AUDIT_EVENTS } from '../core/audit-record.ts';
import { DESK_EVENTS, DESK_STATES, ORIGINS, VERIFIED_BY } from '../core/desk/desk-ticket.ts';
import { EFFECT_KINDS, EFFECT_STATES } from '../core/effect.ts';
import { HEALTH_NAMES } from '../core/health.ts';
import { HOLD_REASONS } from '../core/placement.ts';
import { REASON_NAMES } from '../core/reason.ts';
import { CLOCKS } from '../core/service/promise.ts';
import { PRIORITIES, TARGET_KINDS } from '../core/target.ts';

// The API's responses, as described in OpenAPI. A test checks real responses against them: a key missing here fails it.

export const time = z.iso.datetime({ offset: true });
export const maybe = <Schema extends z.ZodType>(schema: Schema) => schema.nullable();
const priority = z.enum(PRIORITIES);
const reason = z.enum(REASON_NAMES);
const seconds = z.number().min(0);

/** One page of a list; `next` is the cursor of the next page. */
export const listOf = <Schema extends z.ZodType>(item: Schema) =>
  z.strictObject({ items: z.array(item), next: maybe(z.string()) });

const sighting = z.strictObject({
  location: z.string(),
  health: z.enum(HEALTH_NAMES as [string, ...string[]]),
  since: maybe(time),
  counts: z.boolean().describe('Whether its word counts at present.'),
  last_run_at: maybe(time),
  reason: maybe(reason),
  message: maybe(z.string()),
  not_probed: maybe(z.string()).describe('Why it cannot be probed from there.'),
});

const check = z.strictObject({
  name: z.string(),
  type: z.string(),
  subject: z.string(),
  priority,
  health: z.enum(HEALTH_NAMES as [string, ...string[]]),
  since: maybe(time),
  consecutive_failures: z.int(),
  failures: z.int().describe('Consecutive failures after which it is down.'),
  recoveries: z.int().describe('Consecutive good probes after which it is up again.'),
  interval_seconds: seconds,
  last_run_at: maybe(time),
  last_good_at: maybe(time),
  reason: maybe(reason),
  message: maybe(z.string()),
  duration_seconds: maybe(seconds),
  certificate_expires_at: maybe(time),
  perfdata: z.array(z.strictObject({ label: z.string(), unit: z.string(), value: z.number() })),
  output: maybe(z.string()),
  agree: maybe(z.int()).describe(
    'How many locations must see it down, of those whose word counts; null: it has no locations.',
  ),
  locations: z.array(sighting).describe('What each location sees.'),
  sentence: z.string(),
});

export const targetAnswer = z.strictObject({
  name: z.string(),
  kind: z.enum(TARGET_KINDS),
  customer: maybe(z.string()),
  plan: maybe(z.string()),
  priority,
  health: z.enum(HEALTH_NAMES as [string, ...string[]]),
  since: maybe(time),
  address: maybe(z.string()),
  url: maybe(z.string()),
  depends_on: z.array(z.union([z.string(), z.strictObject({ any: z.array(z.string()) })])),
  maintenance: z.array(z.strictObject({ name: z.string(), until: maybe(time) })),
  held: z.array(
    z.strictObject({
      check: z.string(),
      because: z.enum(HOLD_REASONS),
      by: z.array(z.string()),
      until: maybe(time),
    }),
  ),
  tags: z.array(z.string()),
  checks: z.array(check),
  configured_in: z.string().describe('File and line.'),
});

export const incidentAnswer = z.strictObject({
  id: z.string(),
  target: z.string(),
  kind: z.enum(TARGET_KINDS),
  customer: maybe(z.string()),
  priority,
  status: z.enum(['open', 'worked', 'resolved']),
  by: maybe(z.string()),
  started_at: maybe(time),
  opened_at: maybe(time),
  resolved_at: maybe(time),
  resolution: maybe(z.string()),
  reason,
  message: z.string(),
  failing_checks: z.array(z.string()),
  ticket: maybe(z.strictObject({ adapter: z.string(), id: z.string(), url: z.string() })),
  pages: z.int(),
  pages_accepted: z.int(),
  next_review_at: maybe(time),
  reopened: z.int(),
  group: maybe(z.strictObject({ trait: z.string(), targets: z.array(z.string()) })),
  affected: z.array(z.strictObject({ target: z.string(), customer: maybe(z.string()), since: maybe(time) })),
  next_step_at: maybe(time),
});

export const incidentWithTimeline = incidentAnswer.extend({
  timeline: z.array(z.strictObject({ at: time, event: z.string(), text: z.string(), by: maybe(z.string()) })),
});

export const incidentActed = z.strictObject({
  because: z.string().describe('Why it came to that, as a named reason.'),
  incident: incidentAnswer,
});

export const ticketAnswer = z.strictObject({
  id: z.string(),
  incident: z.string(),
  title: z.string().describe('Such as `Freshdesk 4711`.'),
  adapter: z.string(),
  remote_id: z.string(),
  url: z.string(),
  priority,
  status: z.enum(['open', 'resolved']),
  subject: z.string(),
  body: z.string(),
  created_at: maybe(time),
});

export const pageAnswer = z.strictObject({
  id: z.string(),
  incident: maybe(z.string()),
  kind: z.enum(['page', 'notice']),
  to: z.string(),
  person: maybe(z.string()),
  channel: z.string(),
  text: maybe(z.string()),
  code: z.string(),
  state: z.enum(EFFECT_STATES),
  why: maybe(z.string()),
  attempts: z.int(),
  created_at: maybe(time),
  accepted_at: maybe(time),
});

export const effectAnswer = z.strictObject({
  id: z.string(),
  incident: z.string(),
  kind: z.enum(EFFECT_KINDS),
  n: z.int(),
  channel: z.string(),
  state: z.enum(EFFECT_STATES),
  attempts: z.int(),
  created_at: maybe(time),
  due_at: maybe(time),
  remote_id: maybe(z.string()),
  why: maybe(z.string()),
});

export const auditAnswer = z.strictObject({
  seq: z.int(),
  at: time,
  who: z.string(),
  what: z.enum(AUDIT_EVENTS),
  from: z.string().optional(),
  about: z.string().optional(),
  erased: z.array(z.strictObject({ seq: z.int(), left: z.string() })).optional(),
  digest: z.string().optional(),
  hash: z.string(),
});

export const windowAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  scope: z.string(),
  targets: z.array(z.string()),
  customers: z.array(z.string()),
  tags: z.array(z.string()),
  all: z.boolean(),
  from: maybe(time),
  to: maybe(time),
  open: z.boolean(),
  cron: maybe(z.string()),
  timezone: maybe(z.string()),
  by: maybe(z.string()),
});

export const endedAnswer = z.strictObject({ ended: z.string() });
export const appliedAnswer = z.strictObject({ applied: z.literal(true), changes: z.string() });
export const heardAnswer = z.strictObject({ heard: z.literal(true) });

export const overrideAnswer = z.strictObject({
  id: z.string(),
  schedule: z.string(),
  from: time,
  to: time,
  with: maybe(z.string()),
  replace: maybe(z.string()),
  add: maybe(z.string()),
  remove: maybe(z.string()),
  text: z.string(),
  by: maybe(z.string()),
});

const duty = {
  person: z.string(),
  name: z.string(),
  because: z.enum(['layer', 'override', 'fallback']),
  also: z.array(z.string()),
};

export const onCallAnswer = z.strictObject({
  schedule: z.string(),
  timezone: z.string(),
  at: time,
  ...duty,
  until: maybe(time),
  duties: z.array(z.strictObject({ ...duty, from: z.string(), to: z.string() })),
  warnings: z.array(
    z.strictObject({
      is: z.string(),
      person: maybe(z.string()),
      from: time,
      to: time,
      more: z.number(),
      text: z.string(),
    }),
  ),
});

const clock = z.strictObject({
  clock: z.enum(CLOCKS),
  round: z.int(),
  state: z.enum(['running', 'paused', 'stopped']),
  used_seconds: seconds,
  limit_seconds: seconds,
  due_at: maybe(time),
  stopped_at: maybe(time),
  missed: z.boolean(),
});

export const deskTicketAnswer = z.strictObject({
  number: z.int(),
  subject: z.string(),
  body: z.string(),
  type: z.string(),
  category: maybe(z.string()),
  state: z.enum(DESK_STATES),
  priority,
  severity: maybe(z.int()),
  wished: z.strictObject({ priority: priority.optional(), severity: z.int().optional() }),
  customer: maybe(z.string()),
  requester: maybe(
    z.strictObject({
      name: z.string(),
      email: maybe(z.string()),
      reply_to: maybe(z.string()),
      verified_by: z.enum(VERIFIED_BY),
    }),
  ),
  origin: z.enum(ORIGINS),
  assignee: maybe(z.string()),
  team: maybe(z.string()),
  tier: z.union([z.literal(1), z.literal(2)]),
  fields: z.record(z.string(), z.string()),
  links: z.array(z.strictObject({ kind: z.string(), to: z.string(), url: z.string().optional() })),
  incident: maybe(z.string()),
  rating: maybe(z.strictObject({ score: z.number(), text: z.string() })),
  created_at: time,
  updated_at: time,
  url: z.string(),
  clocks: z.array(clock),
});

export const deskTicketWithTrail = deskTicketAnswer.extend({
  trail: z.array(
    z.strictObject({
      at: time,
      event: z.enum(DESK_EVENTS),
      by: z.strictObject({
        is: z.enum(['agent', 'requester', 'monitor', 'policy']),
        name: z.string(),
        via: maybe(z.string()),
      }),
      text: z.string(),
      trimmed: maybe(z.string()),
      public: z.boolean(),
      attachments: z.array(
        z.strictObject({ id: z.string(), name: z.string(), type: z.string(), bytes: z.int() }),
      ),
    }),
  ),
});

export const deskActed = z.strictObject({ because: z.string(), ticket: deskTicketAnswer });

export const reportAnswer = z.strictObject({
  month: z.string(),
  time_zone: z.string(),
  promises: z.array(
    z.strictObject({
      month: z.string(),
      customer: z.string(),
      plan: z.string(),
      priority,
      clock: z.enum(CLOCKS),
      kept: z.int(),
      missed: z.int(),
      p50_seconds: maybe(seconds),
      p90_seconds: maybe(seconds),
    }),
  ),
  uptime: z.array(
    z.strictObject({
      customer: z.string(),
      plan: z.string().optional(),
      promised: z.number(),
      measured: maybe(z.number()),
      measured_from: maybe(time),
      measured_seconds: seconds,
      targets: z.array(
        z.strictObject({
          name: z.string(),
          measured: maybe(z.number()),
          measured_from: maybe(time),
          measured_seconds: seconds,
          down_seconds: seconds,
          outages: z.int(),
        }),
      ),
    }),
  ),
});
