import { displayUrl } from './display-url.ts';
import { formatDuration } from './duration.ts';
import type { FailingCheck, Incident } from './incident.ts';
import { neutralise, neutraliseLine } from './neutralise.ts';
import { reasonAndMessage, REASONS } from './reason.ts';
import type { Target } from './target.ts';
import { fullTime, incidentUrl, plural, targetUrl, type Wording } from './wording.ts';

const BODY_LIMIT = 16_000;
const LOG_LINES = 40;

/** `URGENT: shop (Acme Ltd) is down: connection refused` */
export function ticketSubject(incident: Incident, target: Target): string {
  const customer = target.customer ? ` (${target.customer.name})` : '';
  const what = `${REASONS[incident.reason]}`;
  return neutraliseLine(
    `${incident.priority.toUpperCase()}: ${target.name}${customer} is down: ${what}`,
    200,
  );
}

/** Everything an engineer needs who has not been looking: plain text, safe to show anywhere. */
export function ticketBody(incident: Incident, target: Target, wording: Wording): string {
  const customer = target.customer;
  const first = incident.failing[0];
  const lines = [
    `${target.name} is at risk: ${neutraliseLine(incident.message, 300)}`,
    '',
    row('Target', target.name),
    row('Kind', target.kind),
    customer && row('Customer', customer.plan ? `${customer.name}, plan ${customer.plan}` : customer.name),
    customer?.contact && row('Customer contact', customer.contact),
    row('Address', (target.url && displayUrl(target.url)) ?? target.address ?? 'none configured'),
    row('Reason', REASONS[incident.reason]),
    row('First failure', fullTime(incident.startedAt, wording.timeZone)),
    first && row('Failed in sequence', plural(first.failures, 'status request')),
    row('Last good answer', lastGood(incident, wording)),
    target.dependsOn.length > 0 && row('Depends on', target.dependsOn.join(', ')),
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
    `  ${plural(check.failures, 'failed probe')} in sequence since ${fullTime(check.firstFailureAt, wording.timeZone)}`,
    ...shown.map((line) => `    ${neutraliseLine(line, 300)}`),
    ...(cut > 0 ? [`    (${cut} more lines)`] : []),
  ];
}

export function joinedNote(check: FailingCheck, wording: Wording): string {
  return [`Another check of this target fails.`, '', ...evidence(check, wording)].join('\n');
}

export function easedNote(recovered: FailingCheck, left: readonly FailingCheck[]): string {
  const names = left.map((check) => check.check).join(', ');
  return `Check ${recovered.check} answers again. Still failing: ${names}.`;
}

export function recoveryNote(incident: Incident, at: number, wording: Wording): string {
  const lasted = formatDuration(at - incident.startedAt);
  return `${incident.target} answers again since ${fullTime(at, wording.timeZone)}. It was at risk for ${lasted}.`;
}

export function relapseNote(check: FailingCheck, wording: Wording): string {
  return [`The outage is back; this ticket is opened again.`, '', ...evidence(check, wording)].join('\n');
}

function lastGood(incident: Incident, wording: Wording): string {
  const known = incident.failing.flatMap((check) => check.lastGoodAt ?? []);
  return known.length > 0
    ? fullTime(Math.max(...known), wording.timeZone)
    : 'none since the monitor knows this target';
}

function row(label: string, value: string): string {
  return `${`${label}:`.padEnd(20)} ${neutraliseLine(value, 400)}`;
}
