import { resumeUpdates, takeUpdate, updateDueAt, type TellingRules } from './customer-updates.ts';
import type { NewCode } from './new-code.ts';
import { routesOf } from './routes.ts';
import { failingTargets, helpdeskTitle, isOpen, type Incident } from './incident.ts';
import type { News } from './episode.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { holdAtDesk } from './stand-in.ts';
import { newsNote } from './ticket-text.ts';
import { say } from '../text/say.ts';

/** How often every open incident is looked at again, whatever else is due for it. */
const REVIEW_MS = 15 * 60_000;
/** News of a storm comes in over some seconds; the ticket is told once. */
const NEWS_AFTER_MS = 10_000;
/** Waits between searches for doubles of a ticket: the last one ends a day after it was opened. */
const SWEEP_WAITS_MS = [3_600_000, 5 * 3_600_000, 18 * 3_600_000];

export const firstReviewAt = (now: number): number => now + REVIEW_MS;

/** Puts a line among those that the ticket is told with the next note. */
export function tellLater(draft: IncidentDraft, news: News, now: number): void {
  const { episode, chores } = draft.incident;
  const others = episode.news.filter(({ target }) => target !== news.target);
  // Who came and went before the ticket was told of it is no news.
  const isNews = news.is !== 'back' || others.length === episode.news.length;
  draft.setEpisode({ news: isNews ? [...others, news] : others });
  draft.set({ chores: { ...chores, newsAt: chores.newsAt ?? now + NEWS_AFTER_MS } });
}

/** What of an incident has still to be done, as the outbox knows it. */
export interface LiveWork {
  opensTicket: boolean;
  pages: boolean;
}

/** A ticket as it would be opened now, and where. */
export interface FreshTicket {
  subject: string;
  body: string;
  helpdesk: string;
  /** After that long without it the desk holds it; absent: never. */
  holdAfterMs?: number;
}

export interface ChoreRules extends TellingRules {
  /** What the helpdesk last said to its ticket, when it has not taken it. */
  whyNoTicket: (incident: string) => string | undefined;
  /** Which of its effects are still under way. */
  live: (incident: string) => LiveWork;
  /** For a ticket that must be opened anew; undefined when the target is gone. */
  ticketOf: (incident: Incident) => FreshTicket | undefined;
}

/** The earliest chore; a resolved incident has only its doubles left to look for. */
export function nextChoreAt(incident: Incident): number | undefined {
  const { reviewAt, newsAt, holdAt, sweep } = incident.chores;
  const always = [sweep?.dueAt, incident.unshown?.dueAt];
  const due = isOpen(incident) ? [reviewAt, newsAt, holdAt, updateDueAt(incident), ...always] : always;
  const known = due.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Does the chores that have come due. Undefined when none has. */
export function doChores(incident: Incident, now: number, rules: ChoreRules): Decision | undefined {
  const { reviewAt, newsAt, holdAt, sweep } = incident.chores;
  const draft = new IncidentDraft(incident, now);
  let done = false;
  if (sweep && sweep.dueAt <= now) {
    draft.sweep();
    const wait = SWEEP_WAITS_MS[sweep.round];
    const next = wait === undefined ? undefined : { dueAt: now + wait, round: sweep.round + 1 };
    draft.set({ chores: { ...draft.incident.chores, sweep: next } });
    done = true;
  }
  if (incident.unshown && incident.unshown.dueAt <= now) {
    draft.flushProgress();
    done = true;
  }
  if (isOpen(incident) && holdAt !== undefined && holdAt <= now) {
    const isHeld = incident.standIn !== undefined && incident.standIn.until === undefined;
    const text = incident.ticket || isHeld ? undefined : rules.ticketOf(incident);
    const helpdesk = helpdeskTitle(incident.helpdesk);
    const why = rules.whyNoTicket(incident.id);
    const late =
      why === undefined
        ? say('timeline.ticket-late', { helpdesk })
        : say('timeline.ticket-not-accepted', { helpdesk, why });
    if (text) holdAtDesk(draft, text, late, now);
    else draft.set({ chores: { ...draft.incident.chores, holdAt: undefined } });
    done = true;
  }
  if (isOpen(incident) && newsAt !== undefined && newsAt <= now) {
    tellNews(draft, rules.newCode);
    done = true;
  }
  if (isOpen(incident) && (updateDueAt(incident) ?? Infinity) <= now) {
    takeUpdate(draft, now, rules);
    done = true;
  }
  if (isOpen(incident) && reviewAt <= now) {
    review(draft, now, rules);
    done = true;
  }
  return done ? draft.done('chore-due') : undefined;
}

/** Tells the ticket what has gathered; once a storm is known as one, whoever was paged hears how large it is. */
export function tellNews(draft: IncidentDraft, newCode: NewCode): void {
  const { incident } = draft;
  const { chores } = incident;
  const { news, group, told } = incident.episode;
  if (news.length > 0) draft.ticket('ticket.note', { body: newsNote(incident) });
  if (group && !group.paged) {
    const isStorm = failingTargets(incident).length > 1;
    const occasion = { is: 'grown' } as const;
    for (const { to, via } of isStorm ? told.filter((one) => one.by === 'page') : []) {
      draft.message('page', { to, via, code: newCode(), occasion });
    }
    draft.setEpisode({ group: { ...group, paged: true } });
  }
  draft.setEpisode({ news: [] });
  draft.set({ chores: { ...chores, newsAt: undefined } });
}

/** Another ticket for an incident that has lost its first one, or never had one. */
export function openAnew(draft: IncidentDraft, fresh: FreshTicket, now: number): void {
  const { chores, standIn } = draft.incident;
  const isHeld = standIn !== undefined && standIn.until === undefined;
  const { holdAfterMs } = fresh;
  draft.set({
    helpdesk: fresh.helpdesk,
    // What is said from now on is for the new one.
    ticket: undefined,
    ...(!isHeld && { standIn: undefined }),
    chores: {
      ...chores,
      holdAt: isHeld || holdAfterMs === undefined ? undefined : now + holdAfterMs,
    },
  });
  draft.ticket('ticket.open', {
    ...fresh,
    ...(draft.incident.episode.urgency === 'raised' && { priority: 'urgent' as const }),
  });
}

/** Nothing that an incident needs may be missing for longer than this takes. */
function review(draft: IncidentDraft, now: number, rules: ChoreRules): void {
  const { live, newCode, directory, ticketOf } = rules;
  const { incident } = draft;
  const work = live(incident.id);
  const ticket = incident.ticket || work.opensTicket ? undefined : ticketOf(incident);
  if (ticket) {
    draft.event('review', say('timeline.review-ticket'));
    openAnew(draft, ticket, now);
  }
  const since = incident.episode.openedAt;
  const pages = incident.episode.escalation.filter(
    ({ act, afterMs }) => act === 'page' && since + afterMs <= now,
  );
  const told = incident.episode.told.some(({ by }) => by === 'page');
  if (pages.length > 0 && !told && !work.pages && incident.status.is === 'open') {
    draft.event('review', say('timeline.review-page'));
    draft.setEpisode({ lost: [] });
    const routes = pages.flatMap((step) => routesOf(step, directory));
    for (const { to, via } of routes.filter(({ afterMs }) => afterMs === 0)) {
      draft.message('page', { to, via, code: newCode(), occasion: { is: 'reminder' } });
    }
  }
  resumeUpdates(draft, now, rules);
  draft.set({ chores: { ...draft.incident.chores, reviewAt: now + REVIEW_MS } });
}
