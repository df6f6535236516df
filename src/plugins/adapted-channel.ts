import type { z } from 'zod';
import { ticketAtHand, ticketTitle } from '../core/incident.ts';
import type { Channel, ChannelType, InboundAnswer, OutgoingMessage } from '../channels/channel.ts';
import { attempt, noneOf } from './attempt.ts';
import type { ChannelPlugin, ChannelView, MessageView } from './channel.ts';
import { secretsOf } from './marked-secrets.ts';
import { foundAs, pluginOutcome, receiptIn, sentAs, textsIn } from './plugin-outcome.ts';

// Plugins get views, and their return values are validated: a bug in a plugin must not stop the monitor.

export function adaptedChannel(plugin: ChannelPlugin<z.ZodType>): ChannelType {
  return {
    type: plugin.type,
    summary: plugin.summary,
    setup: plugin.setup ?? '',
    example: '',
    settings: plugin.settings,
    ...(plugin.isCall && { isCall: true }),
    ...(plugin.addresses && { addresses: plugin.addresses }),
    secrets: (settings) => secretsOf(plugin, settings),
    create(settings, { now, publicUrl, inbox, onFault }, name) {
      const { type } = plugin;
      const made = attempt(() => plugin.create(settings, { now, publicUrl, inbox, onFault }, name));
      const given = (made.is === 'done' ? made.value : undefined) as ChannelView | undefined;
      if (typeof given?.send !== 'function') {
        const what = made.is === 'failed' ? made.why : noneOf(made.value, 'channel');
        const why = `the plugin ${type} failed (${what})`;
        return {
          type,
          send: async () => ({ is: 'permanent', why, isOurs: true }),
          inspect: async () => ({ is: 'done', value: [why] }),
        };
      }
      const channel: Channel = {
        type,
        ...(given.takesReplies && { takesReplies: true }),
        send: (message) => pluginOutcome(type, sentAs, () => given.send(viewOf(message))),
      };
      if (given.find)
        channel.find = (message, since) =>
          pluginOutcome(type, foundAs, () => given.find!(viewOf(message), since), 'temporary');
      if (given.receipt)
        channel.receipt = (id) => pluginOutcome(type, receiptIn, () => given.receipt!(id), 'temporary');
      if (given.inspect)
        channel.inspect = (addresses) =>
          pluginOutcome(type, textsIn, () => given.inspect!(addresses), 'temporary');
      if (given.hear)
        channel.hear = async (call) => {
          try {
            const heard = (await given.hear!(call)) as InboundAnswer | undefined;
            const isAnswer =
              heard?.is === 'answer' || (heard?.is === 'refused' && Number.isInteger(heard.status));
            return isAnswer ? heard! : { is: 'refused', status: 400, why: 'the plugin gave no answer' };
          } catch (error) {
            onFault(error);
            return { is: 'refused', status: 400, why: 'the plugin failed' };
          }
        };
      if (given.listen)
        channel.listen = () => {
          // `listen` may be asynchronous: in that case it is stopped as soon as it has started.
          const begun = Promise.resolve().then(() => given.listen!());
          begun.catch(onFault);
          return () =>
            void begun.then((stop: unknown) => typeof stop === 'function' && stop()).catch(() => {});
        };
      return channel;
    },
  };
}

const viewOf = (message: OutgoingMessage): MessageView => {
  const { incident, owner, occasion: _occasion, card: _card, ...rest } = message;
  if (!incident) return rest;
  const { id, target, customer, priority, status, reason, message: why, startedAt } = incident;
  const ticket = ticketAtHand(incident);
  return {
    ...rest,
    incident: {
      id,
      target,
      ...(customer !== undefined && { customer }),
      priority,
      status: status.is,
      reason,
      message: why,
      startedAt,
      ...(ticket && { ticket: { name: ticketTitle(ticket), url: ticket.url } }),
      ...(owner !== undefined && { owner }),
    },
  };
};
