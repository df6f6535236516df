import type { Effect, Message, Recipient } from './effect.ts';
import type { Directory, Paging } from './directory.ts';
import { toldByHand, type TellingRules } from './customer-updates.ts';
import type { EscalationStep } from './escalation.ts';
import { cardOf, isOpen, workedBy, type Card, type Incident } from './incident.ts';
import { isSameRoute, nextCalls, nextRoute } from './routes.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { DESK } from './ticket-route.ts';
import { say } from '../text/say.ts';

/** A human acknowledges: the ticket gets a note, and steps with `unless: acknowledged` or `worked` are skipped. */
export function acknowledge(
  incident: Incident,
  by: string,
  text: string | undefined,
  now: number,
  directory?: Directory,
): Decision {
  const draft = new IncidentDraft(incident, now);
  if (!isOpen(incident)) return draft.done('already-resolved');
  draft.set({ status: workedBy(incident.status, by, now) });
  const name = directory?.nameOf(by) ?? by;
  const note = text
    ? say('timeline.acknowledged-saying', { person: name, text })
    : say('timeline.acknowledged', { person: name });
  draft.event('acknowledged', note, { by });
  draft.ticket('ticket.note', { body: note });
  giveTo(draft, directory?.personCalled(by), directory);
  return draft.done('acknowledged');
}

/** Assigns the ticket to that person, unless it was merged into a ticket that others opened. */
function giveTo(draft: IncidentDraft, person: string | undefined, directory: Directory | undefined): void {
  const { ticket, helpdesk } = draft.incident;
  if (person === undefined || !directory || ticket?.isTheirs) return;
  const there = directory.nameIn(ticket?.helpdesk ?? helpdesk, person);
  if (there !== undefined) draft.give(there);
  if (directory.nameIn(DESK, person) !== undefined) draft.giveHeld(person);
}

/**
 * A human's note for the ticket: for the team or, when public, for the customer too. A note on an open incident counts
 * as work on it.
 */
export function addNote(
  incident: Incident,
  { by, text, isPublic = false }: { by: string; text: string; isPublic?: boolean },
  now: number,
  rules: TellingRules,
): Decision {
  const draft = new IncidentDraft(incident, now);
  const { status } = incident;
  if (status.is === 'open') draft.set({ status: workedBy(status, by, now) });
  else if (status.is === 'worked') draft.set({ status: workedBy(status, status.by, now) });
  draft.event('note', isPublic ? say('timeline.note-to-customer', { text }) : text, { by });
  if (isPublic && isOpen(incident)) toldByHand(draft, text, now, rules);
  if (isPublic) draft.ticket('ticket.reply', { body: text });
  else
    draft.ticket('ticket.note', {
      body: say('ticket-text.said', { person: rules.directory.nameOf(by), text }),
    });
  return draft.done('noted');
}

/** Recipients of a message of one of these occasions also get the recovery message. */
const BEGINNINGS: ReadonlySet<Message['occasion']['is']> = new Set([
  'outage',
  'again',
  'reminder',
  'lapsed',
  'mobilise',
  'asked',
  'grown',
  'marked-urgent',
  'promise',
  'held',
]);

/**
 * A provider has accepted a page or the call to a team. Recipients who were told of the outage are told of the
 * recovery, even when the incident is resolved before the provider accepts.
 */
export function messageReached(
  incident: Incident,
  effect: Effect<Message>,
  person: string | undefined,
  now: number,
  { newCode, directory }: Paging,
  card?: string,
): Decision {
  const draft = new IncidentDraft(incident, now);
  const { via, to: recipient, occasion } = effect.content;
  const to = person === undefined ? recipient : ({ is: 'person', name: person } as const);
  if (occasion.is === 'progress') return draft.done('reached');
  draft.event(
    'message-accepted',
    say('timeline.message-accepted', { person: directory.nameOf(person ?? recipient.name), channel: via }),
    {
      isQuiet: effect.kind !== 'page',
    },
  );
  if (card !== undefined) setCard(draft, { to, via, lane: effect.lane, id: card }, directory.nameOf);
  if (!BEGINNINGS.has(occasion.is)) return draft.done('reached');
  const known = incident.episode.told.some(
    (told) => told.via === via && told.to.is === to.is && told.to.name === to.name,
  );
  if (!known) {
    const { lane } = effect;
    draft.setEpisode({
      told: [...incident.episode.told, { to, via, lane, by: effect.kind === 'page' ? 'page' : 'notice' }],
    });
    if (!isOpen(incident) && card === undefined) {
      draft.message('notice', { to, via, code: newCode(), occasion: { is: 'recovery' } }, 0, lane);
    }
  }
  return draft.done('reached');
}

/** Pages of these occasions take the next route even when somebody works on the incident. */
const WANTED_ANYWAY: ReadonlySet<Message['occasion']['is']> = new Set([
  'asked',
  'again',
  'grown',
  'marked-urgent',
]);

