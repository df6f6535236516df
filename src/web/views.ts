import { votesNeeded } from '../core/agreement.ts';
import { displayUrl } from '../core/display-url.ts';
import { consecutiveFailures } from '../core/health.ts';
import { isMessage, type Effect } from '../core/effect.ts';
import {
  allTargets,
  partName,
  stillAffected,
  stillFailing,
  ticketAtHand,
  type Incident,
  recordTitle,
} from '../core/incident.ts';
import { checkSentence } from '../core/sentence.ts';
import type { Target } from '../core/target.ts';
import { withoutLinks } from '../core/without-links.ts';
import { scopeText } from '../core/maintenance.ts';
import type { PlannedWindow } from '../maintenance/maintenance-plan.ts';
import type { WatchedCheck } from '../probing/watched-check.ts';
import type { TicketRecord } from '../store/store.ts';
import type { WebSources } from './sources.ts';

/** Formats times as RFC 3339. */
const time = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

export function targetView(
  target: Target,
  { field, gate, planning }: Pick<WebSources, 'field' | 'gate' | 'planning'>,
  now: number,
) {
  const checks = field.checksOf(target);
  const health = field.healthOf(target);
  const since = checks
    .filter((watched) => watched.state.health.is === health)
    .map((watched) => watched.state.health.since);
  return {
    name: target.name,
    kind: target.kind,
    customer: target.customer?.name ?? null,
    plan: target.customer?.plan ?? null,
    priority: target.priority,
    health,
    since: time(since.length > 0 ? Math.min(...since) : undefined),
    address: target.address ?? null,
    url: target.url === undefined ? null : displayUrl(target.url),
    depends_on: target.dependsOn.map(({ anyOf }) => (anyOf.length === 1 ? anyOf[0]! : { any: anyOf })),
    maintenance: planning.windows
      .openFor(target, now)
      .map(({ name, until }) => ({ name, until: time(until) })),
    held: gate.heldOf(target.name).map(({ watched, because, by, until }) => ({
      check: watched.check.name,
      because,
      by,
      until: time(until),
    })),
    tags: target.tags,
    checks: checks.map((watched) => checkView(watched, field, now)),
    configured_in: `${target.source.file}:${target.source.line}`,
  };
}

/** What each location sees of a check. */
function sightingViews({ sightings }: WatchedCheck, field: WebSources['field']) {
  return [...(sightings?.values() ?? [])].map((sighting) => {
    const { location, state, cannot } = sighting;
    return {
      location,
      health: state.health.is,
      since: time(state.health.since),
      counts: field.hasVote(sighting),
      last_run_at: time(state.lastRunAt),
      reason: state.last?.reason ?? null,
      message: state.last?.message ?? null,
      not_probed: cannot ?? null,
    };
  });
}

function checkView(watched: WatchedCheck, field: WebSources['field'], now: number) {
  const { check, state } = watched;
  const locations = sightingViews(watched, field);
  const voters = locations.filter(({ counts }) => counts).length;
  const { health, last } = state;
  return {
    name: check.name,
    type: check.type,
    subject: check.subject,
    priority: check.priority,
    health: health.is,
    since: time(health.since),
    consecutive_failures: consecutiveFailures(health),
    failures: check.cadence.failures,
    recoveries: check.cadence.recoveries,
    interval_seconds: check.cadence.intervalMs / 1_000,
    last_run_at: time(state.lastRunAt),
    last_good_at: time(state.lastGoodAt),
    reason: last?.reason ?? null,
    message: last?.message ?? null,
    duration_seconds: last ? last.durationMs / 1_000 : null,
    certificate_expires_at: time(state.certificateExpiresAt),
    perfdata: last?.measured?.perf ?? [],
    output: last?.measured?.output ?? null,
    agree: check.seenFrom ? votesNeeded(check.seenFrom, voters) : null,
    locations,
    sentence: checkSentence(state, now),
  };
}

