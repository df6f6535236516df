import { isOpen, ticketAtHand, type Incident, type TicketReference } from '../core/incident.ts';
import { isReported } from '../core/reason.ts';
import type { ServiceTicket, TicketWord } from '../core/service/service-ticket.ts';
import type { TicketFact } from '../core/service/ticket-fact.ts';
import type { TargetKind } from '../core/target.ts';

/** A reference that stands in until the helpdesk has accepted the ticket. */
const notYet = ({ helpdesk }: Incident): TicketReference => ({
  adapter: '',
  helpdesk,
  remoteId: '',
  url: '',
});

/**
 * What an incident tells the SLA clocks of its ticket: acknowledging the incident counts as acknowledging the ticket,
 * and customers notified by mail count as notified. The SLA runs from the start of the outage, whether or not the
 * helpdesk has accepted the ticket. Undefined for an incident about somebody else's ticket.
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
    // Changes that support has made to the ticket since are kept.
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
