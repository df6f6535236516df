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
  /** A helpdesk says by its webhook that something has changed there. */
  onGenuineCall(helpdesk: string): void;
}

interface MadeChannel {
  channel: Channel;
  /** What it was made of: while that is the same, a reload leaves it alone. */
  of: string;
  stop?: () => void;
}

/** Which helpdesks, channels and receivers of events there are. */
export interface WaysSettings extends Addresses {
  helpdesks: readonly ConfiguredHelpdesk[];
  /** The built-in helpdesk: holds tickets while another one is down. */
  desk: HelpdeskType;
  deskSettings: { hooks: readonly EventHook[] };
  publicUrl: string;
  timeZone: string;
}

/** The helpdesks and channels of the config as they are in force, and what is known of each. */
export class WaysOutside {
  readonly #ports: WaysPorts;
  #settings: WaysSettings | undefined;
  #helpdesks = new Map<string, Helpdesk>();
  readonly #channels = new Map<string, MadeChannel>();
  /** Channels that refuse us as such, and why. */
  readonly #broken = new Map<string, string>();
  #deliverers = new Map<string, Deliverer>();
  #isListening = false;

  constructor(ports: WaysPorts) {
    this.#ports = ports;
  }

  /** Makes what has changed anew; gives everything that delivers. */
  make(config: WaysSettings): { deliverers: Deliverer[]; helpdesks: ReadonlyMap<string, Helpdesk> } {
    this.#settings = config;
    const { publicUrl, timeZone } = config;
    const ports = { ...this.#ports.helpdesk, publicUrl };
    this.#helpdesks = new Map(
      config.helpdesks.map(({ name, type, settings }) => [name, type.create(settings, ports)]),
    );
    // Always there: it holds tickets while another one is down, and those of before it was replaced.
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

  /** From now on channels that hear without being called do so; or no longer. */
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

  /** A webhook of a helpdesk; false when it is not genuine, undefined when there is no helpdesk of that name. */
  helpdeskCalls(helpdesk: string, headers: HttpHeaders, body: string): boolean | undefined {
    const isGenuine = this.#helpdesks.get(helpdesk)?.isGenuine(headers, body);
    if (isGenuine) this.#ports.onGenuineCall(helpdesk);
    return isGenuine;
  }

  /** A webhook of a channel's provider; undefined when there is no such channel, or it is never called. */
  channelCalls(channel: string, call: InboundCall): Promise<InboundAnswer> | undefined {
    return this.#channels.get(channel)?.channel.hear?.(call);
  }

  channel(name: string): Channel | undefined {
    return this.#channels.get(name)?.channel;
  }

  /** What of the config does not fit helpdesks and channels as they are. */
  async inspect(): Promise<Inspection[]> {
    if (!this.#settings) return [];
    const channels = new Map([...this.#channels].map(([name, { channel }]) => [name, channel]));
    const all = [inspectHelpdesks(this.#helpdesks), inspectChannels(channels, this.#settings)];
    return (await Promise.all(all)).flat();
  }

  /** A channel that refuses us as such wants the operator, until something gets through again. */
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
