import { firstReviewAt } from './chores.ts';
import type { TicketCustomer } from './effect.ts';
import { newEpisode } from './episode.ts';
import type { EscalationStep } from './escalation.ts';
import type { Incident } from './incident.ts';
import type { Customer } from './target.ts';

type Given = Pick<
  Incident,
  'id' | 'target' | 'kind' | 'priority' | 'startedAt' | 'reason' | 'message' | 'helpdesk'
> &
  Partial<Incident> & { escalation: EscalationStep[] };

export interface Beginning {
  now: number;
  /** After this long without a ticket in the helpdesk, the desk holds it; absent: never. */
  holdAfterMs?: number;
  ackExpiresMs?: number;
}

/** A new incident: nothing has been sent, and nobody has been told. */
export function newIncident(
  { escalation, ...given }: Given,
  { now, holdAfterMs, ackExpiresMs }: Beginning,
): Incident {
  return {
    openedAt: now,
    status: { is: 'open' },
    episode: newEpisode({ startedAt: given.startedAt, openedAt: now, escalation }),
    failing: [],
    ...(ackExpiresMs !== undefined && { ackExpiresMs }),
    chores: {
      reviewAt: firstReviewAt(now),
      ...(holdAfterMs !== undefined && { holdAt: now + holdAfterMs }),
    },
    traits: [],
    counts: {},
    ...given,
  };
}

/** The names by which the helpdesk knows the customer. */
export const ticketCustomer = ({ name, contact, requester, company }: Customer): TicketCustomer => ({
  name,
  contact,
  requester,
  company,
});
