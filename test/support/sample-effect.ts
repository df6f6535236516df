import {
  effectId,
  type Effect,
  type EffectKind,
  type Message,
  type TicketOrder,
} from '../../src/core/effect.ts';

/** Effects of `K7Q2M9XA`, pending since 0, with what the test says otherwise. */
function effectOf<Content>(kind: EffectKind, content: Content, more: Partial<Effect>): Effect<Content> {
  const incident = 'K7Q2M9XA';
  const state = { is: 'pending', dueAt: 0 } as const;
  const base = {
    id: effectId(incident, kind, 1),
    incident,
    kind,
    n: 1,
    lane: 'lane',
    createdAt: 0,
    attempts: 1,
  };
  return { ...base, state, ...more, content };
}

export const sampleTicketOrder = (
  kind: EffectKind = 'ticket.open',
  more: Partial<Effect> = {},
  order: Partial<TicketOrder> = {},
): Effect<TicketOrder> =>
  effectOf(
    kind,
    {
      ...{ is: 'ticket', helpdesk: 'zammad', key: 'K7Q2M9XA', priority: 'urgent' },
      ...{ subject: 'shop is down', body: 'connection refused' },
      ...order,
    } as TicketOrder,
    more,
  );

export const sampleMessage = (more: Partial<Effect> = {}, message: Partial<Message> = {}): Effect<Message> =>
  effectOf(
    'page',
    {
      ...{ is: 'message', to: { is: 'person', name: 'maria' }, via: 'sms', code: 'C1' },
      occasion: { is: 'outage' },
      ...message,
    } as Message,
    more,
  );
