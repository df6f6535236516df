import type { Outcome } from '../core/effect.ts';
import type { Channel } from '../channels/channel.ts';

/** A mail to somebody outside that is not about an incident. */
export interface DirectMail {
  name: string;
  address: string;
  subject: string;
  text: string;
}

export interface MailerPorts {
  /** The channel for mails; undefined when no channel can reach anybody. */
  channel(): Channel | undefined;
  newCode(): string;
  publicUrl(): string;
  timeZone(): string;
}

/**
 * Sends mails that must not be stored in any record, such as a password link: sent at once and kept nowhere. The caller
 * learns the outcome.
 */
export class Mailer {
  readonly #ports: MailerPorts;

  constructor(ports: MailerPorts) {
    this.#ports = ports;
  }

  get isThere(): boolean {
    return this.#ports.channel() !== undefined;
  }

  /** Undefined when there is no channel to send it. */
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
