import { effectId, type Effect, type Message } from '../effect.ts';
import type { NewCode } from '../new-code.ts';
import { hookQueue } from '../queues.ts';
import type { DeskReason } from './desk-action.ts';
import { deskSubject } from './desk-subject.ts';
import type { DeskEntry, DeskTicket } from './desk-ticket.ts';
import { eventBody, type EventHook } from './event-hook.ts';
import type { Telling } from './telling.ts';

/** The result of a decision on a ticket of the desk. */
export interface DeskDecided {
  ticket: DeskTicket;
  entries: readonly DeskEntry[];
  /** The mails to send. */
  told: readonly Telling[];
  because: DeskReason;
}

export interface DeskEffectFacts {
  newCode: NewCode;
  /** The channel for mails; undefined when there is none, so nobody is told. */
  mailVia: string | undefined;
  /** Message-ID of the requester's last mail, so that their mail program threads our answer below it. */
  answers: string | undefined;
  hooks: readonly EventHook[];
  /** Address of the ticket in the desk. */
  url: string;
}

/** Effects of a decision on a ticket of the desk: mails to people, and events to the webhooks that want them. */
export function deskEffects(
  { ticket, entries, told, because }: DeskDecided,
  now: number,
  { newCode, mailVia, answers, hooks, url }: DeskEffectFacts,
): { ticket: DeskTicket; effects: Effect[] } {
  const incident = deskSubject(ticket.number);
  let sent = ticket.sent;
  const effect = (kind: 'notice' | 'event', lane: string, content: Effect['content']): Effect => {
    const n = ++sent;
    return {
      ...{ id: effectId(incident, kind, n), incident, kind, n, lane },
      ...{ createdAt: now, attempts: 0, state: { is: 'pending', dueAt: now }, content },
    };
  };
  const mails = (mailVia === undefined ? [] : told).map(({ to, what, subject, text }) => {
    const isHuman = what === 'reply' || what === 'over';
    const thread = `ticket.${ticket.number}`;
    const content: Message = {
      is: 'message',
      to:
        to.is === 'person'
          ? { is: 'person', name: to.id }
          : { is: 'requester', name: to.name, address: to.email },
      via: mailVia!,
      code: newCode(),
      occasion: {
        ...{ is: 'mail', subject, text, thread, isHuman },
        ...(answers !== undefined && to.is === 'requester' && { answers }),
      },
    };
    return effect('notice', `${mailVia}/${to.is === 'person' ? to.id : to.email}`, content);
  });
  const posts = hooks
    .filter(({ events }) => events === undefined || events.includes(because))
    .map(({ name, withNotes }) =>
      effect('event', `${hookQueue(name)}/${ticket.number}`, {
        is: 'event',
        hook: name,
        event: `ticket.${because}`,
        body: eventBody(ticket, entries, { at: now, url, withNotes }),
      }),
    );
  return { ticket: sent === ticket.sent ? ticket : { ...ticket, sent }, effects: [...mails, ...posts] };
}
