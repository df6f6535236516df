import { z } from 'zod';
import { certificateFacts, optionProblem, type CheckType } from '../src/core/check-type.ts';
import { findingOfFault } from '../src/core/fault-of-code.ts';
import { hostPort, hostPortText } from '../src/core/host-port.ts';
import { neutraliseLine } from '../src/core/neutralise.ts';
import { failed, good } from '../src/core/probe-result.ts';
import { tooSlow } from '../src/core/slowness.ts';
import { host, ip, port, secret, trustFields, within } from './shared/fields.ts';
import { pemProblem } from './shared/pem-problem.ts';
import { loginSecrets, smtpSession } from './shared/smtp-session.ts';

const IMPLICIT_PORT = 465;
/** RFC 5321, 4.1.2: a mailbox without quotes, and nothing that would start a new line. */
const MAILBOX = /^[^\s<>"()[\]\\,;:@]{1,64}@[^\s<>"()\\,;:@]{1,255}$/;

const options = z.strictObject({
  host,
  port: port.describe('Defaults to the port in the target’s address, or else 25.'),
  ip,
  tls: z
    .enum(['starttls', 'implicit', 'none'])
    .optional()
    .describe('Defaults to `implicit` on port 465, otherwise to `starttls`, which then has to be offered.'),
  verify: z
    .boolean()
    .default(true)
    .describe('Require a trusted certificate with a matching name; mail servers among themselves do not.'),
  ...trustFields,
  hello: z
    .string()
    .regex(/^[A-Za-z0-9.:[\]-]{1,255}$/, 'a host name')
    .default('watchdesk.invalid')
    .describe('Name under which the probe introduces itself (`EHLO`).'),
  user: z.string().min(1).max(255).optional().describe('Signs in with `password`, by PLAIN or LOGIN.'),
  password: secret.max(255).optional(),
  expect: z
    .strictObject({
      banner: z.string().min(1).optional().describe('Text that the greeting must contain.'),
      accepts: z
        .string()
        .regex(MAILBOX, 'an email address')
        .optional()
        .describe('Address that the server must accept as a recipient; no mail is sent.'),
      from: z
        .union([z.literal(''), z.string().regex(MAILBOX, 'an email address')])
        .default('')
        .describe('Sender to ask with; empty, as for bounces.'),
      within,
    })
    .prefault({}),
});

type Options = z.output<typeof options>;

export default {
  type: 'smtp',
  summary:
    'A mail server greets, encrypts and, if configured, lets a user sign in and accepts mail for an address.',
  notes: `Connects, says \`EHLO\`, turns to TLS and ends with \`QUIT\`; no mail is sent. Fails with the reason of the
connection (\`refused\`, \`timeout\`, \`tls-expired\`, \`tls-invalid\`, …), with \`tls-handshake\` when STARTTLS is not offered,
with \`answer\` when the server refuses a step (the message has its words), with \`body\` when the greeting lacks \`banner\`, and with
\`slow\` beyond \`within\`. The days that are left of a certificate are watched by [tls](tls.md).`,
  examples: [
    {
      title: 'A mail server accepts mail for its domain',
      yaml: '{ type: smtp, host: mail.example.com, expect: { accepts: postmaster@example.com } }',
    },
    {
      title: 'People can send mail',
      yaml: '{ type: smtp, host: mail.example.com, port: 587, user: probe, password: "${SMTP_PASSWORD:-secret}" }',
    },
    {
      title: 'A server inside, without encryption',
      yaml: '{ type: smtp, host: 192.0.2.25, tls: none, expect: { banner: ESMTP, within: 2s } }',
    },
  ],
  options,
  prepare(given: Options, target) {
    const { ip, tls, verify, server_name, ca, hello, user, password, expect, ...own } = given;
    const to = hostPort(own, target, 25);
    if (to === undefined) return optionProblem([], 'a `host` here, or an `address` or `url` on the target');
    if ((user === undefined) !== (password === undefined))
      return optionProblem([user === undefined ? 'password' : 'user'], '`user` and `password` together');
    const unreadable = pemProblem({ ca }, ['ca']);
    if (unreadable) return unreadable;
    const mode = tls ?? (to.port === IMPLICIT_PORT ? 'implicit' : 'starttls');
    const login = user === undefined || password === undefined ? undefined : { user, password };
    const wish = { verify, serverName: server_name ?? to.host, ca };
    const place = hostPortText(to);
    return {
      is: 'prepared',
      subject: `smtp://${place}`,
      instance: place,
      secrets: login === undefined ? [] : loginSecrets(login),
      async probe(context) {
        const destination = { ...to, family: ip ?? 0 } as const;
        const wire = await context.dial(mode === 'implicit' ? { ...destination, tls: wish } : destination);
        if (wire.is === 'fault') return findingOfFault(wire);
        const answer = await smtpSession(wire, {
          host: to.host,
          helloName: hello,
          ...(mode === 'starttls' && { startTls: wish }),
          ...(login && { login }),
          ...(expect.accepts !== undefined && { recipient: { from: expect.from, to: expect.accepts } }),
          log: (text) => context.log(text),
        });
        wire.close();
        const measured = {
          phases: wire.phases,
          address: wire.address,
          ...certificateFacts(wire.certificate),
        };
        if (answer.is === 'refused') return findingOfFault(answer.why, measured);
        if (expect.banner !== undefined && !answer.banner.includes(expect.banner)) {
          const wanted = neutraliseLine(expect.banner, 80);
          const got = neutraliseLine(answer.banner, 80);
          return failed('body', `expected "${wanted}" in the greeting, got "${got}"`, measured);
        }
        return tooSlow(context.elapsedMs(), expect.within, measured) ?? good('ready for mail', measured);
      },
    };
  },
} satisfies CheckType<Options, typeof options>;
