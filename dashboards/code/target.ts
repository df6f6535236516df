import { COLOURS } from './colours.ts';
import type { Dashboard } from './dashboard.ts';
import { bands, HEALTH_CODES, HEALTH_MAPPING, lines, stat, table } from './panel.ts';
import { own, probed } from './promql.ts';

const chosen = 'target="$target"';
const of = (metric: string, ...more: string[]) => own(metric, chosen, ...more);

/** The health as a number, of which `HEALTH_MAPPING` makes a word again. */
const healthCode = HEALTH_CODES.map(
  (health, code) => `${code} * sum by (target) (${of('watchdesk_target_health', `health="${health}"`)})`,
).join(' + ');

const uptime = (span: string) => ({
  expr: `avg (${of(`watchdesk:target_availability:ratio_${span}`)})`,
  legend: `${span.slice(0, -1)} days`,
});

export const target: Dashboard = {
  slug: 'target',
  title: 'Watchdesk / Target',
  description: 'One target: health, cause, probe durations and error budget.',
  variables: [
    {
      name: 'target',
      label: 'Target',
      query: 'label_values(watchdesk_target_info{job=~"$job", instance=~"$instance"}, target)',
      isSingle: true,
    },
  ],
  annotations: [
    {
      name: 'Incidents',
      expr: of('watchdesk_open_incident_info'),
      title: '{{priority}}: {{why}}',
      text: 'Ticket {{ticket}}, {{owner}}',
      colour: COLOURS.down,
    },
  ],
  from: 'now-24h',
  refresh: '30s',
  rows: [
    [
      table({
        title: 'Open incidents',
        description: 'Open incidents with cause, assignee and ticket. Empty means all is well.',
        unit: 'none',
        width: 24,
        height: 4,
        queries: [
          {
            expr: `(${own('watchdesk_open_incident_started_timestamp_seconds')} * 1000) * on (job, instance, incident) group_right () ${of('watchdesk_open_incident_info')}`,
          },
        ],
        columns: [
          { from: 'priority', as: 'Priority', width: 80 },
          { from: 'why', as: 'Why', link: { title: 'Incident', url: '${__data.fields["url"]}' } },
          { from: 'Value', as: 'Since', unit: 'dateTimeFromNow', width: 130 },
          { from: 'owner', as: 'Assignee' },
          {
            from: 'ticket',
            as: 'Ticket',
            width: 90,
            link: { title: 'Ticket', url: '${__data.fields["ticket_url"]}' },
          },
          { from: 'url' },
          { from: 'ticket_url' },
        ],
        sortBy: 'Since',
      }),
    ],
    [
      stat({
        title: 'Health',
        description: 'Worst current health of its checks.',
        unit: 'none',
        width: 4,
        height: 5,
        queries: [{ expr: healthCode, legend: '$target' }],
        mapping: HEALTH_MAPPING,
      }),
      table({
        title: 'Details',
        description: 'Kind, customer, plan and address, from the config.',
        unit: 'none',
        width: 11,
        height: 5,
        queries: [{ expr: of('watchdesk_target_info') }],
        columns: [
          { from: 'kind', as: 'Kind', width: 80 },
          { from: 'priority', as: 'Priority', width: 80 },
          { from: 'customer', as: 'Customer' },
          { from: 'plan', as: 'Plan' },
          { from: 'url', as: 'URL' },
          { from: 'address', as: 'Address' },
        ],
      }),
      stat({
        title: 'Uptime',
        description: 'Share of time the target was available, excluding maintenance and times without data.',
        unit: 'percentunit',
        decimals: 3,
        width: 9,
        height: 5,
        queries: ['7d', '30d', '90d'].map(uptime),
      }),
    ],
    [
      bands({
        title: 'Health over time',
        description: 'Health of the target over the selected time range.',
        unit: 'none',
        width: 24,
        height: 5,
        queries: [{ expr: healthCode, legend: '$target' }],
        mapping: HEALTH_MAPPING,
      }),
    ],
    [
      bands({
        title: 'Checks over time',
        description: 'Each check: up (or suspect), down (or recovering). Gaps are times without data.',
        unit: 'none',
        width: 12,
        height: 7,
        queries: [{ expr: `min by (check) (${of('watchdesk_check_up')})`, legend: '{{check}}' }],
        mapping: {
          '0': { text: '■ down', colour: COLOURS.down },
          '1': { text: '● up', colour: COLOURS.up },
        },
      }),
      lines({
        title: 'Consecutive failures',
        description: 'Number of consecutive failed probes; an incident opens at the threshold.',
        unit: 'none',
        width: 12,
        height: 7,
        queries: [
          { expr: `max by (check) (${of('watchdesk_check_consecutive_failures')})`, legend: '{{check}}' },
        ],
      }),
    ],
    [
      lines({
        title: 'Probe duration',
        description: 'Duration of the last probe of each check.',
        unit: 's',
        width: 12,
        height: 8,
        queries: [
          { expr: `max by (check) (${of('watchdesk_check_duration_seconds')})`, legend: '{{check}}' },
        ],
      }),
      lines({
        title: 'Phases of HTTP probes',
        description: 'Name lookup, connection, TLS handshake, time to first byte, and transfer.',
        unit: 's',
        width: 12,
        height: 8,
        isStacked: true,
        queries: [
          { expr: `sum by (phase) (${probed('probe_http_duration_seconds', chosen)})`, legend: '{{phase}}' },
        ],
      }),
    ],
    [
      table({
        title: 'Certificates',
        description: 'When the certificates seen last expire.',
        unit: 'none',
        width: 8,
        height: 6,
        queries: [
          { expr: `max by (check) (${of('watchdesk_check_certificate_expiry_timestamp_seconds')}) * 1000` },
        ],
        columns: [
          { from: 'check', as: 'Check' },
          { from: 'Value', as: 'Expires', unit: 'dateTimeFromNow' },
        ],
        sortBy: 'Expires',
      }),
      stat({
        title: 'Error budget left',
        description:
          'Remaining downtime allowed by the plan: 100 % means none used, below zero the objective is missed.',
        unit: 'percentunit',
        decimals: 1,
        width: 8,
        height: 6,
        queries: ['7d', '30d', '90d'].map((span) => ({
          expr: `avg (${of(`watchdesk:target_error_budget_remaining:ratio_${span}`)})`,
          legend: `${span.slice(0, -1)} days`,
        })),
        thresholds: [
          { colour: COLOURS.down },
          { from: 0, colour: COLOURS.suspect },
          { from: 0.25, colour: COLOURS.up },
        ],
      }),
      lines({
        title: 'Error budget burn rate',
        description:
          'Burn rate of the error budget over one and six hours. A rate of 1 uses it up in exactly one month, 14.4 in two days.',
        unit: 'none',
        width: 8,
        height: 6,
        queries: ['1h', '6h'].map((span) => ({
          expr: `max (${of(`watchdesk:target_burn_rate:${span}`)})`,
          legend: span,
        })),
        thresholdAt: 14.4,
      }),
    ],
  ],
};
