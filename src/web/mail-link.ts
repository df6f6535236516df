import type { Outcome } from '../core/effect.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { User } from '../core/user.ts';
import type { WebSources } from './sources.ts';

export interface LinkMail {
  subject: string;
  /** Before the link, and after it. */
  lines: readonly string[];
  last: string;
  token: string;
}

export const linkOf = ({ config }: WebSources, token: string): string =>
  `${config().publicUrl}/invitation/${token}`;

/** Sends a portal user the link to a password. Undefined when there is no way to send mails. */
export async function mailLink(
  sources: WebSources,
  user: User,
  { subject, lines, last, token }: LinkMail,
): Promise<Outcome<string> | undefined> {
  const { title } = sources.config().deskSettings.portal;
  const sent = await sources.engine.mailer.send({
    name: neutraliseLine(user.name, 80),
    address: user.email,
    subject: `${title}: ${subject}`,
    text: [...lines, '', linkOf(sources, token), '', last].join('\n'),
  });
  if (sent && (sent.is === 'temporary' || sent.is === 'permanent')) sources.access.notMailed(user);
  return sent;
}
