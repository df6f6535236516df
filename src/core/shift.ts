import type { Beat } from './check-type.ts';
import type { CheckState } from './check-state.ts';
import type { Effect } from './effect.ts';
import { shiftEpisode } from './episode.ts';
import type { Health, KnownHealth } from './health.ts';
import type { Incident } from './incident.ts';

/*
 * A clock step while the monitor runs: everything still going on moves with it, as if the clock had always been right.
 * What is due stays due after the same wait, and nothing has lasted for a year or for a negative time.
 */

function shiftStatus(status: Incident['status'], byMs: number): Incident['status'] {
  if (status.is === 'open') return status;
  if (status.is === 'resolved' || status.actedAt === undefined) return { ...status, at: status.at + byMs };
  return { ...status, at: status.at + byMs, actedAt: status.actedAt + byMs };
}

export function shiftBeat({ at, startedAt, listenedSince, ...beat }: Beat, byMs: number): Beat {
  return {
    ...beat,
    at: at === 0 ? 0 : at + byMs,
    ...(startedAt !== undefined && { startedAt: startedAt + byMs }),
    ...(listenedSince !== undefined && { listenedSince: listenedSince + byMs }),
  };
}

export function shiftIncident(incident: Incident, byMs: number): Incident {
  const { chores, standIn, status } = incident;
  const later = (at: number | undefined) => (at === undefined ? undefined : at + byMs);
  return {
    ...incident,
    startedAt: incident.startedAt + byMs,
    openedAt: incident.openedAt + byMs,
    episode: shiftEpisode(incident.episode, byMs),
    status: shiftStatus(status, byMs),
    failing: incident.failing.map((part) => ({
      ...part,
      firstFailureAt: part.firstFailureAt + byMs,
      breachedAt: part.breachedAt + byMs,
      lastGoodAt: later(part.lastGoodAt),
      recoveredAt: later(part.recoveredAt),
    })),
    updates: incident.updates && {
      ...incident.updates,
      nextAt: incident.updates.nextAt + byMs,
      lastAt: later(incident.updates.lastAt),
      nudgeAt: later(incident.updates.nudgeAt),
      newsAt: later(incident.updates.newsAt),
    },
    rung: incident.rung && { ...incident.rung, dueAt: later(incident.rung.dueAt) },
    unsaid: incident.unsaid?.map((word) => ({ ...word, at: word.at + byMs })),
    unshown: incident.unshown && { ...incident.unshown, dueAt: incident.unshown.dueAt + byMs },
    standIn: standIn && { ...standIn, since: standIn.since + byMs, until: later(standIn.until) },
    chores: {
      reviewAt: chores.reviewAt + byMs,
      newsAt: later(chores.newsAt),
      holdAt: later(chores.holdAt),
      sweep: chores.sweep && { ...chores.sweep, dueAt: chores.sweep.dueAt + byMs },
    },
  };
}

export function shiftEffect<Content>(effect: Effect<Content>, byMs: number): Effect<Content> {
  const { state } = effect;
  const moved = { ...state } as typeof state &
    Record<'dueAt' | 'since' | 'leaseUntil' | 'at' | 'askAt', number>;
  for (const key of ['dueAt', 'since', 'leaseUntil', 'at', 'askAt'] as const) {
    if (key in state && moved[key] !== undefined) moved[key] += byMs;
  }
  return { ...effect, createdAt: effect.createdAt + byMs, state: moved };
}

export function shiftCheck(state: CheckState, byMs: number): CheckState {
  const { flap, lastRunAt, lastGoodAt } = state;
  return {
    ...state,
    health: shiftHealth(state.health, byMs),
    flap: flap.is === 'flapping' ? { ...flap, since: flap.since + byMs } : flap,
    lastRunAt: lastRunAt === undefined ? undefined : lastRunAt + byMs,
    lastGoodAt: lastGoodAt === undefined ? undefined : lastGoodAt + byMs,
  };
}

function shiftHealth(health: Health, byMs: number): Health {
  if (health.is !== 'unknown') return shiftKnown(health, byMs);
  return { ...health, since: health.since + byMs, before: health.before && shiftKnown(health.before, byMs) };
}

const shiftKnown = (health: KnownHealth, byMs: number): KnownHealth => ({
  ...health,
  since: health.since + byMs,
  ...('firstFailureAt' in health && { firstFailureAt: health.firstFailureAt + byMs }),
});
