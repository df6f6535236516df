import { displayUrl } from './display-url.ts';
import { formatDuration } from './duration.ts';
import { failingTargets, stillAffected, type FailingCheck, type Incident } from './incident.ts';
import type { News } from './episode.ts';
import { neutralise, neutraliseLine } from './neutralise.ts';
import { reasonAndMessage, reasonWords, stateWord } from './reason.ts';
import { dependencyText, type Target } from './target.ts';
import { traitText } from './traits.ts';
import { fullTime, incidentUrl, targetUrl, type Wording } from './wording.ts';
import { say } from '../text/say.ts';

const BODY_LIMIT = 16_000;
const LOG_LINES = 40;

/** `URGENT: shop (Acme Ltd) is down: connection refused` */
export function ticketSubject(incident: Incident, target: Target): string {
  const { name, customer } = target;
  return neutraliseLine(
    say('ticket-text.subject', {
      priority: say(`words.loud-${incident.priority}`),
      target: customer
        ? say('ticket-text.target-of-customer', { target: name, customer: customer.name })
        : name,
      state: stateWord(incident.reason),
      why: reasonWords(incident.reason, incident.message),
    }),
    200,
  );
}

/** Everything that an engineer needs who has not followed the outage: plain text, safe to show anywhere. */
export function ticketBody(incident: Incident, target: Target, wording: Wording): string {
  const customer = target.customer;
  const first = incident.failing[0];
  const lines = [
    say('ticket-text.headline', {
      target: target.name,
      state: stateWord(incident.reason),
      details: neutraliseLine(incident.message, 300),
    }),
    '',
    row(say('ticket-text.row-target'), target.name),
    row(say('ticket-text.row-kind'), say(`ticket-text.kind-${target.kind}`)),
    customer &&
      row(
        say('ticket-text.row-customer'),
        customer.plan
          ? say('ticket-text.customer-with-plan', { customer: customer.name, plan: customer.plan })
          : customer.name,
      ),
    customer?.contact && row(say('ticket-text.row-customer-contact'), customer.contact),
    row(
      say('ticket-text.row-address'),
      (target.url && displayUrl(target.url)) ?? target.address ?? say('ticket-text.no-address'),
    ),
    row(say('ticket-text.row-reason'), reasonWords(incident.reason, incident.message)),
    row(say('ticket-text.row-first-failure'), fullTime(incident.startedAt, wording.timeZone)),
    first && row(say('ticket-text.row-failures'), say('ticket-text.failures', { count: first.failures })),
    row(say('ticket-text.row-last-success'), lastGood(incident, wording)),
    target.dependsOn.length > 0 &&
      row(say('ticket-text.row-depends-on'), target.dependsOn.map(dependencyText).join(', ')),
    target.vendor &&
      row(say('ticket-text.row-vendor'), Object.values(target.vendor).filter(Boolean).join(', ')),
    target.runbook && row(say('ticket-text.row-runbook'), target.runbook),
    target.tags.length > 0 && row(say('ticket-text.row-tags'), target.tags.join(', ')),
    row(say('ticket-text.row-incident'), incidentUrl(wording, incident.id)),
    row(say('ticket-text.row-target-page'), targetUrl(wording, target.name)),
    row(say('ticket-text.row-configured-in'), `${target.source.file}:${target.source.line}`),
    ...incident.failing.flatMap((check) => ['', ...evidence(check, wording)]),
  ];
  return neutralise(lines.filter((line) => typeof line === 'string').join('\n'), BODY_LIMIT);
}

