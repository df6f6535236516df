import { firstReviewAt, openAnew, tellLater } from './chores.ts';
import { startEscalation } from './escalate.ts';
import type { EscalationPolicy } from './escalation.ts';
import { newEpisode, type Episode } from './episode.ts';
import {
  failingTargets,
  isOpen,
  partName,
  type FailingCheck,
  type Incident,
  type TicketNews,
} from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { customerText } from './customer-text.ts';
import { startUpdates, type TellingRules } from './customer-updates.ts';
import { reasonText } from './reason.ts';
import { newIncident, ticketCustomer } from './new-incident.ts';
import type { Priority, Target } from './target.ts';
import { joinedNote, relapseNote, ticketBody, ticketSubject } from './ticket-text.ts';
import { traitsOf, traitText } from './traits.ts';
import { say } from '../text/say.ts';

export interface CheckWentDown {
  target: Target;
  priority: Priority;
  failing: FailingCheck;
  /** The open incident of this target and priority, or the last resolved one. */
  current?: Incident;
  now: number;
}

export interface IncidentRules extends TellingRules {
  escalation: EscalationPolicy;
  reopenWindowMs: number;
  /** After this long without an action, an acknowledgement expires; absent: never. */
  ackExpiresMs?: number;
  /** The helpdesk for a target's ticket. */
  helpdeskFor(target: Target, priority: Priority): HelpdeskChoice;
  newId: () => string;
}

export interface HelpdeskChoice {
  /** Name in the config. */
  name: string;
  /** After this long without a ticket in the helpdesk, the desk holds it; absent: never. */
  holdAfterMs?: number;
  /** The customer reads its tickets, not only the team. */
  isForCustomer?: boolean;
}

/** Assigns a check at risk to an incident: a new one, a relapse of the last one, or another part of the open one. */
export function checkWentDown(event: CheckWentDown, rules: IncidentRules): Decision {
  const { current, now } = event;
  if (current && isOpen(current)) return join(current, event, rules);
  if (current?.status.is === 'resolved' && now - current.status.at <= rules.reopenWindowMs) {
    return reopen(current, event, rules);
  }
  return open(event, rules);
}

/** Lines of evidence kept for each member of a group. */
const MEMBER_LOG_LINES = 10;

/** Targets that fail together with many others: each becomes one more line of the common incident. */
export function joinGroup(
  current: Incident,
  trait: string,
  members: readonly Pick<CheckWentDown, 'target' | 'failing'>[],
  now: number,
): Decision {
  const draft = new IncidentDraft(current, now);
  if (!current.episode.group) draft.event('grouped', say('timeline.grouped', { trait: traitText(trait) }));
  draft.setEpisode({
    group: { trait, lastJoinedAt: now, paged: current.episode.group?.paged ?? false },
  });
  for (const { target, failing } of members) {
    const part = { ...failing, log: failing.log.slice(0, MEMBER_LOG_LINES) };
    draft.set({ failing: withCheck(draft.incident.failing, part) });
    draft.event('check-joined', alsoFailing(current, failing));
    tellLater(draft, { is: 'joined', target: target.name, customer: target.customer?.name }, now);
  }
  return draft.done('joined-group');
}

function open({ target, priority, failing, now }: CheckWentDown, rules: IncidentRules): Decision {
  const { name: helpdesk, holdAfterMs, isForCustomer } = rules.helpdeskFor(target, priority);
  const { customer } = target;
  const incident = newIncident(
    {
      id: rules.newId(),
      target: target.name,
      kind: target.kind,
      customer: customer?.name,
      priority,
      startedAt: failing.firstFailureAt,
      reason: failing.reason,
      message: failing.message,
      failing: [failing],
      escalation: [...(rules.escalation[priority] ?? [])],
      helpdesk,
      ...(customer && { ticketCustomer: ticketCustomer(customer) }),
      traits: traitsOf(target),
    },
    { now, holdAfterMs, ackExpiresMs: rules.ackExpiresMs },
  );
  const draft = new IncidentDraft(incident, now);
  draft.event('first-failure', say('timeline.first-failure', { check: failing.check }), {
    at: failing.firstFailureAt,
  });
  draft.event(
    'opened',
    failing.failures > 0
      ? say('timeline.opened', { count: failing.failures, reason: reasonText(failing.reason) })
      : say('timeline.opened-by-check', { check: failing.check, reason: reasonText(failing.reason) }),
  );
  const details = ticketBody(draft.incident, target, rules.wording);
  if (isForCustomer) {
    draft.ticket('ticket.open', openingWords(draft.incident, target, rules, now));
    draft.ticket('ticket.note', { body: details });
  } else {
    draft.ticket('ticket.open', { subject: ticketSubject(draft.incident, target), body: details });
  }
  startUpdates(draft, now, rules);
  startEscalation(draft, { is: 'outage' }, now, rules);
  return draft.done('opened');
}

