import type { ZodType } from 'zod';
import type { Outcome, Receipt } from '../core/effect.ts';

export interface OutgoingMessage {
  /** Where the person is reached on this channel; empty where the channel needs none. */
  address: string;
  /** Who it is for, to be shown where the channel shows it. */
  recipient: string;
  text: string;
  /** Stands in the text; what an ambiguous send is looked up by. */
  code: string;
}

/** The port through which every channel is reached. Nothing here throws; the outcome says what came of it. */
export interface Channel {
  readonly type: string;
  send(message: OutgoingMessage): Promise<Outcome<string>>;
  /** Whether a message with this code was accepted since then: its id, or null. Absent: cannot be looked up. */
  find?(message: OutgoingMessage, since: number): Promise<Outcome<string | null>>;
  /** Whether a message that was accepted has arrived. Absent: this channel cannot tell. */
  receipt?(remoteId: string): Promise<Outcome<Receipt>>;
}

export interface ChannelPorts {
  now(): number;
  /** Shows a message on the terminal. */
  show(message: OutgoingMessage, channel: string): void;
}

/** One file a channel exports this as `default`. */
export interface ChannelType<Settings = unknown> {
  type: string;
  summary: string;
  settings: ZodType;
  /** Which entry of a person is the address; undefined when none is needed. */
  addressKeys?: readonly ('sms' | 'voice' | 'email' | 'slack')[];
  secrets(settings: Settings): readonly string[];
  create(settings: Settings, ports: ChannelPorts, name: string): Channel;
}
