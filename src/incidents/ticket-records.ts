import { isTicketOrder, type Effect } from '../core/effect.ts';
import type { Incident, TicketReference } from '../core/incident.ts';
import type { Change, TicketRecord } from '../store/store.ts';

/** The changes to the ticket record that follow from an accepted effect. */
export function ticketRecords(
  effect: Effect,
  incident: Incident | undefined,
  ticket: TicketReference | undefined,
): TicketRecord[] {
  const { state } = effect;
  if (state.is !== 'accepted' || !isTicketOrder(effect) || !incident || !ticket) return [];
  const opens = effect.kind === 'ticket.open' || (effect.kind === 'hold.open' && !incident.ticket);
  const { subject, body } = effect.content;
  return opens ? ticketRecord({ ...incident, ticket, openedAt: state.at }, subject, body) : [];
}

/** The record of a ticket as opened. */
export function ticketRecord(
  { id, ticket, priority, openedAt }: Pick<Incident, 'id' | 'ticket' | 'priority' | 'openedAt'>,
  subject: string,
  body: string,
): TicketRecord[] {
  if (!ticket) return [];
  return [
    {
      id: `${ticket.helpdesk}:${ticket.remoteId}`,
      incident: id,
      adapter: ticket.adapter,
      helpdesk: ticket.helpdesk,
      ...(ticket.label !== undefined && { label: ticket.label }),
      remoteId: ticket.remoteId,
      url: ticket.url,
      priority,
      status: 'open',
      subject,
      body,
      createdAt: openedAt,
    },
  ];
}

/** The ticket status after the effect; the built-in desk's ticket counts only while it is the only one. */
export function ticketStatus(
  { kind, state, incident }: Effect,
  of: Incident | undefined,
): Change['ticketStatus'] {
  if (state.is !== 'accepted') return [];
  if (kind === 'hold.resolve' && of && !of.ticket) return [{ incident, status: 'resolved' }];
  if (kind === 'ticket.resolve') return [{ incident, status: 'resolved' }];
  return kind === 'ticket.reopen' ? [{ incident, status: 'open' }] : [];
}
