import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../../src/demo/make-certificate.ts';
import { listenTcp, listenTls } from '../support/listeners.ts';
import { outcome, prepare, probeOnce } from '../support/probe-once.ts';
import { until } from '../support/until.ts';

/** Answers every request with these bytes and closes. */
const answering = (bytes: string | Buffer) =>
  listenTcp((socket) =>
    socket.once('data', () => socket.end(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)),
  );

const http = (body: string, head = '', status = '200 OK') =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${head}\r\n${body}`;

describe('what a good answer is', () => {
  test.each([
    ['{}', http('ok'), 'good'],
    ['{}', http('', '', '204 No Content'), 'good'],
    ['{}', http('', '', '500 Internal Server Error'), 'status'],
    ['{ status: 500 }', http('', '', '500 x'), 'good'],
    ['{ status: [401, "30x"] }', '', 'invalid'],
    ['{ status: [401, "5xx"] }', http('', '', '503 x'), 'good'],
    ['{ status: "200-204" }', http('', '', '205 x'), 'status'],
    ['{ body: is ok }', http('all is ok'), 'good'],
    ['{ body: is ok }', http('all is lost'), 'body'],
    ['{ body_not: lost }', http('all is lost'), 'body'],
    ['{ matches: "^all (is|was) ok$" }', http('all was ok'), 'good'],
    ['{ matches: "^ok$" }', http('all is ok'), 'body'],
    ['{ matches_not: "l[ou]st" }', http('all is lost'), 'body'],
    ['{ headers: { content-type: "^text/" } }', http('', 'Content-Type: text/plain\r\n'), 'good'],
    ['{ headers: { content-type: "^text/" } }', http('', 'Content-Type: image/png\r\n'), 'header'],
    ['{ headers: { content-type: "^text/" } }', http(''), 'header'],
    ['{ json: { "$.status": ok, "$.parts[0].n": 1 } }', http('{"status":"ok","parts":[{"n":1}]}'), 'good'],
    ['{ json: { "$.status": ok } }', http('{"status":"down"}'), 'body'],
    ['{ json: { "$.status": ok } }', http('<html>'), 'body'],
    ['{ json: { "$.list[*].up": true } }', http('{"list":[{"up":false},{"up":true}]}'), 'good'],
    ['{ within: 10s }', http('ok'), 'good'],
    ['{ within: 1ms }', http('ok'), 'slow'],
  ])('%s given %j is %s', async (expected, answer, wanted) => {
    if (wanted === 'invalid')
      return expect(() => prepare(`{ type: http, url: "http://a/", expect: ${expected} }`)).toThrow();
    const slow = wanted === 'slow';
    const { port } = await listenTcp((socket) =>
      socket.once('data', () => (slow ? setTimeout(() => socket.end(answer), 20) : socket.end(answer))),
    );
    const result = await probeOnce(`{ type: http, url: "http://127.0.0.1:${port}/", expect: ${expected} }`);
    expect([outcome(result), result.message]).toEqual([wanted, expect.any(String)]);
  });

  test('a packed body is unpacked', async () => {
    const body = gzipSync('all is ok');
    const { port } = await answering(
      Buffer.concat([
        Buffer.from(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`),
        body,
      ]),
    );
    expect(
      outcome(
        await probeOnce(`{ type: http, url: "http://127.0.0.1:${port}/", expect: { body: all is ok } }`),
      ),
    ).toBe('good');
  });
});

