import type { TicketReference } from '../incident.ts';
import { clocksOf, dueAt, isMissed, type TicketClock } from './clocks.ts';
import type { HoursOf, Promisee, Terms } from './promise.ts';
import { inOrder, withFacts, type TicketFact } from './ticket-fact.ts';

/** A ticket with its SLA clocks: the same for every helpdesk, including the desk. */
export interface ServiceTicket extends Promisee {
  /** Id of its incident, or `<helpdesk> <remote id>`. */
  id: string;
  ticket: TicketReference;
  subject: string;
  openedAt: number;
  /** The assignee's name in the helpdesk; empty when unassigned. */
  assignee?: string;
  facts: TicketFact[];
  /** Alarms that have been raised, each once: `respond 1 0.75`. */
  rung: string[];
  /** Rounds of clocks whose end is already counted in the metrics. */
  counted: string[];
  /** The clocks when the ticket was last stored, for lists and reports. */
  results: ClockResult[];
  status: 'open' | 'resolved';
  resolvedAt?: number;
  /** Fingerprints of the calendars when the ticket was last stored; `readAt`: when that was. */
  prints?: Record<string, string>;
  readAt?: number;
}

/** How one round of a clock ended, or its present state. */
export interface ClockResult {
  clock: TicketClock['clock'];
  round: number;
  limitMs: number;
  usedMs: number;
  /** When the clock stopped; absent while it runs. */
  at?: number;
  missed: boolean;
}

/** A report about a ticket: its present fields, and new facts. */
export interface TicketWord extends Promisee {
  id: string;
  ticket: TicketReference;
  subject: string;
  openedAt: number;
  assignee?: string;
  facts: readonly TicketFact[];
  /** Every fact in it is new, even one that equals another fact of the same moment. */
  isNews?: boolean;
}

/** The terms in force. */
export const termsOf = ({ facts }: Pick<ServiceTicket, 'facts'>): Terms | undefined =>
  inOrder(facts).findLast((fact) => fact.is === 'terms')?.terms;

/** Returns the ticket after a report about it. */
export function serviceHeard(
  known: ServiceTicket | undefined,
  word: TicketWord,
  terms: Terms,
  now: number,
  hoursOf: HoursOf,
): ServiceTicket {
  // A helpdesk's clock may be ahead of ours: no fact may lie in the future.
  const openedAt = Math.min(word.openedAt, now);
  const told = word.facts.map((fact): TicketFact => ({ ...fact, at: Math.min(fact.at, now) }));
  const before: TicketFact[] = known?.facts ?? [
    { is: 'opened', at: openedAt },
    { is: 'terms', at: openedAt, terms },
  ];
  let facts = word.isNews ? [...before, ...told] : withFacts(before, told);
  // New terms apply from the latest new fact of the report; without one, from now.
  if (known && !isSameTerms(termsOf(known), terms)) {
    const lastTerms = Math.max(...before.map((fact) => (fact.is === 'terms' ? fact.at : -Infinity)));
    const fresh = facts.slice(before.length).map(({ at }) => at);
    facts = [
      ...facts,
      { is: 'terms', at: Math.max(lastTerms, fresh.length === 0 ? now : Math.max(...fresh)), terms },
    ];
  }
  const { isNews: _isNews, ...described } = word;
  const ticket: ServiceTicket = {
    ...(known ?? { rung: [], counted: [] }),
    // A missing field in the report means unknown, so the known value stays.
    ...(Object.fromEntries(
      Object.entries(described).filter(([, value]) => value !== undefined),
    ) as unknown as Omit<TicketWord, 'isNews'>),
    openedAt: known?.openedAt ?? openedAt,
    facts,
    results: [],
    ...statusOf(facts),
  };
  return { ...ticket, results: resultsOf(ticket, now, hoursOf) };
}

/** Applies new terms from now on; `used`: the clocks by the hours that were in force until now. */
export function termsChanged(
  ticket: ServiceTicket,
  terms: Terms,
  used: TicketClock[] | undefined,
  now: number,
  hoursOf: HoursOf,
): ServiceTicket {
  const going = used?.filter(({ state }) => state.is !== 'stopped');
  const facts: TicketFact[] = [
    ...ticket.facts,
    {
      is: 'terms',
      at: now,
      terms,
      ...(going && { used: Object.fromEntries(going.map(({ clock, usedMs }) => [clock, usedMs])) }),
    },
  ];
  return { ...ticket, facts, results: resultsOf({ facts }, now, hoursOf) };
}

export const resultsOf = (
  { facts }: Pick<ServiceTicket, 'facts'>,
  now: number,
  hoursOf: HoursOf,
): ClockResult[] =>
  clocksOf(facts, now, hoursOf).map((clock) => ({
    clock: clock.clock,
    round: clock.round,
    limitMs: clock.limitMs,
    usedMs: clock.usedMs,
    ...(clock.state.is === 'stopped' && { at: clock.state.at }),
    missed: isMissed(clock),
  }));

/** The running clock that runs out or ran out first, and when. */
export function nextDeadline(
  ticket: Pick<ServiceTicket, 'facts'>,
  now: number,
  hoursOf: HoursOf,
): { clock: TicketClock; at: number } | undefined {
  let first: { clock: TicketClock; at: number } | undefined;
  for (const clock of clocksOf(ticket.facts, now, hoursOf)) {
    const at = clock.state.is === 'running' ? dueAt(clock) : undefined;
    if (at !== undefined && (first === undefined || at < first.at)) first = { clock, at };
  }
  return first;
}

export const isSameTerms = (a: Terms | undefined, b: Terms): boolean =>
  a !== undefined && JSON.stringify(a) === JSON.stringify(b);

function statusOf(facts: readonly TicketFact[]): Pick<ServiceTicket, 'status' | 'resolvedAt'> {
  const last = facts
    .filter(({ is }) => is === 'resolved' || is === 'withdrawn' || is === 'reopened')
    .reduce<TicketFact | undefined>(
      (latest, fact) => (latest && latest.at > fact.at ? latest : fact),
      undefined,
    );
  if (last?.is === 'withdrawn') return { status: 'resolved', resolvedAt: undefined };
  return last?.is === 'resolved'
    ? { status: 'resolved', resolvedAt: last.at }
    : { status: 'open', resolvedAt: undefined };
}

/** Moves all times of the ticket with a clock step. */
export function shiftService(ticket: ServiceTicket, byMs: number): ServiceTicket {
  const { openedAt, resolvedAt, readAt, facts, results } = ticket;
  return {
    ...ticket,
    openedAt: openedAt + byMs,
    ...(resolvedAt !== undefined && { resolvedAt: resolvedAt + byMs }),
    ...(readAt !== undefined && { readAt: readAt + byMs }),
    facts: facts.map((fact) => ({ ...fact, at: fact.at + byMs })),
    results: results.map((one) => (one.at === undefined ? one : { ...one, at: one.at + byMs })),
  };
}

/** Keeps the time that the clocks had used when the ticket was last stored, instead of computing it again. */
export function usedAsWritten(ticket: ServiceTicket, terms: Terms): ServiceTicket {
  const { readAt, results, facts } = ticket;
  if (readAt === undefined) return ticket;
  const going = results.filter(({ at }) => at === undefined);
  const used = Object.fromEntries(going.map(({ clock, usedMs }) => [clock, usedMs]));
  return { ...ticket, facts: [...facts, { is: 'terms', at: readAt, terms, used }] };
}
