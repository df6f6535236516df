import type { EscalationStep } from './escalation.ts';
import type { Recipient } from './effect.ts';

/** A target that fails because of another one that is at risk: it gets no incident of its own meanwhile. */
export interface AffectedTarget {
  target: string;
  customer?: string;
  since: number;
  /** It answers again, or has an incident of its own. */
  until?: number;
  how?: 'back' | 'own-incident';
}

/** What the ticket has not been told yet; told together, so that a storm is one note. */
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
  /** 0 the first time, counting the repeats. */
  round: number;
  /** The next way to somebody who has been paged and has not answered. */
  follow?: Route;
}

/** A way to reach somebody: who, and by which channel. */
export interface Route {
  to: Recipient;
  via: string;
}

export interface Told extends Route {
  /** Of the message that reached them: word of the end follows it in the same order. */
  lane: string;
  /** A page wants an answer, a notice does not. */
  by: 'page' | 'notice';
}

/**
 * One outage of an incident, from its opening or reopening: what begins anew when the target relapses. Times are Unix
 * milliseconds.
 */
export interface Episode {
  /** 1 for the first outage, one more for every relapse. */
  number: number;
  /** Its first failed probe. */
  startedAt: number;
  /** When the incident was opened or reopened. */
  openedAt: number;
  /** `raised`: a human or an alarm has made its ticket urgent, and its escalation is the one for urgent incidents. */
  urgency: 'own' | 'raised';
  /** Frozen when the episode begins: a reload never changes a running escalation. */
  escalation: EscalationStep[];
  /** Steps of the escalation that are still to come. */
  due: DueStep[];
  /** Who has been reached, and is told of the end. */
  told: Told[];
  /** Routes that have failed for good. */
  lost: Route[];
  /** Who was asked for help when no step was left. */
  asked: string[];
  /** Pages that were not through after a while, and the route that was taken beside. */
  detours: { effect: string; route: Route; at: number }[];
  /** Set when the incident stands for many targets: what they have in common. */
  group?: { trait: string; lastJoinedAt: number; paged: boolean };
  affected: AffectedTarget[];
  /** What the ticket has not been told yet. */
  news: News[];
  /** When it will be over, says an engineer. */
  estimate?: { at: number; by: string; setAt: number };
  /** A third party in whom the cause lies. */
  vendor?: { name: string; by: string; at: number };
}

export type EpisodeBeginning = Pick<Episode, 'startedAt' | 'openedAt' | 'escalation'> & Partial<Episode>;

/** An episode as it begins: nothing has come of it, and nobody has heard of it. */
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

/** The wall clock was set: the episode moves with it. */
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
