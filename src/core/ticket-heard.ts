import { openAnew, type FreshTicket } from './chores.ts';
import { endUpdates, startUpdates } from './customer-updates.ts';
import { endedInHelpdesk, type ClosingRules } from './close-incident.ts';
import { startEscalation } from './escalate.ts';
import type { EscalationStep } from './escalation.ts';
import { isOpen, ticketName, workedBy, type Incident, type TicketNews } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { neutraliseLine } from './neutralise.ts';
import { isReported, reasonAndMessage } from './reason.ts';
import type { Priority } from './target.ts';
import type { HumanAct, TicketReading } from './ticket-reading.ts';
import { say } from '../text/say.ts';

export interface HearingRules extends ClosingRules {
  /** A human ends the ticket while the target still fails: Watchdesk reopens it, once, or accepts that. */
  endedByHuman: 'reopen' | 'accept';
  /** Whether the helpdesk assigns tickets automatically, so that an assignment proves no human work. */
  assignsItself: boolean;
  /** Who is paged when a human marks a ticket urgent. */
  urgentEscalation: readonly EscalationStep[];
  /** Who is paged when the ticket is not urgent. */
  ownEscalation: readonly EscalationStep[];
  /** The incident's own priority as the helpdesk reports it; the helpdesk may have fewer priorities. */
  ownPriority: Priority | undefined;
  /** The ticket to open again; undefined when the target is no longer in the config. */
  ticketOf(incident: Incident): FreshTicket | undefined;
}

/**
 * Processes the ticket of an open incident as its helpdesk now reports it (`null` when it is gone), and what humans
 * have done to it. Returns undefined when there is no news. Call it only while no ticket work of ours is under way.
 */
export function ticketHeard(
  incident: Incident,
  reading: TicketReading | null,
  acts: readonly HumanAct[],
  now: number,
  rules: HearingRules,
): Decision | undefined {
  if (!isOpen(incident) || !incident.ticket) return undefined;
  const draft = new IncidentDraft(incident, now);
  const before = incident.ticketNews ?? { status: 'open', broughtBack: 0 };
  if (reading === null) return gone(draft, before, now, rules);
  if (reading.mergedInto !== undefined && reading.mergedInto !== incident.ticket.remoteId) {
    const remoteId = reading.mergedInto;
    // We did not open the ticket it was merged into, and that may be about more than this incident.
    draft.set({ ticket: { ...incident.ticket, remoteId, label: undefined, url: '', isTheirs: true } });
    draft.event(
      'ticket-merged',
      say('timeline.ticket-merged', { ticket: ticketName(incident.ticket), other: remoteId }),
    );
    return draft.done('ticket-heard');
  }
  const { status, priority, assignee, assigneeId } = reading;
  const isGivenByUs = before.givenTo !== undefined && assigneeId === before.givenTo;
  const actedAt = Math.max(before.actedAt ?? -Infinity, ...acts.map(({ at }) => at));
  const news: TicketNews = {
    ...before,
    status,
    priority,
    assignee,
    carriedOver: undefined,
    // After another assignment the ticket may come back to that person by a human's act.
    givenTo: isGivenByUs || assignee === before.assignee ? before.givenTo : undefined,
    ...(Number.isFinite(actedAt) && { actedAt }),
  };
  draft.set({ ticketNews: news });
  if (incident.ticket.url !== reading.url) {
    draft.set({ ticket: { ...incident.ticket, label: reading.label, url: reading.url } });
  }
  heedActs(draft, before, news, acts, now, {
    ...rules,
    isNobodysDoing: isGivenByUs || isFromBirth(incident, reading),
  });
  if (status === 'resolved') return ended(draft, before, now, rules);
  const wasUrgent = (before.priority ?? rules.ownPriority) === 'urgent';
  const isRaisedPromise = incident.reason === 'promise' && incident.episode.urgency === 'raised';
  if (incident.kind === 'ticket' && (incident.reason !== 'promise' || isRaisedPromise)) {
    // A ticket that we made urgent may have another priority name there; only a human who lowers it ends the urgency.
    const isOurs = isReported(incident.reason) || isRaisedPromise;
    const isLowered = priority !== 'urgent' && (!isOurs || before.priority === 'urgent');
    if (isLowered) {
      return endedInHelpdesk(draft, { by: whoOf(draft), what: 'lowered', note: false }, now, rules);
    }
  } else if (priority === 'urgent' && !wasUrgent && incident.episode.urgency !== 'raised') {
    const ticket = ticketName(incident.ticket);
    const person = knownOf(draft);
    draft.event(
      'ticket-urgent',
      person === undefined
        ? say('timeline.ticket-urgent', { ticket })
        : say('timeline.ticket-urgent-by', { person, ticket }),
    );
    draft.setEpisode({ escalation: [...rules.urgentEscalation], urgency: 'raised' });
    startUpdates(draft, now, rules, 'urgent');
    startEscalation(draft, { is: 'marked-urgent' }, now, rules);
    return draft.done('marked-urgent');
  } else if (priority !== 'urgent' && incident.episode.urgency === 'raised' && before.priority === 'urgent') {
    draft.event(
      'ticket-lowered',
      say('timeline.ticket-lowered', { ticket: ticketName(incident.ticket), person: whoOf(draft) }),
    );
    const since = incident.episode.openedAt;
    draft.setEpisode({
      escalation: [...rules.ownEscalation],
      // The remaining steps of its own escalation go on.
      due: rules.ownEscalation
        .map(({ afterMs, repeatMs }, step) => {
          const first = since + afterMs;
          if (first > now || repeatMs === undefined) return { step, dueAt: first, round: 0 };
          const round = Math.floor((now - first) / repeatMs) + 1;
          return { step, dueAt: first + round * repeatMs, round };
        })
        .filter(({ dueAt }) => dueAt > now),
      urgency: 'own',
    });
    endUpdates(draft, now, rules);
    return draft.done('ticket-heard');
  }
  return isSame(before, news) && !draft.hasEvents ? undefined : draft.done('ticket-heard');
}

