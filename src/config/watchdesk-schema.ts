import { isIP } from 'node:net';
import { z } from 'zod';
import { PLACEHOLDERS, type Placeholder } from '../core/customer-text.ts';
import { PRIORITIES } from '../core/target.ts';
import { anchorPlace } from '../core/sight.ts';
import {
  duration,
  durationBetween,
  email,
  interval,
  listenAddress,
  localTime,
  moment,
  phone,
  rotationPeriod,
  threshold,
  timeout,
  timeOfDay,
  timeZone,
  webUrl,
  word,
} from './fields.ts';
import { calendarSchema, restrictions } from './calendar-schema.ts';
import { statusSchema } from '../status/status-settings.ts';
import { hotlineSchema } from '../hotline/hotline-settings.ts';
import { accessSchema } from './access-schema.ts';
import { deskSchema } from './desk-schema.ts';
import { maintenanceSchema } from './maintenance-schema.ts';
import { serviceSchema } from './service-schema.ts';

const wait = durationBetween(0, 604_800_000, 'a duration of at most 7d');

const person = z.strictObject({
  name: z.string().min(1).max(80).describe('As it stands in pages and on the wall.'),
  sms: phone.optional().describe('Number for text messages.'),
  voice: phone.optional().describe('Number for calls; by default the one for text messages.'),
  email: email.optional(),
  slack: z.string().min(1).optional().describe('Member id, such as U012AB3CD.'),
  timezone: timeZone.optional().describe('In which times are written to this person.'),
  prefer: z
    .array(z.union([word, z.strictObject({ via: word, after: wait.optional() })]))
    .min(1)
    .optional()
    .describe(
      'Channels in order, for steps without `via`: sms, or { via: voice, after: 3m } when nobody has answered by then.',
    ),
});

const listOrOne = (what: string) =>
  z
    .union([word, z.array(word).min(1)])
    .optional()
    .describe(what);

const schedule = z.strictObject({
  timezone: timeZone,
  layers: z
    .array(
      z.strictObject({
        rotation: z.array(z.string()).min(1).describe('People in turn.'),
        start: localTime.describe('When the first of them begins, local time.'),
        every: rotationPeriod.describe('How long a turn lasts.'),
        only: restrictions.optional().describe('The layer applies only then; turns go on meanwhile.'),
      }),
    )
    .default([])
    .describe('A later layer wins where it applies.'),
  overrides: z
    .array(
      z
        .strictObject({
          from: moment,
          to: moment,
          replace: z.string().optional().describe('Only in place of this person.'),
          with: z.string().optional().describe('Who takes over.'),
          add: z.string().optional().describe('Who is on call too.'),
          remove: z.string().optional().describe('Who is not to be had.'),
        })
        .describe('A change for a while: `with`, `add` or `remove`.'),
    )
    .default([]),
  fallback: z.string().describe('Who is on call when nothing else says.'),
});

const via = z.array(word).min(1);
const step = z
  .strictObject({
    page: listOrOne('Schedules, people or teams.'),
    mobilise: listOrOne('Teams.'),
    via: via.optional().describe('Channels; without, everybody as they want it (`prefer`).'),
    after: wait.prefault('0s'),
    unless: z
      .enum(['acknowledged', 'worked', 'resolved'])
      .optional()
      .describe('Left out when that has happened; what comes later waits for `acknowledged` by default.'),
    repeat: durationBetween(1_000, 604_800_000, 'a duration from 1s to 7d').optional(),
  })
  .refine(
    (given) => (given.page === undefined) !== (given.mobilise === undefined),
    'either `page` or `mobilise`',
  );

/** `type: x` with its settings beside it, or `x: { settings }`. */
const typed = z.looseObject({ type: z.string().optional() });

const ANCHOR_EXPECTED = 'tcp://address:port, such as tcp://1.1.1.1:53 or tcp://one.example:443';
const anchor = z
  .string({ error: ANCHOR_EXPECTED })
  .regex(/^tcp:\/\/(\[[0-9a-fA-F:.]+\]|[^:[\]\s/]+):\d{1,5}$/, ANCHOR_EXPECTED)
  .refine((text) => {
    const { port } = anchorPlace(text);
    return port > 0 && port < 65_536;
  }, 'a port from 1 to 65535');

