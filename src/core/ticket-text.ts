import { displayUrl } from './display-url.ts';
import { formatDuration } from './duration.ts';
import { failingTargets, stillAffected, type FailingCheck, type Incident, type News } from './incident.ts';
import { neutralise, neutraliseLine } from './neutralise.ts';
import { reasonAndMessage, reasonWords, stateWord } from './reason.ts';
import { dependencyText, type Target } from './target.ts';
import { fullTime, incidentUrl, plural, targetUrl, type Wording } from './wording.ts';

const BODY_LIMIT = 16_000;
const LOG_LINES = 40;

/** `URGENT: shop (Acme Ltd) is down: connection refused` */
export function ticketSubject(incident: Incident, target: Target): string {
  const customer = target.customer ? ` (${target.customer.name})` : '';
  const what = reasonWords(incident.reason, incident.message);
  return neutraliseLine(
    `${incident.priority.toUpperCase()}: ${target.name}${customer} is ${stateWord(incident.reason)}: ${what}`,
    200,
  );
}

/** Everything an engineer needs who has not been looking: plain text, safe to show anywhere. */
export function ticketBody(incident: Incident, target: Target, wording: Wording): string {
  const customer = target.customer;
  const first = incident.failing[0];
  const lines = [
    `${target.name} is ${stateWord(incident.reason)}: ${neutraliseLine(incident.message, 300)}`,
    '',
    row('Target', target.name),
    row('Kind', target.kind),
    customer && row('Customer', customer.plan ? `${customer.name}, plan ${customer.plan}` : customer.name),
    customer?.contact && row('Customer contact', customer.contact),
    row('Address', (target.url && displayUrl(target.url)) ?? target.address ?? 'none configured'),
    row('Reason', reasonWords(incident.reason, incident.message)),
    row('First failure', fullTime(incident.startedAt, wording.timeZone)),
    first && row('Failures', `${first.failures} consecutive`),
    row('Last success', lastGood(incident, wording)),
    target.dependsOn.length > 0 && row('Depends on', target.dependsOn.map(dependencyText).join(', ')),
    target.vendor && row('Vendor', Object.values(target.vendor).filter(Boolean).join(', ')),
    target.runbook && row('Runbook', target.runbook),
    target.tags.length > 0 && row('Tags', target.tags.join(', ')),
    row('Incident', incidentUrl(wording, incident.id)),
    row('Target page', targetUrl(wording, target.name)),
    row('Configured in', `${target.source.file}:${target.source.line}`),
    ...incident.failing.flatMap((check) => ['', ...evidence(check, wording)]),
  ];
  return neutralise(lines.filter((line) => typeof line === 'string').join('\n'), BODY_LIMIT);
}

/** One check's part: what was asked, what came back, step by step. */
export function evidence(check: FailingCheck, wording: Wording): string[] {
  const shown = check.log.slice(0, LOG_LINES);
  const cut = check.log.length - shown.length;
  return [
    `Check ${check.check} (${check.type}): ${neutraliseLine(check.subject, 300)}`,
    `  ${reasonAndMessage(check.reason, neutraliseLine(check.message, 300))}`,
    `  ${plural(check.failures, 'consecutive failure')} since ${fullTime(check.firstFailureAt, wording.timeZone)}`,
    ...shown.map((line) => `    ${neutraliseLine(line, 300)}`),
    ...(cut > 0 ? [`    (${cut} more lines)`] : []),
  ];
}

export function joinedNote(check: FailingCheck, wording: Wording): string {
  return [`Another check of this target is failing.`, '', ...evidence(check, wording)].join('\n');
}

export function easedNote(recovered: FailingCheck, left: readonly FailingCheck[]): string {
  const names = left.map((check) => check.check).join(', ');
  return `Check ${recovered.check} has recovered. Still failing: ${names}.`;
}

export function recoveryNote(incident: Incident, at: number, wording: Wording): string {
  const lasted = formatDuration(at - incident.startedAt);
  const others = new Set(incident.failing.map((part) => part.target)).size - 1;
  const who =
    others > 0
      ? `${incident.target} and ${plural(others, 'other')} recovered`
      : `${incident.target} recovered`;
  const lines = [`${who} at ${fullTime(at, wording.timeZone)}. The outage lasted ${lasted}.`];
  const behind = stillAffected(incident);
  if (behind.length > 0) {
    lines.push('', 'Not confirmed up yet and being probed now; any that still fail get their own ticket:');
    lines.push(...listOf(behind));
  }
  return lines.join('\n');
}

/** What has come to an incident since its ticket was last told. */
export function newsNote(incident: Incident): string {
  const { news, group } = incident;
  const of = (is: News['is']) => news.filter((one) => one.is === is);
  const parts: string[][] = [];
  const joined = of('joined');
  if (joined.length > 0) {
    const total = failingTargets(incident).length;
    const why = group ? `, common to all: ${group.trait}` : '';
    parts.push([
      `${plural(joined.length, 'more target is failing', 'more targets are failing')} (${total} in total${why}):`,
      ...listOf(joined),
    ]);
  }
  const affected = of('affected');
  if (affected.length > 0) {
    const what = plural(affected.length, 'dependent target is failing', 'dependent targets are failing');
    parts.push([`${what}, without separate tickets:`, ...listOf(affected), ...customersOf(affected)]);
  }
  const back = of('back');
  if (back.length > 0) parts.push([`No longer on this list:`, ...listOf(back)]);
  return neutralise(parts.map((lines) => lines.join('\n')).join('\n\n'), BODY_LIMIT);
}

const LISTED = 200;

function listOf(items: readonly { target: string; customer?: string }[]): string[] {
  const lines = items
    .slice(0, LISTED)
    .map(
      ({ target, customer }) => `  - ${neutraliseLine(customer ? `${target} (${customer})` : target, 200)}`,
    );
  return items.length > LISTED ? [...lines, `  and ${items.length - LISTED} more`] : lines;
}

function customersOf(items: readonly { customer?: string }[]): string[] {
  const names = [...new Set(items.flatMap(({ customer }) => customer ?? []))];
  return names.length > 0 ? [`Customers: ${neutraliseLine(names.join(', '), 2_000)}`] : [];
}

export function relapseNote(check: FailingCheck, wording: Wording): string {
  return [`The outage is back. This ticket has been reopened.`, '', ...evidence(check, wording)].join('\n');
}

function lastGood(incident: Incident, wording: Wording): string {
  const known = incident.failing.flatMap((check) => check.lastGoodAt ?? []);
  return known.length > 0 ? fullTime(Math.max(...known), wording.timeZone) : 'none since monitoring began';
}

function row(label: string, value: string): string {
  return `${`${label}:`.padEnd(20)} ${neutraliseLine(value, 400)}`;
}
