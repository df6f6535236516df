import { firstReviewAt } from './chores.ts';
import type { TicketCustomer } from './effect.ts';
import type { Incident } from './incident.ts';
import type { Customer } from './target.ts';

type Given = Pick<
  Incident,
  'id' | 'target' | 'kind' | 'priority' | 'startedAt' | 'reason' | 'message' | 'helpdesk' | 'escalation'
> &
  Partial<Incident>;

export interface Beginning {
  now: number;
  /** After that long without a ticket the desk holds it; absent: never. */
  holdAfterMs?: number;
  ackExpiresMs?: number;
}

/** An incident as it begins: nothing has come of it, and nobody has heard of it. */
export function newIncident(given: Given, { now, holdAfterMs, ackExpiresMs }: Beginning): Incident {
  return {
    openedAt: now,
    status: { is: 'open' },
    failing: [],
    due: [],
    ...(ackExpiresMs !== undefined && { ackExpiresMs }),
    chores: {
      reviewAt: firstReviewAt(now),
      ...(holdAfterMs !== undefined && { holdAt: now + holdAfterMs }),
    },
    traits: [],
    affected: [],
    news: [],
    told: [],
    lost: [],
    counts: {},
    reopened: 0,
    ...given,
  };
}

/** Under which names the helpdesk knows them. */
export const ticketCustomer = ({ name, contact, requester, company }: Customer): TicketCustomer => ({
  name,
  contact,
  requester,
  company,
});