/** The automation rules of a helpdesk act on a new ticket within this time. */
const BIRTH_MS = 10_000;

/** A human's act counts as work on the ticket, and a new assignee is the one working on it. */
function heedActs(
  draft: IncidentDraft,
  before: TicketNews,
  { assignee }: TicketNews,
  acts: readonly HumanAct[],
  now: number,
  { assignsItself, isNobodysDoing }: Pick<HearingRules, 'assignsItself'> & { isNobodysDoing: boolean },
): void {
  const { status, ticket } = draft.incident;
  const late =
    before.carriedOver === 'assignee-and-acts'
      ? []
      : acts.filter(({ at }) => at > (before.actedAt ?? -Infinity));
  const last = late.at(-1);
  const isNew = assignee !== undefined && assignee !== before.assignee && before.carriedOver === undefined;
  const given = isNew && !assignsItself && !isNobodysDoing ? assignee : undefined;
  const by = given ?? last?.by;
  if (by === undefined) return;
  const name = neutraliseLine(by, 80);
  const ticketId = ticketName(ticket!);
  const what =
    given === undefined
      ? say(`timeline.ticket-act-${last!.what}`, { ticket: ticketId, person: name })
      : say('timeline.ticket-assigned-to', { ticket: ticketId, person: name });
  if (status.is === 'open') {
    draft.set({ status: workedBy(status, name, now) });
    draft.event('ticket-worked', what, { by: name });
  } else if (given !== undefined && status.is === 'worked') {
    draft.set({ status: { ...status, by: name, actedAt: now } });
    draft.event('ticket-assigned', what, { by: name });
  } else if (status.is === 'worked') {
    draft.set({ status: workedBy(status, status.by, now) });
  }
}

/** Read for the first time and unchanged since its creation: a rule has assigned it, not a human. */
const isFromBirth = ({ ticketNews }: Incident, { createdAt, updatedAt }: TicketReading): boolean =>
  ticketNews === undefined && updatedAt <= createdAt + BIRTH_MS;

function ended(draft: IncidentDraft, before: TicketNews, now: number, rules: HearingRules): Decision {
  const { incident } = draft;
  const by = whoOf(draft);
  const mayReopen = rules.endedByHuman === 'reopen' && before.broughtBack === 0 && incident.kind !== 'ticket';
  if (!mayReopen) {
    return endedInHelpdesk(draft, { by, what: 'resolved', note: incident.kind !== 'ticket' }, now, rules);
  }
  const why = reasonAndMessage(incident.reason, neutraliseLine(incident.message, 200));
  const ticket = ticketName(incident.ticket!);
  const person = knownOf(draft);
  draft.event(
    'ticket-ended',
    person === undefined
      ? say('timeline.ticket-resolved-failing', { ticket })
      : say('timeline.ticket-resolved-failing-by', { person, ticket }),
    { by },
  );
  if (incident.ticket!.isTheirs) {
    // A ticket that others opened stays ended; the outage gets a ticket of its own.
    const fresh = rules.ticketOf(incident);
    draft.set({ ticketNews: { status: 'open', broughtBack: 1 } });
    if (fresh) openAnew(draft, fresh, now);
    return draft.done('ticket-heard');
  }
  draft.ticket('ticket.reopen', incident.episode.urgency === 'raised' ? { priority: 'urgent' } : {});
  draft.ticket('ticket.note', {
    body: say('ticket-text.still-failing', { target: incident.target, why }),
  });
  draft.set({ ticketNews: { ...incident.ticketNews!, status: 'open', broughtBack: 1 } });
  return draft.done('ticket-heard');
}

/** A deleted ticket is opened again once; a second deletion counts as a human's decision. */
function gone(draft: IncidentDraft, before: TicketNews, now: number, rules: HearingRules): Decision {
  const { incident } = draft;
  const text = rules.ticketOf(incident);
  const id = ticketName(incident.ticket!);
  if (rules.endedByHuman === 'reopen' && before.broughtBack === 0 && text) {
    draft.event('ticket-deleted', say('timeline.ticket-deleted', { ticket: id }));
    draft.set({ ticket: undefined, ticketNews: { status: 'open', broughtBack: 1 } });
    openAnew(draft, text, now);
    return draft.done('ticket-heard');
  }
  return endedInHelpdesk(draft, { by: whoOf(draft), what: 'deleted', note: false }, now, rules);
}

const knownOf = ({ incident }: IncidentDraft): string | undefined =>
  incident.status.is === 'worked' ? incident.status.by : undefined;

const whoOf = (draft: IncidentDraft): string => knownOf(draft) ?? say('timeline.helpdesk-agent');

const isSame = (a: TicketNews, b: TicketNews): boolean =>
  a.status === b.status && a.priority === b.priority && a.assignee === b.assignee && a.actedAt === b.actedAt;
