import type { ChangedTickets, TicketReading } from './ticket-reading.ts';

/** What is remembered of a helpdesk between rounds of questions. */
export interface TicketLedger {
  /** On the helpdesk's clock: changes before have been heard. */
  since: number;
  /** Tickets that are urgent and known to be. */
  urgent: string[];
  /** Those that are urgent already are still being counted, and page nobody. */
  isCensus?: boolean;
}

/** Clocks differ by less; a time that is further ahead says nothing. */
const MOST_AHEAD_MS = 3_600_000;

export const isUrgent = ({ priority, status }: TicketReading): boolean =>
  priority === 'urgent' && status !== 'resolved';

/** How a ticket is told from itself later. */
export const looks = ({ updatedAt, status, priority, assignee }: TicketReading): string =>
  `${updatedAt} ${status} ${priority} ${assignee}`;

export const isUsable = ({ since, urgent }: TicketLedger, now: number): boolean =>
  Number.isFinite(since) && since <= now + MOST_AHEAD_MS && Array.isArray(urgent);

/** Tickets that are urgent before anybody listened are known to be: on start, nothing is announced again. */
export function censusTaken(
  before: TicketLedger | undefined,
  { tickets, isComplete }: ChangedTickets,
  now: number,
  overlapMs: number,
): TicketLedger {
  const urgent = new Set(before?.urgent);
  for (const reading of tickets) if (isUrgent(reading)) urgent.add(reading.remoteId);
  const newest = newestOf(tickets, now);
  // Without any ticket whose time could be believed, their clock is taken to be ours.
  const since = newest === undefined ? (before?.since ?? now - overlapMs) : newest - overlapMs;
  return { since, urgent: [...urgent], ...(!isComplete && { isCensus: true }) };
}

/** After a round: from when on changes are asked for next, and which tickets are known to be urgent. */
export function changesHeard(
  before: TicketLedger,
  round: { tickets: readonly TicketReading[]; heard: readonly TicketReading[]; later: ReadonlySet<string> },
  now: number,
  overlapMs: number,
): TicketLedger {
  const urgent = new Set(before.urgent);
  for (const reading of round.heard) {
    if (isUrgent(reading)) urgent.add(reading.remoteId);
    else urgent.delete(reading.remoteId);
  }
  const newest = newestOf(round.tickets, now);
  const waiting = round.tickets.filter(({ remoteId }) => round.later.has(remoteId));
  const since = Math.min(
    newest === undefined ? before.since : Math.max(before.since, newest - overlapMs),
    ...waiting.map(({ updatedAt }) => updatedAt - 1).filter(Number.isFinite),
  );
  return { since, urgent: [...urgent] };
}

function newestOf(tickets: readonly TicketReading[], now: number): number | undefined {
  const times = tickets.map(({ updatedAt }) => updatedAt).filter((at) => at <= now + MOST_AHEAD_MS);
  return times.length === 0 ? undefined : Math.max(...times);
}
