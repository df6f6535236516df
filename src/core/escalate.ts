import type { Directory, Paging } from './directory.ts';
import type { Occasion, Recipient } from './effect.ts';
import type { EscalationStep } from './escalation.ts';
import type { Incident } from './incident.ts';
import type { DueStep } from './episode.ts';
import { furtherPeople, routesOf } from './routes.ts';
import { nextChoreAt } from './chores.ts';
import { isOpen, lapsesAt } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { formatDuration } from './duration.ts';
import { say } from '../text/say.ts';

/**
 * A page waits this long for its ticket, so that its text can name the ticket. It is sent at once when the ticket is
 * open, and without it when the helpdesk is slower.
 */
export const TICKET_HEAD_START_MS = 250;

/** Starts the escalation from its first step: at opening, at reopening, and when an acknowledgement has expired. */
export function startEscalation(draft: IncidentDraft, occasion: Occasion, now: number, paging: Paging): void {
  const due = draft.incident.episode.escalation.map((step, index) => ({
    step: index,
    dueAt: now + step.afterMs,
    round: 0,
  }));
  draft.setEpisode({ due });
  takeDueSteps(draft, occasion, now, paging);
}

/** Adds steps, counted from now, to an incident that is open; those that are due at once are taken. */
export function startSteps(
  draft: IncidentDraft,
  steps: readonly EscalationStep[],
  occasion: Occasion,
  now: number,
  paging: Paging,
): void {
  const { escalation, due } = draft.incident.episode;
  const added = steps.map((step, index) => ({
    step: escalation.length + index,
    dueAt: now + step.afterMs,
    round: 0,
  }));
  draft.setEpisode({ escalation: [...escalation, ...steps], due: [...due, ...added] });
  takeDueSteps(draft, occasion, now, paging);
}

/** Takes the steps that are due. Returns undefined when none is. */
export function advanceEscalation(incident: Incident, now: number, paging: Paging): Decision | undefined {
  if (!isOpen(incident)) return undefined;
  const lapse = lapsesAt(incident);
  if (lapse !== undefined && lapse <= now) return acknowledgementLapsed(incident, now, paging);
  if (!incident.episode.due.some((due) => due.dueAt <= now)) return undefined;
  const draft = new IncidentDraft(incident, now);
  takeDueSteps(draft, { is: 'reminder' }, now, paging);
  return draft.done('step-due');
}

/** A human escalates: the next line of the escalation policy is taken at once. */
export function escalateNow(incident: Incident, by: string, now: number, paging: Paging): Decision {
  const draft = new IncidentDraft(incident, now);
  const soonest = incident.episode.due.toSorted((a, b) => a.dueAt - b.dueAt);
  // A human wants more people, not the same ones once more.
  const next = soonest.find(({ follow }) => follow === undefined) ?? soonest[0];
  if (!isOpen(incident)) return draft.done('already-resolved');
  if (next === undefined) return askFurther(draft, by, now, paging);
  const name = paging.directory.nameOf(by);
  const text = say('timeline.escalated', { person: name });
  draft.event('escalated', text, { by });
  draft.ticket('ticket.note', { body: text });
  const line = lineOf(incident, next);
  const taken = incident.episode.due.filter((due) => lineOf(incident, due) === line);
  const rest: DueStep[] = incident.episode.due.filter((due) => !taken.includes(due));
  for (const due of taken) {
    const step = incident.episode.escalation[due.step]!;
    rest.push(...send(draft, step, due, { is: 'asked', by: name }, now, 0, paging));
    if (step.repeatMs !== undefined) {
      rest.push({ step: due.step, dueAt: now + step.repeatMs, round: due.round + 1 });
    }
  }
  draft.setEpisode({ due: rest });
  return draft.done('escalated');
}

/** No step is left: pages the next person of the policy who has not been told yet. */
function askFurther(draft: IncidentDraft, by: string, now: number, paging: Paging): Decision {
  const { incident } = draft;
  const name = paging.directory.nameOf(by);
  const known = new Set([
    by,
    ...incident.episode.asked,
    ...[...incident.episode.told, ...incident.episode.lost].map(({ to }) => to.name),
  ]);
  const to = furtherPeople(incident.episode.escalation, known, paging.directory);
  if (!to) {
    draft.event('escalated', say('timeline.escalated-no-one-left', { person: name }), { by });
    draft.ticket('ticket.note', { body: say('ticket-text.escalated-no-one-left', { person: name }) });
    return draft.done('nothing-to-escalate');
  }
  const step: EscalationStep = { act: 'page', to, via: [], afterMs: 0 };
  const text = say('timeline.escalated', { person: name });
  draft.event('escalated', text, { by });
  draft.ticket('ticket.note', { body: text });
  const follows = send(
    draft,
    step,
    { step: 0, dueAt: now, round: 0 },
    { is: 'asked', by: name },
    now,
    0,
    paging,
  );
  draft.setEpisode({
    due: [...incident.episode.due, ...follows],
    asked: [...incident.episode.asked, to.name],
  });
  return draft.done('escalated');
}

