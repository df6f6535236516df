import type { Addresses } from '../channels/shared/addresses.ts';
import type { Effect } from '../core/effect.ts';
import type { HttpHeaders } from '../core/http-headers.ts';
import { DESK } from '../core/ticket-route.ts';
import type { EventHook } from '../core/desk/event-hook.ts';
import type { Inspection } from '../outside/inspection.ts';
import type { Channel, ChannelPorts, InboundAnswer, InboundCall } from '../channels/channel.ts';
import { inspectChannels } from '../channels/shared/inspect-channels.ts';
import type { ConfiguredHelpdesk } from '../helpdesks/shared/configured-helpdesk.ts';
import type { Helpdesk, HelpdeskPorts, HelpdeskType } from '../helpdesks/helpdesk.ts';
import { inspectHelpdesks } from '../helpdesks/shared/inspect-helpdesks.ts';
import type { Deliverer } from './deliverer.ts';
import { hookDeliverer } from './hook-deliverer.ts';
import { messageDeliverer, type MessageFacts } from './message-deliverer.ts';
import { ticketDeliverer, type TicketFacts } from './ticket-deliverer.ts';
import { say } from '../text/say.ts';

export interface WaysPorts {
  channel: Omit<ChannelPorts, 'publicUrl'>;
  helpdesk: Omit<HelpdeskPorts, 'publicUrl'>;
  facts: Omit<MessageFacts & TicketFacts, 'publicUrl' | 'timeZone'>;
  /** A helpdesk's webhook has reported a change. */
  onGenuineCall(helpdesk: string): void;
}

interface MadeChannel {
  channel: Channel;
  /** The settings it was made from: while they stay the same, a reload keeps the channel. */
  of: string;
  stop?: () => void;
}

/** The configured helpdesks, channels and event receivers. */
export interface WaysSettings extends Addresses {
  helpdesks: readonly ConfiguredHelpdesk[];
  /** The built-in helpdesk: holds tickets while another one is down. */
  desk: HelpdeskType;
  deskSettings: { hooks: readonly EventHook[] };
  publicUrl: string;
  timeZone: string;
}

/** The helpdesks and channels of the config in force, and what is known about each. */
export class WaysOutside {
  readonly #ports: WaysPorts;
  #settings: WaysSettings | undefined;
  #helpdesks = new Map<string, Helpdesk>();
  readonly #channels = new Map<string, MadeChannel>();
  /** Channels that reject us in general, not just one message, and why. */
  readonly #broken = new Map<string, string>();
  #deliverers = new Map<string, Deliverer>();
  #isListening = false;

  constructor(ports: WaysPorts) {
    this.#ports = ports;
  }

  /** Creates the helpdesks, and the channels that have changed; returns everything that delivers. */
  make(config: WaysSettings): { deliverers: Deliverer[]; helpdesks: ReadonlyMap<string, Helpdesk> } {
    this.#settings = config;
    const { publicUrl, timeZone } = config;
    const ports = { ...this.#ports.helpdesk, publicUrl };
    this.#helpdesks = new Map(
      config.helpdesks.map(({ name, type, settings }) => [name, type.create(settings, ports)]),
    );
    // The built-in helpdesk always exists: it holds tickets while another is down, and those from before it was
    // replaced.
    const served = new Map(this.#helpdesks);
    if (!served.has(DESK)) served.set(DESK, config.desk.create({}, ports));
    this.#makeChannels(config);
    const facts = { ...this.#ports.facts, publicUrl, timeZone };
    const deliverers = [
      ...[...served].map(([name, helpdesk]) => ticketDeliverer(helpdesk, facts, name)),
      ...[...this.#channels].map(([name, { channel }]) => messageDeliverer(name, channel, facts)),
      ...config.deskSettings.hooks.map((hook) => hookDeliverer(hook, () => this.#ports.channel.now())),
    ];
    this.#deliverers = new Map(deliverers.map((deliverer) => [deliverer.queue, deliverer]));
    return { deliverers, helpdesks: this.#helpdesks };
  }

  /** Starts or stops the channels that listen without webhooks. */
  listen(isOn: boolean): void {
    this.#isListening = isOn;
    for (const made of this.#channels.values()) {
      made.stop?.();
      made.stop = isOn ? made.channel.listen?.() : undefined;
    }
  }

  deliverer(queue: string): Deliverer | undefined {
    return this.#deliverers.get(queue);
  }

  helpdesk(name: string): Helpdesk | undefined {
    return this.#helpdesks.get(name);
  }

  /** A helpdesk's webhook call; false when it is not genuine, undefined when there is no helpdesk of that name. */
  helpdeskCalls(helpdesk: string, headers: HttpHeaders, body: string): boolean | undefined {
    const isGenuine = this.#helpdesks.get(helpdesk)?.isGenuine(headers, body);
    if (isGenuine) this.#ports.onGenuineCall(helpdesk);
    return isGenuine;
  }

  /** A webhook call from a channel's provider; undefined when there is no such channel, or it takes no calls. */
  channelCalls(channel: string, call: InboundCall): Promise<InboundAnswer> | undefined {
    return this.#channels.get(channel)?.channel.hear?.(call);
  }

  channel(name: string): Channel | undefined {
    return this.#channels.get(name)?.channel;
  }

  /** What in the config does not fit the helpdesks and channels as they are. */
  async inspect(): Promise<Inspection[]> {
    if (!this.#settings) return [];
    const channels = new Map([...this.#channels].map(([name, { channel }]) => [name, channel]));
    const all = [inspectHelpdesks(this.#helpdesks), inspectChannels(channels, this.#settings)];
    return (await Promise.all(all)).flat();
  }

  /** A channel that rejects us in general needs the operator, until a message gets through again. */
  ended({ state }: Effect, queue: string): void {
    if (state.is === 'dead' && state.isOurs) this.#broken.set(queue, state.why);
    else if (state.is === 'accepted') this.#broken.delete(queue);
  }

  complaints(): string[] {
    return [...this.#broken].map(([name, trouble]) =>
      say('words.channel-trouble', { channel: name, why: trouble }),
    );
  }

  #makeChannels({ channels, publicUrl }: WaysSettings): void {
    for (const [name, made] of this.#channels) {
      const now = channels.get(name);
      if (now && made.of === madeOf(now, publicUrl)) continue;
      made.stop?.();
      this.#channels.delete(name);
      this.#broken.delete(name);
    }
    for (const [name, { type, settings }] of channels) {
      if (this.#channels.has(name)) continue;
      const channel = type.create(settings, { ...this.#ports.channel, publicUrl }, name);
      const stop = this.#isListening ? channel.listen?.() : undefined;
      this.#channels.set(name, { channel, of: madeOf({ type, settings }, publicUrl), ...(stop && { stop }) });
    }
  }
}

const madeOf = (
  { type, settings }: { type: { type: string }; settings: unknown },
  publicUrl: string,
): string => JSON.stringify([type.type, settings, publicUrl]);