const dailyPage = z.strictObject({
  at: timeOfDay,
  page: z.string().default('operations-manager').describe('A schedule or a person.'),
  via: via.default(['sms']),
  timezone: timeZone.optional().describe("By default the schedule's."),
});

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

const template = z
  .string()
  .min(1)
  .max(4_000)
  .refine(
    (text) =>
      [...text.matchAll(/\{(\w+)\}/g)].every(([, name]) => PLACEHOLDERS.includes(name as Placeholder)),
    `text with ${PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}`,
  );

const customerUpdates = z.strictObject({
  every: durationBetween(1_000, 3_600_000, 'a duration from 1s to 1h').prefault('60m'),
  first: durationBetween(0, 3_600_000, 'a duration of at most 1h')
    .prefault('15m')
    .describe('From the opening to the first one.'),
  nudge: durationBetween(0, 3_600_000, 'a duration of at most 1h')
    .prefault('10m')
    .describe('That long before, whoever has it is reminded when there is nothing new to say; 0s for never.'),
  priorities: z.array(z.enum(PRIORITIES)).min(1).default(['urgent']),
  via: z
    .array(z.enum(['ticket', 'email']))
    .min(1)
    .default(['ticket', 'email'])
    .describe("As a public reply on the ticket, and by mail to the customer's `contact`."),
  templates: z
    .strictObject({
      update_subject: template.optional(),
      update: template.optional(),
      closing_subject: template.optional(),
      closing: template.optional(),
      vendor_subject: template.optional(),
      vendor: template.optional(),
    })
    .prefault({})
    .describe('Words of your own.'),
});

