import { z } from 'zod';
import { TARGET_KINDS } from '../core/target.ts';
import { interval, languageTag, priority, threshold, timeout, timeZone, webUrl, word } from './fields.ts';
import { email, phone } from '../outside/contact-fields.ts';

const customer = z.strictObject({
  name: z.string().min(1).max(120),
  plan: z.string().min(1).max(60).optional(),
  contact: email.optional().describe('Address for customer updates.'),
  timezone: timeZone
    .optional()
    .describe("Time zone of times shown to the customer; defaults to the config's."),
  language: languageTag
    .optional()
    .describe("Language of messages to the customer; defaults to the config's."),
  phones: z.array(phone).default([]).describe('Phone numbers that identify the customer on the hotline.'),
  requester: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      "Requester of the customer's tickets in the helpdesk; defaults to the helpdesk's own requester.",
    ),
  users: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(80),
        email: email.optional(),
        phone: phone.optional(),
      }),
    )
    .default([])
    .describe('Known contacts of the customer; mail from these addresses belongs to the customer.'),
  domains: z
    .array(z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, 'a domain such as acme.example'))
    .default([])
    .describe('Mail from these domains belongs to the customer.'),
  pin: z
    .string({ error: 'a PIN in quotes, such as "4711"' })
    .regex(/^\d{4,10}$/, 'a PIN of 4 to 10 digits, in quotes')
    .optional()
    .meta({ secret: true })
    .describe('Asked for on the hotline; a known number and the PIN verify the caller.'),
  company: z
    .union([z.string().min(1).max(200), z.int()])
    .optional()
    .describe("Name or id of the customer's company in the helpdesk."),
});

const vendor = z.strictObject({
  name: z.string().min(1).max(120),
  phone: z.union([phone, z.string().min(3).max(40)]).optional(),
  email: email.optional(),
  url: webUrl.optional(),
});

/** From where is probed; of `defaults`, of targets and of checks. */
export const fromKeys = {
  from: z
    .union([z.literal('all'), z.array(word).min(1)], { error: 'a list of locations, or all' })
    .optional()
    .describe('Locations to probe from: a list of names, or `all`. Without it, the monitor probes itself.'),
  agree: z
    .union([z.enum(['any', 'majority', 'all']), z.int().min(1).max(100)], {
      error: 'any, majority, all, or a number of locations',
    })
    .optional()
    .describe(
      'How many locations must see it down: `any`, `majority`, `all` or a number. Default: `majority`.',
    ),
} as const;

/** The keys that every check has, of any type. */
export const checkBase = {
  type: z.string().describe('Check type: the name of a file in `checks/`.'),
  name: word
    .optional()
    .describe('Defaults to the type; required when a target has two checks of the same type.'),
  priority: priority.optional().describe("Defaults to the target's."),
  interval: interval.optional(),
  timeout: timeout.optional(),
  failures: threshold.optional().describe('Consecutive failures before the check is down.'),
  recoveries: threshold.optional().describe('Consecutive successes before the check is up again.'),
  retry_interval: interval.optional().describe('Interval between probes after the first failure.'),
  counts: z
    .boolean()
    .optional()
    .describe(
      'Whether its failures count as downtime in uptime figures and on the status page. Default: true.',
    ),
  ...fromKeys,
} as const;

export const targetSchema = z.strictObject({
  name: word.describe('Unique across all files.'),
  title: z
    .string()
    .trim()
    .min(1)
    .max(120)
    .optional()
    .describe('Name of the target in messages to the customer; defaults to `name`.'),
  kind: z.enum(TARGET_KINDS),
  address: z.string().min(1).max(260).optional().describe('Host name or IP address, with or without a port.'),
  url: webUrl.optional(),
  depends_on: z
    .array(z.union([z.string(), z.strictObject({ any: z.array(z.string()).min(1) })]))
    .default([])
    .describe('Targets that this one depends on; `{ any: [a, b] }` if any one of them is enough.'),
  priority: priority.default('urgent').describe('Priority of its incidents.'),
  vendor: vendor.optional().describe('Who to contact when the vendor is the cause.'),
  runbook: webUrl.optional(),
  tags: z.array(word).default([]),
  site: word.optional().describe('Where it stands; targets at one site may fail together.'),
  network: word.optional().describe('Defaults to the /24 or /64 of its address.'),
  ...fromKeys,
  checks: z.array(z.looseObject({ type: z.string() })).min(1),
});

export const targetsSchema = z.strictObject({
  customer: customer.optional().describe('Customer these targets belong to.'),
  targets: z.array(targetSchema).optional().describe('Targets to monitor; a customer may have none.'),
});

export type TargetsFile = z.output<typeof targetsSchema>;
export type TargetEntry = z.output<typeof targetSchema>;
