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
      title: 'Its dashboard',
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
  description: 'What is wrong now, who has it, and what is due next. Empty tables are good news.',
  variables: [CUSTOMER],
  from: 'now-6h',
  refresh: '10s',
  rows: [
    [
      table({
        title: 'Down now',
        description:
          'Open incidents, the oldest first: what fails, since when and why, who has it, and the ticket. "Open" means that nobody has acted on it yet. A click on the target leads to the incident, on the ticket to the helpdesk.',
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
              open: { text: '■ nobody yet', colour: COLOURS.down },
              worked: { text: '◐ worked on', colour: COLOURS.suspect },
            },
          },
          { from: 'owner', as: 'Who has it' },
          {
            from: 'ticket',
            as: 'Ticket',
            width: 90,
            link: { title: 'Ticket', url: '${__data.fields["ticket_url"]}' },
          },
          { from: 'Value #B', as: 'Also affected', unit: 'none', decimals: 0, width: 90 },
          { from: 'Value #C', as: 'Next step', unit: SINCE, width: 130 },
          { from: 'Value #D', as: 'Customers told next', unit: SINCE, width: 140 },
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
        'Targets whose last probe failed, but not yet often enough to count as down.',
      ),
      targetTable(
        'unknown',
        'Blind',
        'Targets of which nothing is known: not probed yet, or the monitor cannot see.',
      ),
      table({
        title: 'In maintenance',
        description:
          'Targets with planned work at this moment: probed as ever, but nobody is paged for them.',
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
        description: 'Who is paged now, until when, and who comes next.',
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
        title: 'Planned work',
        description:
          'Maintenance that is open or planned: its name, what it covers, when it begins and ends.',
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
        title: 'Our own sight',
        description:
          'Whether the monitor sees its own network. While it is blind it opens nothing and resolves nothing.',
        unit: 'none',
        width: 4,
        height: 6,
        queries: [{ expr: `max by (instance) (${own('watchdesk_blind')})`, legend: '{{instance}}' }],
        mapping: {
          '0': { text: '● sees', colour: COLOURS.up },
          '1': { text: '■ BLIND', colour: COLOURS.down },
        },
      }),
    ],
    [
      bars({
        title: 'Targets by health',
        description: 'How many targets have which health at this moment.',
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
