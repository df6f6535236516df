import { deadline, elapsed, type ServiceHours } from './business-time.ts';
import {
  CLOCKS,
  NO_TERMS,
  type ClockName,
  type HoursOf,
  type Promised,
  type Terms,
  type WaitingOn,
} from './promise.ts';
import { inOrder, type TicketFact } from './ticket-fact.ts';

export type ClockState =
  /** `since`: the moment from which further time is counted, within those hours. */
  | { is: 'running'; since: number; hours: ServiceHours }
  | { is: 'paused'; on: WaitingOn }
  | { is: 'stopped'; at: number };

/** An SLA clock of a ticket, or one round of it: the update clock restarts with every update. Times in milliseconds. */
export interface TicketClock {
  clock: ClockName;
  /** 1 for the first round. */
  round: number;
  limitMs: number;
  /** Time used up by the moment at which the clock was read, or stopped. */
  usedMs: number;
  /** When the clock ran out; absent while it has not. */
  ranOutAt?: number;
  state: ClockState;
}

/** When a running clock will have used up that share of its limit; undefined if it does not run, or never will. */
export function shareUsedAt({ limitMs, usedMs, state }: TicketClock, share: number): number | undefined {
  if (state.is !== 'running') return undefined;
  const left = Math.ceil(limitMs * share) - usedMs;
  // The share was used up earlier; the facts no longer say when.
  return left <= 0 ? state.since : deadline(state.since, left, state.hours);
}

/** When a clock runs out or ran out; undefined while it is paused, and for one that was stopped in time. */
export const dueAt = (clock: TicketClock): number | undefined => clock.ranOutAt ?? shareUsedAt(clock, 1);

/** A clock stopped exactly at its limit is in time; one that still runs there is missed. */
export const isMissed = ({ limitMs, usedMs, state }: TicketClock): boolean =>
  usedMs > limitMs || (state.is === 'running' && usedMs === limitMs);

/** Name of a clock and its round: `update`, `update 2`. */
export const nameOfRound = ({ clock, round }: TicketClock): string =>
  round === 1 ? clock : `${clock} ${round}`;

/** The same update is reported twice: by the incident and by the ticket that was told. */
const SAME_WORD_MS = 60_000;

interface Running {
  round: number;
  startedAt: number;
  usedMs: number;
  ranOutAt?: number;
  stoppedAt?: number;
  /** The clock was stopped because the ticket ended, not because its goal was met. */
  isCutShort?: boolean;
}

/**
 * State of a ticket's clocks at a moment, by the facts until then: the running ones and those that have stopped, in the
 * order in which they stopped. Used time is kept over every change of terms, and computed separately wherever hours,
 * pauses or terms change.
 */
