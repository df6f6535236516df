import { createServer as createPlain, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer, TLSSocket, createSecureContext } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../../src/demo/make-certificate.ts';
import { asciiHost, isNamed, namesOf } from '../../src/probing/certificate-names.ts';
import { outcome, probeOnce } from '../support/probe-once.ts';
import { until } from '../support/until.ts';

const DAY_MS = 86_400_000;
const days = (from: number, to: number) => ({
  validFrom: new Date(Date.now() + from * DAY_MS),
  validTo: new Date(Date.now() + to * DAY_MS),
});
const root = makeCertificate({ commonName: 'Lab Root', names: [], isAuthority: true, ...days(-365, 3_000) });
const intermediate = (commonName: string, from: number, to: number) =>
  makeCertificate({ commonName, names: [], isAuthority: true, issuer: root, ...days(from, to) });
const inter = intermediate('Lab Intermediate', -365, 1_500);
const leaf = (names: string[], issuer = inter, from = -10, to = 300, commonName = names[0]) =>
  makeCertificate({ names, issuer, ...(commonName !== undefined && { commonName }), ...days(from, to) });

type Made = ReturnType<typeof makeCertificate>;

/** A server that shows these, the first its own. */
async function shows(...chain: Made[]): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(
    {
      key: chain[0]!.key,
      cert: chain.map(({ certificate }) => certificate).join(''),
      SNICallback: (name, done) => {
        asked.push(name);
        done(null);
      },
    },
    (socket) => {
      socket.on('error', () => {});
      socket.on('data', () =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine'),
      );
    },
  );
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return { port: (server.address() as AddressInfo).port, asked };
}

const ca = JSON.stringify(root.certificate);
const tls = (port: number, name: string, more = '') =>
  probeOnce(
    `{ type: tls, host: 127.0.0.1, port: ${port}, server_name: ${JSON.stringify(name)}, ca: ${ca}${more} }`,
  );

describe('the whole chain decides', () => {
  test.each<[string, () => Made[], string, string, RegExp]>([
    ['a good one', () => [leaf(['good.test']), inter], '', 'good', /valid for another 299 days/],
    [
      'behind an intermediate that ends soon',
      () => {
        const soon = intermediate('Lab Intermediate Soon', -365, 3);
        return [leaf(['good.test'], soon), soon];
      },
      ', expect: { days_left: 14 }',
      'tls-expiring',
      /intermediate certificate Lab Intermediate Soon behind good\.test has 2 days left \(until \d{4}-\d\d-\d\d\)/,
    ],
    [
      'behind an intermediate that has ended',
      () => {
        const old = intermediate('Lab Intermediate Old', -730, -2);
        return [leaf(['good.test'], old), old];
      },
      '',
      'tls-expired',
      /intermediate certificate Lab Intermediate Old behind good\.test expired on \d{4}-\d\d-\d\d/,
    ],
    [
      'with an old cross-signed root above a trusted one',
      () => {
        const ancient = makeCertificate({
          commonName: 'Lab Ancient',
          names: [],
          isAuthority: true,
          ...days(-3_000, -10),
        });
        const cross = makeCertificate({
          commonName: 'Lab Root',
          names: [],
          isAuthority: true,
          issuer: ancient,
          ...days(-2_900, -10),
        });
        return [leaf(['good.test']), inter, cross];
      },
      ', expect: { days_left: 14 }',
      'good',
      /valid for another 299 days/,
    ],
    [
      'one that has ended itself',
      () => [leaf(['good.test'], inter, -100, -1), inter],
      '',
      'tls-expired',
      /certificate of good\.test expired on/,
    ],
    [
      'one that begins tomorrow',
      () => [leaf(['good.test'], inter, 1, 300), inter],
      '',
      'tls-invalid',
      /not trusted|not yet/,
    ],
    ['without its intermediate', () => [leaf(['good.test'])], '', 'tls-invalid', /not trusted/],
    [
      'of an authority of their own',
      () => [makeCertificate({ names: ['good.test'], ...days(-1, 100) })],
      '',
      'tls-invalid',
      /not trusted/,
    ],
  ])('%s', async (_name, chain, more, wanted, message) => {
    const { port } = await shows(...chain());
    const result = await tls(port, 'good.test', more);
    expect(outcome(result)).toBe(wanted);
    expect(result.message).toMatch(message);
  });
});

