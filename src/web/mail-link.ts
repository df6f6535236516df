import type { Outcome } from '../core/effect.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { User } from '../core/user.ts';
import type { WebSources } from './sources.ts';

export interface LinkMail {
  subject: string;
  text: string;
}

export const linkOf = ({ config }: WebSources, token: string): string =>
  `${config().publicUrl}/invitation/${token}`;

/** Mails a portal user a link to choose a password. Undefined when no mail can be sent. */
export async function mailLink(
  sources: WebSources,
  user: User,
  { subject, text }: LinkMail,
): Promise<Outcome<string> | undefined> {
  const sent = await sources.mailer.send({
    name: neutraliseLine(user.name, 80),
    address: user.email,
    subject,
    text,
  });
  if (sent && (sent.is === 'temporary' || sent.is === 'permanent')) sources.access.notMailed(user);
  return sent;
}
