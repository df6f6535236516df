import { formatDuration } from '../../core/duration.ts';
import { ticketTitle } from '../../core/incident.ts';
import type { ReportRow } from '../../core/service/report.ts';
import type { ServiceReport, Uptime } from '../../service/service-report.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { CLOCK_NOUNS } from './queue.ts';

const percent = (share: number | undefined): string =>
  share === undefined ? 'no data' : `${(share * 100).toFixed(3)} %`;
const time = (ms: number | undefined): string =>
  ms === undefined ? '–' : ms < 1_000 ? 'under 1 s' : formatDuration(ms);

/** How promises were kept in a month, customer by customer. */
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
    <h1>SLA report for ${month}</h1>
    <form class="search" method="get" action="/reports">
      <label
        >Month
        <select name="month">
          ${months.map((one) => html`<option ${one === month ? html`selected` : ''}>${one}</option>`)}
        </select></label
      >
      <label
        >Customer
        <select name="customer">
          <option value="">all</option>
          ${[...config().customers.keys()].map((one) => html`<option ${one === customer ? html`selected` : ''}>${one}</option>`)}
        </select></label
      >
      <button>Show</button>
    </form>
    <p>${summary(rows)}</p>
    ${promiseTable(rows, true)}
    <h2>Uptime vs. SLA</h2>
    ${uptimeTable(report, config().timeZone)}
    <p>
      <a class="tap" href="/reports/service.csv?${address}">SLA as CSV</a> ·
      <a class="tap" href="/reports/uptime.csv?${address}">Uptime as CSV</a>
      ${customer === undefined ? '' : html`· <a class="tap" href="/reports/review?${address}">Printable service review</a>`}
    </p>
  </main>`;
  return layout('Reports · Watchdesk', body);
}

/** For one customer, to be printed: what was promised, what was kept, what happened. */
export function reviewPage(
  report: ServiceReport,
  customer: string,
  { config, office, now }: WebSources,
): string {
  const { month, rows, uptime, tickets, timeZone } = report;
  const { plan } = office.customer(customer) ?? {};
  const body = html`<main class="review">
    <h1>Service review: ${customer}</h1>
    <p class="lead">${month}${plan ? `, plan ${plan}` : ''}. Times in ${timeZone}.</p>
    <h2>Uptime</h2>
    ${uptimeTable(report, config().timeZone)}
    ${
      uptime.flatMap(({ targets }) => targets).length > 0
        ? html`<table>
            <thead>
              <tr>
                <th scope="col">Target</th>
                <th scope="col">Uptime</th>
                <th scope="col">Down</th>
                <th scope="col">Outages</th>
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
                      <td>${downMs === 0 ? 'none' : formatDuration(downMs)}</td>
                      <td>${outages}</td>
                    </tr>`,
                )}
            </tbody>
          </table>`
        : ''
    }
    <h2>SLA</h2>
    <p>${summary(rows)}</p>
    ${promiseTable(rows, false)}
    <h2>Tickets</h2>
    ${
      tickets.length === 0
        ? html`<p>No tickets.</p>`
        : html`<table>
            <thead>
              <tr>
                <th scope="col">Ticket</th>
                <th scope="col">Priority</th>
                <th scope="col">Opened</th>
                <th scope="col">Resolved</th>
              </tr>
            </thead>
            <tbody>
              ${tickets.slice(0, 500).map(
                ({ ticket, subject, priority, openedAt, resolvedAt }) =>
                  html`<tr>
                    <th scope="row">${ticketTitle(ticket)} ${subject}</th>
                    <td>${priority}</td>
                    <td>${stamp(openedAt, config().timeZone)}</td>
                    <td>${resolvedAt === undefined ? 'open' : stamp(resolvedAt, config().timeZone)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
    <p class="soft">Generated ${stamp(now(), config().timeZone)} by ${config().deskSettings.portal.title}.</p>
  </main>`;
  return layout(`Service review ${customer} ${month}`, body);
}

/** With its date, in the zone of the provider: it is printed. */
const stamp = (at: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .replace('T', ' ');

function summary(rows: readonly ReportRow[]): string {
  const kept = rows.reduce((sum, row) => sum + row.kept, 0);
  const missed = rows.reduce((sum, row) => sum + row.missed, 0);
  if (kept + missed === 0) return 'No SLA deadlines in this period.';
  return `SLA met: ${kept} of ${kept + missed} (${((100 * kept) / (kept + missed)).toFixed(1)} %).`;
}

const promiseTable = (rows: readonly ReportRow[], withCustomer: boolean): Html =>
  rows.length === 0
    ? html``
    : html`<div class="wide" tabindex="0" role="region" aria-label="SLA">
        <table>
          <thead>
            <tr>
              ${
                withCustomer
                  ? html`<th scope="col">Customer</th>
                      <th scope="col">Plan</th>`
                  : ''
              }
              <th scope="col">Priority</th>
              <th scope="col">SLA</th>
              <th scope="col">Met</th>
              <th scope="col">Missed</th>
              <th scope="col">Median</th>
              <th scope="col">90th percentile</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              (row) =>
                html`<tr class="${row.missed > 0 ? 'missed' : ''}">
                  ${
                    withCustomer
                      ? html`<th scope="row">${row.customer || 'no customer'}</th>
                          <td>${row.plan}</td>`
                      : ''
                  }
                  <td>${row.priority}</td>
                  <td>${CLOCK_NOUNS[row.clock]}</td>
                  <td>${row.kept}</td>
                  <td>${row.missed}</td>
                  <td>${time(row.p50Ms)}</td>
                  <td>${time(row.p90Ms)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;

/** A figure says what it covers. */
function coverage(
  { knownMs, measuredFrom }: Pick<Uptime, 'knownMs' | 'measuredFrom'>,
  { from, to }: Pick<ServiceReport, 'from' | 'to'>,
  timeZone: string,
): string {
  if (knownMs <= 0) return '';
  const since = measuredFrom === undefined ? '' : `since ${stamp(measuredFrom, timeZone)}`;
  const isPart = knownMs < (to - from) * NEARLY_ALL;
  return [isPart ? `measured for ${formatDuration(knownMs)} of the month` : '', since]
    .filter(Boolean)
    .join(', ');
}

const NEARLY_ALL = 0.95;

const uptimeTable = ({ uptime, from, to }: ServiceReport, timeZone: string): Html =>
  uptime.length === 0
    ? html`<p class="soft">No monitored targets.</p>`
    : html`<table>
        <thead>
          <tr>
            <th scope="col">Customer</th>
            <th scope="col">SLA</th>
            <th scope="col">Measured</th>
            <th scope="col">Met</th>
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
                  ${measured === undefined ? 'no data' : measured >= promised ? 'yes' : html`<strong>no</strong>`}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>`;
