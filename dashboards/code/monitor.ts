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
  description: 'Watchdesk itself: utilisation, saturation, errors.',
  variables: [],
  from: 'now-6h',
  refresh: '30s',
  rows: [
    [
      stat({
        title: 'Problems',
        description: 'Number of problems with the monitor itself; /readyz lists them.',
        unit: 'none',
        width: 4,
        height: 4,
        queries: [{ expr: `sum (${own('watchdesk_complaints')})`, legend: 'problems' }],
        thresholds: [{ colour: COLOURS.up }, { from: 1, colour: COLOURS.down }],
      }),
      stat({
        title: 'Version',
        description: 'Running version, by instance.',
        unit: 'none',
        width: 4,
        height: 4,
        queries: [{ expr: own('watchdesk_build_info'), legend: '{{version}} on Node {{node}}' }],
        mapping: { '1': { text: '● running', colour: COLOURS.up } },
      }),
      stat({
        title: 'Probes per second',
        description: 'Number of probes completed per second.',
        unit: 'ops',
        width: 4,
        height: 4,
        queries: [{ expr: `sum (${rate(own('watchdesk_probes_total'))})`, legend: 'probes' }],
      }),
      stat({
        title: 'Watchdog',
        description: "When the external dead man's switch was last pinged; empty if never.",
        unit: 'dateTimeFromNow',
        width: 4,
        height: 4,
        queries: [
          {
            expr: `max (${own('watchdesk_watchdog_ping_timestamp_seconds')} > 0) * 1000`,
            legend: 'last ping',
          },
        ],
      }),
      table({
        title: 'Anchors',
        description:
          'The anchors that show whether the monitor has network access, and whether they answered the last probe.',
        unit: 'none',
        width: 8,
        height: 4,
        queries: [{ expr: own('watchdesk_anchor_up') }],
        columns: [
          { from: 'anchor', as: 'Anchor' },
          {
            from: 'Value',
            as: 'State',
            width: 120,
            mapping: {
              '0': { text: '■ no response', colour: COLOURS.down },
              '1': { text: '● responds', colour: COLOURS.up },
            },
          },
        ],
      }),
    ],
    [
      lines({
        title: 'Utilisation: CPU',
        description: 'CPU time of the process, in cores.',
        unit: 'none',
        width: 8,
        height: 7,
        queries: [
          { expr: `sum by (instance) (${rate(own('process_cpu_seconds_total'))})`, legend: '{{instance}}' },
        ],
      }),
      lines({
        title: 'Utilisation: memory',
        description: 'Memory of the process, and its JavaScript heap.',
        unit: 'bytes',
        width: 8,
        height: 7,
        queries: [
          { expr: `sum (${own('process_resident_memory_bytes')})`, legend: 'resident' },
          { expr: `sum (${own('nodejs_heap_size_used_bytes')})`, legend: 'heap' },
        ],
      }),
      lines({
        title: 'Utilisation: probes in progress, by instance',
        description: 'Number of probes currently in progress.',
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
        description: 'Delay between the due time and the start of a probe.',
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
        description: 'Event loop lag, 99th percentile.',
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
        title: 'Saturation: pending actions',
        description: 'Tickets and pages that are pending, by channel.',
        unit: 'none',
        width: 8,
        height: 7,
        queries: [{ expr: `sum by (channel) (${own('watchdesk_effects_pending')})`, legend: '{{channel}}' }],
      }),
    ],
    [
      lines({
        title: 'Saturation: oldest pending action',
        description: 'Age of the oldest pending ticket or page, by channel.',
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
        title: 'Store: commit time',
        description: 'Time from a change until it is durable on disk.',
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
        description: 'Size of the store on disk.',
        unit: 'bytes',
        width: 8,
        height: 7,
        queries: [{ expr: `sum by (instance) (${own('watchdesk_store_bytes')})`, legend: '{{instance}}' }],
      }),
    ],
    [
      lines({
        title: 'Errors: failed attempts',
        description: 'Failed attempts to open tickets and to page, per second.',
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
        title: 'Errors: skipped probes, findings, polling',
        description:
          'Skipped probes, lost work found by the auditor, helpdesks that cannot be polled for changes.',
        unit: 'none',
        width: 8,
        height: 7,
        queries: [
          { expr: `sum (${rate(own('watchdesk_probes_skipped_total'))})`, legend: 'skipped per second' },
          {
            expr: `sum (increase(${own('watchdesk_audit_findings_total')}[$__rate_interval]))`,
            legend: 'findings',
          },
          { expr: `sum (${own('watchdesk_helpdesk_deaf')})`, legend: 'helpdesks not polled' },
        ],
      }),
      lines({
        title: 'Suppressed checks',
        description: 'Failing checks whose incident is held back, by reason.',
        unit: 'none',
        width: 8,
        height: 7,
        queries: [{ expr: `sum by (reason) (${own('watchdesk_checks_held')})`, legend: '{{reason}}' }],
      }),
    ],
  ],
};
