import type { ClockName, Terms, WaitingOn } from './promise.ts';

/**
 * Something that has come to pass with a ticket and matters to its clocks, the same whatever helpdesk it is in.
 * `at` is when it came to pass, Unix milliseconds, however late it is heard of.
 */
export type TicketFact = { at: number } & (
  | { is: 'opened' }
  /** Something else is promised from now on; `used`: what the clocks had used up by then, where that cannot be worked out again. */
  | { is: 'terms'; terms: Terms; used?: Partial<Record<ClockName, number>> }
  /** A human has taken notice: it is assigned by hand, noted on, answered, or somebody has said "I have it". */
  | { is: 'acknowledged'; by?: string }
  /** A human's public word; never the automatic answer, and never the text it was opened with. */
  | { is: 'responded'; by?: string }
  /** The customer was told how it stands, by whoever. */
  | { is: 'told' }
  | { is: 'waiting'; on: WaitingOn }
  /** It waits no longer. */
  | { is: 'going' }
  /** `byItself`: it recovered, and nobody had to do anything. */
  | { is: 'resolved'; byItself?: boolean }
  /** It lives on in another ticket, and nothing is owed for this one any more. */
  | { is: 'withdrawn' }
  | { is: 'reopened' }
);

/** In the order in which they came to pass; of one moment, in the order in which they were heard. */
export const inOrder = (facts: readonly TicketFact[]): TicketFact[] => facts.toSorted((a, b) => a.at - b.at);

/** How a fact is told from itself when it is heard of twice. */
const factKey = (fact: TicketFact): string =>
  `${fact.at} ${fact.is}${fact.is === 'waiting' ? ` ${fact.on}` : ''}${fact.is === 'terms' ? ` ${fact.terms.level}` : ''}`;

/** With what was not known yet. */
export function withFacts(known: readonly TicketFact[], heard: readonly TicketFact[]): TicketFact[] {
  const keys = new Set(known.map(factKey));
  return [...known, ...heard.filter((fact) => !keys.has(factKey(fact)))];
}