describe('the request', () => {
  test('is what was asked for', async () => {
    let heard = '';
    const { port } = await listenTcp((socket) =>
      socket.on('data', (bytes) => {
        heard += bytes.toString();
        if (heard.endsWith('user=probe')) socket.end(http('ok'));
      }),
    );
    const yaml = `{ type: http, method: POST, path: "/a/b?c=1", body: "user=probe", headers: { X-One: "1" }, auth: { basic: { username: u, password: "p:q" } } }`;
    expect(outcome(await probeOnce(yaml, { url: `http://127.0.0.1:${port}/ignored` }))).toBe('good');
    expect(heard.split('\r\n')).toEqual([
      'POST /a/b?c=1 HTTP/1.1',
      `host: 127.0.0.1:${port}`,
      'user-agent: Watchdesk',
      'accept: */*',
      'x-one: 1',
      `authorization: Basic ${Buffer.from('u:p:q').toString('base64')}`,
      'content-length: 10',
      'connection: close',
      '',
      'user=probe',
    ]);
  });

  test('reports the phases, and adds them up over redirects', async () => {
    const last = await answering(http('ok'));
    const first = await answering(http('', `Location: http://localhost:${last.port}/next\r\n`, '302 Found'));
    const result = await probeOnce(`{ type: http, url: "http://127.0.0.1:${first.port}/" }`);
    expect(outcome(result)).toBe('good');
    expect(Object.keys(result.measured!.phases!).sort()).toEqual([
      'connect',
      'processing',
      'resolve',
      'transfer',
    ]);
    expect(result.log.map(({ text }) => text)).toContain(`redirect to http://localhost:${last.port}/next`);
  });

  test('credentials do not follow a redirect to another host', async () => {
    let heard = '';
    const last = await listenTcp((socket) =>
      socket.once('data', (bytes) => {
        heard = bytes.toString();
        socket.end(http('ok'));
      }),
    );
    const first = await answering(http('', `Location: http://localhost:${last.port}/\r\n`, '307 x'));
    await probeOnce(
      `{ type: http, url: "http://127.0.0.1:${first.port}/", auth: { bearer: secret-token }, headers: { x-key: secret-key } }`,
    );
    expect(heard).toContain('GET / HTTP/1.1');
    expect(heard).not.toContain('secret');
  });

  test.each([
    ['endless redirects', 'Location: /again\r\n', 'redirect'],
    ['a redirect to a script', 'Location: javascript:alert(1)\r\n', 'redirect'],
    ['a redirect to a file', 'Location: file:///etc/passwd\r\n', 'redirect'],
    ['a redirect to nowhere', 'Location: http://[\r\n', 'redirect'],
  ])('%s fails', async (_what, head, wanted) => {
    const { port, accepted } = await answering(http('', head, '302 Found'));
    expect(outcome(await probeOnce(`{ type: http, url: "http://127.0.0.1:${port}/", redirects: 3 }`))).toBe(
      wanted,
    );
    expect(accepted()).toBeLessThanOrEqual(4);
  });

  test('redirects: 0 judges the first answer', async () => {
    const { port } = await answering(http('', 'Location: /home\r\n', '303 x'));
    expect(
      outcome(
        await probeOnce(
          `{ type: http, url: "http://127.0.0.1:${port}/", redirects: 0, expect: { status: 303, headers: { location: "^/home$" } } }`,
        ),
      ),
    ).toBe('good');
  });

  test('goes through a proxy when told to', async () => {
    let heard = '';
    const proxy = await listenTcp((socket) =>
      socket.on('data', (bytes) => {
        heard += bytes.toString();
        if (heard.startsWith('CONNECT') && !heard.includes('GET '))
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        else if (heard.includes('\r\n\r\n')) socket.end(http('ok'));
      }),
    );
    const result = await probeOnce(
      `{ type: http, url: "http://shop.invalid/health", proxy: "http://user:pass@127.0.0.1:${proxy.port}", expect: { body: ok } }`,
    );
    expect([outcome(result), result.message]).toEqual(['good', 'status 200']);
    expect(heard).toContain('shop.invalid');
    expect(heard.toLowerCase()).toContain('proxy-authorization: basic');
  });
});