export function clocksOf(facts: readonly TicketFact[], now: number, hoursOf: HoursOf): TicketClock[] {
  const clocks = new Map<ClockName, Running>();
  const done: TicketClock[] = [];
  let terms: Terms = NO_TERMS;
  let waiting: WaitingOn | undefined;
  let isOver = false;
  let at = 0;

  const promiseOf = (clock: ClockName): Promised | undefined => terms.promises[clock];
  const hours = (promised: Promised): ServiceHours => hoursOf(promised.hours) ?? { is: 'always' };
  const isPaused = (): boolean => waiting !== undefined && terms.pausedWhile.includes(waiting);
  const advance = (to: number) => {
    if (!isOver && !isPaused()) {
      for (const [clock, running] of clocks) {
        const promised = promiseOf(clock);
        if (!promised || running.stoppedAt !== undefined) continue;
        const before = running.usedMs;
        running.usedMs += elapsed(at, to, hours(promised));
        if (running.ranOutAt === undefined && running.usedMs >= promised.withinMs) {
          running.ranOutAt = deadline(at, promised.withinMs - before, hours(promised));
        }
      }
    }
    at = Math.max(at, to);
  };
  const stop = (clock: ClockName) => {
    const running = clocks.get(clock);
    const promised = promiseOf(clock);
    if (!running || running.stoppedAt !== undefined) return;
    running.stoppedAt = at;
    if (!promised) return;
    done.push({ ...readingOf(clock, running, promised), state: { is: 'stopped', at } });
  };
  const nextRound = (clock: ClockName) => {
    const before = clocks.get(clock);
    if (!before) return;
    const isSameWord = before.round > 1 && at - before.startedAt < SAME_WORD_MS;
    if (!isSameWord) stop(clock);
    clocks.set(clock, { round: before.round + (isSameWord ? 0 : 1), usedMs: 0, startedAt: at });
  };

  for (const fact of inOrder(facts)) {
    if (fact.at > now) break;
    advance(fact.at);
    switch (fact.is) {
      case 'opened':
        for (const clock of CLOCKS)
          if (!clocks.has(clock)) clocks.set(clock, { round: 1, usedMs: 0, startedAt: at });
        break;
      case 'terms':
        terms = fact.terms;
        for (const [clock, usedMs] of Object.entries(fact.used ?? {})) {
          const running = clocks.get(clock as ClockName);
          if (running && running.stoppedAt === undefined) running.usedMs = usedMs;
        }
        for (const [clock, running] of clocks) runOutAnew(running, promiseOf(clock), at);
        break;
      case 'acknowledged':
        stop('acknowledge');
        break;
      case 'responded':
        stop('acknowledge');
        stop('respond');
        if (!isOver) nextRound('update');
        break;
      case 'told':
        if (!isOver) nextRound('update');
        break;
      case 'waiting':
        waiting = fact.on;
        break;
      case 'going':
        waiting = undefined;
        break;
      case 'resolved':
        for (const clock of CLOCKS) {
          const running = clocks.get(clock);
          if (!running || running.stoppedAt !== undefined) continue;
          running.isCutShort = true;
          // What recovered by itself before the limit needed no acknowledgement or reply: nobody was late.
          const isMoot = fact.byItself === true && clock !== 'resolve' && running.ranOutAt === undefined;
          if (isMoot) running.stoppedAt = at;
          else stop(clock);
        }
        isOver = true;
        waiting = undefined;
        break;
      case 'withdrawn':
        // The clocks that still run are neither met nor missed.
        for (const [clock, running] of clocks) if (running.stoppedAt === undefined) clocks.delete(clock);
        isOver = true;
        waiting = undefined;
        break;
      case 'reopened':
        if (!isOver) break;
        isOver = false;
        resume(clocks, done, at);
        break;
    }
  }
  advance(now);
  for (const [clock, running] of clocks) {
    const promised = promiseOf(clock);
    if (!promised || running.stoppedAt !== undefined) continue;
    const state: ClockState = isPaused()
      ? { is: 'paused', on: waiting! }
      : { is: 'running', since: now, hours: hours(promised) };
    done.push({ ...readingOf(clock, running, promised), state });
  }
  return done;
}

const readingOf = (clock: ClockName, { round, usedMs, ranOutAt }: Running, { withinMs }: Promised) => ({
  clock,
  round,
  usedMs,
  limitMs: withinMs,
  ...(ranOutAt !== undefined && { ranOutAt }),
});

/** Under new terms a clock that had run out may be in time again, or the reverse from now on. */
function runOutAnew(running: Running, promised: Promised | undefined, at: number): void {
  if (running.stoppedAt !== undefined) return;
  const hasRunOut = promised !== undefined && running.usedMs >= promised.withinMs;
  running.ranOutAt = hasRunOut ? (running.ranOutAt ?? at) : undefined;
}

/** The clocks of a reopened ticket continue with the time they had used; the update clock restarts. */
function resume(clocks: Map<ClockName, Running>, done: TicketClock[], at: number): void {
  for (const [clock, running] of clocks) {
    if (clock === 'update' || !running.isCutShort) continue;
    running.stoppedAt = undefined;
    running.isCutShort = false;
    const last = done.findLastIndex((one) => one.clock === clock);
    if (last !== -1) done.splice(last, 1);
  }
  const update = clocks.get('update');
  if (update) clocks.set('update', { round: update.round + 1, usedMs: 0, startedAt: at });
}
