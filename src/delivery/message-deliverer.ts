import { isMessage, type Effect, type Message, type Outcome } from '../core/effect.ts';
import { isOpen, type Incident } from '../core/incident.ts';
import { pageText, testText } from '../core/page-text.ts';
import { answerUrl } from '../core/wording.ts';
import type { Channel, OutgoingMessage } from '../paging/channel.ts';
import type { Addressee } from './addressee.ts';
import type { Deliverer } from './deliverer.ts';

export interface MessageFacts {
  incidentOf(id: string): Incident | undefined;
  /** Who that is at this moment, and where they are reached; a sentence when nobody is. */
  addressee(message: Message): Addressee | string;
  publicUrl: string;
  now(): number;
}

/** Sends pages and notices through one channel. */
export function messageDeliverer(name: string, channel: Channel, facts: MessageFacts): Deliverer {
  return {
    queue: name,
    concurrency: 8,
    deadlineMs: 15_000,
    lagMs: 10_000,
    prepare(effect, bundled) {
      if (!isMessage(effect)) return { is: 'permanent', why: 'no message' };
      const to = facts.addressee(effect.content);
      if (typeof to === 'string') return { is: 'permanent', why: to };
      const incident = facts.incidentOf(effect.incident);
      if (effect.content.occasion.is === 'recovery' && incident && isOpen(incident)) {
        return { is: 'permanent', why: 'the outage is back, so word of its end would be false' };
      }
      const perhapsDouble = effect.content.perhapsDouble || effect.state.is === 'ambiguous';
      const content = { ...effect.content, person: to.person, perhapsDouble };
      const text = messageText({ ...effect, content }, to, facts, bundled);
      return { is: 'ready', effect: { ...effect, content: { ...content, text } } };
    },
    bundleKey(effect) {
      if (!isMessage(effect) || effect.content.occasion.is === 'test') return undefined;
      const to = facts.addressee(effect.content);
      return typeof to === 'string' ? undefined : `${effect.kind} ${to.address || to.recipient}`;
    },
    async attempt(effect): Promise<Outcome<{ remoteId: string }>> {
      const message = outgoing(effect, facts);
      if (typeof message === 'string') return { is: 'permanent', why: message };
      const outcome = await channel.send(message);
      return outcome.is === 'done' ? { is: 'done', value: { remoteId: outcome.value } } : outcome;
    },
    lookUp(effect) {
      const message = outgoing(effect, facts);
      if (!channel.find || typeof message === 'string' || effect.state.is !== 'ambiguous') return undefined;
      return channel
        .find(message, effect.state.since)
        .then((found) =>
          found.is === 'done'
            ? { is: 'done', value: found.value === null ? null : { remoteId: found.value } }
            : found,
        );
    },
    ...(channel.receipt && { receipt: (_effect, remoteId) => channel.receipt!(remoteId) }),
  };
}

/** What a message says, as things stand. */
export function messageText(
  effect: Effect<Message>,
  to: Pick<Addressee, 'recipient' | 'timeZone'>,
  facts: Pick<MessageFacts, 'incidentOf' | 'publicUrl' | 'now'>,
  bundled: number,
): string {
  const { content } = effect;
  const link = answerUrl({ publicUrl: facts.publicUrl }, content.code);
  const incident = facts.incidentOf(effect.incident);
  if (content.occasion.is === 'test' || !incident) return testText(to.recipient, link);
  return pageText({
    occasion: content.occasion,
    incident,
    now: facts.now(),
    timeZone: to.timeZone,
    link,
    perhapsDouble: content.perhapsDouble === true,
    bundled,
    wall: `${facts.publicUrl}/`,
  });
}

function outgoing(effect: Effect, facts: MessageFacts): OutgoingMessage | string {
  if (!isMessage(effect)) return 'no message';
  const { text = '', person } = effect.content;
  const code = effect.content.bundledCode ?? effect.content.code;
  const to = facts.addressee(
    person ? { ...effect.content, to: { is: 'person', name: person } } : effect.content,
  );
  return typeof to === 'string' ? to : { address: to.address, recipient: to.recipient, text, code };
}
