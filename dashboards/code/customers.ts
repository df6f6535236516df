import { CUSTOMER, type Dashboard } from './dashboard.ts';
import { lines, table } from './panel.ts';
import { grown, own } from './promql.ts';

const info = own('watchdesk_target_info', 'customer=~"$customer"');
const available = own('watchdesk:target_available:bool');
const objective = `max by (customer) (${own('watchdesk_customer_objective_ratio', 'customer=~"$customer"')})`;
/** The mean of a customer's targets over what is shown. */
const availability = `avg by (customer) (avg_over_time(${available}[$__range]) * on (job, instance, target) group_left (customer) ${info})`;

export const customers: Dashboard = {
  slug: 'customers',
  title: 'Watchdesk / Customers',
  description: 'Availability against what was promised, customer by customer: for the service review.',
  variables: [CUSTOMER],
  from: 'now/M',
  refresh: '5m',
  rows: [
    [
      table({
        title: 'This month',
        description:
          'Share of the month in which targets were not down, without planned work and times without sight, beside what the plan promises. Kept: measured minus promised; below zero the promise is broken.',
        unit: 'percentunit',
        width: 24,
        height: 11,
        timeFrom: 'now/M',
        queries: [
          {
            expr: `max by (customer, plan) (${own('watchdesk_customer_objective_ratio', 'customer=~"$customer"')})`,
          },
          { expr: availability },
          { expr: `(${availability}) - (${objective})` },
          { expr: `count by (customer) (${info})` },
          {
            expr: `sum by (customer) (${grown(own('watchdesk_time_to_resolve_seconds_count', 'customer=~"$customer"'))})`,
          },
        ],
        joinBy: 'customer',
        columns: [
          { from: 'customer', as: 'Customer' },
          { from: 'plan', as: 'Plan' },
          { from: 'Value #A', as: 'Promised', unit: 'percentunit', decimals: 3 },
          { from: 'Value #B', as: 'Measured', unit: 'percentunit', decimals: 3 },
          { from: 'Value #C', as: 'Kept', unit: 'percentunit', decimals: 3 },
          { from: 'Value #D', as: 'Targets', unit: 'none', decimals: 0 },
          { from: 'Value #E', as: 'Incidents resolved', unit: 'none', decimals: 0 },
        ],
        sortBy: 'Kept',
      }),
    ],
    [
      table({
        title: 'Promises that run out next',
        description:
          'Clocks of open tickets that run: a notice, an answer, a status or a resolution that is owed. Left: below zero it is overdue.',
        unit: 's',
        width: 12,
        height: 10,
        queries: [
          {
            expr: `${own('watchdesk_sla_deadline_timestamp_seconds', 'customer=~"$customer"')} - time()`,
          },
        ],
        columns: [
          { from: 'ticket', as: 'Ticket' },
          { from: 'helpdesk', as: 'Helpdesk' },
          { from: 'customer', as: 'Customer' },
          { from: 'priority', as: 'Priority' },
          { from: 'clock', as: 'Owed' },
          { from: 'Value', as: 'Left', unit: 's', decimals: 0 },
        ],
        sortBy: 'Left',
      }),
      table({
        title: 'Promises kept',
        description: 'Promises that were kept and missed in the time shown, by clock and priority.',
        unit: 'none',
        width: 12,
        height: 10,
        queries: [
          { expr: `sum by (clock, priority) (${grown(own('watchdesk_sla_total', 'outcome="kept"'))})` },
          { expr: `sum by (clock, priority) (${grown(own('watchdesk_sla_total', 'outcome="missed"'))})` },
        ],
        columns: [
          { from: 'clock', as: 'Promise' },
          { from: 'priority', as: 'Priority' },
          { from: 'Value #A', as: 'Kept', unit: 'none', decimals: 0 },
          { from: 'Value #B', as: 'Missed', unit: 'none', decimals: 0 },
        ],
        sortBy: 'Missed',
      }),
    ],
    [
      table({
        title: 'Targets, the worst first',
        description: 'Availability of the single targets in the time shown.',
        unit: 'percentunit',
        width: 12,
        height: 10,
        queries: [
          {
            expr: `avg by (target, customer) (avg_over_time(${available}[$__range]) * on (job, instance, target) group_left (customer) ${info})`,
          },
        ],
        columns: [
          { from: 'target', as: 'Target' },
          { from: 'customer', as: 'Customer' },
          { from: 'Value', as: 'Measured', unit: 'percentunit', decimals: 3 },
        ],
        sortBy: 'Measured',
      }),
      lines({
        title: 'Error budget left, 30 days',
        description:
          'The mean of the targets of each customer; below zero the promise of its plan is broken.',
        unit: 'percentunit',
        width: 12,
        height: 10,
        isSigned: true,
        thresholdAt: 0,
        queries: [
          {
            expr: `avg by (customer) (${own('watchdesk:target_error_budget_remaining:ratio_30d')} * on (job, instance, target) group_left (customer) ${info})`,
            legend: '{{customer}}',
          },
        ],
      }),
    ],
    [
      lines({
        title: 'Targets down',
        description: 'How many targets of each customer are down or recovering.',
        unit: 'none',
        width: 24,
        height: 8,
        queries: [
          {
            expr: `sum by (customer) (${own('watchdesk_target_health', 'health=~"down|recovering"')} * on (job, instance, target) group_left (customer) ${info})`,
            legend: '{{customer}}',
          },
        ],
      }),
    ],
  ],
};
