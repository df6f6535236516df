import { may } from './may.ts';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { monthOf } from '../core/service/report.ts';
import { reportCsv, serviceReport, uptimeCsv, type ServiceReport } from '../service/service-report.ts';
import { say } from '../text/say.ts';
import { reportAnswer } from './answers.ts';
import { apiRoute, type ApiRoute } from './api-route.ts';
import { sendPage } from './base-server.ts';
import { reportsPage, reviewPage } from './pages/reports.ts';
import { notFound } from './problem.ts';
import type { WebSources } from './sources.ts';

const MONTH = /^20\d\d-(0[1-9]|1[0-2])$/;
const MONTHS_SHOWN = 13;

type Wish = { Querystring: { month?: string; customer?: string } };

/** SLA reports: for managers, and for customer reviews. */
export async function reportRoutes(server: FastifyInstance, sources: WebSources): Promise<void> {
  const wished = ({ month, customer }: Wish['Querystring']) => {
    const months = lastMonths(sources);
    if (customer && !sources.config().customers.has(customer))
      throw notFound(say('report.unknown-customer', { customer }));
    return {
      month: month !== undefined && MONTH.test(month) ? month : months[0]!,
      months,
      customer: customer || undefined,
    };
  };
  server.get<Wish>('/reports', may('manager', { scope: 'read' }), async ({ query }, reply) => {
    const { month, months, customer } = wished(query);
    const report = await reportOf(month, customer, sources);
    return sendPage(reply, reportsPage({ report, months, customer }, sources));
  });
  server.get<Wish>('/reports/service.csv', may('manager', { scope: 'read' }), async ({ query }, reply) => {
    const { month, customer } = wished(query);
    const report = await reportOf(month, customer, sources);
    return reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="service-${month}.csv"`)
      .send(reportCsv(report));
  });
  server.get<Wish>('/reports/uptime.csv', may('manager', { scope: 'read' }), async ({ query }, reply) => {
    const { month, customer } = wished(query);
    const report = await reportOf(month, customer, sources);
    return reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="uptime-${month}.csv"`)
      .send(uptimeCsv(report));
  });
  server.get<Wish>('/reports/review', may('manager', { scope: 'read' }), async ({ query }, reply) => {
    const { month, customer } = wished(query);
    if (customer === undefined) throw notFound(say('report.review-needs-customer'));
    return sendPage(reply, reviewPage(await reportOf(month, customer, sources), customer, sources));
  });
}

const query = z.strictObject({
  customer: z.string().max(120).optional(),
});

export const REPORT_API_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/api/v1/reports/{month}',
    may: { needs: 'manager', scope: 'read' },
    summary: 'SLA results of a month, and uptime compared with the plan.',
    query,
    good: { status: 200, description: 'The report.', answer: reportAnswer },
    async handle({ params, query: given }, sources) {
      const { customer } = given;
      const month = params['month'] ?? '';
      if (!MONTH.test(month)) throw notFound(say('report.no-month', { month }));
      return reportView(await reportOf(month, customer, sources));
    },
  }),
];

const reportOf = (
  month: string,
  customer: string | undefined,
  { config, store, office, now }: WebSources,
): Promise<ServiceReport> =>
  serviceReport(month, customer, {
    config: config(),
    store,
    hoursOf: office.service.policy.hoursOf,
    now: now(),
  });

/** The most recent months, this month first. */
function lastMonths({ now, config }: WebSources): string[] {
  const current = Temporal.PlainYearMonth.from(monthOf(now(), config().timeZone));
  return Array.from({ length: MONTHS_SHOWN }, (_, back) => current.subtract({ months: back }).toString());
}

const reportView = ({ month, timeZone, from, rows, uptime }: ServiceReport) => ({
  month,
  time_zone: timeZone,
  promises: rows.map(({ p50Ms, p90Ms, ...row }) => ({
    ...row,
    p50_seconds: p50Ms === undefined ? null : p50Ms / 1_000,
    p90_seconds: p90Ms === undefined ? null : p90Ms / 1_000,
  })),
  uptime: uptime.map(({ customer, plan, measured, measuredFrom, knownMs, promised, targets }) => ({
    customer,
    plan,
    promised,
    measured: measured ?? null,
    measured_from: knownMs > 0 ? new Date(measuredFrom ?? from).toISOString() : null,
    measured_seconds: knownMs / 1_000,
    targets: targets.map(({ name, measured: own, measuredFrom: since, knownMs: known, downMs, outages }) => ({
      name,
      measured: own ?? null,
      measured_from: known > 0 ? new Date(since ?? from).toISOString() : null,
      measured_seconds: known / 1_000,
      down_seconds: downMs / 1_000,
      outages,
    })),
  })),
});
