import {
  isMessage,
  mapDone,
  type Effect,
  type Message,
  type Occasion,
  type Outcome,
  type Recipient,
} from '../core/effect.ts';
import type { FlapNow } from '../core/flapping.ts';
import { mailText, subjectOf } from '../core/mail-text.ts';
import { cardOf, isOpen, type Incident } from '../core/incident.ts';
import { pageText, testText } from '../core/page-text.ts';
import { answerUrl } from '../core/wording.ts';
import type { Channel, OutgoingMessage } from '../channels/channel.ts';
import type { Addressee } from './addressee.ts';
import type { Accepted } from '../core/accepted.ts';
import type { Deliverer } from './deliverer.ts';
import { say } from '../text/say.ts';

/** Messages that are never bundled with others. */
const ALONE: ReadonlySet<Message['occasion']['is']> = new Set([
  'test',
  'status',
  'vendor',
  'progress',
  'mail',
]);
/** Messages that bring their own text. */
const OWN_WORDS = ['status', 'vendor', 'progress', 'mail'] as const;

export interface MessageFacts {
  incidentOf(id: string): Incident | undefined;
  /** How one of the incident's checks is flapping right now. */
  flapOf?(incident: Incident): FlapNow | undefined;
  /** Resolves the recipient and address right now; a sentence when there is nobody. */
  addressee(message: Message): Addressee | string;
  publicUrl: string;
  /** The signed token of a code, for its answer link. */
  token(code: string): string;
  /** A person's display name. */
  nameOf(person: string): string;
  /** True if people can answer by typing a reply. */
  takesReplies?: boolean;
  now(): number;
}

/** Sends pages and notices through one channel. */
export function messageDeliverer(name: string, channel: Channel, facts: MessageFacts): Deliverer {
  /** On a live channel, an incident's first message is the card that later ones belong to; a test has no incident. */
  const accepted =
    ({ card, incident }: OutgoingMessage) =>
    (remoteId: string): Accepted => ({
      remoteId,
      ...(channel.isLive && incident && card === undefined && { card: remoteId }),
    });
  return {
    queue: name,
    concurrency: 8,
    deadlineMs: 15_000,
    lagMs: 10_000,
    cannotTell: channel.find === undefined,
    prepare(effect, bundled) {
      if (!isMessage(effect)) return { is: 'permanent', why: say('delivery.wrong-kind') };
      const to = facts.addressee(effect.content);
      if (typeof to === 'string') return { is: 'permanent', why: to };
      const incident = facts.incidentOf(effect.incident);
      const moot = incident && whyMoot(effect, incident, facts.nameOf);
      if (moot !== undefined) return { is: 'permanent', why: moot, isMoot: true };
      const perhapsDouble = effect.content.perhapsDouble || effect.state.is === 'ambiguous';
      const content = { ...effect.content, person: to.person, perhapsDouble };
      const text = messageText(
        { ...effect, content },
        to,
        { ...facts, takesReplies: channel.takesReplies },
        bundled,
      );
      return { is: 'ready', effect: { ...effect, content: { ...content, text } } };
    },
    bundleKey(effect) {
      if (!isMessage(effect) || ALONE.has(effect.content.occasion.is)) return undefined;
      const to = facts.addressee(effect.content);
      return typeof to === 'string' ? undefined : `${effect.kind} ${to.address || to.recipient}`;
    },
    async attempt(effect): Promise<Outcome<Accepted>> {
      const message = outgoing(effect, facts);
      if (typeof message === 'string') return { is: 'permanent', why: message };
      return mapDone(await channel.send(message), accepted(message));
    },
    lookUp(effect) {
      const message = outgoing(effect, facts);
      if (!channel.find || typeof message === 'string' || effect.state.is !== 'ambiguous') return undefined;
      return channel
        .find(message, effect.state.since)
        .then((found) => mapDone(found, (id) => (id === null ? null : accepted(message)(id))));
    },
    ...(channel.receipt && { receipt: (_effect, remoteId) => channel.receipt!(remoteId) }),
  };
}

