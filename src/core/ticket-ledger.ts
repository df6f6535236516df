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

/** How far back tickets that are urgent already are looked for before anybody listens. */
export const CENSUS_MS = 30 * 86_400_000;
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
  // Without any ticket whose time could be believed, their clock is taken to be ours.
  const start = before?.since ?? now - CENSUS_MS;
  const since = nextSince(start, { tickets, isComplete }, now, overlapMs) ?? now - overlapMs;
  return { since, urgent: [...urgent], ...(!isComplete && { isCensus: true }) };
}

/** After a round: from when on changes are asked for next, and which tickets are known to be urgent. */
export function changesHeard(
  before: TicketLedger,
  round: ChangedTickets & { heard: readonly TicketReading[]; later: ReadonlySet<string> },
  now: number,
  overlapMs: number,
): TicketLedger {
  const urgent = new Set(before.urgent);
  for (const reading of round.heard) {
    if (isUrgent(reading)) urgent.add(reading.remoteId);
    else urgent.delete(reading.remoteId);
  }
  const waiting = round.tickets.filter(({ remoteId }) => round.later.has(remoteId));
  const since = Math.min(
    Math.max(before.since, nextSince(before.since, round, now, overlapMs) ?? -Infinity),
    ...waiting.map(({ updatedAt }) => updatedAt - 1).filter(Number.isFinite),
  );
  return { since, urgent: [...urgent] };
}

/** Where there is more, on from the last one, and on in any case: a thousand changes may stand in one second. */
function nextSince(
  before: number,
  { tickets, isComplete }: ChangedTickets,
  now: number,
  overlapMs: number,
): number | undefined {
  const newest = newestOf(tickets, now);
  if (newest === undefined) return undefined;
  return isComplete ? newest - overlapMs : Math.max(newest, before + 1_000);
}

function newestOf(tickets: readonly TicketReading[], now: number): number | undefined {
  const times = tickets.map(({ updatedAt }) => updatedAt).filter((at) => at <= now + MOST_AHEAD_MS);
  return times.length === 0 ? undefined : Math.max(...times);
}