/** Pages of an incident: number decided, and number accepted. */
export interface PageCounts {
  total: number;
  accepted: number;
}

export function incidentView(incident: Incident, pages: PageCounts) {
  const { status } = incident;
  const ticket = ticketAtHand(incident);
  const resolved = status.is === 'resolved';
  return {
    id: incident.id,
    target: incident.target,
    kind: incident.kind,
    customer: incident.customer ?? null,
    priority: incident.priority,
    status: status.is,
    by: status.is === 'open' ? null : (status.by ?? null),
    started_at: time(incident.startedAt),
    opened_at: time(incident.openedAt),
    resolved_at: resolved ? time(status.at) : null,
    resolution: resolved ? status.how : null,
    reason: incident.reason,
    message: incident.message,
    failing_checks: (resolved ? incident.failing : stillFailing(incident)).map((part) =>
      partName(incident, part),
    ),
    ticket: ticket ? { adapter: ticket.adapter, id: ticket.remoteId, url: ticket.url } : null,
    pages: pages.total,
    pages_accepted: pages.accepted,
    next_review_at: resolved ? null : time(incident.chores.reviewAt),
    reopened: incident.episode.number - 1,
    group: incident.episode.group
      ? { trait: incident.episode.group.trait, targets: allTargets(incident) }
      : null,
    affected: stillAffected(incident).map(({ target, customer, since }) => ({
      target,
      customer: customer ?? null,
      since: time(since),
    })),
    next_step_at: time(incident.episode.due.map((step) => step.dueAt).sort((a, b) => a - b)[0]),
  };
}

export function windowView({ window, span, isOpen }: PlannedWindow) {
  const { id, name, scope, time: when, by } = window;
  const recurs = when.is === 'recurring';
  return {
    id,
    name,
    scope: scopeText(scope),
    targets: scope.targets ?? [],
    customers: scope.customers ?? [],
    tags: scope.tags ?? [],
    all: scope.all === true,
    from: time(span.from),
    to: time(span.to),
    open: isOpen,
    cron: recurs ? when.cron : null,
    timezone: recurs ? when.timeZone : null,
    by: by ?? null,
  };
}

export function ticketView(ticket: TicketRecord) {
  return {
    id: ticket.id,
    incident: ticket.incident,
    /** `Freshdesk 4711`: the name that people use. */
    title: recordTitle(ticket),
    adapter: ticket.adapter,
    remote_id: ticket.remoteId,
    url: ticket.url,
    priority: ticket.priority,
    status: ticket.status,
    subject: ticket.subject,
    body: ticket.body,
    created_at: time(ticket.createdAt),
  };
}

export function pageView(effect: Effect) {
  if (!isMessage(effect)) return undefined;
  const { content, state } = effect;
  return {
    id: effect.id,
    incident: content.occasion.is === 'test' ? null : effect.incident,
    kind: effect.kind,
    to: content.to.name,
    person: content.person ?? null,
    channel: content.via,
    text: content.text === undefined ? null : withoutLinks(content.text),
    /** The code in the provider's records; without its signature it opens nothing. */
    code: content.bundledCode ?? content.code,
    state: state.is,
    why: 'why' in state ? state.why : null,
    attempts: effect.attempts,
    created_at: time(effect.createdAt),
    accepted_at: state.is === 'accepted' || state.is === 'confirmed' ? time(state.at) : null,
  };
}

export function effectView(effect: Effect, channel: string) {
  const { state } = effect;
  return {
    id: effect.id,
    incident: effect.incident,
    kind: effect.kind,
    n: effect.n,
    channel,
    state: state.is,
    attempts: effect.attempts,
    created_at: time(effect.createdAt),
    due_at: 'dueAt' in state ? time(state.dueAt) : null,
    remote_id: 'remoteId' in state ? state.remoteId : null,
    why: 'why' in state ? state.why : null,
  };
}