/** Text of a ticket that the customer reads; the details go into an internal note. */
export function openingWords(
  incident: Incident,
  target: Target,
  { updates, wording }: Pick<TellingRules, 'updates' | 'wording'>,
  now: number,
): { subject: string; body: string } {
  const { customer } = target;
  return customerText(updates?.templates ?? {}, 'ticket', {
    incident,
    customer: customer?.name,
    targets: [target.title ?? target.name],
    provider: wording.provider,
    now,
    timeZone: customer?.timeZone ?? wording.timeZone,
    language: customer?.language,
  });
}

function reopen(current: Incident, { target, failing, now }: CheckWentDown, rules: IncidentRules): Decision {
  const draft = new IncidentDraft(current, now);
  // A check that is no longer in the config can never recover.
  const watched = current.failing.filter(
    (part) => part.target !== target.name || target.checks.some(({ name }) => name === part.check),
  );
  draft.set({
    status: { is: 'open' },
    reason: failing.reason,
    message: failing.message,
    failing: withCheck(watched, failing),
    chores: { ...current.chores, reviewAt: firstReviewAt(now) },
    episode: nextEpisode(current, failing, now, rules),
    ticketNews: current.ticket && ticketAtRelapse(current.ticketNews),
  });
  draft.event(
    'reopened',
    say('timeline.reopened', { check: partName(current, failing), reason: reasonText(failing.reason) }),
  );
  if (current.ticket?.isTheirs) {
    // The ticket was merged into one that others opened, which Watchdesk must not reopen.
    const { name: helpdesk, holdAfterMs, isForCustomer } = rules.helpdeskFor(target, current.priority);
    const details = ticketBody(draft.incident, target, rules.wording);
    const words = isForCustomer
      ? openingWords(draft.incident, target, rules, now)
      : { subject: ticketSubject(draft.incident, target), body: details };
    draft.set({ ticketNews: undefined });
    openAnew(draft, { ...words, helpdesk, holdAfterMs }, now);
    if (isForCustomer) draft.ticket('ticket.note', { body: details });
  } else {
    draft.ticket('ticket.reopen');
    draft.ticket('ticket.note', { body: relapseNote(failing, rules.wording) });
  }
  startUpdates(draft, now, rules);
  startEscalation(draft, { is: 'again' }, now, rules);
  return draft.done('reopened');
}

/** What depended on the last outage's target, and who was told of it, says nothing about the next one. */
function nextEpisode(
  { episode, priority }: Incident,
  { firstFailureAt }: FailingCheck,
  now: number,
  { escalation }: Pick<IncidentRules, 'escalation'>,
): Episode {
  return newEpisode({
    number: episode.number + 1,
    startedAt: firstFailureAt,
    openedAt: now,
    escalation: episode.urgency === 'raised' ? [...(escalation[priority] ?? [])] : episode.escalation,
  });
}

/** Human acts on the last outage are no work on the next one, and `broughtBack` restarts from zero. */
const ticketAtRelapse = (news: TicketNews | undefined): TicketNews => ({
  ...news,
  status: 'open',
  broughtBack: 0,
  carriedOver: 'assignee-and-acts',
});

function join(
  current: Incident,
  { target, failing, now }: CheckWentDown,
  rules: Pick<IncidentRules, 'wording' | 'newCode'>,
): Decision {
  const draft = new IncidentDraft(current, now);
  const known = current.failing.find((part) => isSamePart(part, failing));
  if (known && known.recoveredAt === undefined) return draft.done('already-failing');
  const wasFailing = failingTargets(current).includes(target.name);
  draft.set({ failing: withCheck(current.failing, failing) });
  draft.event('check-joined', alsoFailing(current, failing));
  if (wasFailing || !current.episode.group) {
    draft.ticket('ticket.note', { body: joinedNote(failing, rules.wording) });
  }
  if (!wasFailing && current.episode.group) {
    // The target had recovered, and whoever was paged may have turned to something else.
    tellLater(draft, { is: 'joined', target: target.name, customer: target.customer?.name }, now);
    for (const { to, via } of current.episode.told.filter((one) => one.by === 'page')) {
      draft.message('page', { to, via, code: rules.newCode(), occasion: { is: 'again' } });
    }
  }
  return draft.done('joined');
}

const alsoFailing = (current: Incident, failing: FailingCheck): string =>
  say('timeline.check-joined', { check: partName(current, failing), reason: reasonText(failing.reason) });

const isSamePart = (a: FailingCheck, b: FailingCheck): boolean =>
  a.target === b.target && a.check === b.check;

const withCheck = (failing: readonly FailingCheck[], check: FailingCheck): FailingCheck[] => [
  ...failing.filter((other) => !isSamePart(other, check)),
  check,
];
