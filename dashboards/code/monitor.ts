import { COLOURS } from './colours.ts';
import type { Dashboard } from './dashboard.ts';
import { lines, stat, table } from './panel.ts';
import { own, rate } from './promql.ts';

/** The library's timer looks only so often; that much of what it tells is no delay. */
const LAG_PRECISION_S = 0.1;

const p = (share: number, histogram: string) =>
  `histogram_quantile(${share}, sum by (le) (${rate(own(`${histogram}_bucket`))}))`;

export const monitor: Dashboard = {
  slug: 'monitor',
  title: 'Watchdesk / Monitor',
  description:
    'Watchdesk itself: what it uses, where it is full, what goes wrong (utilisation, saturation, errors).',
  variables: [],
  from: 'now-6h',
  refresh: '30s',
  rows: [
    [
      stat({
        title: 'Complaints',
        description: 'What is not in order with the monitor itself; /readyz says it in words.',
        unit: 'none',
        width: 4,
        height: 4,
        queries: [{ expr: `sum (${own('watchdesk_complaints')})`, legend: 'complaints' }],
        thresholds: [{ colour: COLOURS.up }, { from: 1, colour: COLOURS.down }],
      }),
      stat({
        title: 'Version',
        description: 'What runs, by instance.',
        unit: 'none',
        width: 4,
        height: 4,
        queries: [{ expr: own('watchdesk_build_info'), legend: '{{version}} on Node {{node}}' }],
        mapping: { '1': { text: '● runs', colour: COLOURS.up } },
      }),
      stat({
        title: 'Probes a second',
        description: 'How many probes end each second.',
        unit: 'ops',
        width: 4,
        height: 4,
        queries: [{ expr: `sum (${rate(own('watchdesk_probes_total'))})`, legend: 'probes' }],
      }),
      stat({
        title: 'Watchdog',
        description:
          "When the dead-man's switch outside was last told that all is in order; nothing for never.",
        unit: 'dateTimeFromNow',
        width: 4,
        height: 4,
        queries: [
          {
            expr: `max (${own('watchdesk_watchdog_ping_timestamp_seconds')} > 0) * 1000`,
            legend: 'last report',
          },
        ],
      }),
      table({
        title: 'Anchors',
        description:
          'The places by which the monitor knows that it sees at all, and whether they answered last time.',
        unit: 'none',
        width: 8,
        height: 4,
        queries: [{ expr: own('watchdesk_anchor_up') }],
        columns: [
          { from: 'anchor', as: 'Anchor' },
          {
            from: 'Value',
            as: 'Answers',
            width: 120,
            mapping: {
              '0': { text: '■ silent', colour: COLOURS.down },
              '1': { text: '● answers', colour: COLOURS.up },
            },
          },
        ],
      }),
    ],
    [
      lines({
        title: 'Utilisation: processor',
        description: 'Processor time the process uses, in cores.',
        unit: 'none',
        width: 8,
        height: 7,
        queries: [
          { expr: `sum by (instance) (${rate(own('process_cpu_seconds_total'))})`, legend: '{{instance}}' },
        ],
      }),
      lines({
        title: 'Utilisation: memory',
        description: 'Memory of the process, and of that the heap of JavaScript.',
        unit: 'bytes',
        width: 8,
        height: 7,
        queries: [
          { expr: `sum (${own('process_resident_memory_bytes')})`, legend: 'resident' },
          { expr: `sum (${own('nodejs_heap_size_used_bytes')})`, legend: 'heap' },
        ],
      }),
      lines({
        title: 'Utilisation: probes under way, by instance',
        description: 'Probes that have begun and not ended.',
        unit: 'none',
        width: 8,
        height: 7,
        queries: [
          { expr: `sum by (instance) (${own('watchdesk_probes_in_flight')})`, legend: '{{instance}}' },
        ],
      }),
    ],
    [
      lines({
        title: 'Saturation: how late probes start',
        description: 'How much later than due probes were started.',
        unit: 's',
        width: 8,
        height: 7,
        queries: [0.5, 0.99].map((share) => ({
          expr: p(share, 'watchdesk_schedule_lag_seconds'),
          legend: `p${share * 100}`,
        })),
      }),
      lines({
        title: 'Saturation: event loop',
        description: 'How late the process comes to what is due, 99th percentile.',
        unit: 's',
        width: 8,
        height: 7,
        queries: [
          {
            expr: `clamp_min(max by (instance) (${own('nodejs_eventloop_lag_p99_seconds')}) - ${LAG_PRECISION_S}, 0)`,
            legend: '{{instance}}',
          },
        ],
      }),
      lines({
        title: 'Saturation: effects that wait',
        description: 'Tickets and pages that are decided and not settled, by channel.',
        unit: 'none',
        width: 8,
        height: 7,
        queries: [{ expr: `sum by (channel) (${own('watchdesk_effects_pending')})`, legend: '{{channel}}' }],
      }),
    ],
    [
      lines({
        title: 'Saturation: the oldest effect',
        description: 'How old the oldest ticket or page is that is not settled, by channel.',
        unit: 's',
        width: 8,
        height: 7,
        queries: [
          {
            expr: `max by (channel) ((time() - ${own('watchdesk_effects_oldest_timestamp_seconds')}) * (${own('watchdesk_effects_oldest_timestamp_seconds')} > bool 0))`,
            legend: '{{channel}}',
          },
        ],
      }),
      lines({
        title: 'Store: how long until durable',
        description: 'From a change to the moment when it is safe on disk.',
        unit: 's',
        width: 8,
        height: 7,
        queries: [0.5, 0.99].map((share) => ({
          expr: p(share, 'watchdesk_store_commit_seconds'),
          legend: `p${share * 100}`,
        })),
      }),
      lines({
        title: 'Store: size',
        description: 'Bytes of the store on disk.',
        unit: 'bytes',
        width: 8,
        height: 7,
        queries: [{ expr: `sum by (instance) (${own('watchdesk_store_bytes')})`, legend: '{{instance}}' }],
      }),
    ],
    [
      lines({
        title: 'Errors: failed attempts',
        description: 'Attempts to open tickets and to page that were not accepted, a second.',
        unit: 'ops',
        width: 8,
        height: 7,
        queries: [
          {
            expr: `sum by (adapter) (${rate(own('watchdesk_tickets_total', 'outcome!~"accepted|confirmed"'))})`,
            legend: 'tickets: {{adapter}}',
          },
          {
            expr: `sum by (channel) (${rate(own('watchdesk_pages_total', 'outcome!~"accepted|confirmed"'))})`,
            legend: 'pages: {{channel}}',
          },
        ],
      }),
      lines({
        title: 'Errors: skipped, found, deaf',
        description:
          'Slots that were left out, what the auditor found forgotten, helpdesks that do not say what has changed.',
        unit: 'none',
        width: 8,
        height: 7,
        queries: [
          { expr: `sum (${rate(own('watchdesk_probes_skipped_total'))})`, legend: 'skipped a second' },
          {
            expr: `sum (increase(${own('watchdesk_audit_findings_total')}[$__rate_interval]))`,
            legend: 'findings',
          },
          { expr: `sum (${own('watchdesk_helpdesk_deaf')})`, legend: 'deaf helpdesks' },
        ],
      }),
      lines({
        title: 'Checks that are held back',
        description: 'Checks at risk without an incident of their own, by the reason to wait.',
        unit: 'none',
        width: 8,
        height: 7,
        queries: [{ expr: `sum by (reason) (${own('watchdesk_checks_held')})`, legend: '{{reason}}' }],
      }),
    ],
  ],
};
