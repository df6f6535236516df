import { COLOURS, MARKS, type State } from './colours.ts';
import { CUSTOMER, type Dashboard } from './dashboard.ts';
import { bars, lines, stat, table, type Column } from './panel.ts';
import { grown, own, withTarget } from './promql.ts';

const SINCE = 'dateTimeFromNow';

/** A panel of targets in a state, with what they are. */
const targetTable = (state: State, title: string, description: string) =>
  table({
    title,
    description,
    unit: 'none',
    width: 8,
    height: 7,
    queries: [{ expr: withTarget(`${own('watchdesk_target_health', `health="${state}"`)} == 1`) }],
    columns: TARGET_COLUMNS,
    sortBy: 'Customer',
  });

const TARGET_COLUMNS: readonly Column[] = [
  {
    from: 'target',
    as: 'Target',
    link: {
      title: 'Target dashboard',
      url: '/d/watchdesk-target?var-target=${__value.text}&${datasource:queryparam}',
    },
  },
  { from: 'customer', as: 'Customer' },
  { from: 'kind', as: 'Kind', width: 80 },
  { from: 'priority', as: 'Priority', width: 80 },
];

const incidentInfo = own('watchdesk_open_incident_info', 'customer=~"$customer"');
/** A time of an incident, in the milliseconds that Grafana wants, with what the incident is. */
const timed = (family: string) =>
  `(${own(family)} * 1000) * on (job, instance, incident) group_right () ${incidentInfo}`;
/** Without the labels, which the first query of the table brings. */
const byIncident = (expr: string) => `max by (incident) (${expr})`;

