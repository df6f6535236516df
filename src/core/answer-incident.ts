import type { Effect, Message, Recipient } from './effect.ts';
import type { Directory, Paging } from './directory.ts';
import { toldByHand, type TellingRules } from './customer-updates.ts';
import type { EscalationStep } from './escalation.ts';
import { cardOf, isOpen, workedBy, type Card, type Incident } from './incident.ts';
import { isSameRoute, nextCalls, nextRoute } from './routes.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { DESK } from './ticket-route.ts';
import { say } from '../text/say.ts';

/** A human has it. The ticket says so, and steps with `unless: acknowledged` or `worked` stay away. */
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

/** The ticket is theirs now, unless it was merged into one of somebody else. */
function giveTo(draft: IncidentDraft, person: string | undefined, directory: Directory | undefined): void {
  const { ticket, helpdesk } = draft.incident;
  if (person === undefined || !directory || ticket?.isTheirs) return;
  const there = directory.nameIn(ticket?.helpdesk ?? helpdesk, person);
  if (there !== undefined) draft.give(there);
  if (directory.nameIn(DESK, person) !== undefined) draft.giveHeld(person);
}

/**
 * A human's word for the ticket, for the team or, when public, for the customer too. Writing on an open incident
 * is working on it.
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

/** Who has had one of these is told of the end. */
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
 * A page or the call to a team has been accepted by its provider: who has been told of the beginning is told of
 * the end, also when the end came first.
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

/** Sent although somebody has it. */
const WANTED_ANYWAY: ReadonlySet<Message['occasion']['is']> = new Set([
  'asked',
  'again',
  'grown',
  'marked-urgent',
]);

/** From now on it shows how it stands; what came about while it was on its way is said at once. */
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
 * A page is lost for good: it takes the next route that has not failed yet, by the policy as it stands now too,
 * which may know people and channels that the frozen one did not.
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
  // What it was shown on is gone: the next message begins anew.
  if (card) draft.set({ cards: incident.cards?.filter((one) => one !== card) });
  if (!BEGINNINGS.has(occasion.is)) return draft.done('unreachable');
  const isKnown = incident.episode.lost.some((one) => isSameRoute(one, { to, via }));
  const lost = isKnown ? incident.episode.lost : [...incident.episode.lost, { to, via }];
  // Accepted and then not delivered: whoever was thought to have been told has not been.
  const names = new Set([to.name, person]);
  const told = incident.episode.told.filter((one) => one.via !== via || !names.has(one.to.name));
  draft.setEpisode({ lost, told });
  if (!isOpen(incident)) return draft.done('unreachable');
  if (effect.kind !== 'page') {
    // Its other rooms are being told by the same step; everybody is, once, when the last of them is gone.
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
  // Somebody has it: a late receipt is no reason to wake another, unless more people are wanted.
  if (incident.status.is === 'worked' && !WANTED_ANYWAY.has(occasion.is)) return draft.done('unreachable');
  const next = nextRoute({ to, via }, lost, policy, directory);
  if (next) draft.message('page', { ...next, code: newCode(), occasion });
  return draft.done('unreachable');
}

/**
 * A page that has been tried and is not through: it is tried on, and takes the next route beside that. Undefined
 * when it has done so before, or when there is no other route.
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
  // Of this round of messages; what was tried an hour ago may be the way today.
  const lately = detours.filter(({ at }) => at > now - DETOUR_MEMORY_MS).map(({ route }) => route);
  const tried = [...incident.episode.lost, { to, via }, ...lately];
  const known = detours.some((detour) => detour.effect === effect.id);
  const route = nextRoute({ to, via }, tried, policy, directory);
  // A page of an earlier outage is none of this one, which pages anew.
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
