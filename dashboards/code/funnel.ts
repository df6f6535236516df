import { COLOURS } from './colours.ts';
import type { Dashboard } from './dashboard.ts';
import { bars, lines, stat, table, type Query } from './panel.ts';
import { grown, own, quantileOf } from './promql.ts';

const SHARES = [0.5, 0.95, 0.99];

const counted = (metric: string, ...more: string[]) => `sum (${grown(own(metric, ...more))})`;

const quantiles = (histogram: string, by: string): Query[] =>
  SHARES.map((share) => ({ expr: quantileOf(share, histogram, by) }));

const TIMES = ['p50', 'p95', 'p99'].map((as, index) => ({
  from: `Value #${'ABC'[index]}`,
  as,
  unit: 's',
  decimals: 2,
}));

export const funnel: Dashboard = {
  slug: 'funnel',
  title: 'Watchdesk / From probe to resolved',
  description:
    'What became of failed probes: incidents, tickets, pages, acknowledgements. Shows where tickets or pages get lost.',
  variables: [],
  from: 'now-7d',
  refresh: '1m',
  rows: [
    [
      bars({
        title: 'The funnel',
        description:
          'Counts in the selected time range, step by step: failed probes, suspicions, incidents, accepted tickets, accepted pages, acknowledged, resolved.',
        unit: 'short',
        decimals: 0,
        width: 12,
        height: 10,
        queries: [
          { expr: counted('watchdesk_probes_total', 'reason!="ok"'), legend: '1 failed probes' },
          { expr: counted('watchdesk_suspicions_total'), legend: '2 suspicions that ended' },
          { expr: counted('watchdesk_incidents_total'), legend: '3 incidents' },
          { expr: counted('watchdesk_tickets_total', 'outcome="accepted"'), legend: '4 tickets accepted' },
          { expr: counted('watchdesk_pages_total', 'outcome="accepted"'), legend: '5 pages accepted' },
          { expr: counted('watchdesk_time_to_acknowledge_seconds_count'), legend: '6 acknowledged' },
          { expr: counted('watchdesk_incidents_resolved_total'), legend: '7 resolved' },
        ],
      }),
      table({
        title: 'Time to acknowledge',
        description:
          'From the probe that reached the threshold to the first human action, by priority and customer.',
        unit: 's',
        width: 12,
        height: 10,
        queries: [
          ...quantiles('watchdesk_time_to_acknowledge_seconds', 'priority, customer'),
          {
            expr: `sum by (priority, customer) (${grown(own('watchdesk_time_to_acknowledge_seconds_count'))})`,
          },
        ],
        columns: [
          { from: 'priority', as: 'Priority' },
          { from: 'customer', as: 'Customer' },
          ...TIMES,
          { from: 'Value #D', as: 'Count', unit: 'none', decimals: 0 },
        ],
        sortBy: 'p95',
        descending: true,
      }),
    ],
    [
      table({
        title: 'Time to ticket, by helpdesk',
        description: 'From the probe that reached the threshold to the helpdesk accepting the ticket.',
        unit: 's',
        width: 8,
        height: 7,
        queries: quantiles('watchdesk_ticket_open_seconds', 'adapter'),
        columns: [{ from: 'adapter', as: 'Helpdesk' }, ...TIMES],
        sortBy: 'Helpdesk',
      }),
      table({
        title: 'Time to page, by channel',
        description: 'From the decision to page to the provider accepting the page.',
        unit: 's',
        width: 8,
        height: 7,
        queries: quantiles('watchdesk_page_accept_seconds', 'channel'),
        columns: [{ from: 'channel', as: 'Channel' }, ...TIMES],
        sortBy: 'Channel',
      }),
      table({
        title: 'Time to resolve',
        description:
          'From the first failed probe to the resolution of the incident, by priority and customer.',
        unit: 's',
        width: 8,
        height: 7,
        queries: quantiles('watchdesk_time_to_resolve_seconds', 'priority, customer'),
        columns: [{ from: 'priority', as: 'Priority' }, { from: 'customer', as: 'Customer' }, ...TIMES],
        sortBy: 'p95',
        descending: true,
      }),
    ],
    [
      table({
        title: 'Tickets, by helpdesk and outcome',
        description:
          'Attempts to open a ticket. "Ambiguous" attempts are looked up before a retry; "dead" ones are always reported.',
        unit: 'none',
        width: 8,
        height: 8,
        queries: [{ expr: `sum by (adapter, outcome) (${grown(own('watchdesk_tickets_total'))})` }],
        columns: [
          { from: 'adapter', as: 'Helpdesk' },
          { from: 'outcome', as: 'Outcome' },
          { from: 'Value', as: 'Attempts', unit: 'none', decimals: 0 },
        ],
        sortBy: 'Attempts',
        descending: true,
      }),
      table({
        title: 'Pages, by channel and outcome',
        description: 'Attempts to page, by channel and outcome.',
        unit: 'none',
        width: 8,
        height: 8,
        queries: [{ expr: `sum by (channel, outcome) (${grown(own('watchdesk_pages_total'))})` }],
        columns: [
          { from: 'channel', as: 'Channel' },
          { from: 'outcome', as: 'Outcome' },
          { from: 'Value', as: 'Attempts', unit: 'none', decimals: 0 },
        ],
        sortBy: 'Attempts',
        descending: true,
      }),
      stat({
        title: 'False, flapping, unattended',
        description:
          'Shares: suspicions cleared by the next probe; incidents caused by flapping; incidents that recovered before anyone acted.',
        unit: 'percentunit',
        decimals: 1,
        width: 8,
        height: 8,
        queries: [
          {
            expr: `${counted('watchdesk_suspicions_total', 'outcome="dismissed"')} / clamp_min(${counted('watchdesk_suspicions_total')}, 1)`,
            legend: 'false suspicions',
          },
          {
            expr: `${counted('watchdesk_incidents_total', 'reason="flapping"')} / clamp_min(${counted('watchdesk_incidents_total')}, 1)`,
            legend: 'flapping',
          },
          {
            expr: `${counted('watchdesk_incidents_resolved_total', 'how="recovered"', 'worked="no"')} / clamp_min(${counted('watchdesk_incidents_resolved_total')}, 1)`,
            legend: 'recovered before anyone acted',
          },
        ],
      }),
    ],
    [
      lines({
        title: 'Breach to ticket',
        description: 'Time from the probe that reached the threshold to the accepted ticket.',
        unit: 's',
        width: 8,
        height: 7,
        queries: SHARES.map((share) => ({
          expr: `histogram_quantile(${share}, sum by (le) (rate(${own('watchdesk_breach_to_ticket_seconds_bucket')}[$__rate_interval])))`,
          legend: `p${share * 100}`,
        })),
      }),
      lines({
        title: 'Breach to page',
        description: 'Time from the decision to page to the accepted page.',
        unit: 's',
        width: 8,
        height: 7,
        queries: SHARES.map((share) => ({
          expr: `histogram_quantile(${share}, sum by (le) (rate(${own('watchdesk_breach_to_page_seconds_bucket')}[$__rate_interval])))`,
          legend: `p${share * 100}`,
        })),
      }),
      bars({
        title: 'Why incidents were opened',
        description: 'Incidents by the reason of the probe that reached the threshold.',
        unit: 'none',
        decimals: 0,
        width: 8,
        height: 7,
        colour: COLOURS.down,
        queries: [
          {
            expr: `topk(10, sum by (reason) (${grown(own('watchdesk_incidents_total'))}) > 0)`,
            legend: '{{reason}}',
          },
        ],
      }),
    ],
  ],
};
