import type { NodemailerError } from 'nodemailer';
import { z } from 'zod';
import type { Outcome } from '../core/effect.ts';
import { say } from '../text/say.ts';
import { callTimeout } from './shared/call-timeout.ts';
import { email } from '../outside/contact-fields.ts';
import type { ChannelType, OutgoingMessage } from './channel.ts';

const ADDRESS = /^(?:[^<>\r\n]{1,120} <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/;

const settings = z.strictObject({
  host: z.string().min(1).describe('SMTP server that relays mail.'),
  port: z.int().min(1).max(65_535).default(587).describe('Port of the SMTP server.'),
  tls: z
    .enum(['starttls', 'implicit', 'none'])
    .optional()
    .describe('Defaults to `implicit` on port 465, otherwise to `starttls` if the server offers it.'),
  user: z.string().min(1).optional().describe('User name, if the server requires one.'),
  password: z.string().min(1).optional().meta({ secret: true }).describe('Password of the user.'),
  from: z.string().regex(ADDRESS, 'an address, or Name <address>').describe('Sender address.'),
  reply_to: z
    .string()
    .regex(ADDRESS, 'an address, or Name <address>')
    .optional()
    .describe('Address for replies.'),
  timeout: callTimeout,
});

type Settings = z.output<typeof settings>;

/** Mail by SMTP: https://www.rfc-editor.org/rfc/rfc5321 */
export default {
  type: 'email',
  summary: 'Email through an SMTP server.',
  setup: `Use any SMTP server that relays mail: your own, or a mail service with a user name and password. Set \`email\` for the people to reach. Customers get email at their \`contact\`, vendors at their \`email\`.

## What to expect

- The subject is the text of the page; the body has the evidence and a link to respond.
- Emails about one incident form one thread. A message that is sent again keeps its Message-ID, so that servers and mail clients can drop duplicates.
- If the server's response is lost, Watchdesk cannot look up whether it accepted the email. It sends the email again, three times at most, marked as sent again.`,
  example: `email:
  type: email
  host: smtp.example.com
  port: 587
  user: watchdesk
  password: \${SMTP_PASSWORD}
  from: Watchdesk <watch@example.com>`,
  settings,
  addresses: [{ key: 'email', schema: email, description: 'Email address.', isForTeams: true }],
  secrets: ({ password }: Settings) => (password === undefined ? [] : [password]),
  create(given: Settings) {
    let transport: ReturnType<typeof makeTransport> | undefined;
    const connect = () => (transport ??= makeTransport(given));
    return {
      type: 'email',
      async send(message) {
        try {
          const mailer = await connect();
          const { messageId } = await mailer.sendMail(mailOf(message, given));
          return { is: 'done', value: messageId };
        } catch (error) {
          return outcomeOf(error as NodemailerError);
        }
      },
      async inspect() {
        try {
          await (await connect()).verify();
          return { is: 'done', value: [] };
        } catch (error) {
          const { responseCode, originalCode, code, message } = error as NodemailerError;
          if (code === 'EAUTH')
            return { is: 'done', value: [say('mail.host-rejected-credentials', { host: given.host })] };
          const why = responseCode ?? originalCode ?? code ?? message;
          const host = `${given.host}:${given.port}`;
          return { is: 'temporary', why: say('mail.host-no-response', { host, error: why }) };
        }
      },
    };
  },
} satisfies ChannelType<Settings>;

/** Loads the library only when it is used. */
async function makeTransport({ host, port, tls, user, password, timeout }: Settings) {
  const { createTransport } = await import('nodemailer');
  const mode = tls ?? (port === 465 ? 'implicit' : undefined);
  return createTransport({
    host,
    port,
    secure: mode === 'implicit',
    requireTLS: mode === 'starttls',
    ignoreTLS: mode === 'none',
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** A message has the same Message-ID however often it is sent, so that servers and readers can drop duplicates. */
function mailOf(message: OutgoingMessage, { from, reply_to: replyTo }: Settings) {
  const domain = /@([^>]+)>?$/.exec(from)?.[1] ?? 'watchdesk';
  const { incident, occasion } = message;
  const about = occasion.is === 'mail' ? occasion.thread : incident && `incident.${incident.id}`;
  const thread = about && `<${about}@${domain}>`;
  const answered =
    occasion.is === 'mail' && occasion.answers !== undefined ? `<${occasion.answers}>` : undefined;
  return {
    from,
    replyTo,
    // Name and address separately: the library quotes what the name contains.
    to: { name: message.recipient, address: message.address },
    subject: message.subject,
    text: message.body ?? message.text,
    messageId: `<${message.code.toLowerCase()}@${domain}>`,
    ...(thread !== undefined && {
      references: [thread, ...(answered === undefined ? [] : [answered])],
      inReplyTo: answered ?? thread,
    }),
    headers: automatic(occasion),
  };
}

/** Keeps other machines from answering ours: https://www.rfc-editor.org/rfc/rfc3834#section-5 */
function automatic(occasion: OutgoingMessage['occasion']): Record<string, string> {
  if (occasion.is === 'mail' && occasion.isHuman) return {};
  const how = occasion.is === 'mail' ? 'auto-replied' : 'auto-generated';
  return { 'Auto-Submitted': how, 'X-Auto-Response-Suppress': 'All' };
}

/** Codes: https://www.rfc-editor.org/rfc/rfc5321#section-4.2 */
function outcomeOf(error: NodemailerError): Exclude<Outcome<never>, { is: 'done' }> {
  const { responseCode, syscall, timeoutType, message } = error;
  const code = error.originalCode ?? error.code;
  const why = say('mail.server-says', { error: responseCode ?? code ?? message });
  if (responseCode !== undefined) {
    const isOurs = error.code === 'EAUTH' || [530, 534, 535].includes(responseCode);
    if (isOurs) return { is: 'permanent', why: say('mail.credentials-rejected'), isOurs };
    return { is: error.permanent === true ? 'permanent' : 'temporary', why };
  }
  if (error.code === 'EENVELOPE') return { is: 'permanent', why: say('mail.address-rejected') };
  const neverTalked = syscall === 'connect' || ['EDNS', 'ETLS', 'ENOAUTH'].includes(error.code ?? '');
  const neverGreeted = timeoutType !== undefined && timeoutType !== 'SOCKET_TIMEOUT';
  // After the server's greeting, nothing tells how far the mail had come when the connection broke.
  if (neverTalked || neverGreeted) {
    return { is: 'temporary', why: say('mail.no-connection', { error: code ?? message }) };
  }
  return { is: 'ambiguous', why: say('mail.no-response', { error: code ?? message }) };
}
