import type { EscalationStep } from '../escalation.ts';
import type { Priority } from '../target.ts';
import { clocksOf, shareUsedAt, type TicketClock } from './clocks.ts';
import { isInScope, type ClockName, type HoursOf, type LevelScope } from './promise.ts';
import type { ServiceTicket } from './service-ticket.ts';
import type { TicketFact } from './ticket-fact.ts';

/** How an assignee is chosen: a person, the next member of a team, its least loaded member, or whoever is on call. */
export type AssignTo =
  | { is: 'person'; name: string }
  | { is: 'round-robin'; team: string }
  | { is: 'least-loaded'; team: string }
  | { is: 'on-call'; schedule: string };

/** An alarm: what happens when an SLA clock has used up a share of its time. */
export interface Alarm {
  /** Stays the same over reloads that do not change the alarm: it is raised once per clock. */
  id: string;
  clock: ClockName;
  /** 0.75 is a warning, 1 the deadline. */
  share: number;
  scope: LevelScope;
  /** Escalation steps that page people or mobilise teams, run by the same engine as for outages. */
  steps: readonly EscalationStep[];
  /** Whether the assignee gets a mail. */
  mailsAssignee: boolean;
  /** Raises the ticket to at least this priority. */
  raise?: Priority;
  reassign?: AssignTo;
}

/** An alarm that is raised for a clock. */
export interface Ring {
  alarm: Alarm;
  clock: TicketClock;
}

/** When several alarms are raised together, the last one with a `reassign` rule decides. */
export const reassignOf = (rings: readonly Ring[]): AssignTo | undefined =>
  rings.findLast(({ alarm }) => alarm.reassign)?.alarm.reassign;

const ringKey = ({ alarm, clock }: Ring): string => `${clock.clock} ${clock.round} ${alarm.id}`;

/**
 * Returns the alarms that are due, the smallest share first, and the keys under which they are remembered. Of several
 * for one clock only those of the largest share are raised: after the deadline a warning is useless.
 */
export function ringsDue(
  ticket: ServiceTicket,
  alarms: readonly Alarm[],
  now: number,
  hoursOf: HoursOf,
): { rings: Ring[]; keys: string[] } {
  const due = pending(ticket, alarms, now, hoursOf).filter(({ clock, alarm }) => isUsed(clock, alarm.share));
  const largest = new Map<string, number>();
  for (const { clock, alarm } of due) {
    largest.set(clock.clock, Math.max(largest.get(clock.clock) ?? 0, alarm.share));
  }
  return {
    rings: due.filter(({ clock, alarm }) => alarm.share === largest.get(clock.clock)),
    keys: due.map(ringKey),
  };
}

/** When the next alarm will be raised, as things are now. */
export function nextRingAt(
  ticket: ServiceTicket,
  alarms: readonly Alarm[],
  now: number,
  hoursOf: HoursOf,
): number | undefined {
  let first: number | undefined;
  for (const { clock, alarm } of pending(ticket, alarms, now, hoursOf)) {
    const at = shareUsedAt(clock, alarm.share);
    if (at !== undefined && (first === undefined || at < first)) first = at;
  }
  return first;
}

/** The facts that stop each clock for good. */
const ENDED_BY: Record<Exclude<ClockName, 'update'>, readonly TicketFact['is'][]> = {
  acknowledge: ['acknowledged', 'responded', 'resolved'],
  respond: ['responded', 'resolved'],
  resolve: ['resolved'],
};

/**
 * Whether the ticket still owes something that has raised an alarm. If it is no longer promised, because the alarm
 * itself has raised the priority, that does not mean that it has been done.
 */
export function isRinging(ticket: ServiceTicket, now: number, hoursOf: HoursOf): boolean {
  if (ticket.status === 'resolved') return false;
  const rung = [...new Set(ticket.rung.map((key) => key.split(' ').slice(0, 2).join(' ')))];
  return rung.some((key) => {
    const [clock, round] = key.split(' ') as [ClockName, string];
    if (clock !== 'update') return !ticket.facts.some(({ is }) => ENDED_BY[clock].includes(is));
    return clocksOf(ticket.facts, now, hoursOf).some(
      (one) => one.clock === 'update' && one.round === Number(round) && one.state.is !== 'stopped',
    );
  });
}

function pending(ticket: ServiceTicket, alarms: readonly Alarm[], now: number, hoursOf: HoursOf): Ring[] {
  const mine = alarms.filter(({ scope }) => isInScope(scope, ticket));
  if (mine.length === 0) return [];
  const rung = new Set(ticket.rung);
  return clocksOf(ticket.facts, now, hoursOf)
    .filter(({ state }) => state.is === 'running')
    .flatMap((clock) =>
      mine.filter((alarm) => alarm.clock === clock.clock).map((alarm) => ({ alarm, clock })),
    )
    .filter((ring) => !rung.has(ringKey(ring)));
}

const isUsed = ({ limitMs, usedMs }: TicketClock, share: number): boolean =>
  usedMs >= Math.ceil(limitMs * share);
