import { z } from 'zod';
import { DESK_STATES, ORIGINS } from '../core/desk/desk-ticket.ts';
import type { Severity } from '../core/service/promise.ts';
import { PRIORITIES } from '../core/target.ts';
import { durationBetween, priority, webUrl, word } from './fields.ts';
import { email } from '../outside/contact-fields.ts';
import { assignSchema } from './service-schema.ts';

const days = durationBetween(60_000, 31_536_000_000, 'a duration from 1m to 365d');
const SIZE_EXPECTED = 'a size such as 500kB or 10MB';

const SIZE_UNITS: Readonly<Record<string, number>> = { kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

/** `10MB`, parsed to bytes. */
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
  port: z.int().min(1).max(65_535).optional().describe('Defaults to 993, or 143 without implicit TLS.'),
  tls: z
    .enum(['implicit', 'starttls', 'none'])
    .default('implicit')
    .describe('Use `none` only for testing on your own machine.'),
  user: z.string().min(1),
  password: z.string().min(1).meta({ secret: true }),
  folder: z.string().min(1).default('INBOX'),
  done: z
    .string()
    .min(1)
    .optional()
    .describe('Folder that processed mail is moved to; without it, mail is marked as read.'),
  address: email.describe('Address that customers write to; also the sender of outgoing mail.'),
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
    .describe('How often to poll, in addition to server notifications.'),
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
    .describe('Your names for the ticket states: { new: Opened, closed: Closed }.'),
  types: z
    .array(word)
    .min(1)
    .default(['incident', 'question', 'request', 'complaint'])
    .describe('Ticket types; the first one is the default.'),
  categories: z
    .array(
      z.strictObject({
        name: word,
        links: z
          .array(z.strictObject({ title: z.string().min(1).max(120), url: webUrl }))
          .default([])
          .describe('Links sent with the automatic reply.'),
        team: word.optional().describe('Team that gets its tickets.'),
      }),
    )
    .default([])
    .describe('Ticket categories.'),
  fields: z
    .array(
      z.strictObject({
        name: word,
        label: z.string().min(1).max(80).optional(),
        required_for: z.array(word).default([]).describe('Ticket types for which the portal requires it.'),
        choices: z.array(z.string().min(1).max(120)).optional(),
      }),
    )
    .default([])
    .describe('Additional fields to ask for, such as product, version or operating system.'),
  priorities: z
    .strictObject({
      default: byOrigin.default({}).describe('Priority of tickets that come without one, by origin.'),
      lowest: z.enum(PRIORITIES).default('low').describe('Lower priorities are raised to this one.'),
    })
    .prefault({}),
  severity: z
    .union([
      z.boolean(),
      z.strictObject({
        default: severityByOrigin
          .default({})
          .describe('Severity by origin, where the requester is not asked.'),
      }),
    ])
    .default(false)
    .describe('Also ask the requester for a severity from 1 to 4.'),
  links: z
    .array(z.strictObject({ title: z.string().min(1).max(120), url: webUrl }))
    .default([])
    .describe('Links sent with every automatic reply, after those of the category.'),
  assign: assignSchema.optional().describe('Who is assigned new tickets; without it they stay unassigned.'),
  tiers: z
    .strictObject({
      front: word.optional().describe('Front-line team.'),
      escalation: word.optional().describe('Team that tickets escalate to.'),
    })
    .prefault({}),
  close: z
    .strictObject({
      waiting: days
        .optional()
        .describe('A ticket that has waited on the customer this long closes automatically.'),
      resolved: days.optional().describe('A resolved ticket closes after this long.'),
    })
    .prefault({}),
  ended_by: z
    .enum(['anybody', 'assignee'])
    .default('anybody')
    .describe('Who may resolve and close an assigned ticket.'),
  rating: z.boolean().default(false).describe('Ask the requester for a rating when a ticket is resolved.'),
  unverified: z
    .strictObject({
      open: z
        .array(z.enum(PRIORITIES))
        .default(['urgent', 'high', 'medium', 'low'])
        .describe('Priorities in which an unverified sender may open a ticket.'),
      not_for: z
        .array(word)
        .default([])
        .describe('Ticket types not accepted from unverified senders; they are asked to use the portal.'),
    })
    .prefault({}),
  tickets_from: z
    .array(z.enum(ORIGINS))
    .default([...ORIGINS])
    .describe('Origins that open a formal ticket; the rest are quick questions until support converts them.'),
  bugs: word.optional().describe('Helpdesk that support hands bugs over to.'),
  portal: z
    .strictObject({
      title: z.string().min(1).max(80).default('Support'),
      is_open: z.boolean().default(true).describe('Whether the portal is enabled.'),
      promises: z.boolean().default(true).describe('Show customers the SLA deadlines of their tickets.'),
    })
    .prefault({}),
  mail: mailInSchema.optional().describe('Mailbox to create tickets from.'),
  attachments: z
    .strictObject({
      largest: size.prefault('10MB'),
      most: z.int().min(0).max(50).default(10).describe('Maximum number of files per message.'),
      keep_free: size
        .prefault('1GB')
        .describe(
          'Free disk space to keep: with less than this, attachments are dropped so that the store keeps working.',
        ),
      folder: z.string().min(1).optional().describe('Defaults to `attachments` next to the store.'),
    })
    .prefault({}),
  webhooks: z
    .record(
      word,
      z.strictObject({
        url: webUrl,
        secret: z.string().min(6).meta({ secret: true }).describe('Used to sign every call.'),
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
          .describe('Defaults to all events.'),
        notes: z.boolean().default(false).describe('Also send internal notes.'),
      }),
    )
    .default({})
    .describe('Systems that receive every ticket event, such as a CRM.'),
});
