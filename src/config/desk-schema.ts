import { z } from 'zod';
import { DESK_STATES, ORIGINS } from '../core/desk/desk-ticket.ts';
import type { Severity } from '../core/service/promise.ts';
import { PRIORITIES } from '../core/target.ts';
import { durationBetween, email, priority, webUrl, word } from './fields.ts';
import { assignSchema } from './service-schema.ts';

const days = durationBetween(60_000, 31_536_000_000, 'a duration from 1m to 365d');
const SIZE_EXPECTED = 'a size such as 500kB or 10MB';

const SIZE_UNITS: Readonly<Record<string, number>> = { kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

/** `10MB`, read as bytes. */
const size = z
  .string({ error: SIZE_EXPECTED })
  .regex(/^\d{1,6}(kB|MB|GB)$/, SIZE_EXPECTED)
  .transform((text) => Number(text.slice(0, -2)) * SIZE_UNITS[text.slice(-2)]!);

const byOrigin = z.strictObject(
  Object.fromEntries(ORIGINS.map((origin) => [origin, priority.optional()])) as Record<
    (typeof ORIGINS)[number],
    z.ZodOptional<typeof priority>
  >,
);

const severityByOrigin = z.strictObject(
  Object.fromEntries(
    ORIGINS.map((origin) => [
      origin,
      z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).optional(),
    ]),
  ) as unknown as Record<(typeof ORIGINS)[number], z.ZodOptional<z.ZodType<Severity>>>,
);

export const mailInSchema = z.strictObject({
  host: z.string().min(1).describe('IMAP server.'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('By default 993, or 143 without TLS from the beginning.'),
  tls: z
    .enum(['implicit', 'starttls', 'none'])
    .default('implicit')
    .describe('`none` only on a machine of your own.'),
  user: z.string().min(1),
  password: z.string().min(1).meta({ secret: true }),
  folder: z.string().min(1).default('INBOX'),
  done: z
    .string()
    .min(1)
    .optional()
    .describe('Folder that mails are moved to; without, they are marked as seen.'),
  address: email.describe('The address that customers write to; our own mails come back from it.'),
  /** https://www.rfc-editor.org/rfc/rfc8601 */
  authserv_id: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Name under which your mail server writes `Authentication-Results` (Google: `mx.google.com`); `none` for Microsoft 365, which writes it without a name. Unless it is set, no mail counts as verified.',
    ),
  every: durationBetween(1_000, 3_600_000, 'a duration from 1s to 1h')
    .prefault('1m')
    .describe('How often it is looked, beside being told.'),
});

export const deskSchema = z.strictObject({
  states: z
    .strictObject(
      Object.fromEntries(DESK_STATES.map((state) => [state, z.string().min(1).max(40).optional()])) as Record<
        (typeof DESK_STATES)[number],
        z.ZodOptional<z.ZodString>
      >,
    )
    .default({})
    .describe('What the states of a ticket are called: { new: Opened, closed: Closed }.'),
  types: z
    .array(word)
    .min(1)
    .default(['incident', 'question', 'request', 'complaint'])
    .describe('What a ticket can be; the first where nobody says.'),
  categories: z
    .array(
      z.strictObject({
        name: word,
        links: z
          .array(z.strictObject({ title: z.string().min(1).max(120), url: webUrl }))
          .default([])
          .describe('Sent with the automatic answer.'),
        team: word.optional().describe('Who gets its tickets.'),
      }),
    )
    .default([])
    .describe('What a ticket is about.'),
  fields: z
    .array(
      z.strictObject({
        name: word,
        label: z.string().min(1).max(80).optional(),
        required_for: z
          .array(word)
          .default([])
          .describe('Types of tickets that the portal does not take without it.'),
        choices: z.array(z.string().min(1).max(120)).optional(),
      }),
    )
    .default([])
    .describe('What else is asked: product and version, operating system.'),
  priorities: z
    .strictObject({
      default: byOrigin.default({}).describe('Of tickets that come without one, by how they come.'),
      lowest: z.enum(PRIORITIES).default('low').describe('Whatever is lower is treated as this.'),
    })
    .prefault({}),
  severity: z
    .union([
      z.boolean(),
      z.strictObject({
        default: severityByOrigin.default({}).describe('Where nobody is asked, by how it comes.'),
      }),
    ])
    .default(false)
    .describe('The requester is asked for a severity from 1 to 4, too.'),
  links: z
    .array(z.strictObject({ title: z.string().min(1).max(120), url: webUrl }))
    .default([])
    .describe('Sent with every automatic answer, behind those of its category.'),
  assign: assignSchema.optional().describe('Who gets a new ticket; without, whoever takes it.'),
  tiers: z
    .strictObject({
      front: word.optional().describe('Team of the front line.'),
      escalation: word.optional().describe('Team that it escalates to.'),
    })
    .prefault({}),
  close: z
    .strictObject({
      waiting: days
        .optional()
        .describe('A ticket that has waited on the customer for so long closes by itself.'),
      resolved: days.optional().describe('A resolved ticket closes after that.'),
    })
    .prefault({}),
  ended_by: z
    .enum(['anybody', 'assignee'])
    .default('anybody')
    .describe('Who of the team resolves and closes a ticket that somebody has.'),
  rating: z.boolean().default(false).describe('The requester is asked to rate the support when it is over.'),
  unverified: z
    .strictObject({
      open: z
        .array(z.enum(PRIORITIES))
        .default(['urgent', 'high', 'medium', 'low'])
        .describe('Priorities in which somebody may open a ticket of whom we know nothing but their word.'),
      not_for: z
        .array(word)
        .default([])
        .describe('Types of tickets that are not worked on for them: they are asked to come by the portal.'),
    })
    .prefault({}),
  tickets_from: z
    .array(z.enum(ORIGINS))
    .default([...ORIGINS])
    .describe('What opens a formal ticket; the rest is a quick question until support makes it one.'),
  bugs: word.optional().describe('Name of the helpdesk to which support hands what proves to be a bug.'),
  portal: z
    .strictObject({
      title: z.string().min(1).max(80).default('Support'),
      is_open: z.boolean().default(true).describe('Whether there is a portal at all.'),
      promises: z
        .boolean()
        .default(true)
        .describe('Customers see on their tickets what was promised them, and until when.'),
    })
    .prefault({}),
  mail: mailInSchema.optional().describe('The mailbox that tickets come from.'),
  attachments: z
    .strictObject({
      largest: size.prefault('10MB'),
      most: z.int().min(0).max(50).default(10).describe('With one word.'),
      keep_free: size
        .prefault('1GB')
        .describe('Of the disk: files that come when there is less are left out, so that the store goes on.'),
      folder: z.string().min(1).optional().describe('By default `attachments` beside the store.'),
    })
    .prefault({}),
  webhooks: z
    .record(
      word,
      z.strictObject({
        url: webUrl,
        secret: z.string().min(6).meta({ secret: true }).describe('Signs every call.'),
        headers: z
          .record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string())
          .default({})
          .meta({ secret: true }),
        timeout: durationBetween(100, 60_000, 'a duration from 100ms to 1m').prefault('10s'),
        events: z
          .array(
            z.enum([
              'opened',
              'replied',
              'answered',
              'noted',
              'assigned',
              'changed',
              'state-changed',
              'resolved',
              'closed',
              'reopened',
              'merged',
              'linked',
              'rated',
              'said',
            ]),
          )
          .min(1)
          .optional()
          .describe('By default all of them.'),
        notes: z.boolean().default(false).describe('Notes of the team are sent too.'),
      }),
    )
    .default({})
    .describe('Systems that hear of every event of every ticket, such as a CRM.'),
});
