import type { ChangedTickets, TicketReading } from './ticket-reading.ts';

/** What is remembered about a helpdesk between polls. */
export interface TicketLedger {
  /** On the helpdesk's clock: earlier changes have been processed. */
  since: number;
  /** Tickets that are known to be urgent. */
  urgent: string[];
  /** Tickets that were urgent before are still being collected, and page nobody. */
  isCensus?: boolean;
}

/** How far back the first poll looks for tickets that are urgent already. */
export const CENSUS_MS = 30 * 86_400_000;
/** Clocks differ by less than this; a time further ahead is ignored. */
const MOST_AHEAD_MS = 3_600_000;

export const isUrgent = ({ priority, status }: TicketReading): boolean =>
  priority === 'urgent' && status !== 'resolved';

/** Fingerprint of a reading, to detect later changes. */
export const looks = ({ updatedAt, status, priority, assignee }: TicketReading): string =>
  `${updatedAt} ${status} ${priority} ${assignee}`;

export const isUsable = ({ since, urgent }: TicketLedger, now: number): boolean =>
  Number.isFinite(since) && since <= now + MOST_AHEAD_MS && Array.isArray(urgent);

/** Records the tickets that were urgent before the first poll: on start, they page nobody. */
export function censusTaken(
  before: TicketLedger | undefined,
  { tickets, isComplete }: ChangedTickets,
  now: number,
  overlapMs: number,
): TicketLedger {
  const urgent = new Set(before?.urgent);
  for (const reading of tickets) if (isUrgent(reading)) urgent.add(reading.remoteId);
  // Without a ticket with a plausible time, the helpdesk's clock is assumed to equal ours.
  const start = before?.since ?? now - CENSUS_MS;
  const since = nextSince(start, { tickets, isComplete }, now, overlapMs) ?? now - overlapMs;
  return { since, urgent: [...urgent], ...(!isComplete && { isCensus: true }) };
}

/** The ledger after a poll: the start of the next one, and the tickets that are known to be urgent. */
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

/** If there is more, goes on from the newest ticket, by 1 s at least: a thousand changes may share a second. */
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
