// One file although it is long: a table of all keys of watchdesk.yaml, in the order in which they are documented.
import { STORE_EXPECTED, STORE_PATTERN } from '../store/store-address.ts';
import { fromKeys } from './targets-schema.ts';
import type { AddressField } from '../channels/channel.ts';
import { isIP } from 'node:net';
import { z } from 'zod';
import { PLACEHOLDERS, type Placeholder } from '../core/customer-text.ts';
import { PRIORITIES } from '../core/target.ts';
import { anchorPlace } from '../core/sight.ts';
import {
  duration,
  durationBetween,
  interval,
  languageTag,
  listenAddress,
  localTime,
  moment,
  period,
  priority,
  rotationPeriod,
  threshold,
  timeOfDay,
  timeZone,
  timeout,
  webUrl,
  word,
} from './fields.ts';
import { SOURCE_LANGUAGE } from '../text/catalogue.ts';
import { calendarSchema, restrictions } from './calendar-schema.ts';
import { statusSchema } from './status-schema.ts';
import { hotlineSchema } from './hotline-schema.ts';
import { accessSchema } from './access-schema.ts';
import { deskSchema } from './desk-schema.ts';
import { maintenanceSchema } from './maintenance-schema.ts';
import { serviceSchema } from './service-schema.ts';

const wait = durationBetween(0, 604_800_000, 'a duration of at most 7d');

/** The address keys that channels declare: `sms`, `email`. */
const addressShape = (fields: readonly AddressField[]) =>
  Object.fromEntries(
    fields.map(({ key, schema, description }) => [key, schema.optional().describe(description)]),
  );

const personSchema = (fields: readonly AddressField[]) =>
  z.strictObject({
    name: z.string().min(1).max(80).describe('Name shown in pages and on the status wall.'),
    ...(addressShape(fields) as object),
    timezone: timeZone.optional().describe('Time zone of times in messages to this person.'),
    prefer: z
      .array(z.union([word, z.strictObject({ via: word, after: wait.optional() })]))
      .min(1)
      .optional()
      .describe(
        'Channels in order, for steps without `via`: sms, or { via: voice, after: 3m } if the page is still unacknowledged by then.',
      ),
  });

const teamSchema = (fields: readonly AddressField[]) =>
  z.strictObject({
    ...(addressShape(fields.filter(({ isForTeams }) => isForTeams)) as object),
    members: z
      .array(z.string())
      .default([])
      .describe('Members, who are reached individually if the team has no address on a channel.'),
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
        rotation: z.array(z.string()).min(1).describe('People, in order of their turns.'),
        start: localTime.describe('When the first turn starts, local time.'),
        every: rotationPeriod.describe('Length of a turn.'),
        only: restrictions.optional().describe('When the layer applies; turns keep rotating in between.'),
      }),
    )
    .default([])
    .describe('Later layers take precedence where they apply.'),
  overrides: z
    .array(
      z
        .strictObject({
          from: moment,
          to: moment,
          replace: z.string().optional().describe('Only replace this person.'),
          with: z.string().optional().describe('Who takes over.'),
          add: z.string().optional().describe('Who is also on call.'),
          remove: z.string().optional().describe('Who is unavailable.'),
        })
        .describe('A temporary change: `with`, `add` or `remove`.'),
    )
    .default([]),
  fallback: z.string().describe('Who is on call when no layer or override applies.'),
});

const via = z.array(word).min(1);
const step = z
  .strictObject({
    page: listOrOne('Schedules, people or teams.'),
    mobilise: listOrOne('Teams.'),
    via: via.optional().describe("Channels; without it, each person's `prefer`."),
    after: wait.prefault('0s'),
    unless: z
      .enum(['acknowledged', 'worked', 'resolved'])
      .optional()
      .describe('Skip the step once the incident is in this state; later steps default to `acknowledged`.'),
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
  timezone: timeZone.optional().describe("Defaults to the schedule's."),
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
    .describe('Time from the opening of the incident to the first update.'),
  nudge: durationBetween(0, 3_600_000, 'a duration of at most 1h')
    .prefault('10m')
    .describe(
      'Remind the assignee this long before an update is due if there is nothing new to say; 0s to turn it off.',
    ),
  priorities: z.array(z.enum(PRIORITIES)).min(1).default(['urgent']),
  via: z
    .array(z.enum(['ticket', 'email']))
    .min(1)
    .default(['ticket', 'email'])
    .describe("`ticket`: public reply on the ticket; `email`: mail to the customer's `contact`."),
  templates: z
    .strictObject({
      update_subject: template.optional(),
      update: template.optional(),
      closing_subject: template.optional(),
      closing: template.optional(),
      vendor_subject: template.optional(),
      vendor: template.optional(),
      ticket_subject: template.optional(),
      ticket: template.optional(),
    })
    .prefault({})
    .describe('Your own wording of the messages.'),
});

