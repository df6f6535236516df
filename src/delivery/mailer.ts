import type { Outcome } from '../core/effect.ts';
import type { Channel } from '../channels/channel.ts';

/** To somebody outside, and about no incident. */
export interface DirectMail {
  name: string;
  address: string;
  subject: string;
  text: string;
}

export interface MailerPorts {
  /** The channel for mails; undefined when there is none that reaches anybody. */
  channel(): Channel | undefined;
  newCode(): string;
  publicUrl(): string;
  timeZone(): string;
}

/**
 * Mails that may stand in no record, such as a link to a password: sent at once and kept nowhere. Whoever waits for
 * one hears what came of it.
 */
export class Mailer {
  readonly #ports: MailerPorts;

  constructor(ports: MailerPorts) {
    this.#ports = ports;
  }

  get isThere(): boolean {
    return this.#ports.channel() !== undefined;
  }

  /** Undefined when there is no way to send one. */
  send({ name, address, subject, text }: DirectMail): Promise<Outcome<string>> | undefined {
    const { channel, newCode, publicUrl, timeZone } = this.#ports;
    const code = newCode();
    return channel()?.send({
      address,
      recipient: name,
      subject,
      text,
      code,
      kind: 'notice',
      occasion: { is: 'mail', subject, text, thread: `account.${code}`, isHuman: false },
      link: publicUrl(),
      timeZone: timeZone(),
    });
  }
}
