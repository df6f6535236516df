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
  description: 'Availability against the objective of the plan, by customer, for the service review.',
  variables: [CUSTOMER],
  from: 'now/M',
  refresh: '5m',
  rows: [
    [
      table({
        title: 'This month',
        description:
          'Availability this month, excluding maintenance and times without data, next to the objective of the plan. Margin: measured minus objective; below zero the objective is missed.',
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
          { from: 'Value #A', as: 'Objective', unit: 'percentunit', decimals: 3 },
          { from: 'Value #B', as: 'Measured', unit: 'percentunit', decimals: 3 },
          { from: 'Value #C', as: 'Margin', unit: 'percentunit', decimals: 3 },
          { from: 'Value #D', as: 'Targets', unit: 'none', decimals: 0 },
          { from: 'Value #E', as: 'Incidents resolved', unit: 'none', decimals: 0 },
        ],
        sortBy: 'Margin',
      }),
    ],
    [
      table({
        title: 'Next SLA deadlines',
        description: 'Running SLA clocks of open tickets. A negative time left means overdue.',
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
          { from: 'clock', as: 'Clock' },
          { from: 'Value', as: 'Time left', unit: 's', decimals: 0 },
        ],
        sortBy: 'Time left',
      }),
      table({
        title: 'SLA met',
        description: 'SLA targets met and missed in the selected time range, by clock and priority.',
        unit: 'none',
        width: 12,
        height: 10,
        queries: [
          { expr: `sum by (clock, priority) (${grown(own('watchdesk_sla_total', 'outcome="kept"'))})` },
          { expr: `sum by (clock, priority) (${grown(own('watchdesk_sla_total', 'outcome="missed"'))})` },
        ],
        columns: [
          { from: 'clock', as: 'Target' },
          { from: 'priority', as: 'Priority' },
          { from: 'Value #A', as: 'Met', unit: 'none', decimals: 0 },
          { from: 'Value #B', as: 'Missed', unit: 'none', decimals: 0 },
        ],
        sortBy: 'Missed',
      }),
    ],
    [
      table({
        title: 'Targets, worst first',
        description: 'Availability of each target in the selected time range.',
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
        description: "Mean over the customer's targets; below zero the objective of the plan is missed.",
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
        description: 'Number of targets that are down or recovering, by customer.',
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
