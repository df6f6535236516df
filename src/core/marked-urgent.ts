import { startEscalation } from './escalate.ts';
import type { EscalationStep } from './escalation.ts';
import { ticketName, type TicketReference } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { startUpdates, type TellingRules } from './customer-updates.ts';
import { newIncident, ticketCustomer } from './new-incident.ts';
import { neutraliseLine } from './neutralise.ts';
import type { Customer } from './target.ts';
import type { TicketReading } from './ticket-reading.ts';
import { say } from '../text/say.ts';

export interface MarkedUrgent {
  reading: TicketReading;
  /** The customer of the ticket, when known. */
  customer?: Customer | undefined;
  ticket: TicketReference;
}

/** Name of an incident that is about a ticket and no target. */
export const ticketTarget = (ticket: TicketReference): string =>
  `${ticket.helpdesk} ticket ${ticketName(ticket)}`;

export interface MarkedUrgentRules extends TellingRules {
  escalation: readonly EscalationStep[];
  ackExpiresMs?: number;
  newId: () => string;
}

/** A human has marked a ticket urgent that Watchdesk did not open: operations is paged as for any urgent ticket. */
export function markedUrgent(
  { reading, ticket, customer }: MarkedUrgent,
  now: number,
  rules: MarkedUrgentRules,
): Decision {
  const incident = newIncident(
    {
      id: rules.newId(),
      target: ticketTarget(ticket),
      kind: 'ticket',
      priority: 'urgent',
      startedAt: now,
      reason: 'marked-urgent',
      message: neutraliseLine(reading.subject, 200),
      helpdesk: ticket.helpdesk,
      ticket,
      ...(customer && { customer: customer.name, ticketCustomer: ticketCustomer(customer) }),
      ...(reading.requester !== undefined && { requester: reading.requester }),
      ticketNews: {
        status: reading.status,
        priority: 'urgent',
        carriedOver: 'assignee',
        actedAt: reading.updatedAt,
        broughtBack: 0,
      },
      escalation: [...rules.escalation],
    },
    { now, ackExpiresMs: rules.ackExpiresMs },
  );
  const draft = new IncidentDraft(incident, now);
  draft.event(
    'ticket-urgent',
    say('timeline.ticket-marked-urgent', { ticket: ticketName(ticket), subject: draft.incident.message }),
  );
  draft.ticket('ticket.note', { body: say('ticket-text.marked-urgent') });
  startUpdates(draft, now, rules);
  startEscalation(draft, { is: 'marked-urgent' }, now, rules);
  return draft.done('marked-urgent');
}
