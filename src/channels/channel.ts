import type { ZodType } from 'zod';
import type { Occasion, Outcome, Receipt } from '../core/effect.ts';
import type { HttpHeaders } from '../core/http-headers.ts';
import type { Incident } from '../core/incident.ts';

export interface OutgoingMessage {
  /** Where the person is reached on this channel; empty where the channel needs none. */
  address: string;
  /** Who it is for, to be shown where the channel shows it. */
  recipient: string;
  /** The whole of it in a sentence or two. */
  text: string;
  /** One line, for channels that have a place for it. */
  subject: string;
  /** More of it, for channels with room; absent where the text is all there is. */
  body?: string;
  /** Stands in the text; what an ambiguous send is looked up by. */
  code: string;
  /** A page wants an answer, a notice does not. */
  kind: 'page' | 'notice';
  occasion: Occasion;
  /** What it is about, as it stands at this moment; absent for a test. */
  incident?: Incident;
  /** Who has it, or has ended it, as people are called. */
  owner?: string;
  /** Where it can be answered. */
  link: string;
  /** Id of the live message that it belongs to. */
  card?: string;
  /** IANA zone of the reader. */
  timeZone: string;
}

/** The port through which every channel is reached. Nothing here throws; the outcome says what came of it. */
export interface Channel {
  readonly type: string;
  /** Its first message shows how it stands, and is brought up to date by those that follow. */
  readonly isLive?: boolean;
  /** The text may say which answer to type. */
  readonly takesReplies?: boolean;
  send(message: OutgoingMessage): Promise<Outcome<string>>;
  /** Whether a message with this code was accepted since then: its id, or null. Absent: cannot be looked up. */
  find?(message: OutgoingMessage, since: number): Promise<Outcome<string | null>>;
  /** Whether a message that was accepted has arrived. Absent: this channel cannot tell. */
  receipt?(remoteId: string): Promise<Outcome<Receipt>>;
  /** What of the settings, and of the addresses that the config has for it, does not fit the provider as it is. Absent: nothing can be asked. */
  inspect?(addresses: readonly string[]): Promise<Outcome<string[]>>;
  /** A call of the provider, already read but not believed. Absent: it never calls. */
  hear?(call: InboundCall): Promise<InboundAnswer>;
  /** For channels that listen without being called; gives back how to stop. */
  listen?(): () => void;
}

/** A provider's webhook as it came. */
export interface InboundCall {
  /** What stands behind the channel's name in the path: `message`, `voice`. */
  what: string;
  /** The whole URL as the provider called it. */
  url: string;
  query: Readonly<Record<string, string>>;
  headers: HttpHeaders;
  body: string;
}

export type InboundAnswer =
  | { is: 'answer'; type: string; body: string }
  /** Not believed, not understood, or too old: says nothing to whoever calls. */
  | { is: 'refused'; status: 400 | 401 | 404; why: string };

export interface ChannelPorts {
  now(): number;
  /** Shows a message on the terminal. */
  show(message: OutgoingMessage, channel: string): void;
  /** Without a trailing slash. */
  publicUrl: string;
  /** What those who are called by the provider may do. */
  inbox: Inbox;
  /** Hears of what goes wrong where nobody waits for an outcome. */
  onFault(error: unknown): void;
}

/** What a provider brings in, wherever it comes from. */
export interface Inbox {
  /** What becomes of a message of this channel that the provider speaks of. */
  receipt(channel: string, remoteId: string, receipt: Receipt): Promise<void>;
  /** Somebody types: `1 K7Q2`. Gives what they are told; empty when nothing is to be said. */
  reply(said: InboundReply): Promise<string>;
  /** Somebody presses a button, or a key, about a message of that code or an incident of that id. */
  press(pressed: InboundPress): Promise<string>;
}

export interface InboundReply {
  channel: string;
  /** Address that it comes from. */
  from: string;
  text: string;
  /** The provider's id of it: a second one of that id does nothing. */
  id: string;
}

export interface InboundPress {
  channel: string;
  incident: string;
  /** Of the message: everything that it was about is meant. */
  code?: string;
  /** Address of whoever pressed; their name where the address is nobody's we know. */
  from: string;
  name?: string;
  action: 'acknowledge' | 'escalate' | 'resolve' | 'vendor' | { estimateMinutes: number };
  id: string;
}

/** An entry of `people`, and of `teams`, that a channel reaches them by. */
export interface AddressField {
  /** As it stands in the config: `sms`. Channels may share one. */
  key: string;
  schema: ZodType<string>;
  /** One sentence, for the docs and for editors. */
  description: string;
  /** A team has one of its own: a room, a mailing list. */
  isForTeams?: boolean;
}

/** One file a channel exports this as `default`. */
export interface ChannelType<Settings = unknown> {
  type: string;
  summary: string;
  /** What has to be done at the provider first; Markdown. */
  setup: string;
  /** YAML of a channel of that type, as it stands under `channels`. */
  example: string;
  settings: ZodType;
  /** Its first message shows how it stands, and is brought up to date by those that follow. */
  isLive?: boolean;
  /** It makes the phone ring: not for what can wait until somebody looks. */
  isCall?: boolean;
  /** Where people are reached by it: the first that somebody has is their address. Absent: it needs none. */
  addresses?: readonly AddressField[];
  secrets(settings: Settings): readonly string[];
  create(settings: Settings, ports: ChannelPorts, name: string): Channel;
}
