import type { Effect, TicketOrder } from './effect.ts';
import { isOpen, ticketName, type Incident, type TicketReference } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import type { NewCode } from './new-code.ts';

/** The helpdesk has not taken the ticket in time: the desk holds it meanwhile. Both go on to be tried. */
export function holdAtDesk(
  draft: IncidentDraft,
  text: { subject: string; body: string },
  why: string,
  now: number,
): void {
  const { chores } = draft.incident;
  draft.set({ standIn: { since: now }, chores: { ...chores, holdAt: undefined } });
  draft.event('ticket-held', `${why}: the desk holds the ticket until the helpdesk is back.`);
  draft.hold('hold.open', text);
}

/** The desk has it: whoever has been paged without a ticket hears where it is. */
export function heldAtDesk(
  incident: Incident,
  _effect: Effect<TicketOrder>,
  ticket: TicketReference,
  now: number,
  newCode: NewCode,
): Decision {
  const draft = new IncidentDraft(incident, now);
  const { standIn } = incident;
  draft.set({ standIn: { since: now, ...standIn, ticket } });
  draft.event('ticket-held', `Ticket ${ticketName(ticket)} in the desk stands for it.`);
  if (isOpen(incident) && standIn?.until === undefined) {
    for (const { to, via, by, lane } of incident.told) {
      if (by === 'page') {
        draft.message('notice', { to, via, code: newCode(), occasion: { is: 'held' } }, 0, lane);
      }
    }
  }
  return draft.done('ticket-held');
}

/** The helpdesk has taken the ticket after all: the one in the desk ends with a word on where it went. */
export function carryOver(draft: IncidentDraft, ticket: TicketReference, now: number): void {
  const { standIn } = draft.incident;
  if (!standIn || standIn.until !== undefined) return;
  const where = ticket.url ? ` (${ticket.url})` : '';
  draft.hold('hold.note', {
    body: `Carried over to ${ticket.adapter}, ticket ${ticketName(ticket)}${where}.`,
  });
  draft.hold('hold.resolve');
  draft.set({ standIn: { ...standIn, until: now } });
  draft.event('ticket-carried-over', `Carried over to ${ticket.adapter}, ticket ${ticketName(ticket)}.`);
}