export const watchdeskSchema = z.strictObject({
  policy: z
    .string()
    .regex(/^[\w-]{1,60}$/, 'the name of a file in `policies/`, without its ending')
    .optional()
    .describe('A policy in `policies/`: what this file does not say stands there.'),
  server: z
    .strictObject({
      listen: listenAddress
        .prefault('127.0.0.1:8080')
        .describe('Address and port of the wall, API and metrics.'),
      public_url: webUrl.optional().describe('How people and webhooks reach it, for links.'),
      trusted_proxies: z
        .array(z.string().refine(isNetwork, 'an address or network, such as 10.0.0.0/8'))
        .default([])
        .describe(
          'Proxies that say truly from where a call comes; without them all calls through one count as one.',
        ),
    })
    .prefault({}),
  timezone: timeZone
    .optional()
    .describe("In which times are written in tickets; by default this machine's own."),
  store: z
    .string()
    .regex(/^sqlite:.+/, 'sqlite:path, such as sqlite:data/watchdesk.db')
    .default('sqlite:data/watchdesk.db')
    .describe('Where everything is kept.'),
  people: z.record(word, person).default({}).describe('Who can be told.'),
  teams: z
    .record(
      word,
      z.strictObject({
        slack: z.string().min(1).optional().describe('Channel of the team.'),
        email: email.optional().describe('Address of the team.'),
        members: z.array(z.string()).default([]).describe('People, where the team has no room on a channel.'),
      }),
    )
    .default({})
    .describe('Who is mobilised together.'),
  calendars: z
    .record(word, calendarSchema)
    .default({})
    .describe('Office hours and public holidays, for schedules and plans.'),
  on_call: z.record(word, schedule).default({}).describe('Who is on call when.'),
  escalation: z
    .strictObject({
      urgent: z.array(step).optional(),
      high: z.array(step).optional(),
      medium: z.array(step).optional(),
      low: z.array(step).optional(),
    })
    .optional()
    .describe(
      'Who is paged, by priority of the incident; without steps there is a ticket and no page. When all of it is left out, urgent incidents page the schedule `operations-manager` by sms.',
    ),
  helpdesk: z
    .union([z.array(typed).min(1), typed])
    .default({ type: 'desk' })
    .describe(
      'Where tickets are opened: one helpdesk, or several of which the first that fits gets the ticket.',
    ),
  channels: z.record(word, typed).default({}).describe('How people are reached.'),
  hotline: hotlineSchema.optional().describe('A number that people call; 9 opens an urgent ticket.'),
  customer_updates: z
    .union([customerUpdates, z.literal('off')])
    .prefault({})
    .describe('How customers are kept told of open urgent tickets, at least hourly; `off` for not at all.'),
  defaults: z
    .strictObject({
      interval: interval.prefault('60s'),
      timeout: timeout.prefault('10s'),
      failures: threshold.default(3),
      recoveries: threshold.default(2),
      retry_interval: interval.optional().describe('By default a quarter of the interval, at least 5 s.'),
    })
    .prefault({})
    .describe('For checks that do not say.'),
  incidents: z
    .strictObject({
      reopen_window: duration.prefault('30m').describe('A relapse within it reopens the same ticket.'),
      ack_expires: durationBetween(60_000, 604_800_000, 'a duration from 1m to 7d')
        .optional()
        .describe(
          'After that long without a word whoever has it counts as gone, and everything begins anew.',
        ),
      group_window: duration
        .prefault('30s')
        .describe('Targets that share a trait and fail within it may be one incident.'),
      group_at: z.int().min(2).default(5).describe('How many of them make one incident.'),
    })
    .prefault({}),
  maintenance: z
    .array(maintenanceSchema)
    .default([])
    .describe('Planned work: probes go on, nothing is opened.'),
  plans: z
    .record(
      z.string().min(1).max(80),
      z.strictObject({
        availability: z
          .number()
          .min(50)
          .max(100)
          .default(99.9)
          .describe('Percent of the month for which its targets are to be available.'),
      }),
    )
    .default({})
    .describe('What is promised, by the plan of the customer; a plan that is not named is promised 99.9.'),
  service: serviceSchema
    .prefault({})
    .describe('What is promised for tickets, and what is done when it runs out.'),
  desk: deskSchema.prefault({}).describe('The built-in helpdesk.'),
  access: accessSchema
    .prefault({})
    .describe(
      'Who may what. Without users and without OpenID Connect the server listens on this machine alone.',
    ),
  metrics: z
    .strictObject({
      without: z
        .array(z.string().regex(/^[a-z_]+\*?$/, 'the name of a family, or its beginning and *'))
        .default([])
        .describe(
          'Families that /metrics leaves out: probe_http_duration_seconds, "probe_*", watchdesk_check_duration_seconds.',
        ),
    })
    .prefault({})
    .describe('What Prometheus is told.'),
  probe: z
    .strictObject({
      modules: z
        .string()
        .min(1)
        .optional()
        .describe('A blackbox.yml of blackbox_exporter, beside this file or by its whole path.'),
    })
    .prefault({})
    .describe('What /probe does for a Prometheus that has asked blackbox_exporter until now.'),
  status_page: statusSchema.optional().describe('What the public is shown; nothing without it.'),
  watchdog: z
    .strictObject({
      ping: webUrl.optional().describe('Called as long as all is in order; who misses it raises the alarm.'),
      every: durationBetween(1_000, 86_400_000, 'a duration from 1s to 1d').prefault('1m'),
      page_daily: z
        .union(
          [
            dailyPage,
            dailyPage.shape.at.transform((at) => dailyPage.parse({ at: at.toString().slice(0, 5) })),
          ],
          {
            error: 'a time of day such as "09:00", or { at, page, via }',
          },
        )
        .optional()
        .describe('A test page that goes all the way, every day; its receipt is waited for.'),
    })
    .optional()
    .describe('Who watches the watch.'),
  connectivity: z
    .strictObject({
      anchors: z
        .array(anchor)
        .min(1)
        .describe('Independent, by number and by name; blind when a majority fails.'),
      interval: interval.prefault('5s').describe('How often they are asked while all is well.'),
      timeout: timeout.prefault('2s'),
      failures: threshold.default(3).describe('Rounds in sequence until the incident "monitor is blind".'),
      recoveries: threshold.default(2),
    })
    .optional()
    .describe('How the monitor knows that it can see at all.'),
});

export type WatchdeskFile = z.output<typeof watchdeskSchema>;
