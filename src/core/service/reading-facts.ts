import type { HumanAct, TicketReading } from '../ticket-reading.ts';
import type { ServiceTicket } from './service-ticket.ts';
import type { TicketFact } from './ticket-fact.ts';

/**
 * The facts for the SLA clocks from a ticket as its helpdesk reports it, and from what humans have done to it.
 * Helpdesks report when a ticket was last changed, not when each field was: a change of state counts from that time.
 */
export function factsOfReading(
  { status, waitingOn = 'customer', createdAt, updatedAt, mergedInto }: TicketReading,
  acts: readonly HumanAct[],
  known: Pick<ServiceTicket, 'facts'> | undefined,
): TicketFact[] {
  const facts: TicketFact[] = acts.map(({ at, by, what }) =>
    what === 'replied' ? { is: 'responded', at, by } : { is: 'acknowledged', at, by },
  );
  const before = standing(known?.facts ?? []);
  const at = Math.max(updatedAt, createdAt);
  const now =
    status === 'resolved' || mergedInto !== undefined ? 'over' : status === 'pending' ? waitingOn : 'going';
  if (now === before) return facts;
  if (now === 'over') return [...facts, { is: mergedInto === undefined ? 'resolved' : 'withdrawn', at }];
  if (before === 'over') facts.push({ is: 'reopened', at });
  if (now === 'going') return before === 'over' ? facts : [...facts, { is: 'going', at }];
  return [...facts, { is: 'waiting', at, on: now }];
}

type Standing = 'going' | 'customer' | 'third-party' | 'over';

function standing(facts: readonly TicketFact[]): Standing {
  let standing: Standing = 'going';
  for (const fact of facts.toSorted((a, b) => a.at - b.at)) {
    if (fact.is === 'waiting') standing = fact.on;
    else if (fact.is === 'going' || fact.is === 'reopened') standing = 'going';
    else if (fact.is === 'resolved' || fact.is === 'withdrawn') standing = 'over';
  }
  return standing;
}
