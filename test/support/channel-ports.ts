import type {
  ChannelPorts,
  InboundPress,
  InboundReply,
  OutgoingMessage,
} from '../../src/channels/channel.ts';
import type { Receipt } from '../../src/core/effect.ts';
import { sampleIncident } from './sample-incident.ts';

export const CODE = 'K7Q2M9XAPC';
export const LINK = `https://w.example/a/${CODE}-4T8PNW`;

export const sampleMessage = (more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  address: '+12895550101',
  recipient: 'Maria Chen',
  text: `URGENT shop down since 03:12: connection refused. ${LINK}`,
  subject: 'URGENT shop down since 03:12: connection refused.',
  body: `URGENT shop down since 03:12: connection refused.\n\nAnswer it: ${LINK}`,
  code: CODE,
  kind: 'page',
  occasion: { is: 'outage' },
  incident: sampleIncident({ startedAt: Date.parse('2026-11-22T08:12:00Z') }),
  link: LINK,
  timeZone: 'America/Toronto',
  ...more,
});

/** Ports that keep what comes in. */
export class KeptPorts implements ChannelPorts {
  readonly replies: InboundReply[] = [];
  readonly presses: InboundPress[] = [];
  readonly receipts: [string, string, Receipt][] = [];
  readonly shown: [OutgoingMessage, string][] = [];
  readonly faults: unknown[] = [];
  publicUrl = 'https://watch.example';
  at: () => number = () => Date.now();

  now = (): number => this.at();
  show = (message: OutgoingMessage, channel: string): void => void this.shown.push([message, channel]);
  onFault = (error: unknown): void => void this.faults.push(error);
  inbox = {
    receipt: async (channel: string, remoteId: string, receipt: Receipt) =>
      void this.receipts.push([channel, remoteId, receipt]),
    reply: async (said: InboundReply) => {
      this.replies.push(said);
      return 'shop: yours now.';
    },
    press: async (pressed: InboundPress) => {
      this.presses.push(pressed);
      return 'shop: yours now.';
    },
  };
}