/** When the earliest step or chore is due, over all incidents. */
export function nextDueAt(incidents: Iterable<Incident>): number | undefined {
  let earliest: number | undefined;
  const consider = (at: number | undefined) => {
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
  };
  for (const incident of incidents) {
    consider(nextChoreAt(incident));
    if (!isOpen(incident)) continue;
    consider(lapsesAt(incident));
    for (const { dueAt } of incident.episode.due) consider(dueAt);
  }
  return earliest;
}

/** The acknowledgement has expired: the incident is unacknowledged again, and its escalation restarts. */
function acknowledgementLapsed(incident: Incident, now: number, paging: Paging): Decision {
  const draft = new IncidentDraft(incident, now);
  const by = incident.status.is === 'worked' ? incident.status.by : '';
  const name = paging.directory.nameOf(by);
  const time = formatDuration(incident.ackExpiresMs ?? 0);
  const text = say('timeline.acknowledgement-expired', { person: name, time });
  draft.set({ status: { is: 'open' } });
  draft.event('ack-lapsed', text);
  draft.ticket('ticket.note', { body: text });
  startEscalation(draft, { is: 'lapsed', by: name }, now, paging);
  return draft.done('ack-lapsed');
}

const lineOf = ({ episode: { escalation } }: Incident, due: DueStep): string => {
  const line = escalation[due.step]?.line ?? due.step;
  return due.follow ? `follow ${line}` : `${line}`;
};

function takeDueSteps(draft: IncidentDraft, occasion: Occasion, now: number, paging: Paging): void {
  const left: DueStep[] = [];
  for (const due of draft.incident.episode.due) {
    if (due.dueAt > now) {
      left.push(due);
      continue;
    }
    const step = draft.incident.episode.escalation[due.step]!;
    const isFirst = step.afterMs === 0 && due.round === 0 && !due.follow;
    if (isLeftOut(step, isFirst, due, draft.incident)) continue;
    const what: Occasion = isFirst ? occasion : { is: 'reminder' };
    left.push(...send(draft, step, due, what, now, isFirst ? TICKET_HEAD_START_MS : 0, paging));
    if (step.repeatMs !== undefined && !due.follow) {
      // However long the monitor was down: one reminder, and the next one a full period from now at most.
      const missed = Math.floor((now - due.dueAt) / step.repeatMs);
      left.push({ step: due.step, dueAt: due.dueAt + (missed + 1) * step.repeatMs, round: due.round + 1 });
    }
  }
  draft.setEpisode({ due: left });
}

/** Sends the messages of a step; returns the follow-up ways to take should nobody acknowledge. */
function send(
  draft: IncidentDraft,
  step: EscalationStep,
  due: DueStep,
  occasion: Occasion,
  now: number,
  leadMs: number,
  { newCode, directory }: Paging,
): DueStep[] {
  if (due.follow) {
    draft.message('page', { ...due.follow, code: newCode(), occasion }, leadMs);
    return [];
  }
  const isCall = step.act === 'mobilise';
  const what: Occasion = isCall && occasion.is !== 'again' ? { is: 'mobilise' } : occasion;
  const follows: DueStep[] = [];
  for (const { to, via, afterMs } of routesOf(step, directory)) {
    if (afterMs > 0) {
      const follow = { to: fixed(to, directory), via };
      follows.push({ step: due.step, dueAt: now + afterMs, round: due.round, follow });
    } else draft.message(isCall ? 'notice' : 'page', { to, via, code: newCode(), occasion: what }, leadMs);
  }
  return follows;
}

/** The person paged first is also the one to follow up with, even if the rotation changes meanwhile. */
function fixed(to: Recipient, directory: Directory): Recipient {
  const onCall = to.is === 'schedule' ? directory.onCall(to.name) : undefined;
  return onCall === undefined ? to : { is: 'person', name: onCall };
}

/** An acknowledgement counts as work on the ticket: it satisfies both `acknowledged` and `worked`. */
function isLeftOut(step: EscalationStep, isFirst: boolean, due: DueStep, incident: Incident): boolean {
  const unless = due.follow ? 'acknowledged' : (step.unless ?? (isFirst ? undefined : 'acknowledged'));
  switch (unless) {
    case undefined:
      return false;
    case 'acknowledged':
    case 'worked':
      return incident.status.is !== 'open';
    case 'resolved':
      return incident.status.is === 'resolved';
  }
}