/** Messages that are no longer needed once somebody has acknowledged the incident. */
const CALLS: ReadonlySet<Message['occasion']['is']> = new Set([
  'outage',
  'reminder',
  'lapsed',
  'marked-urgent',
]);

/** Returns why a waiting message need not be sent any more; undefined while it must be. */
function whyMoot(
  { kind, content, createdAt }: Effect<Message>,
  incident: Incident,
  nameOf: (person: string) => string,
): string | undefined {
  const { occasion } = content;
  const { status, updates } = incident;
  const open = isOpen(incident);
  if (occasion.is === 'recovery' && open) return say('delivery.outage-is-back');
  if (occasion.is === 'nudge' || (occasion.is === 'status' && !occasion.isLast)) {
    const isLate = !open || (updates?.lastAt ?? createdAt) > createdAt;
    return isLate ? say('delivery.later-update-sent') : undefined;
  }
  const isTaken = status.is === 'worked' && status.at > createdAt;
  return kind === 'page' && CALLS.has(occasion.is) && isTaken
    ? say('delivery.already-acknowledged', { person: nameOf(status.by) })
    : undefined;
}

/** The text of a message, from the current state of its incident. */
export function messageText(
  effect: Effect<Message>,
  to: Pick<Addressee, 'recipient' | 'timeZone'>,
  facts: Pick<
    MessageFacts,
    'incidentOf' | 'flapOf' | 'publicUrl' | 'token' | 'nameOf' | 'takesReplies' | 'now'
  >,
  bundled: number,
): string {
  const { content } = effect;
  const link = answerUrl({ publicUrl: facts.publicUrl }, facts.token(content.code));
  const incident = facts.incidentOf(effect.incident);
  const { occasion } = content;
  if (hasOwnWords(occasion)) return occasion.text;
  if (occasion.is === 'test' || !incident) return testText(to.recipient, link);
  const flap = isOpen(incident) ? facts.flapOf?.(incident) : undefined;
  return pageText({
    occasion: content.occasion,
    incident,
    ...(flap && { flap }),
    now: facts.now(),
    timeZone: to.timeZone,
    link,
    perhapsDouble: content.perhapsDouble === true,
    takesReplies: facts.takesReplies === true && effect.kind === 'page',
    bundled,
    nameOf: facts.nameOf,
    wall: `${facts.publicUrl}/`,
  });
}

const hasOwnWords = (occasion: Occasion): occasion is Extract<Occasion, { is: (typeof OWN_WORDS)[number] }> =>
  OWN_WORDS.some((one) => one === occasion.is);

function outgoing(effect: Effect, facts: MessageFacts): OutgoingMessage | string {
  if (!isMessage(effect)) return say('delivery.wrong-kind');
  const { text = '', person, occasion, via } = effect.content;
  const code = effect.content.bundledCode ?? effect.content.code;
  const to: Recipient = person ? { is: 'person', name: person } : effect.content.to;
  const found = facts.addressee({ ...effect.content, to });
  if (typeof found === 'string') return found;
  const { address, recipient, timeZone } = found;
  const incident = facts.incidentOf(effect.incident);
  const link = answerUrl(facts, facts.token(code));
  const status = incident?.status;
  const owner =
    status && status.is !== 'open' && status.by !== undefined ? facts.nameOf(status.by) : undefined;
  const isOutside = occasion.is === 'status' || occasion.is === 'vendor' || occasion.is === 'mail';
  const wording = { publicUrl: facts.publicUrl, timeZone };
  return {
    address,
    recipient,
    text,
    subject: isOutside ? occasion.subject : subjectOf(text),
    ...(incident && !isOutside && { body: mailText(subjectOf(text), incident, link, wording) }),
    code,
    kind: effect.kind === 'page' ? 'page' : 'notice',
    occasion,
    incident,
    ...(owner !== undefined && { owner }),
    link,
    card: incident && cardOf(incident, { to, via })?.id,
    timeZone,
  };
}