describe('hostile answers', () => {
  test('a drip-fed body is bounded by the deadline', async () => {
    const { port, open } = await listenTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    const result = await probeOnce(`{ type: http, url: "http://127.0.0.1:${port}/" }`, {}, 200);
    expect(outcome(result)).toBe('timeout');
    expect(result.durationMs).toBeLessThan(500);
    await until('the connection to close', () => open() === 0);
  });

  test('a body of 10 MB is read up to the limit only', async () => {
    const { port } = await answering(
      Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), Buffer.alloc(10_000_000, 120)]),
    );
    const result = await probeOnce(
      `{ type: http, url: "http://127.0.0.1:${port}/", body_limit: 1000, expect: { body: y } }`,
    );
    expect(outcome(result)).toBe('body');
    expect(result.log.at(-1)!.text).toBe('status 200, 1000 bytes of body and more');
    expect(result.message.length).toBeLessThanOrEqual(300);
  });

  test('a megabyte of headers is refused', async () => {
    const { port } = await answering(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1_000_000)}\r\n\r\n`);
    expect(outcome(await probeOnce(`{ type: http, url: "http://127.0.0.1:${port}/" }`))).toBe('too-large');
  });

  test('a packed bomb is unpacked up to the limit only', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const { port } = await answering(
      Buffer.concat([
        Buffer.from(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`),
        bomb,
      ]),
    );
    expect(
      outcome(await probeOnce(`{ type: http, url: "http://127.0.0.1:${port}/", expect: { body: x } }`)),
    ).toBe('body');
  });

  test('escapes, NULs, HTML and broken UTF-8 reach nobody as they are', async () => {
    const nasty = Buffer.concat([
      Buffer.from('\u001b[31m\u001b]0;t\u0007<script>\u0000'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('\u202e'),
    ]);
    const { port } = await answering(
      Buffer.concat([Buffer.from('HTTP/1.1 500 \u001b[2Jgone\r\n\r\n'), nasty]),
    );
    for (const expect_ of ['{}', '{ status: 500, body: ok }']) {
      const result = await probeOnce(`{ type: http, url: "http://127.0.0.1:${port}/", expect: ${expect_} }`);
      expect(JSON.stringify(result)).not.toMatch(/\\u001b|\\u0000|\\u0007|\u202e/);
    }
  });
});

