import { resumeUpdates, takeUpdate, updateDueAt, type TellingRules } from './customer-updates.ts';
import type { NewCode } from './new-code.ts';
import { routesOf } from './routes.ts';
import { failingTargets, helpdeskTitle, isOpen, type Incident } from './incident.ts';
import type { News } from './episode.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { holdAtDesk } from './stand-in.ts';
import { newsNote } from './ticket-text.ts';
import { say } from '../text/say.ts';

/** How often every open incident is reviewed, whatever else is due for it. */
const REVIEW_MS = 15 * 60_000;
/** News of a storm arrives over some seconds; after this wait it goes to the ticket as one note. */
const NEWS_AFTER_MS = 10_000;
/** Waits between searches for duplicates of a ticket: the last one ends a day after it was opened. */
const SWEEP_WAITS_MS = [3_600_000, 5 * 3_600_000, 18 * 3_600_000];

export const firstReviewAt = (now: number): number => now + REVIEW_MS;

/** Queues news for the next note on the ticket. */
export function tellLater(draft: IncidentDraft, news: News, now: number): void {
  const { episode, chores } = draft.incident;
  const others = episode.news.filter(({ target }) => target !== news.target);
  // A target that failed and recovered before the ticket was told of it is no news.
  const isNews = news.is !== 'back' || others.length === episode.news.length;
  draft.setEpisode({ news: isNews ? [...others, news] : others });
  draft.set({ chores: { ...chores, newsAt: chores.newsAt ?? now + NEWS_AFTER_MS } });
}

/** Work of an incident that the outbox has not finished. */
export interface LiveWork {
  opensTicket: boolean;
  pages: boolean;
}

/** Text and helpdesk of a ticket as it would be opened now. */
export interface FreshTicket {
  subject: string;
  body: string;
  helpdesk: string;
  /** After this long without a ticket in the helpdesk, the desk holds it; absent: never. */
  holdAfterMs?: number;
}

export interface ChoreRules extends TellingRules {
  /** The helpdesk's last error for the incident's ticket, while the helpdesk has not accepted it. */
  whyNoTicket: (incident: string) => string | undefined;
  /** Which of the incident's effects are still under way. */
  live: (incident: string) => LiveWork;
  /** The ticket to open again; undefined when the target is no longer in the config. */
  ticketOf: (incident: Incident) => FreshTicket | undefined;
}

/** When the earliest chore is due; after the end only the duplicate search and live messages are left. */
export function nextChoreAt(incident: Incident): number | undefined {
  const { reviewAt, newsAt, holdAt, sweep } = incident.chores;
  const always = [sweep?.dueAt, incident.unshown?.dueAt];
  const due = isOpen(incident) ? [reviewAt, newsAt, holdAt, updateDueAt(incident), ...always] : always;
  const known = due.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Does the chores that are due. Returns undefined when none is. */
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

/** Adds the queued news to the ticket as one note; once a storm is known as one, everyone paged hears its size. */
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

/** Opens another ticket for an incident that has lost its first one, or never had one. */
export function openAnew(draft: IncidentDraft, fresh: FreshTicket, now: number): void {
  const { chores, standIn } = draft.incident;
  const isHeld = standIn !== undefined && standIn.until === undefined;
  const { holdAfterMs } = fresh;
  draft.set({
    helpdesk: fresh.helpdesk,
    // Notes from now on go to the new ticket.
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

/** Restores what an open incident lacks: its ticket, a page that reaches somebody, the updates for customers. */
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
