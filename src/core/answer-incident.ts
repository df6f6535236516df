import type { Effect, Message } from './effect.ts';
import type { NewCode } from './escalate.ts';
import { isOpen, type Incident } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';

/** A human has it. The ticket says so, and steps with `unless: acknowledged` or `worked` stay away. */
export function acknowledge(incident: Incident, by: string, text: string | undefined, now: number): Decision {
  const draft = new IncidentDraft(incident, now);
  if (!isOpen(incident)) return draft.done('already-resolved');
  if (incident.status.is === 'open') draft.set({ status: { is: 'worked', at: now, by } });
  const note = text ? `${by} has it: ${text}` : `${by} has it.`;
  draft.event('acknowledged', note, { by });
  draft.ticket('ticket.note', { subject: '', body: note });
  return draft.done('acknowledged');
}

/** A human's word for the ticket. Writing on an open incident is working on it. */
export function addNote(incident: Incident, by: string, text: string, now: number): Decision {
  const draft = new IncidentDraft(incident, now);
  if (incident.status.is === 'open') draft.set({ status: { is: 'worked', at: now, by } });
  draft.event('note', text, { by });
  draft.ticket('ticket.note', { subject: '', body: `${by}: ${text}` });
  return draft.done('noted');
}

/**
 * A page or the call to a team has been accepted by its provider: who has been told of the beginning is told of
 * the end, also when the end came first.
 */
export function messageReached(
  incident: Incident,
  effect: Effect<Message>,
  person: string | undefined,
  now: number,
  newCode: NewCode,
): Decision {
  const draft = new IncidentDraft(incident, now);
  const { via, to: recipient, occasion } = effect.content;
  const to = person === undefined ? recipient : ({ is: 'person', name: person } as const);
  draft.event('message-accepted', `${person ?? recipient.name} told by ${via}.`);
  if (occasion.is === 'recovery' || occasion.is === 'test') return draft.done('reached');
  const known = incident.told.some(
    (told) => told.via === via && told.to.is === to.is && told.to.name === to.name,
  );
  if (!known) {
    draft.set({ told: [...incident.told, { to, via }] });
    if (!isOpen(incident))
      draft.message('notice', { to, via, code: newCode(), occasion: { is: 'recovery' } });
  }
  return draft.done('reached');
}

/** A page is dead: the next route is the schedule's fallback, once. */
export function messageLost(
  incident: Incident,
  effect: Effect<Message>,
  why: string,
  now: number,
  newCode: NewCode,
): Decision {
  const draft = new IncidentDraft(incident, now);
  const { to, via, occasion } = effect.content;
  draft.event('message-lost', `${effect.kind} to ${to.name} by ${via} is lost: ${why}.`);
  if (effect.kind === 'page' && to.is === 'schedule') {
    draft.message('page', { to: { is: 'fallback', name: to.name }, via, code: newCode(), occasion });
  }
  return draft.done('unreachable');
}