describe('TLS', () => {
  const day = 86_400_000;
  const between = (from: number, to: number) => ({
    validFrom: new Date(Date.now() + from * day),
    validTo: new Date(Date.now() + to * day),
  });
  const authority = makeCertificate({
    commonName: 'Test authority',
    names: [],
    isAuthority: true,
    ...between(-10, 10),
  });
  const ca = JSON.stringify(authority.certificate);
  const serve = (wish: { names: string[]; from: number; to: number }, more = {}) => {
    const made = makeCertificate({ names: wish.names, issuer: authority, ...between(wish.from, wish.to) });
    return listenTls({ cert: made.certificate, key: made.key, ...more }, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(http('ok')));
    });
  };

  test.each([
    ['trusted', { names: ['127.0.0.1'], from: -1, to: 5 }, `ca: ${ca}`, 'good'],
    ['of an unknown authority', { names: ['127.0.0.1'], from: -1, to: 5 }, '', 'tls-invalid'],
    [
      'of an unknown authority, not verified',
      { names: ['127.0.0.1'], from: -1, to: 5 },
      'verify: false',
      'good',
    ],
    ['expired', { names: ['127.0.0.1'], from: -5, to: -1 }, `ca: ${ca}`, 'tls-expired'],
    ['not valid yet', { names: ['127.0.0.1'], from: 1, to: 5 }, `ca: ${ca}`, 'tls-invalid'],
    ['for another name', { names: ['other.example'], from: -1, to: 5 }, `ca: ${ca}`, 'tls-invalid'],
    [
      'for a name that is asked for',
      { names: ['other.example'], from: -1, to: 5 },
      `ca: ${ca}, server_name: other.example`,
      'good',
    ],
  ])('a certificate %s', async (_what, wish, tls, wanted) => {
    const { port } = await serve(wish);
    const result = await probeOnce(`{ type: http, url: "https://127.0.0.1:${port}/", tls: { ${tls} } }`);
    expect([outcome(result), result.message]).toEqual([wanted, expect.any(String)]);
    if (wanted === 'good') {
      expect(result.measured!.certificateExpiresAt).toBeGreaterThan(Date.now() + 4 * day);
      expect(result.measured!.phases!.tls).toBeGreaterThan(0);
    }
  });

  test('a client certificate is shown when there is one', async () => {
    const { port } = await serve(
      { names: ['127.0.0.1'], from: -1, to: 5 },
      { requestCert: true, rejectUnauthorized: true, ca: authority.certificate },
    );
    const client = makeCertificate({ names: ['probe'], issuer: authority, ...between(-1, 1) });
    const own = `cert: ${JSON.stringify(client.certificate)}, key: ${JSON.stringify(client.key)}`;
    expect(
      outcome(
        await probeOnce(`{ type: http, url: "https://127.0.0.1:${port}/", tls: { ca: ${ca}, ${own} } }`),
      ),
    ).toBe('good');
    expect(
      outcome(await probeOnce(`{ type: http, url: "https://127.0.0.1:${port}/", tls: { ca: ${ca} } }`)),
    ).not.toBe('good');
  });

  test('a certificate whose dates cannot be read is not valid, and ends nothing', async () => {
    const made = makeCertificate({ names: ['127.0.0.1'], ...between(-1, 5) });
    const der = Buffer.from(made.certificate.replace(/-----[^-]+-----|\n/g, ''), 'base64');
    // The second UTCTime (tag 0x17, 13 bytes) is notAfter.
    const first = der.indexOf(Buffer.from([0x17, 13]));
    der.write('269999999999Z', der.indexOf(Buffer.from([0x17, 13]), first + 1) + 2, 'ascii');
    const pem = `-----BEGIN CERTIFICATE-----\n${der
      .toString('base64')
      .match(/.{1,64}/g)!
      .join('\n')}\n-----END CERTIFICATE-----\n`;
    const { port } = await listenTls(
      { cert: pem, key: made.key },
      (socket) => void socket.on('error', () => {}),
    );
    for (const verify of [true, false]) {
      const result = await probeOnce(
        `{ type: tls, host: 127.0.0.1, port: ${port}, expect: { valid: ${verify} } }`,
      );
      expect(outcome(result)).toMatch(/^tls-/);
      expect(result.measured?.certificateExpiresAt).toBeUndefined();
    }
  });

  test('plain HTTP on a TLS port, and the other way round', async () => {
    const plain = await answering(http('ok'));
    expect(outcome(await probeOnce(`{ type: http, url: "https://127.0.0.1:${plain.port}/" }`))).toBe(
      'tls-handshake',
    );
    const secure = await serve({ names: ['127.0.0.1'], from: -1, to: 5 });
    expect(outcome(await probeOnce(`{ type: http, url: "http://127.0.0.1:${secure.port}/" }`))).not.toBe(
      'good',
    );
  });

  test.each([
    ['{ type: tls, port: PORT, ca: CA, expect: { days_left: 3 } }', 'good'],
    ['{ type: tls, port: PORT, ca: CA, expect: { days_left: 14 } }', 'tls-expiring'],
    ['{ type: tls, port: PORT }', 'tls-invalid'],
    ['{ type: tls, port: PORT, expect: { valid: false } }', 'good'],
    ['{ type: tls, port: PORT, expect: { valid: false, days_left: 14 } }', 'tls-expiring'],
  ])('%s is %s', async (yaml, wanted) => {
    const { port } = await serve({ names: ['127.0.0.1'], from: -1, to: 5 });
    expect(
      outcome(
        await probeOnce(yaml.replace('PORT', String(port)).replace('CA', ca), { address: '127.0.0.1' }),
      ),
    ).toBe(wanted);
  });
});