describe('names', () => {
  test.each<[string, string[], string | undefined, string, string]>([
    ['a final dot', ['good.test'], undefined, 'good.test.', 'good'],
    ['an internationalised name', ['xn--bcher-kva.test'], undefined, 'bücher.test', 'good'],
    ['a wildcard', ['*.wild.test'], undefined, 'a.wild.test', 'good'],
    ['a wildcard for two labels', ['*.wild.test'], undefined, 'a.b.wild.test', 'tls-invalid'],
    ['a wildcard for none', ['*.wild.test'], undefined, 'wild.test', 'tls-invalid'],
    ['a wildcard within a label', ['w*.wild.test'], undefined, 'wa.wild.test', 'tls-invalid'],
    ['a wildcard below the top', ['*.test'], undefined, 'wild.test', 'tls-invalid'],
    ['the common name alone', [], 'cnonly.test', 'cnonly.test', 'tls-invalid'],
    ['another case', ['Good.Test'], undefined, 'good.test', 'good'],
    ['an address', ['127.0.0.1'], undefined, '127.0.0.1', 'good'],
  ])('%s', async (_name, names, commonName, host, wanted) => {
    const { port } = await shows(leaf(names, inter, -10, 300, commonName ?? names[0] ?? 'x'), inter);
    expect(outcome(await tls(port, host))).toBe(wanted);
  });

  test('a mismatch says for whom the certificate is, and SNI is in ASCII without a final dot', async () => {
    const { port, asked } = await shows(leaf(['other.test', 'more.test']), inter);
    expect((await tls(port, 'bücher.test.')).message).toBe(
      'the certificate is for other.test, more.test, not for xn--bcher-kva.test',
    );
    await until('the server to see the name', () => asked.length > 0);
    expect(asked).toEqual(['xn--bcher-kva.test']);
    const nobody = await shows(leaf([], inter, -10, 300, 'cnonly.test'), inter);
    expect((await tls(nobody.port, 'cnonly.test')).message).toContain('names no host');
  });

  test('http sends the same names', async () => {
    const { port, asked } = await shows(leaf(['xn--bcher-kva.test']), inter);
    const http = (name: string) =>
      probeOnce(
        `{ type: http, url: "https://127.0.0.1:${port}/", tls: { server_name: ${JSON.stringify(name)}, ca: ${ca} }, expect: { body: fine } }`,
      );
    expect([outcome(await http('bücher.test')), outcome(await http('xn--bcher-kva.test.'))]).toEqual([
      'good',
      'good',
    ]);
    expect(new Set(asked)).toEqual(new Set(['xn--bcher-kva.test']));
  });

  test.each([
    ['DNS:127.0.0.1', '127.0.0.1', false],
    ['IP Address:0:0:0:0:0:0:0:1', '::1', true],
    ['DNS:a.test, DNS:b.test', 'b.test', true],
    ['DNS:"evil.test, DNS:good.test"', 'good.test', false],
  ])('%s is for %s: %s', (subjectAltName, host, expected) => {
    expect(isNamed(namesOf({ subjectAltName }), host)).toBe(expected);
  });

  test.each([
    ['Bücher.test.', 'xn--bcher-kva.test'],
    ['shop.example', 'shop.example'],
    ['::1', '::1'],
  ])('%s is asked for as %s', (host, expected) => expect(asciiHost(host)).toBe(expected));
});

