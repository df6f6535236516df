import type { z } from 'zod';
import type { Finding } from '../core/probe-result.ts';
import { unknown } from '../core/probe-result.ts';
import { REASON_NAMES } from '../core/reason.ts';
import { ticketAtHand, ticketTitle } from '../core/incident.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { Outcome } from '../core/effect.ts';
import type { Channel, ChannelType, OutgoingMessage } from '../paging/channel.ts';
import type { LoadedCheckType } from '../probing/registry.ts';
import type { Helpdesk, HelpdeskType } from '../tickets/helpdesk.ts';
import { guarded } from '../tickets/shared/guarded.ts';
import type { ChannelPlugin, MessageView } from './channel.ts';
import type { CheckPlugin } from './check.ts';
import type { HelpdeskPlugin } from './helpdesk.ts';

// Plugins see views, and what they give back is looked at: a mistake in one must not stop the monitor.

export function adaptedCheck(plugin: CheckPlugin<z.ZodObject>): LoadedCheckType {
  return {
    notes: '',
    examples: [],
    ...plugin,
    prepare(options, target) {
      const prepared = plugin.prepare(options as never, { ...target });
      if (prepared.is === 'problem') return prepared;
      return { ...prepared, probe: async (context) => finding(await prepared.probe(context)) };
    },
  } as LoadedCheckType;
}

/** A finding that is none says nothing of the target. */
function finding(given: Finding): Finding {
  const { verdict, message } = (given ?? {}) as Partial<Finding>;
  if (typeof message !== 'string') return unknown('the check type returned no finding');
  if (verdict === 'good') return given;
  if (verdict !== 'failed' && verdict !== 'unknown')
    return unknown(`the check type returned the verdict ${neutraliseLine(String(verdict), 40)}`);
  const { reason } = given as { reason?: unknown };
  return REASON_NAMES.some((name) => name === reason)
    ? given
    : unknown(`the check type returned the reason ${neutraliseLine(String(reason), 40)}`);
}

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
      const given = plugin.create(settings, { now, publicUrl, inbox, onFault }, name);
      const channel: Channel = {
        type: plugin.type,
        ...(given.takesReplies && { takesReplies: true }),
        send: (message) => outcome(plugin.type, () => given.send(viewOf(message))),
      };
      if (given.find)
        channel.find = (message, since) => outcome(plugin.type, () => given.find!(viewOf(message), since));
      if (given.receipt) channel.receipt = (id) => outcome(plugin.type, () => given.receipt!(id));
      if (given.inspect)
        channel.inspect = (addresses) => outcome(plugin.type, () => given.inspect!(addresses));
      if (given.hear)
        channel.hear = async (call) => {
          try {
            return await given.hear!(call);
          } catch (error) {
            onFault(error);
            return { is: 'refused', status: 400, why: 'the plugin failed' };
          }
        };
      if (given.listen) channel.listen = () => given.listen!();
      return channel;
    },
  };
}

export function adaptedHelpdesk(plugin: HelpdeskPlugin<z.ZodType>): HelpdeskType {
  const unsaid = '';
  return {
    type: plugin.type,
    summary: plugin.summary,
    setup: plugin.setup ?? '',
    example: '',
    settings: plugin.settings,
    capabilities: {
      keyIn: unsaid,
      lookUp: unsaid,
      doubles: unsaid,
      publicReply: unsaid,
      assignee: unsaid,
      humanActs: unsaid,
      whose: unsaid,
      changes: unsaid,
      deleted: unsaid,
      webhook: unsaid,
      inspects: unsaid,
      worstCase: unsaid,
    },
    secrets: (settings) => secretsOf(plugin, settings),
    create: (settings, { now, publicUrl }) =>
      guarded(plugin.type, {
        ...plugin.create(settings, { now, publicUrl }),
        adapter: plugin.type,
      } as Helpdesk),
  };
}

export const viewOf = (message: OutgoingMessage): MessageView => {
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

/** A plugin that throws may have sent: it is looked up or sent again, and says so. */
async function outcome<Value>(type: string, work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
  try {
    const given = (await work()) as Outcome<Value> | undefined;
    if (['done', 'temporary', 'permanent', 'ambiguous'].includes(String(given?.is))) return given!;
    return { is: 'ambiguous', why: `the plugin ${type} returned no outcome` };
  } catch (error) {
    const what = neutraliseLine(error instanceof Error ? error.message : String(error), 120);
    return { is: 'ambiguous', why: `the plugin ${type} failed (${what})` };
  }
}

function secretsOf(
  { settings, secrets }: { settings: z.ZodType; secrets?(settings: never): readonly string[] },
  given: unknown,
): string[] {
  const shape = (settings as { shape?: Record<string, z.ZodType> }).shape ?? {};
  const marked = Object.entries(shape)
    .filter(([, schema]) => isSecret(schema))
    .map(([key]) => (given as Record<string, unknown>)[key]);
  return [...marked, ...(secrets?.(given as never) ?? [])].filter((one) => typeof one === 'string');
}

/** Marked itself, or inside of what may be left out. */
function isSecret(schema: z.ZodType): boolean {
  if ((schema.meta?.() as { secret?: boolean } | undefined)?.secret) return true;
  const inner = (schema as { unwrap?(): z.ZodType }).unwrap;
  return typeof inner === 'function' && isSecret(inner.call(schema));
}
