import type { ClockName, Terms, WaitingOn } from './promise.ts';

/**
 * An event of a ticket that matters to its SLA clocks, the same for every helpdesk. `at` is when it happened, Unix
 * milliseconds, however late we hear of it.
 */
export type TicketFact = { at: number } & (
  | { is: 'opened' }
  /** New terms from now on; `used`: the clocks' used time by then, where it cannot be computed again. */
  | { is: 'terms'; terms: Terms; used?: Partial<Record<ClockName, number>> }
  /** A human has acknowledged: assigned it by hand, added a note, replied, or said "I have it". */
  | { is: 'acknowledged'; by?: string }
  /** A human's public reply; never the automatic reply, and never the opening text. */
  | { is: 'responded'; by?: string }
  /** The customer got an update, from anyone. */
  | { is: 'told' }
  | { is: 'waiting'; on: WaitingOn }
  /** The ticket no longer waits on anyone. */
  | { is: 'going' }
  /** `byItself`: the target recovered, and nobody had to do anything. */
  | { is: 'resolved'; byItself?: boolean }
  /** The ticket goes on in another one, and nothing is owed for it any more. */
  | { is: 'withdrawn' }
  | { is: 'reopened' }
);

/** Sorted by when they happened; for the same moment, by when we heard of them. */
export const inOrder = (facts: readonly TicketFact[]): TicketFact[] => facts.toSorted((a, b) => a.at - b.at);

/** Key for the deduplication of facts that are reported twice. */
const factKey = (fact: TicketFact): string =>
  `${fact.at} ${fact.is}${fact.is === 'waiting' ? ` ${fact.on}` : ''}${fact.is === 'terms' ? ` ${fact.terms.level}` : ''}`;

/** Adds the facts that are not known yet. */
export function withFacts(known: readonly TicketFact[], heard: readonly TicketFact[]): TicketFact[] {
  const keys = new Set(known.map(factKey));
  return [...known, ...heard.filter((fact) => !keys.has(factKey(fact)))];
}
