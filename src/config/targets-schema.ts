import { z } from 'zod';
import { TARGET_KINDS } from '../core/target.ts';
import { email, interval, phone, priority, threshold, timeout, timeZone, webUrl, word } from './fields.ts';

const customer = z.strictObject({
  name: z.string().min(1).max(120),
  plan: z.string().min(1).max(60).optional(),
  contact: email.optional().describe('Where the customer is told.'),
  timezone: timeZone.optional().describe('In which times the customer reads; by default that of the config.'),
  phones: z
    .array(phone)
    .default([])
    .describe('Numbers by which the customer is recognised when they call the hotline.'),
  requester: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      "In whose name the helpdesk opens the customer's tickets; by default the helpdesk's own requester.",
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
    .describe('People of the customer whom we know: a mail from one of these addresses is theirs.'),
  domains: z
    .array(z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, 'a domain such as acme.example'))
    .default([])
    .describe('Mail from these domains is theirs.'),
  pin: z
    .string({ error: 'a PIN in quotes, such as "4711"' })
    .regex(/^\d{4,10}$/, 'a PIN of 4 to 10 digits, in quotes')
    .optional()
    .meta({ secret: true })
    .describe('Asked for on the hotline: known number and PIN verify the caller.'),
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

/** What every check has, whatever its type. */
export const checkBase = {
  type: z.string().describe('Check type: the name of a file in `checks/`.'),
  name: word.optional().describe('By default the type; needed when a target has two of one type.'),
  priority: priority.optional().describe("By default the target's."),
  interval: interval.optional(),
  timeout: timeout.optional(),
  failures: threshold.optional().describe('Failed probes in sequence until it is down.'),
  recoveries: threshold.optional().describe('Good probes in sequence until it is up again.'),
  retry_interval: interval.optional().describe('Pace from the first failed probe on.'),
} as const;

export const targetSchema = z.strictObject({
  name: word.describe('Unique over all files.'),
  kind: z.enum(TARGET_KINDS),
  address: z.string().min(1).max(260).optional().describe('Name or number, with or without a port.'),
  url: webUrl.optional(),
  depends_on: z
    .array(z.union([z.string(), z.strictObject({ any: z.array(z.string()).min(1) })]))
    .default([])
    .describe('Targets without which this one cannot work; `{ any: [a, b] }` where one of several suffices.'),
  priority: priority.default('urgent').describe('Of its incidents.'),
  vendor: vendor.optional().describe('Who is called when the cause lies with them.'),
  runbook: webUrl.optional(),
  tags: z.array(word).default([]),
  site: word.optional().describe('Where it stands: what is there may fail together.'),
  network: word.optional().describe('By default the /24 or /64 of its address.'),
  checks: z.array(z.looseObject({ type: z.string() })).min(1),
});

export const targetsSchema = z.strictObject({
  customer: customer.optional().describe('Whose targets these are.'),
  targets: z.array(targetSchema).optional().describe('What is watched; a customer may have none.'),
});

export type TargetsFile = z.output<typeof targetsSchema>;
export type TargetEntry = z.output<typeof targetSchema>;