/** From now on the live message shows the incident's state; what happened while it was being sent is added at once. */
function setCard(draft: IncidentDraft, card: Card, nameOf: (person: string) => string): void {
  const { incident } = draft;
  if (cardOf(incident, card)) return;
  draft.set({ cards: [...(incident.cards ?? []), card] });
  const { status } = incident;
  if (status.is === 'worked')
    draft.progress(card, say('timeline.acknowledged', { person: nameOf(status.by) }), false);
  if (status.is === 'resolved') draft.progress(card, say('timeline.resolved'), true);
}

/**
 * A page has failed for good: it takes the next route that has not failed yet. The routes include those of the current
 * policy, which may know people and channels that the frozen one did not.
 */
export function messageLost(
  incident: Incident,
  effect: Effect<Message>,
  why: string,
  now: number,
  policy: readonly EscalationStep[],
  { newCode, directory }: Paging,
): Decision {
  const draft = new IncidentDraft(incident, now);
  const { to, via, occasion, person } = effect.content;
  const isQuiet = effect.kind !== 'page';
  draft.event(
    'message-lost',
    say(isQuiet ? 'timeline.notice-lost' : 'timeline.page-lost', {
      person: directory.nameOf(to.name),
      channel: via,
      why,
    }),
    { isQuiet },
  );
  const reached: Recipient = person === undefined ? to : { is: 'person', name: person };
  const card = cardOf(incident, { to: reached, via });
  // The live message is lost: the next message starts a new one.
  if (card) draft.set({ cards: incident.cards?.filter((one) => one !== card) });
  if (!BEGINNINGS.has(occasion.is)) return draft.done('unreachable');
  const isKnown = incident.episode.lost.some((one) => isSameRoute(one, { to, via }));
  const lost = isKnown ? incident.episode.lost : [...incident.episode.lost, { to, via }];
  // The message was accepted and then not delivered, so its recipient does not count as told.
  const names = new Set([to.name, person]);
  const told = incident.episode.told.filter((one) => one.via !== via || !names.has(one.to.name));
  draft.setEpisode({ lost, told });
  if (!isOpen(incident)) return draft.done('unreachable');
  if (effect.kind !== 'page') {
    // The same step also calls the team's other rooms. When the last of them has failed, each member is called, once.
    const others = incident.episode.escalation.flatMap((step) =>
      step.act === 'mobilise' && step.to.name === to.name ? step.via.map((room) => ({ to, via: room })) : [],
    );
    const isLast = others.every((route) => lost.some((one) => isSameRoute(one, route)));
    if (isKnown || !isLast) return draft.done('unreachable');
    for (const route of nextCalls({ to, via }, lost, directory)) {
      draft.message('notice', { ...route, code: newCode(), occasion });
    }
    return draft.done('unreachable');
  }
  // Somebody works on the incident: a late receipt wakes nobody else, unless more people are wanted.
  if (incident.status.is === 'worked' && !WANTED_ANYWAY.has(occasion.is)) return draft.done('unreachable');
  const next = nextRoute({ to, via }, lost, policy, directory);
  if (next) draft.message('page', { ...next, code: newCode(), occasion });
  return draft.done('unreachable');
}

/**
 * A page has been attempted and is not accepted yet: its retries go on, and it also takes the next route. Returns
 * undefined when this page has taken a detour before, or when there is no other route.
 */
export function messageDelayed(
  incident: Incident,
  effect: Effect<Message>,
  now: number,
  policy: readonly EscalationStep[],
  { newCode, directory }: Paging,
): Decision | undefined {
  const { to, via, occasion } = effect.content;
  const { detours, openedAt } = incident.episode;
  // Only detours of the last ten minutes are avoided; a route that was tried an hour ago may work now.
  const lately = detours.filter(({ at }) => at > now - DETOUR_MEMORY_MS).map(({ route }) => route);
  const tried = [...incident.episode.lost, { to, via }, ...lately];
  const known = detours.some((detour) => detour.effect === effect.id);
  const route = nextRoute({ to, via }, tried, policy, directory);
  // A page of an earlier episode takes no detour: the current episode sends its own pages.
  const isOld = effect.createdAt < openedAt;
  if (known || isOld || !route || !isOpen(incident)) return undefined;
  const draft = new IncidentDraft(incident, now);
  draft.setEpisode({ detours: [...detours.slice(-MOST_DETOURS), { effect: effect.id, route, at: now }] });
  draft.event(
    'detour',
    say('timeline.page-detour', {
      person: directory.nameOf(to.name),
      channel: via,
      other: directory.nameOf(route.to.name),
      way: route.via,
    }),
  );
  draft.message('page', { ...route, code: newCode(), occasion });
  return draft.done('detour');
}

const DETOUR_MEMORY_MS = 10 * 60_000;
const MOST_DETOURS = 50;