/** A server that speaks in the clear until it is asked for TLS. */
async function upgrades(speak: (socket: Socket, secure: () => void) => void): Promise<number> {
  const own = leaf(['mail.test']);
  const server = createPlain((socket) => {
    socket.on('error', () => {});
    speak(socket, () => {
      socket.removeAllListeners('data');
      const secured = new TLSSocket(socket, {
        isServer: true,
        secureContext: createSecureContext({ key: own.key, cert: own.certificate + inter.certificate }),
      });
      secured.on('error', () => {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

/** Answers line by line. */
const lines =
  (greeting: string, answers: [RegExp, string][], last: [RegExp, string]) =>
  (socket: Socket, secure: () => void) => {
    if (greeting) socket.write(greeting);
    let held = '';
    socket.on('data', (bytes) => {
      held += bytes.toString('latin1');
      const said = answers.find(([pattern]) => pattern.test(held));
      if (last[0].test(held)) {
        held = '';
        socket.write(last[1], secure);
      } else if (said) {
        held = '';
        socket.write(said[1]);
      }
    });
  };

const mysqlGreeting = (capabilities: number) => {
  const payload = Buffer.concat([
    Buffer.from([10]),
    Buffer.from('8.0.36\0'),
    Buffer.alloc(4),
    Buffer.alloc(8, 'a'),
    Buffer.from([0, capabilities & 255, capabilities >> 8, 45, 2, 0, 0, 0, 21]),
    Buffer.alloc(23),
  ]);
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]);
};

describe('STARTTLS', () => {
  const speakers: [string, (socket: Socket, secure: () => void) => void][] = [
    [
      'smtp',
      lines(
        '220-mail.test hello\r\n220 ready\r\n',
        [[/^EHLO/, '250-mail.test\r\n250-STARTTLS\r\n250 SIZE 1000\r\n']],
        [/^STARTTLS/m, '220 go ahead\r\n'],
      ),
    ],
    ['imap', lines('* OK ready\r\n', [], [/^a1 STARTTLS/, '* CAPABILITY X\r\na1 OK begin\r\n'])],
    ['pop3', lines('+OK ready\r\n', [], [/^STLS/, '+OK begin\r\n'])],
    ['ftp', lines('220 ready\r\n', [], [/^AUTH TLS/, '234 go\r\n'])],
    [
      'ldap',
      lines(
        '',
        [],
        [
          /1\.3\.6\.1\.4\.1\.1466\.20037/,
          Buffer.from('300c02010178070a010004000400', 'hex').toString('latin1'),
        ],
      ),
    ],
    [
      'xmpp',
      lines(
        '',
        [
          [
            /stream:stream/,
            "<stream:stream id='1'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
          ],
        ],
        [/<starttls/, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
      ),
    ],
    ['postgres', (socket, secure) => void socket.once('data', () => void socket.write('S', secure))],
    [
      'mysql',
      (socket, secure) => {
        socket.write(mysqlGreeting(0x0800 | 0x0200));
        // What comes behind the request is the handshake.
        socket.once('data', (bytes: Buffer) => {
          secure();
          if (bytes.length > 36) socket.unshift(bytes.subarray(36));
        });
      },
    ],
  ];
  test.each(speakers)('%s', async (protocol, speak) => {
    const port = await upgrades(speak);
    const result = await tls(port, 'mail.test', `, starttls: ${protocol}`);
    expect([outcome(result), result.message]).toEqual(['good', expect.stringMatching(/valid for another/)]);
    expect((await tls(port, 'other.test', `, starttls: ${protocol}`)).message).toContain('is for mail.test');
  });

  test.each<[string, (socket: Socket) => void, RegExp]>([
    ['smtp', lines('554 no\r\n', [], [/never/, '']), /answered "554 no"/],
    [
      'smtp',
      lines(
        '220 x\r\n',
        [
          [/^EHLO/, '250 x\r\n'],
          [/^STARTTLS/m, '454 not now\r\n'],
        ],
        [/never/, ''],
      ),
      /454 not now/,
    ],
    ['imap', lines('* OK x\r\n', [[/STARTTLS/, 'a1 NO sorry\r\n']], [/never/, '']), /a1 NO sorry/],
    [
      'postgres',
      (socket) => void socket.once('data', () => void socket.write('N')),
      /PostgreSQL refused STARTTLS/,
    ],
    ['mysql', (socket) => void socket.write(mysqlGreeting(0x0200)), /does not offer TLS/],
    [
      'ldap',
      (socket) =>
        void socket.once('data', () => void socket.write(Buffer.from('300c02010178070a013504000400', 'hex'))),
      /result code 53/,
    ],
    ['pop3', (socket) => void socket.end(), /closed before the answer/],
  ] as [string, (socket: Socket) => void, RegExp][])(
    '%s that does not want to',
    async (protocol, speak, message) => {
      const port = await upgrades(speak);
      const result = await tls(port, 'mail.test', `, starttls: ${protocol}`);
      expect(result.verdict).toBe('failed');
      expect(result.message).toMatch(message);
    },
  );
});
