import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../../src/demo/make-certificate.ts';
import { listenTcp } from '../support/listeners.ts';
import { prepare, probeOnce } from '../support/probe-once.ts';

const PASSWORD = 'hunter2-hunter2';
const { key, certificate } = makeCertificate({
  names: ['127.0.0.1', 'mail.test'],
  validFrom: new Date(Date.now() - 86_400_000),
  validTo: new Date(Date.now() + 30 * 86_400_000),
});
const CA = `ca: ${JSON.stringify(certificate)}`;

interface Books {
  port: number;
  mails: number;
  users: string[];
  said: string[];
}

/** A real mail server on loopback that keeps books of who came. */
async function mailServer(options: SMTPServerOptions = {}): Promise<Books> {
  const books: Books = { port: 0, mails: 0, users: [], said: [] };
  const server = new SMTPServer({
    key,
    cert: certificate,
    authOptional: true,
    banner: 'mail.test at your service',
    onAuth: ({ username, password }, _session, done) => {
      books.users.push(username!);
      if (password === PASSWORD) return done(null, { user: username });
      return done(Object.assign(new Error(`not ${String(password)}`), { responseCode: 535 }));
    },
    onRcptTo: ({ address }, _session, done) => {
      books.said.push(address);
      if (address.endsWith('@acme.example')) return done();
      return done(Object.assign(new Error('Relay access denied'), { responseCode: 554 }));
    },
    onData: (stream, _session, done) => {
      books.mails++;
      stream.resume();
      stream.on('end', () => done());
    },
    ...options,
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  if (!server.server.listening) await once(server.server, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  books.port = (server.server.address() as AddressInfo).port;
  return books;
}

const check = (port: number, more: string) => `{ type: smtp, host: 127.0.0.1, port: ${port}, ${more} }`;

test('it greets and turns to TLS, and the certificate is verified and reported', async () => {
  const { port } = await mailServer();
  expect(await probeOnce(check(port, CA))).toMatchObject({
    verdict: 'good',
    message: 'ready for mail',
    measured: {
      certificateExpiresAt: expect.any(Number) as number,
      phases: { tls: expect.any(Number) as number },
    },
  });
  expect(await probeOnce(check(port, 'expect: {}'))).toMatchObject({ reason: 'tls-invalid' });
  expect(await probeOnce(check(port, 'verify: false'))).toMatchObject({ verdict: 'good' });
  expect(await probeOnce(check(port, `${CA}, server_name: mail.test`))).toMatchObject({ verdict: 'good' });
  expect(await probeOnce(check(port, `${CA}, server_name: other.test`))).toMatchObject({
    reason: 'tls-invalid',
  });
});

test('TLS from the first byte, and none at all', async () => {
  const implicit = await mailServer({ secure: true });
  expect(await probeOnce(check(implicit.port, `tls: implicit, ${CA}`))).toMatchObject({ verdict: 'good' });
  const plain = await mailServer({ disabledCommands: ['STARTTLS'] });
  expect(await probeOnce(check(plain.port, 'tls: none'))).toMatchObject({ verdict: 'good' });
  expect(await probeOnce(check(plain.port, CA))).toMatchObject({
    reason: 'tls-handshake',
    message: 'the server does not offer STARTTLS',
  });
});

test.each([['PLAIN'], ['LOGIN']])('a user signs in by %s', async (method) => {
  const books = await mailServer({ authMethods: [method] });
  const login = (password: string) => `${CA}, user: probe, password: ${password}`;
  expect(await probeOnce(check(books.port, login(PASSWORD)))).toMatchObject({ verdict: 'good' });
  const refused = await probeOnce(check(books.port, login('swordfish-12')));
  expect(refused).toMatchObject({ reason: 'answer' });
  expect(refused.message).toMatch(/^the server answered "535 not .*"$/);
  expect(JSON.stringify(refused)).not.toContain('swordfish');
  expect(books.users).toEqual(['probe', 'probe']);
});

test('a login that a server says back is struck out, however long it is', async () => {
  const password = 'correct-horse-battery-staple-'.repeat(4);
  const login = Buffer.from(`\0monitoring@shop.example\0${password}`).toString('base64');
  const { port } = await scripted(
    '220 hi\r\n',
    '250-x\r\n250 AUTH PLAIN\r\n',
    `500 Command unrecognized: "AUTH PLAIN ${login}"\r\n`,
  );
  const result = await probeOnce(
    check(port, `tls: none, user: monitoring@shop.example, password: ${password}`),
  );
  expect(result).toMatchObject({ reason: 'answer' });
  expect(JSON.stringify(result)).not.toContain(login.slice(0, 24));
});

test('a login that is not offered is named', async () => {
  const { port } = await mailServer({ authMethods: ['XOAUTH2'] });
  expect(await probeOnce(check(port, `${CA}, user: probe, password: ${PASSWORD}`))).toMatchObject({
    reason: 'answer',
    message: 'the server offers no login by PLAIN or LOGIN, only XOAUTH2',
  });
});

test('a recipient is accepted or not, and no mail is sent', async () => {
  const books = await mailServer();
  const accepts = (address: string) => check(books.port, `${CA}, expect: { accepts: ${address} }`);
  expect(await probeOnce(accepts('postmaster@acme.example'))).toMatchObject({ verdict: 'good' });
  expect(await probeOnce(accepts('a@elsewhere.example'))).toMatchObject({
    reason: 'answer',
    message: 'a@elsewhere.example: the server answered "554 Relay access denied"',
  });
  expect(books).toMatchObject({ mails: 0, said: ['postmaster@acme.example', 'a@elsewhere.example'] });
});

test('the greeting contains what is expected', async () => {
  const { port } = await mailServer();
  expect(await probeOnce(check(port, `${CA}, expect: { banner: at your service }`))).toMatchObject({
    verdict: 'good',
  });
  expect(await probeOnce(check(port, `${CA}, expect: { banner: Postfix }`))).toMatchObject({
    reason: 'body',
    message: expect.stringMatching(/^expected "Postfix" in the greeting, got ".*at your service"$/) as string,
  });
});

/** A server that says these lines, one for each it hears. */
const scripted = (...lines: string[]) =>
  listenTcp((socket) => {
    const left = [...lines];
    socket.on('error', () => {});
    socket.write(left.shift() ?? '');
    socket.on('data', () => {
      const next = left.shift();
      if (next === undefined) socket.end();
      else socket.write(next);
    });
  });

test.each([
  ['a greeting that turns away', ['554 no SMTP service here\r\n'], 'answer', '554 no SMTP service'],
  ['a greeting in two lines', ['220-one\r\n220 two\r\n', '250 ok\r\n'], 'good', 'ready'],
  ['EHLO that is not known', ['220 old\r\n', '502 what?\r\n'], 'answer', '502 what?'],
  ['another protocol', ['SSH-2.0-OpenSSH_9.2\r\n'], 'answer', 'SSH-2.0'],
  ['the end in the middle', ['220 hi\r\n'], 'closed', 'closed'],
  ['a reply that does not end', ['220-x\r\n'.repeat(2_000)], 'too-large', 'does not end'],
  ['a line that does not end', ['2'.repeat(200_000)], 'too-large', 'more than an answer'],
  ['terminal signs', ['\u001b[31m550 red\r\n'], 'answer', '550 red'],
] as const)('%s', async (_what, lines, reason, said) => {
  const { port } = await scripted(...lines);
  const result = await probeOnce(check(port, 'tls: none'));
  expect(result).toMatchObject(reason === 'good' ? { verdict: 'good' } : { reason });
  expect(result.message).toContain(said);
  // eslint-disable-next-line no-control-regex
  expect(result.message).not.toMatch(/\u001b/);
});

test('what is said in the clear behind STARTTLS is not trusted', async () => {
  const { port } = await scripted('220 hi\r\n', '250-x\r\n250 STARTTLS\r\n', '220 go\r\n250 injected\r\n');
  expect(await probeOnce(check(port, CA))).toMatchObject({ verdict: 'failed' });
});

test.each([
  ['{ type: smtp, host: a, user: x }', '`user` and `password` together'],
  ['{ type: smtp, host: a, ca: "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----" }', 'PEM'],
  ['{ type: smtp }', '`host`'],
])('%s is a mistake', (yaml, expected) => {
  expect(() => prepare(yaml)).toThrow(expected);
});

test.each(['a', 'a@b>\r\nDATA', '<a@b>', 'a b@c', '@b'])('%j is no address', (address) => {
  expect(() => prepare(`{ type: smtp, host: a, expect: { accepts: ${JSON.stringify(address)} } }`)).toThrow();
});
