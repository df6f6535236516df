import { helpdeskTitle, isOpen, ticketName, type Incident, type TicketReference } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import type { NewCode } from './new-code.ts';
import { say } from '../text/say.ts';

/** The helpdesk has not accepted the ticket in time: the desk holds it. Watchdesk keeps trying both. */
export function holdAtDesk(
  draft: IncidentDraft,
  text: { subject: string; body: string },
  why: string,
  now: number,
): void {
  const { chores, counts } = draft.incident;
  draft.set({ standIn: { since: now, why }, chores: { ...chores, holdAt: undefined } });
  draft.event('ticket-held', say('timeline.ticket-held', { why }));
  const isAgain = (counts['hold.open'] ?? 0) > 0;
  draft.hold('hold.open', text);
  // The desk keeps one ticket per incident: an earlier hold resolved it when it was carried over.
  if (isAgain) draft.hold('hold.reopen');
}

/** The desk has opened the ticket: everyone who was paged without a ticket is told where it is. */
export function heldAtDesk(
  incident: Incident,
  ticket: TicketReference,
  now: number,
  newCode: NewCode,
): Decision {
  const draft = new IncidentDraft(incident, now);
  const { standIn } = incident;
  draft.set({ standIn: { since: now, why: '', ...standIn, ticket } });
  draft.event('ticket-held', say('timeline.ticket-held-as', { ticket: ticketName(ticket) }));
  if (isOpen(incident) && standIn?.until === undefined) {
    for (const { to, via, by, lane } of incident.episode.told) {
      if (by === 'page') {
        draft.message('notice', { to, via, code: newCode(), occasion: { is: 'held' } }, 0, lane);
      }
    }
  }
  return draft.done('ticket-held');
}

/**
 * The helpdesk has accepted the ticket after all: it gets the notes from meanwhile, and the ticket in the desk ends.
 * `at` formats a moment in words.
 */
export function carryOver(
  draft: IncidentDraft,
  ticket: TicketReference,
  now: number,
  at: (moment: number) => string,
): void {
  const { standIn, unsaid = [] } = draft.incident;
  draft.set({ unsaid: undefined });
  if (standIn && standIn.until === undefined) {
    const { url } = ticket;
    const helpdesk = helpdeskTitle(ticket.helpdesk, ticket.adapter);
    const name = ticketName(ticket);
    // The desk may be the configured helpdesk by now: then the held ticket is the same one.
    const isSame = standIn.ticket?.adapter === ticket.adapter && standIn.ticket.remoteId === ticket.remoteId;
    if (!isSame) {
      draft.hold('hold.note', {
        body: url
          ? say('ticket-text.carried-over-link', { helpdesk, ticket: name, url })
          : say('ticket-text.carried-over', { helpdesk, ticket: name }),
      });
      draft.hold('hold.resolve');
    }
    draft.set({ standIn: { ...standIn, until: now } });
    draft.event('ticket-carried-over', say('timeline.ticket-carried-over', { helpdesk, ticket: name }));
  }
  const isOver = !isOpen(draft.incident);
  for (const { at: moment, kind, body } of unsaid) {
    // A customer gets no late reply about what is over.
    const isLate = kind === 'ticket.reply' && isOver;
    const text = kind === 'ticket.reply' && !isOver ? body : `${at(moment)}: ${body}`;
    draft.ticket(isLate ? 'ticket.note' : kind, { body: text });
  }
  if (isOver && unsaid.length > 0 && !ticket.isTheirs) draft.ticket('ticket.resolve');
}
