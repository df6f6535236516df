import type { TicketFact } from '../service/ticket-fact.ts';
import type { DeskEntry } from './desk-ticket.ts';

/** What decides how the history of a ticket counts for its SLA clocks. */
export interface FactScope {
  isOfIncident: boolean;
  /** Whether anybody reads its public entries: a requester with an address, or the customer's portal. */
  hasReader: boolean;
}

/**
 * What the entries of a ticket's history mean to its SLA clocks. For the ticket of an outage the incident itself
 * reports the end: the monitor may close it in the desk only because its helpdesk has it now.
 */
export const factsOf = (
  entries: readonly DeskEntry[],
  { isOfIncident, hasReader }: FactScope,
): TicketFact[] =>
  entries
    .filter(({ event, by }) => !(isOfIncident && event === 'state' && by.is === 'monitor'))
    .flatMap(factsOfEntry)
    .filter(({ is }) => is !== 'told' || hasReader);

function factsOfEntry({ at, event, by, text }: DeskEntry): TicketFact[] {
  const human = by.is === 'agent' ? by.id : undefined;
  const noticed: TicketFact[] = human === undefined ? [] : [{ is: 'acknowledged', at, by: human }];
  switch (event) {
    case 'reply':
      return human === undefined ? [{ is: 'told', at }] : [{ is: 'responded', at, by: human }];
    case 'note':
    case 'assigned':
    case 'changed':
    case 'linked':
      return noticed;
    case 'merged':
      // The ticket that absorbs another one has a sentence there instead of a number.
      return /^\d+$/.test(text) ? [...noticed, { is: 'withdrawn', at }] : [];
    case 'state':
      return [...noticed, ...factsOfState(text, at)];
    default:
      return [];
  }
}

function factsOfState(state: string, at: number): TicketFact[] {
  switch (state) {
    case 'waiting-customer':
      return [
        { is: 'reopened', at },
        { is: 'waiting', at, on: 'customer' },
      ];
    case 'waiting-third-party':
      return [
        { is: 'reopened', at },
        { is: 'waiting', at, on: 'third-party' },
      ];
    case 'resolved':
    case 'closed':
      return [{ is: 'resolved', at }];
    case 'merged':
      return [{ is: 'withdrawn', at }];
    default:
      return [
        { is: 'reopened', at },
        { is: 'going', at },
      ];
  }
}
