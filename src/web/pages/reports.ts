import { formatDuration } from '../../core/duration.ts';
import { ticketTitle } from '../../core/incident.ts';
import type { ReportRow } from '../../core/service/report.ts';
import type { ServiceReport, Uptime } from '../../service/service-report.ts';
import { dateFormat } from '../../text/formats.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';

const percent = (share: number | undefined): string =>
  share === undefined ? say('report.no-data') : say('report.share', { share });
const time = (ms: number | undefined): string =>
  ms === undefined ? '–' : ms < 1_000 ? say('report.under-a-second') : formatDuration(ms);

/** `November 2026` for `2026-11` */
const monthText = (month: string): string =>
  dateFormat({ month: 'long', year: 'numeric', timeZone: 'UTC' }).format(Date.parse(`${month}-01`));

/** SLA results of a month, by customer. */
export function reportsPage(
  {
    report,
    months,
    customer,
  }: { report: ServiceReport; months: readonly string[]; customer: string | undefined },
  { config }: WebSources,
): string {
  const { month, rows } = report;
  const address = `month=${month}${customer === undefined ? '' : `&customer=${encodeURIComponent(customer)}`}`;
  const body = html`<main>
    <h1>${say('report.heading', { month: monthText(month) })}</h1>
    <form class="search" method="get" action="/reports">
      <label
        >${say('report.month')}
        <select name="month">
          ${months.map((one) => html`<option value="${one}" ${one === month ? html`selected` : ''}>${monthText(one)}</option>`)}
        </select></label
      >
      <label
        >${say('report.customer')}
        <select name="customer">
          <option value="">${say('report.all')}</option>
          ${[...config().customers.keys()].map((one) => html`<option ${one === customer ? html`selected` : ''}>${one}</option>`)}
        </select></label
      >
      <button>${say('report.show')}</button>
    </form>
    <p>${summary(rows)}</p>
    ${promiseTable(rows, true)}
    <h2>${say('report.uptime-and-sla')}</h2>
    ${uptimeTable(report, config().timeZone)}
    <p class="soft">${say('report.zone', { zone: report.timeZone })}</p>
    <p>
      <a class="tap" href="/reports/service.csv?${address}">${say('report.sla-csv')}</a> ·
      <a class="tap" href="/reports/uptime.csv?${address}">${say('report.uptime-csv')}</a>
      ${customer === undefined ? '' : html`· <a class="tap" href="/reports/review?${address}">${say('report.review-link')}</a>`}
    </p>
  </main>`;
  return layout(`${say('report.title')} · Watchdesk`, body);
}

