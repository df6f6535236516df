import type { Fault, TlsWish, Wire } from '../../src/core/check-type.ts';
import { fault } from '../../src/core/check-type.ts';
import { neutraliseLine } from '../../src/core/neutralise.ts';
import { Talk } from './talk.ts';

/** What to ask a mail server, up to the point at which a mail would follow. */
export interface SmtpQuestion {
  host: string;
  /** The name that we introduce ourselves with. */
  helloName: string;
  /** TLS settings for STARTTLS after the greeting; absent when STARTTLS is not wanted. */
  startTls?: TlsWish;
  login?: { user: string; password: string };
  /** A recipient that the server must accept; no mail is sent. */
  recipient?: { from: string; to: string };
  log(text: string): void;
}

export type SmtpAnswer = { is: 'ready'; banner: string } | { is: 'refused'; banner?: string; why: Fault };

/** https://www.rfc-editor.org/rfc/rfc5321 */
export async function smtpSession(wire: Wire, question: SmtpQuestion): Promise<SmtpAnswer> {
  const { helloName, startTls, login, recipient, log } = question;
  let talk = new Talk(wire);
  const greeting = await talk.replyLines(/^220[ -]/);
  if (!Array.isArray(greeting)) return { is: 'refused', why: greeting };
  const banner = greeting.join(' ');
  const refused = (why: Fault): SmtpAnswer => ({ is: 'refused', banner, why });
  log(`greeting: ${neutraliseLine(banner, 120)}`);

  let offered = await hello(talk, helloName);
  if (!Array.isArray(offered)) return refused(offered);
  if (startTls !== undefined) {
    if (!offered.some((line) => /^STARTTLS$/i.test(line)))
      return refused(fault('tls-handshake', 'the server does not offer STARTTLS'));
    const broken = (await talk.ask('STARTTLS', /^220[ -]/)) ?? (await wire.secure(question.host, startTls));
    if (broken) return refused(broken);
    // RFC 3207, 4.2: everything learned before TLS must be discarded.
    talk = new Talk(wire);
    offered = await hello(talk, helloName);
    if (!Array.isArray(offered)) return refused(offered);
  }
  if (login !== undefined) {
    const denied = await signIn(talk, offered, login);
    if (denied) return refused(denied);
    log('signed in');
  }
  if (recipient !== undefined) {
    const denied =
      (await talk.ask(`MAIL FROM:<${recipient.from}>`, /^250[ -]/)) ??
      (await talk.ask(`RCPT TO:<${recipient.to}>`, /^25[012][ -]/));
    if (denied) return refused({ ...denied, message: `${recipient.to}: ${denied.message}` });
    log(`${recipient.to} is accepted`);
  }
  // Some servers count a client that leaves without QUIT as an attack.
  talk.say('QUIT');
  return { is: 'ready', banner };
}

function hello(talk: Talk, name: string): Promise<string[] | Fault> {
  talk.say(`EHLO ${name}`);
  return talk.replyLines(/^250[ -]/);
}

/** https://www.rfc-editor.org/rfc/rfc4954 */
async function signIn(
  talk: Talk,
  offered: readonly string[],
  { user, password }: { user: string; password: string },
): Promise<Fault | undefined> {
  const mechanisms = offered
    .filter((line) => /^AUTH[ =]/i.test(line))
    .flatMap((line) => line.slice(5).toUpperCase().split(/\s+/));
  if (mechanisms.includes('PLAIN'))
    return talk.ask(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`, /^235[ -]/);
  if (!mechanisms.includes('LOGIN'))
    return fault(
      'answer',
      `the server offers no login by PLAIN or LOGIN, only ${mechanisms.join(', ') || 'none'}`,
    );
  return (
    (await talk.ask('AUTH LOGIN', /^334[ -]/)) ??
    (await talk.ask(base64(user), /^334[ -]/)) ??
    (await talk.ask(base64(password), /^235[ -]/))
  );
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The secrets in every form in which a server could repeat them. */
export const loginSecrets = ({ user, password }: { user: string; password: string }): string[] => [
  password,
  base64(password),
  base64(`\0${user}\0${password}`),
];
