import type { z } from 'zod';
import type { Outcome, Receipt } from '../core/effect.ts';
import type { AddressField, Channel, ChannelPorts } from '../channels/channel.ts';

// `watchdesk/channel`: what a channel of your own imports. A name that stands here stays.

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

/** What is to be told to one person or team. */
export interface MessageView {
  /** Where they are reached; empty where the channel has no addresses. */
  address: string;
  recipient: string;
  /** One line. */
  subject: string;
  /** All of it in a sentence or two; for channels with room there may be more in `body`. */
  text: string;
  body?: string;
  /** Stands in the link, and says which message it is. */
  code: string;
  /** A page wants an answer, a notice does not. */
  kind: 'page' | 'notice';
  /** Where it can be answered. */
  link: string;
  /** IANA zone of the reader. */
  timeZone: string;
  /** Absent for a test. */
  incident?: IncidentView;
}

/** An incident as it stands when the message is sent. */
export interface IncidentView {
  id: string;
  target: string;
  customer?: string;
  priority: 'urgent' | 'high' | 'medium' | 'low';
  status: 'open' | 'worked' | 'resolved';
  /** From the list of reasons: `refused`, `timeout`. */
  reason: string;
  message: string;
  /** Of the first failed probe, Unix milliseconds. */
  startedAt: number;
  /** As people call it: `Freshdesk 4711`. */
  ticket?: { name: string; url: string };
  /** Who has it, as people are called. */
  owner?: string;
}

export type ChannelPortsView = Pick<ChannelPorts, 'now' | 'publicUrl' | 'inbox' | 'onFault'>;

/** Nothing of it throws: what went wrong is an outcome. A throw counts as "may have been sent". */
export interface ChannelView extends Pick<
  Channel,
  'takesReplies' | 'inspect' | 'hear' | 'listen' | 'receipt'
> {
  /** `done` has the provider's id of the message. */
  send(message: MessageView): Promise<Outcome<string>>;
  /** Whether a message with this code was accepted since then, Unix milliseconds: its id, or null. */
  find?(message: MessageView, since: number): Promise<Outcome<string | null>>;
  receipt?(remoteId: string): Promise<Outcome<Receipt>>;
}

export interface ChannelPlugin<Schema extends z.ZodType> {
  /** The file's own name. */
  type: string;
  summary: string;
  /** What has to be done at the provider first; Markdown. */
  setup?: string;
  settings: Schema;
  /** It makes the phone ring: not for what can wait until somebody looks. */
  isCall?: boolean;
  /** Where people and teams are reached by it. */
  addresses?: readonly AddressField[];
  /** Beside the settings that are marked with `.meta({ secret: true })`. */
  secrets?(settings: z.output<Schema>): readonly string[];
  create(settings: z.output<Schema>, ports: ChannelPortsView, name: string): ChannelView;
}

/** Gives back what it is given; your editor knows its types then. */
export const defineChannel = <Schema extends z.ZodType>(type: ChannelPlugin<Schema>): ChannelPlugin<Schema> =>
  type;
