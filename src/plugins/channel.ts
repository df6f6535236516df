import type { z } from 'zod';
import type { Outcome, Receipt } from '../core/effect.ts';
import type { AddressField, Channel, ChannelPorts } from '../channels/channel.ts';

// `watchdesk/channel`: what a custom channel imports. An exported name is never removed.

export { z } from 'zod';
export { neutralise, neutraliseLine } from '../core/neutralise.ts';
export type { Outcome, Receipt } from '../core/effect.ts';
export type {
  AddressField,
  Inbox,
  InboundAnswer,
  InboundCall,
  InboundPress,
  InboundReply,
} from '../channels/channel.ts';

/** A message to one person or team. */
export interface MessageView {
  /** The recipient's address; empty if the channel has no addresses. */
  address: string;
  recipient: string;
  /** One line. */
  subject: string;
  /** The whole message in a sentence or two; channels with room may find more in `body`. */
  text: string;
  body?: string;
  /** Part of the link; identifies the message. */
  code: string;
  /** A page needs an answer, a notice does not. */
  kind: 'page' | 'notice';
  /** Where the message can be answered. */
  link: string;
  /** IANA time zone of the reader. */
  timeZone: string;
  /** Absent for a test message. */
  incident?: IncidentView;
}

/** The incident's state when the message is sent. */
export interface IncidentView {
  id: string;
  target: string;
  customer?: string;
  priority: 'urgent' | 'high' | 'medium' | 'low';
  status: 'open' | 'worked' | 'resolved';
  /** From the list of reasons: `refused`, `timeout`. */
  reason: string;
  message: string;
  /** Time of the first failed probe, Unix milliseconds. */
  startedAt: number;
  /** The name that people use: `Freshdesk 4711`. */
  ticket?: { name: string; url: string };
  /** Name of the person who works on the incident. */
  owner?: string;
}

export type ChannelPortsView = Pick<ChannelPorts, 'now' | 'publicUrl' | 'inbox' | 'onFault'>;

/** No method may throw: errors are returned as an outcome. A throw counts as "may have been sent". */
export interface ChannelView extends Pick<
  Channel,
  'takesReplies' | 'inspect' | 'hear' | 'listen' | 'receipt'
> {
  /** `done` carries the provider's id of the message. */
  send(message: MessageView): Promise<Outcome<string>>;
  /** Lookup of a message with this code accepted since that time, Unix milliseconds: its id, or null. */
  find?(message: MessageView, since: number): Promise<Outcome<string | null>>;
  receipt?(remoteId: string): Promise<Outcome<Receipt>>;
}

export interface ChannelPlugin<Schema extends z.ZodType> {
  /** Must equal the file name. */
  type: string;
  summary: string;
  /** What to set up at the provider first; Markdown. */
  setup?: string;
  settings: Schema;
  /** The phone rings: not for messages that can wait. */
  isCall?: boolean;
  /** The address fields of people and teams for this channel. */
  addresses?: readonly AddressField[];
  /** Secrets besides the settings marked with `.meta({ secret: true })`. */
  secrets?(settings: z.output<Schema>): readonly string[];
  create(settings: z.output<Schema>, ports: ChannelPortsView, name: string): ChannelView;
}

/** Returns its argument; it gives your editor the types. */
export const defineChannel = <Schema extends z.ZodType>(type: ChannelPlugin<Schema>): ChannelPlugin<Schema> =>
  type;
