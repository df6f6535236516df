import type { Occasion } from './effect.ts';
import type { EscalationStep } from './escalation.ts';
import type { NewCode } from './new-code.ts';
import type { DueStep, Incident } from './incident.ts';
import { nextChoreAt } from './chores.ts';
import { isOpen } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';

/**
 * A page gives its ticket this much of a head start, so that its text can name the ticket; it leaves at once
 * when the ticket stands, and without it when the helpdesk is slower.
 */
export const TICKET_HEAD_START_MS = 250;

/** The escalation from its beginning: at opening and at reopening. */
export function startEscalation(
  draft: IncidentDraft,
  occasion: Occasion,
  now: number,
  newCode: NewCode,
): void {
  const due = draft.incident.escalation.map((step, index) => ({
    step: index,
    dueAt: now + step.afterMs,
    round: 0,
  }));
  draft.set({ due });
  takeDueSteps(draft, occasion, now, newCode);
}

/** Takes what has come due. Undefined when nothing has. */
export function advanceEscalation(incident: Incident, now: number, newCode: NewCode): Decision | undefined {
  if (!isOpen(incident) || !incident.due.some((due) => due.dueAt <= now)) return undefined;
  const draft = new IncidentDraft(incident, now);
  takeDueSteps(draft, { is: 'reminder' }, now, newCode);
  return draft.done('step-due');
}

/** A human wants more people now: the next step is taken at once. */
export function escalateNow(incident: Incident, by: string, now: number, newCode: NewCode): Decision {
  const draft = new IncidentDraft(incident, now);
  const next = incident.due.toSorted((a, b) => a.dueAt - b.dueAt)[0];
  if (!isOpen(incident)) return draft.done('already-resolved');
  if (next === undefined) {
    draft.event('escalated', `${by} asked for more people; no step is left.`, { by });
    return draft.done('nothing-to-escalate');
  }
  draft.event('escalated', `${by} asked for more people.`, { by });
  draft.ticket('ticket.note', { body: `${by} asked for more people.` });
  const step = incident.escalation[next.step]!;
  sendStep(draft, step, { is: 'asked', by }, 0, newCode);
  const rest = incident.due.filter((due) => due !== next);
  const again =
    step.repeatMs === undefined ? [] : [{ ...next, dueAt: now + step.repeatMs, round: next.round + 1 }];
  draft.set({ due: [...rest, ...again] });
  return draft.done('escalated');
}

/** The earliest step or chore still to come, over all incidents. */
export function nextDueAt(incidents: Iterable<Incident>): number | undefined {
  let earliest: number | undefined;
  for (const incident of incidents) {
    const chore = nextChoreAt(incident);
    if (chore !== undefined && (earliest === undefined || chore < earliest)) earliest = chore;
    if (!isOpen(incident)) continue;
    for (const { dueAt } of incident.due) {
      if (earliest === undefined || dueAt < earliest) earliest = dueAt;
    }
  }
  return earliest;
}

function takeDueSteps(draft: IncidentDraft, occasion: Occasion, now: number, newCode: NewCode): void {
  const left: DueStep[] = [];
  for (const due of draft.incident.due) {
    if (due.dueAt > now) {
      left.push(due);
      continue;
    }
    const step = draft.incident.escalation[due.step]!;
    if (isLeftOut(step, draft.incident)) continue;
    const first = step.afterMs === 0 && due.round === 0;
    sendStep(draft, step, first ? occasion : { is: 'reminder' }, first ? TICKET_HEAD_START_MS : 0, newCode);
    if (step.repeatMs !== undefined) {
      // However long the monitor was away, one reminder, and the next a full period from now at most.
      const missed = Math.floor((now - due.dueAt) / step.repeatMs);
      left.push({ step: due.step, dueAt: due.dueAt + (missed + 1) * step.repeatMs, round: due.round + 1 });
    }
  }
  draft.set({ due: left });
}

function sendStep(
  draft: IncidentDraft,
  step: EscalationStep,
  occasion: Occasion,
  leadMs: number,
  newCode: NewCode,
): void {
  for (const via of step.via) {
    if (step.act === 'mobilise') {
      const what: Occasion = occasion.is === 'again' ? occasion : { is: 'mobilise' };
      draft.message('notice', { to: step.to, via, code: newCode(), occasion: what }, leadMs);
    } else {
      draft.message('page', { to: step.to, via, code: newCode(), occasion }, leadMs);
    }
  }
}

/** An acknowledgement is an act on the ticket: it satisfies `acknowledged` and `worked` alike. */
function isLeftOut(step: EscalationStep, incident: Incident): boolean {
  switch (step.unless) {
    case undefined:
      return false;
    case 'acknowledged':
    case 'worked':
      return incident.status.is !== 'open';
    case 'resolved':
      return incident.status.is === 'resolved';
  }
}