/** A printable review for one customer: what was promised, what was kept, what happened. */
export function reviewPage(
  report: ServiceReport,
  customer: string,
  { config, office, now }: WebSources,
): string {
  const { month, rows, uptime, tickets, timeZone } = report;
  const { plan } = office.customer(customer) ?? {};
  const body = html`<main class="review">
    <h1>${say('report.review-heading', { customer })}</h1>
    <p class="lead">
      ${plan ? say('report.review-lead-with-plan', { month: monthText(month), plan, zone: timeZone }) : say('report.review-lead', { month: monthText(month), zone: timeZone })}
    </p>
    <h2>${say('report.uptime')}</h2>
    ${uptimeTable(report, config().timeZone)}
    ${
      uptime.flatMap(({ targets }) => targets).length > 0
        ? html`<table>
            <thead>
              <tr>
                <th scope="col">${say('report.target')}</th>
                <th scope="col">${say('report.uptime')}</th>
                <th scope="col">${say('report.down')}</th>
                <th scope="col">${say('report.outages')}</th>
              </tr>
            </thead>
            <tbody>
              ${uptime
                .flatMap(({ targets }) => targets)
                .map(
                  ({ name, measured, downMs, outages }) =>
                    html`<tr>
                      <th scope="row">${name}</th>
                      <td>${percent(measured)}</td>
                      <td>${downMs === 0 ? say('report.never-down') : formatDuration(downMs)}</td>
                      <td>${outages}</td>
                    </tr>`,
                )}
            </tbody>
          </table>`
        : ''
    }
    <h2>${say('report.sla')}</h2>
    <p>${summary(rows)}</p>
    ${promiseTable(rows, false)}
    <h2>${say('report.tickets')}</h2>
    ${
      tickets.length === 0
        ? html`<p>${say('report.no-tickets')}</p>`
        : html`<table>
            <thead>
              <tr>
                <th scope="col">${say('report.ticket')}</th>
                <th scope="col">${say('report.priority')}</th>
                <th scope="col">${say('report.opened')}</th>
                <th scope="col">${say('report.resolved')}</th>
              </tr>
            </thead>
            <tbody>
              ${tickets.slice(0, 500).map(
                ({ ticket, subject, priority, openedAt, resolvedAt }) =>
                  html`<tr>
                    <th scope="row">${ticketTitle(ticket)} ${subject}</th>
                    <td>${say(`words.priority-${priority}`)}</td>
                    <td>${stamp(openedAt, config().timeZone)}</td>
                    <td>
                      ${resolvedAt === undefined ? say('report.still-open') : stamp(resolvedAt, config().timeZone)}
                    </td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
    <p class="soft">
      ${say('report.generated', { time: stamp(now(), config().timeZone), provider: config().deskSettings.portal.title })}
    </p>
  </main>`;
  return layout(say('report.review-title', { customer, month: monthText(month) }), body);
}

/** `Nov 22, 2026, 03:12`, in the provider's time zone, because the page is printed. */
const stamp = (at: number, timeZone: string): string =>
  dateFormat({
    dateStyle: 'medium',
    timeStyle: 'short',
    hourCycle: 'h23',
    timeZone,
  }).format(at);

function summary(rows: readonly ReportRow[]): string {
  const kept = rows.reduce((sum, row) => sum + row.kept, 0);
  const missed = rows.reduce((sum, row) => sum + row.missed, 0);
  const all = kept + missed;
  return all === 0
    ? say('report.no-deadlines')
    : say('report.sla-met', { met: kept, all, share: kept / all });
}

const promiseTable = (rows: readonly ReportRow[], withCustomer: boolean): Html =>
  rows.length === 0
    ? html``
    : html`<div class="wide" tabindex="0" role="region" aria-label="${say('report.sla')}">
        <table>
          <thead>
            <tr>
              ${
                withCustomer
                  ? html`<th scope="col">${say('report.customer')}</th>
                      <th scope="col">${say('report.plan')}</th>`
                  : ''
              }
              <th scope="col">${say('report.priority')}</th>
              <th scope="col">${say('report.clock')}</th>
              <th scope="col">${say('report.met')}</th>
              <th scope="col">${say('report.missed')}</th>
              <th scope="col">${say('report.median')}</th>
              <th scope="col">${say('report.percentile-90')}</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              (row) =>
                html`<tr class="${row.missed > 0 ? 'missed' : ''}">
                  ${
                    withCustomer
                      ? html`<th scope="row">${row.customer || say('report.no-customer')}</th>
                          <td>${row.plan}</td>`
                      : ''
                  }
                  <td>${say(`words.priority-${row.priority}`)}</td>
                  <td>${say(`report.clock-${row.clock}`)}</td>
                  <td>${row.kept}</td>
                  <td>${row.missed}</td>
                  <td>${time(row.p50Ms)}</td>
                  <td>${time(row.p90Ms)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;

/** States the period that an uptime figure covers. */
function coverage(
  { knownMs, measuredFrom }: Pick<Uptime, 'knownMs' | 'measuredFrom'>,
  { from, to }: Pick<ServiceReport, 'from' | 'to'>,
  timeZone: string,
): string {
  if (knownMs <= 0) return '';
  const since =
    measuredFrom === undefined ? '' : say('report.measured-since', { time: stamp(measuredFrom, timeZone) });
  const isPart = knownMs < (to - from) * NEARLY_ALL;
  return [isPart ? say('report.measured-for', { span: time(knownMs) }) : '', since]
    .filter(Boolean)
    .join(', ');
}

const NEARLY_ALL = 0.95;

const uptimeTable = ({ uptime, from, to }: ServiceReport, timeZone: string): Html =>
  uptime.length === 0
    ? html`<p class="soft">${say('report.no-targets')}</p>`
    : html`<table>
        <thead>
          <tr>
            <th scope="col">${say('report.customer')}</th>
            <th scope="col">${say('report.sla')}</th>
            <th scope="col">${say('report.measured')}</th>
            <th scope="col">${say('report.met')}</th>
          </tr>
        </thead>
        <tbody>
          ${uptime.map(
            ({ customer, plan, promised, measured, measuredFrom, knownMs }) =>
              html`<tr>
                <th scope="row">${customer} <span class="soft">${plan}</span></th>
                <td>${percent(promised)}</td>
                <td>
                  ${percent(measured)}
                  <span class="soft"
                    >${coverage({ knownMs, ...(measuredFrom !== undefined && { measuredFrom }) }, { from, to }, timeZone)}</span
                  >
                </td>
                <td>
                  ${measured === undefined ? say('report.no-data') : measured >= promised ? say('report.yes') : html`<strong>${say('report.no')}</strong>`}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>`;