export const operationsRoom: Dashboard = {
  slug: 'operations-room',
  title: 'Watchdesk / Operations room',
  description: 'What is down now, who is working on it, and what is due next. Empty tables mean all is well.',
  variables: [CUSTOMER],
  from: 'now-6h',
  refresh: '10s',
  rows: [
    [
      table({
        title: 'Down now',
        description:
          'Open incidents, oldest first, with cause, assignee and ticket. The target links to the incident, the ticket to the helpdesk.',
        unit: 'none',
        width: 24,
        height: 9,
        queries: [
          { expr: timed('watchdesk_open_incident_started_timestamp_seconds') },
          {
            expr: byIncident(
              `${own('watchdesk_open_incident_affected')} * on (job, instance, incident) group_right () ${incidentInfo}`,
            ),
          },
          { expr: byIncident(timed('watchdesk_open_incident_next_step_timestamp_seconds')) },
          { expr: byIncident(timed('watchdesk_open_incident_next_update_timestamp_seconds')) },
        ],
        joinBy: 'incident',
        columns: [
          { from: 'priority', as: 'Priority', width: 80 },
          { from: 'target', as: 'Target', link: { title: 'Incident', url: '${__data.fields["url"]}' } },
          { from: 'customer', as: 'Customer' },
          { from: 'Value #A', as: 'Since', unit: SINCE, width: 130 },
          { from: 'why', as: 'Why' },
          {
            from: 'status',
            as: 'State',
            width: 120,
            mapping: {
              open: { text: '■ unacknowledged', colour: COLOURS.down },
              worked: { text: '◐ in progress', colour: COLOURS.suspect },
            },
          },
          { from: 'owner', as: 'Assignee' },
          {
            from: 'ticket',
            as: 'Ticket',
            width: 90,
            link: { title: 'Ticket', url: '${__data.fields["ticket_url"]}' },
          },
          { from: 'Value #B', as: 'Also affected', unit: 'none', decimals: 0, width: 90 },
          { from: 'Value #C', as: 'Next step', unit: SINCE, width: 130 },
          { from: 'Value #D', as: 'Next update', unit: SINCE, width: 140 },
          { from: 'url' },
          { from: 'ticket_url' },
        ],
        sortBy: 'Since',
      }),
    ],
    [
      targetTable(
        'suspect',
        'At risk',
        'Targets whose last probe failed, but that have not reached the threshold for down.',
      ),
      targetTable(
        'unknown',
        'Blind',
        'Targets in an unknown state: not probed yet, or the monitor has lost its network.',
      ),
      table({
        title: 'In maintenance',
        description: 'Targets in a maintenance window now: still probed, but no one is paged for them.',
        unit: 'none',
        width: 8,
        height: 7,
        queries: [{ expr: withTarget(`${own('watchdesk_target_in_maintenance')} == 1`) }],
        columns: TARGET_COLUMNS,
        sortBy: 'Customer',
      }),
    ],
    [
      table({
        title: 'On call now and next',
        description: 'Who is on call now, until when, and who is next.',
        unit: 'none',
        width: 8,
        height: 6,
        queries: [
          {
            expr: `(${own('watchdesk_on_call_until_timestamp_seconds')} * 1000) * on (job, instance, schedule) group_right () ${own('watchdesk_on_call_info')}`,
          },
        ],
        columns: [
          { from: 'schedule', as: 'Schedule' },
          { from: 'name', as: 'Now' },
          { from: 'Value', as: 'Until', unit: 'dateTimeAsIsoNoDateIfToday', width: 150 },
          { from: 'next', as: 'Next' },
        ],
        sortBy: 'Schedule',
      }),
      table({
        title: 'Maintenance',
        description: 'Active and planned maintenance windows: name, scope, start and end.',
        unit: 'none',
        width: 8,
        height: 6,
        queries: [
          { expr: `${own('watchdesk_maintenance_start_timestamp_seconds')} * 1000` },
          { expr: `max by (window) (${own('watchdesk_maintenance_end_timestamp_seconds')} * 1000)` },
        ],
        joinBy: 'window',
        columns: [
          { from: 'name', as: 'Work' },
          { from: 'scope', as: 'Covers' },
          { from: 'Value #A', as: 'From', unit: 'dateTimeAsIsoNoDateIfToday', width: 150 },
          { from: 'Value #B', as: 'To', unit: 'dateTimeAsIsoNoDateIfToday', width: 150 },
        ],
        sortBy: 'From',
      }),
      stat({
        title: 'Incidents today',
        description: 'Incidents opened since midnight, by priority.',
        unit: 'none',
        decimals: 0,
        width: 4,
        height: 6,
        timeFrom: 'now/d',
        queries: [
          { expr: `sum by (priority) (${grown(own('watchdesk_incidents_total'))})`, legend: '{{priority}}' },
        ],
      }),
      stat({
        title: 'Monitor network',
        description:
          'Whether the monitor has network access. While it is blind, it opens and resolves no incidents.',
        unit: 'none',
        width: 4,
        height: 6,
        queries: [{ expr: `max by (instance) (${own('watchdesk_blind')})`, legend: '{{instance}}' }],
        mapping: {
          '0': { text: '● online', colour: COLOURS.up },
          '1': { text: '■ BLIND', colour: COLOURS.down },
        },
      }),
    ],
    [
      bars({
        title: 'Targets by health',
        description: 'Number of targets now, by health.',
        unit: 'none',
        decimals: 0,
        width: 8,
        height: 7,
        queries: [{ expr: `sum by (health) (${own('watchdesk_targets')})`, legend: '{{health}}' }],
        colours: COLOURS,
      }),
      lines({
        title: 'Targets in trouble',
        description: 'Targets that are suspect, down or recovering, over time.',
        unit: 'none',
        width: 16,
        height: 7,
        queries: (['suspect', 'down', 'recovering'] as const).map((health) => ({
          expr: `sum (${own('watchdesk_targets', `health="${health}"`)})`,
          legend: MARKS[health],
        })),
        colours: Object.fromEntries(
          (['suspect', 'down', 'recovering'] as const).map((health) => [MARKS[health], COLOURS[health]]),
        ),
      }),
    ],
  ],
};