/** The evidence of one check: what was probed and what came back, step by step. */
export function evidence(check: FailingCheck, wording: Wording): string[] {
  const shown = check.log.slice(0, LOG_LINES);
  const cut = check.log.length - shown.length;
  return [
    say('ticket-text.check', {
      check: check.check,
      type: check.type,
      subject: neutraliseLine(check.subject, 300),
    }),
    `  ${reasonAndMessage(check.reason, neutraliseLine(check.message, 300))}`,
    `  ${say('ticket-text.check-failures', { count: check.failures, since: fullTime(check.firstFailureAt, wording.timeZone) })}`,
    ...shown.map((line) => `    ${neutraliseLine(line, 300)}`),
    ...(cut > 0 ? [`    ${say('ticket-text.more-lines', { count: cut })}`] : []),
  ];
}

export function joinedNote(check: FailingCheck, wording: Wording): string {
  return [say('ticket-text.joined'), '', ...evidence(check, wording)].join('\n');
}

export function easedNote(recovered: FailingCheck, left: readonly FailingCheck[]): string {
  const names = left.map((check) => check.check).join(', ');
  return say('ticket-text.eased', { check: recovered.check, checks: names });
}

export function recoveryNote(incident: Incident, at: number, wording: Wording): string {
  const lasted = formatDuration(at - incident.startedAt);
  const others = new Set(incident.failing.map((part) => part.target)).size - 1;
  const { target } = incident;
  const when = fullTime(at, wording.timeZone);
  const lines = [
    others > 0
      ? say('ticket-text.recovered-with-others', { target, count: others, at: when, lasted })
      : say('ticket-text.recovered', { target, at: when, lasted }),
  ];
  const behind = stillAffected(incident);
  if (behind.length > 0) {
    lines.push('', say('ticket-text.not-confirmed'));
    lines.push(...listOf(behind));
  }
  return lines.join('\n');
}

/** The note with the news of an incident since the ticket's last note. */
export function newsNote(incident: Incident): string {
  const { news, group } = incident.episode;
  const of = (is: News['is']) => news.filter((one) => one.is === is);
  const parts: string[][] = [];
  const joined = of('joined');
  if (joined.length > 0) {
    const total = failingTargets(incident).length;
    const count = joined.length;
    parts.push([
      group
        ? say('ticket-text.news-joined-alike', { count, total, trait: traitText(group.trait) })
        : say('ticket-text.news-joined', { count, total }),
      ...listOf(joined),
    ]);
  }
  const affected = of('affected');
  if (affected.length > 0) {
    parts.push([
      say('ticket-text.news-affected', { count: affected.length }),
      ...listOf(affected),
      ...customersOf(affected),
    ]);
  }
  const back = of('back');
  if (back.length > 0) parts.push([say('ticket-text.news-back'), ...listOf(back)]);
  return neutralise(parts.map((lines) => lines.join('\n')).join('\n\n'), BODY_LIMIT);
}

const LISTED = 200;

function listOf(items: readonly { target: string; customer?: string }[]): string[] {
  const lines = items.slice(0, LISTED).map(({ target, customer }) => {
    const name = customer ? say('ticket-text.target-of-customer', { target, customer }) : target;
    return `  - ${neutraliseLine(name, 200)}`;
  });
  const count = items.length - LISTED;
  return count > 0 ? [...lines, `  ${say('ticket-text.and-more', { count })}`] : lines;
}

function customersOf(items: readonly { customer?: string }[]): string[] {
  const names = [...new Set(items.flatMap(({ customer }) => customer ?? []))];
  return names.length > 0
    ? [say('ticket-text.customers', { customers: neutraliseLine(names.join(', '), 2_000) })]
    : [];
}

export function relapseNote(check: FailingCheck, wording: Wording): string {
  return [say('ticket-text.relapsed'), '', ...evidence(check, wording)].join('\n');
}

function lastGood(incident: Incident, wording: Wording): string {
  const known = incident.failing.flatMap((check) => check.lastGoodAt ?? []);
  return known.length > 0 ? fullTime(Math.max(...known), wording.timeZone) : say('ticket-text.no-success');
}

function row(label: string, value: string): string {
  return `${label.padEnd(20)} ${neutraliseLine(value, 400)}`;
}