/** `fields`: the address keys of people, as the channels declare them. */
export const watchdeskSchema = (fields: readonly AddressField[]) =>
  z.strictObject({
    policy: z
      .string()
      .regex(/^[\w-]{1,60}$/, 'the name of a file in `policies/`, without its extension')
      .optional()
      .describe('A policy in `policies/`; settings in this file take precedence over it.'),
    server: z
      .strictObject({
        listen: listenAddress
          .prefault('127.0.0.1:8080')
          .describe('Listen address of the wall, API and metrics.'),
        tls: z
          .strictObject({
            cert: z.string().min(1).describe('PEM file with the certificate and its chain.'),
            key: z.string().min(1).describe('PEM file with the private key.'),
          })
          .optional()
          .describe('TLS without a proxy; the files are reloaded when they change.'),
        public_url: webUrl.optional().describe('Public address of the server, used in links and webhooks.'),
        trusted_proxies: z
          .array(z.string().refine(isNetwork, 'an address or network, such as 10.0.0.0/8'))
          .default([])
          .describe(
            'Proxies whose forwarded client address is trusted; without it, everyone behind a proxy counts as one client.',
          ),
      })
      .prefault({}),
    timezone: timeZone.optional().describe("Time zone of times in tickets; defaults to this machine's."),
    language: languageTag
      .default(SOURCE_LANGUAGE)
      .describe('Language of pages and messages (BCP 47 tag); each folder in `src/text` is one.'),
    provider: z
      .string()
      .trim()
      .min(1)
      .max(120)
      .optional()
      .describe('Name of your company as customers know it; signs messages to customers.'),
    plugins: z
      .string()
      .min(1)
      .optional()
      .describe('Folder with check types, channels and helpdesks of your own; read at start.'),
    store: z
      .string()
      .regex(STORE_PATTERN, STORE_EXPECTED)
      .default('sqlite:data/watchdesk.db')
      .describe('Where all data is stored.'),
    retention: z
      .strictObject({
        tickets: period
          .optional()
          .describe('Closed desk tickets with their messages and files, counted from closing.'),
        messages: period
          .optional()
          .describe('Texts of pages and notices, counted from the resolution of their incident.'),
        incidents: period
          .optional()
          .describe('Resolved incidents with their timeline, counted from resolution.'),
      })
      .prefault({})
      .describe('How long data is kept, such as 90d, 18mo or 3y; if omitted, indefinitely.'),
    people: z.record(word, personSchema(fields)).default({}).describe('People who can be paged.'),
    teams: z.record(word, teamSchema(fields)).default({}).describe('Teams that can be mobilised.'),
    calendars: z
      .record(word, calendarSchema)
      .default({})
      .describe('Office hours and public holidays, for schedules and plans.'),
    on_call: z.record(word, schedule).default({}).describe('On-call schedules.'),
    escalation: z
      .strictObject({
        urgent: z.array(step).optional(),
        high: z.array(step).optional(),
        medium: z.array(step).optional(),
        low: z.array(step).optional(),
      })
      .optional()
      .describe(
        'Escalation steps, by incident priority; a priority without steps gets a ticket but no page. If omitted entirely, urgent incidents page the schedule `operations-manager` via sms.',
      ),
    helpdesk: z
      .union([z.array(typed).min(1), typed])
      .default({ type: 'desk' })
      .describe(
        'Where tickets are opened: one helpdesk, or a list of which the first match gets the ticket.',
      ),
    channels: z.record(word, typed).default({}).describe('How people are reached.'),
    hotline: hotlineSchema
      .optional()
      .describe('A phone number for customers; pressing 9 opens an urgent ticket.'),
    customer_updates: z
      .union([customerUpdates, z.literal('off')])
      .prefault({})
      .describe('How customers are updated on open urgent tickets, at least hourly; `off` disables it.'),
    defaults: z
      .strictObject({
        interval: interval.prefault('60s'),
        timeout: timeout.prefault('10s'),
        failures: threshold.default(3),
        recoveries: threshold.default(2),
        retry_interval: interval.optional().describe('Defaults to a quarter of the interval, at least 5 s.'),
        ...fromKeys,
      })
      .prefault({})
      .describe('Defaults for all checks.'),
    locations: z
      .record(
        word,
        z.strictObject({
          lost_after: durationBetween(5_000, 3_600_000, 'a duration from 5s to 1h')
            .prefault('15s')
            .describe(
              'A location that has not reported for this long is lost, and its word no longer counts.',
            ),
          priority: priority
            .default('urgent')
            .describe('Priority of the incident when the location is lost or blind.'),
          anchors: z
            .array(anchor)
            .min(1)
            .optional()
            .describe('Anchors of this location; defaults to those of `connectivity`.'),
        }),
      )
      .default({})
      .describe('Places from which is probed, each by an instance or an agent with this `--location`.'),
    incidents: z
      .strictObject({
        reopen_window: duration
          .prefault('30m')
          .describe('A new failure within this time reopens the same ticket.'),
        ack_expires: durationBetween(60_000, 604_800_000, 'a duration from 1m to 7d')
          .optional()
          .describe(
            'An acknowledgement expires after this long without activity, and the escalation restarts.',
          ),
        group_window: duration
          .prefault('30s')
          .describe(
            'Targets with something in common that fail within this time may be grouped into one incident.',
          ),
        group_at: z.int().min(2).default(5).describe('Number of targets that form one incident.'),
      })
      .prefault({}),
    maintenance: z
      .array(maintenanceSchema)
      .default([])
      .describe('Maintenance windows: probes continue, but no incidents are opened.'),
    plans: z
      .record(
        z.string().min(1).max(80),
        z.strictObject({
          availability: z
            .number()
            .min(50)
            .max(100)
            .default(99.9)
            .describe('Availability objective, as a percentage of the month.'),
        }),
      )
      .default({})
      .describe('Availability objective by customer plan; plans not listed have 99.9.'),
    service: serviceSchema
      .prefault({})
      .describe('SLA targets for tickets, and alarms before and at the deadline.'),
    desk: deskSchema.prefault({}).describe('The built-in helpdesk.'),
    access: accessSchema
      .prefault({})
      .describe(
        'Users, tokens and their permissions. Without users, tokens or OpenID Connect, the server listens on this machine only.',
      ),
    metrics: z
      .strictObject({
        without: z
          .array(z.string().regex(/^[a-z_]+\*?$/, 'the name of a metric family, or a prefix and *'))
          .default([])
          .describe(
            'Metric families to leave out of /metrics: probe_http_duration_seconds, "probe_*", watchdesk_check_duration_seconds.',
          ),
      })
      .prefault({})
      .describe('Settings of /metrics.'),
    probe: z
      .strictObject({
        modules: z
          .string()
          .min(1)
          .optional()
          .describe('A blackbox.yml for blackbox_exporter, next to this file or as an absolute path.'),
        targets: z
          .array(
            z.string().regex(/^(\*\.)?[A-Za-z0-9._:-]{1,253}(\/\d{1,3})?$/, {
              error: 'a host name, *.domain, an address or a network such as 10.0.0.0/8',
            }),
          )
          .default([])
          .describe(
            'Hosts and networks that modules with credentials may probe, in addition to the hosts of your targets: shop.example, *.shop.example, 10.0.0.0/8.',
          ),
      })
      .prefault({})
      .describe('Settings of /probe, a drop-in replacement for blackbox_exporter.'),
    status_page: statusSchema.optional().describe('Public status page; disabled if omitted.'),
    watchdog: z
      .strictObject({
        ping: webUrl
          .optional()
          .describe(
            "URL of a dead man's switch, pinged while everything is fine; it raises the alarm when pings stop.",
          ),
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
          .describe('A daily end-to-end test page; Watchdesk waits for its delivery receipt.'),
      })
      .optional()
      .describe('Monitoring of the monitor itself.'),
    connectivity: z
      .strictObject({
        anchors: z
          .array(anchor)
          .min(1)
          .describe(
            'Independent anchors, by IP address and by name; the monitor is blind when a majority fails.',
          ),
        interval: interval
          .prefault('5s')
          .describe('How often the anchors are probed while everything is fine.'),
        timeout: timeout.prefault('2s'),
        failures: threshold
          .default(3)
          .describe('Consecutive failed rounds before the incident "monitor is blind" opens.'),
        recoveries: threshold.default(2),
      })
      .optional()
      .describe('How the monitor detects that it has lost its own network.'),
  });

export type WatchdeskFile = z.output<ReturnType<typeof watchdeskSchema>>;
