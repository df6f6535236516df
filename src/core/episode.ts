import type { EscalationStep } from './escalation.ts';
import type { Recipient } from './effect.ts';

/** A target that fails because one that it depends on is at risk: it gets no incident of its own meanwhile. */
export interface AffectedTarget {
  target: string;
  customer?: string;
  since: number;
  /** When it recovered, or got an incident of its own. */
  until?: number;
  how?: 'back' | 'own-incident';
}

/** News for the ticket's next note: collected, so that a storm is one note. */
export interface News {
  is: 'joined' | 'affected' | 'back';
  target: string;
  customer?: string;
}

/** A step of the frozen escalation that is still to come. */
export interface DueStep {
  /** Index in `escalation`. */
  step: number;
  dueAt: number;
  /** 0 the first time, then counts the repeats. */
  round: number;
  /** The next way to a person who has been paged and has not acknowledged. */
  follow?: Route;
}

/** A recipient and the channel by which to reach them. */
export interface Route {
  to: Recipient;
  via: string;
}

export interface Told extends Route {
  /** Lane of the message that reached them: the recovery message follows it in the same order. */
  lane: string;
  /** A page asks for a response, a notice does not. */
  by: 'page' | 'notice';
}

/**
 * One outage of an incident, from its opening or reopening; a relapse starts a new one. Times are Unix milliseconds.
 */
export interface Episode {
  /** 1 for the first outage, one more for every relapse. */
  number: number;
  /** Its first failed probe. */
  startedAt: number;
  /** When the incident was opened or reopened. */
  openedAt: number;
  /** `raised`: a human or an alarm made its ticket urgent, so that the escalation for urgent incidents applies. */
  urgency: 'own' | 'raised';
  /** Frozen when the episode begins: a reload never changes a running escalation. */
  escalation: EscalationStep[];
  /** Steps of the escalation that are still to come. */
  due: DueStep[];
  /** Recipients who were reached, and who get the recovery message. */
  told: Told[];
  /** Routes that have failed for good. */
  lost: Route[];
  /** People whom a manual escalation paged when no step was left. */
  asked: string[];
  /** Pages that were not accepted after a while, and the route that each also took. */
  detours: { effect: string; route: Route; at: number }[];
  /** Set when the incident covers many targets: the trait they share. */
  group?: { trait: string; lastJoinedAt: number; paged: boolean };
  affected: AffectedTarget[];
  /** News that the ticket has not been told yet. */
  news: News[];
  /** An engineer's estimate of when the outage will be over. */
  estimate?: { at: number; by: string; setAt: number };
  /** The vendor who is responsible for the cause. */
  vendor?: { name: string; by: string; at: number };
}

export type EpisodeBeginning = Pick<Episode, 'startedAt' | 'openedAt' | 'escalation'> & Partial<Episode>;

/** A new episode: nothing has been sent, and nobody has been told. */
export const newEpisode = (beginning: EpisodeBeginning): Episode => ({
  number: 1,
  urgency: 'own',
  due: [],
  told: [],
  lost: [],
  asked: [],
  detours: [],
  affected: [],
  news: [],
  ...beginning,
});

const later = (at: number | undefined, byMs: number) => (at === undefined ? undefined : at + byMs);

/** Moves the episode's times with a clock step. */
export function shiftEpisode(episode: Episode, byMs: number): Episode {
  const { group, estimate, vendor } = episode;
  return {
    ...episode,
    startedAt: episode.startedAt + byMs,
    openedAt: episode.openedAt + byMs,
    due: episode.due.map((step) => ({ ...step, dueAt: step.dueAt + byMs })),
    detours: episode.detours.map((detour) => ({ ...detour, at: detour.at + byMs })),
    affected: episode.affected.map((one) => ({
      ...one,
      since: one.since + byMs,
      until: later(one.until, byMs),
    })),
    group: group && { ...group, lastJoinedAt: group.lastJoinedAt + byMs },
    estimate: estimate && { ...estimate, at: estimate.at + byMs, setAt: estimate.setAt + byMs },
    vendor: vendor && { ...vendor, at: vendor.at + byMs },
  };
}
