import type { ZodType } from 'zod';
import type { Occasion, Outcome, Receipt } from '../core/effect.ts';
import type { HttpHeaders } from '../core/http-headers.ts';
import type { Incident } from '../core/incident.ts';

export interface OutgoingMessage {
  /** The person's address on this channel; empty where the channel needs none. */
  address: string;
  /** The recipient's name, where the channel shows it. */
  recipient: string;
  /** The whole message in a sentence or two. */
  text: string;
  /** One line, for channels that have a subject. */
  subject: string;
  /** More detail, for channels with room; absent where the text says everything. */
  body?: string;
  /** Part of the text; an ambiguous send is looked up by it. */
  code: string;
  /** A page requires an answer, a notice does not. */
  kind: 'page' | 'notice';
  occasion: Occasion;
  /** The incident as it is at this moment; absent for a test. */
  incident?: Incident;
  /** Display name of the person who has acknowledged or resolved the incident. */
  owner?: string;
  /** Where the message can be answered. */
  link: string;
  /** Id of the live message that this one belongs to. */
  card?: string;
  /** IANA time zone of the reader. */
  timeZone: string;
}

/** The interface to every channel. Its methods do not throw; the outcome says what happened. */
export interface Channel {
  readonly type: string;
  /** Its first message shows the incident's state, and later messages update it. */
  readonly isLive?: boolean;
  /** True if people can reply, so that the text may say what to type. */
  readonly takesReplies?: boolean;
  send(message: OutgoingMessage): Promise<Outcome<string>>;
  /** Looks up whether a message with this code was accepted since then: its id, or null. Absent: no lookup. */
  find?(message: OutgoingMessage, since: number): Promise<Outcome<string | null>>;
  /** Whether an accepted message was delivered. Absent: this channel cannot tell. */
  receipt?(remoteId: string): Promise<Outcome<Receipt>>;
  /** What in the settings, and in the config's addresses for it, does not fit the provider. Absent: no check. */
  inspect?(addresses: readonly string[]): Promise<Outcome<string[]>>;
  /** Takes a call from the provider, already read but not authenticated. Absent: the provider never calls. */
  hear?(call: InboundCall): Promise<InboundAnswer>;
  /** For channels that listen without webhooks; returns how to stop. */
  listen?(): () => void;
}

/** A provider's webhook call as received. */
export interface InboundCall {
  /** What follows the channel's name in the path: `message`, `voice`. */
  what: string;
  /** The whole URL that the provider called. */
  url: string;
  query: Readonly<Record<string, string>>;
  headers: HttpHeaders;
  body: string;
}

export type InboundAnswer =
  | { is: 'answer'; type: string; body: string }
  /** Not authentic, not understood, or too old: the caller is told nothing. */
  | { is: 'refused'; status: 400 | 401 | 404; why: string };

export interface ChannelPorts {
  now(): number;
  /** Shows a message on the terminal. */
  show(message: OutgoingMessage, channel: string): void;
  /** Without a trailing slash. */
  publicUrl: string;
  /** Takes what the provider sends in. */
  inbox: Inbox;
  /** Reports an error that occurs where no caller waits for an outcome. */
  onFault(error: unknown): void;
}

/** Takes what providers send in, by whatever route. */
export interface Inbox {
  /** A delivery receipt for a message of this channel. */
  receipt(channel: string, remoteId: string, receipt: Receipt): Promise<void>;
  /** Somebody has typed a reply, such as `1 K7Q2`. Returns the answer to it; empty when there is none. */
  reply(said: InboundReply): Promise<string>;
  /** Somebody has pressed a button or a key about an incident, or about all incidents in the message with that code. */
  press(pressed: InboundPress): Promise<string>;
}

export interface InboundReply {
  channel: string;
  /** Address of the sender. */
  from: string;
  text: string;
  /** The provider's id of the reply, as idempotency key. */
  id: string;
}

export interface InboundPress {
  channel: string;
  incident: string;
  /** Code of the message: every incident that it was about is meant. */
  code?: string;
  /** Address of the person who pressed; their name, in case the address is not one that we know. */
  from: string;
  name?: string;
  action: 'acknowledge' | 'escalate' | 'resolve' | 'vendor' | { estimateMinutes: number };
  id: string;
}

/** A field of `people`, and of `teams`, that holds an address for a channel. */
export interface AddressField {
  /** Its name in the config: `sms`. Channels may share one. */
  key: string;
  schema: ZodType<string>;
  /** One sentence, for the docs and for editors. */
  description: string;
  /** A team may have one, too: a room, a mailing list. */
  isForTeams?: boolean;
}

/** Each channel's file exports this as `default`. */
export interface ChannelType<Settings = unknown> {
  type: string;
  summary: string;
  /** What to do at the provider first; Markdown. */
  setup: string;
  /** YAML of a channel of this type, as it stands under `channels`. */
  example: string;
  settings: ZodType;
  /** Its first message shows the incident's state, and later messages update it. */
  isLive?: boolean;
  /** It makes the phone ring: not for what can wait until somebody looks. */
  isCall?: boolean;
  /** Fields that hold its addresses: the first that a person has is used. Absent: it needs no address. */
  addresses?: readonly AddressField[];
  secrets(settings: Settings): readonly string[];
  create(settings: Settings, ports: ChannelPorts, name: string): Channel;
}
