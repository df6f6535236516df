import { EVERYTHING, historyDays, measuredFrom, uptimeOf } from '../core/history.ts';
import { monthBounds, ReportTally, type ReportRow } from '../core/service/report.ts';
import { resultsOf, type ServiceTicket } from '../core/service/service-ticket.ts';
import type { Customer, Target } from '../core/target.ts';
import type { HoursOf } from '../core/service/promise.ts';
import type { Store } from '../store/store.ts';
import { inSlices } from './in-slices.ts';

export interface Uptime {
  customer: string;
  plan: string;
  /** Uptime as a share of the known time of the month; undefined where nothing is known. */
  measured: number | undefined;
  promised: number;
  /** Known time of the month so far, of the target with the least. */
  knownMs: number;
  /** Since when uptime is measured, where that is later than the beginning of the month. */
  measuredFrom?: number;
  targets: TargetUptime[];
}

export interface TargetUptime {
  name: string;
  measured: number | undefined;
  knownMs: number;
  measuredFrom?: number;
  downMs: number;
  outages: number;
}

export interface ServiceReport {
  month: string;
  timeZone: string;
  from: number;
  to: number;
  rows: ReportRow[];
  uptime: Uptime[];
  tickets: ServiceTicket[];
}

export interface ReportFacts {
  config: {
    customers: ReadonlyMap<string, Customer>;
    targets: readonly Target[];
    /** Share of the month for which targets must be available, by plan. */
    objectives: ReadonlyMap<string, number>;
    timeZone: string;
  };
  store: Pick<Store, 'serviceTickets' | 'history'>;
  hoursOf: HoursOf;
  now: number;
}

const DEFAULT_OBJECTIVE = 0.999;

/** How SLAs were kept in a month, for all customers or for one. */
export async function serviceReport(
  month: string,
  customer: string | undefined,
  { config, store, hoursOf, now }: ReportFacts,
): Promise<ServiceReport> {
  const { timeZone } = config;
  const { from, to } = monthBounds(month, timeZone);
  const all = await store.serviceTickets({ from, to });
  const tickets: ServiceTicket[] = [];
  const tally = new ReportTally(timeZone);
  await inSlices(all, (ticket) => {
    if (customer !== undefined && ticket.customer !== customer) return;
    // The results of an open ticket are reckoned as of now.
    const asOfNow =
      ticket.status === 'open' ? { ...ticket, results: resultsOf(ticket, now, hoursOf) } : ticket;
    tickets.push(asOfNow);
    tally.add(asOfNow);
  });
  const until = Math.min(to, now);
  const spans = until > from ? await store.history(from) : [];
  const common = spans.filter(({ target }) => target === EVERYTHING);
  const spansOf = Map.groupBy(spans, ({ target }) => target);
  const targetsOf = Map.groupBy(config.targets, (target) => target.customer?.name);
  const names = [...config.customers.keys()].filter((name) => customer === undefined || name === customer);
  const end = Math.max(from, until);
  const measuredOf = new Map<Target, TargetUptime>();
  await inSlices(
    names.flatMap((name) => targetsOf.get(name) ?? []),
    (target) => {
      const own = [...(spansOf.get(target.name) ?? []), ...common];
      const days = historyDays(own, [from, end], now);
      const since = measuredFrom(own, from, end);
      measuredOf.set(target, {
        name: target.name,
        measured: uptimeOf(days),
        knownMs: days.reduce((sum, { knownMs }) => sum + knownMs, 0),
        ...(since !== undefined && since > from && { measuredFrom: since }),
        downMs: days.reduce((sum, { downMs }) => sum + downMs, 0),
        outages: days.reduce((sum, { outages }) => sum + outages, 0),
      });
    },
  );
  const uptime = names.flatMap((name): Uptime[] => {
    const targets = (targetsOf.get(name) ?? []).map((target) => measuredOf.get(target)!);
    if (targets.length === 0) return [];
    const known = targets.flatMap(({ measured }) => measured ?? []);
    const plan = config.customers.get(name)?.plan ?? '';
    const begins = targets.flatMap((target) => target.measuredFrom ?? []);
    return [
      {
        customer: name,
        plan,
        measured: known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0) / known.length,
        promised: config.objectives.get(plan) ?? DEFAULT_OBJECTIVE,
        knownMs: Math.min(...targets.map(({ knownMs }) => knownMs)),
        ...(begins.length > 0 && { measuredFrom: Math.max(...begins) }),
        targets,
      },
    ];
  });
  return { month, timeZone, from, to, rows: tally.rows(), uptime, tickets };
}

const COLUMNS = [
  'month',
  'customer',
  'plan',
  'priority',
  'clock',
  'kept',
  'missed',
  'p50_seconds',
  'p90_seconds',
] as const;

const UPTIME_COLUMNS = [
  'month',
  'customer',
  'plan',
  'target',
  'uptime',
  'promised',
  'measured_from',
  'measured_seconds',
  'down_seconds',
  'outages',
] as const;

/** Uptime by target, for a spreadsheet, with how much of the month was measured. */
export function uptimeCsv({ month, from, uptime }: Pick<ServiceReport, 'month' | 'from' | 'uptime'>): string {
  const lines = uptime.flatMap(({ customer, plan, promised, targets }) =>
    targets.map(({ name, measured, measuredFrom: since, knownMs, downMs, outages }) =>
      [
        month,
        customer,
        plan,
        name,
        measured ?? '',
        promised,
        knownMs > 0 ? new Date(since ?? from).toISOString() : '',
        knownMs / 1_000,
        downMs / 1_000,
        outages,
      ]
        .map(cell)
        .join(','),
    ),
  );
  return `${[UPTIME_COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

/** For a spreadsheet: https://www.rfc-editor.org/rfc/rfc4180 */
export function reportCsv({ rows }: Pick<ServiceReport, 'rows'>): string {
  const lines = rows.map((row) =>
    [
      row.month,
      row.customer,
      row.plan,
      row.priority,
      row.clock,
      row.kept,
      row.missed,
      seconds(row.p50Ms),
      seconds(row.p90Ms),
    ]
      .map(cell)
      .join(','),
  );
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

const seconds = (ms: number | undefined): number | string => (ms === undefined ? '' : ms / 1_000);

/** Text that begins like a formula stays text: https://owasp.org/www-community/attacks/CSV_Injection */
function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
