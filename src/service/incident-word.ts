import { isOpen, ticketAtHand, type Incident, type TicketReference } from '../core/incident.ts';
import { isReported } from '../core/reason.ts';
import type { ServiceTicket, TicketWord } from '../core/service/service-ticket.ts';
import type { TicketFact } from '../core/service/ticket-fact.ts';
import type { TargetKind } from '../core/target.ts';

/** Until its helpdesk has taken it. */
const notYet = ({ helpdesk }: Incident): TicketReference => ({
  adapter: '',
  helpdesk,
  remoteId: '',
  url: '',
});

/**
 * What an incident says of its ticket: whoever has said "I have it" has taken notice, and customers who were told by
 * mail have been told. What the promise is about begins with the outage, whether its helpdesk has taken the ticket or
 * not. Undefined for an incident that is about somebody else's ticket.
 */
export function incidentWord(
  incident: Incident,
  known: ServiceTicket | undefined,
  planOf: (customer: string) => string | undefined,
): TicketWord | undefined {
  if (incident.kind === 'ticket' && !isReported(incident.reason)) return undefined;
  const { id, status, customer, priority, kind, openedAt, episode, updates } = incident;
  const facts: TicketFact[] = [];
  if (status.is === 'worked') facts.push({ is: 'acknowledged', at: status.at, by: status.by });
  if (updates?.lastAt !== undefined) facts.push({ is: 'told', at: updates.lastAt });
  if (episode.number > 1 && isOpen(incident)) facts.push({ is: 'reopened', at: episode.startedAt });
  if (status.is === 'resolved')
    facts.push({ is: 'resolved', at: status.at, ...(status.how === 'recovered' && { byItself: true }) });
  const plan = customer === undefined ? undefined : planOf(customer);
  return {
    id,
    ticket: ticketAtHand(incident) ?? known?.ticket ?? notYet(incident),
    // What support has made of the ticket since stands.
    subject: known?.subject ?? `${incident.target}: ${incident.message}`,
    openedAt,
    customer,
    plan,
    priority: known?.priority ?? priority,
    ...(known?.severity !== undefined && { severity: known.severity }),
    ...(kind !== 'ticket' && { kind: kind satisfies TargetKind }),
    type: known?.type ?? 'incident',
    facts,
  };
}
