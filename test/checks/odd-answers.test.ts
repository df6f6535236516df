import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonical, parseExactly } from '../../checks/shared/exact-json.ts';
import { locationUrl } from '../../src/core/location-header.ts';
import { YamlFile } from '../../src/config/yaml-file.ts';
import { outcome, probeOnce } from '../support/probe-once.ts';

const BODY = '<html><body>All systems fine</body></html>';
const CRLF = '\r\n';

/** An answer as it goes over the wire. */
function answer(body: string | Buffer = BODY, head: string[] = [], status = '200 OK', eol = CRLF): Buffer {
  const bytes = Buffer.from(body);
  const lines = [`HTTP/1.1 ${status}`, ...head, `Content-Length: ${bytes.length}`, 'Connection: close'];
  return Buffer.concat([Buffer.from(`${lines.join(eol)}${eol}${eol}`, 'latin1'), bytes]);
}
const raw = (text: string): Buffer => Buffer.from(text, 'latin1');
const chunked = (body: Buffer, head: string): Buffer =>
  Buffer.concat([
    raw(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body.length.toString(16)}\r\n`),
    body,
    raw('\r\n0\r\n\r\n'),
  ]);
const html = (charset: string) => [`Content-Type: text/html${charset && `; charset=${charset}`}`];
const redirect = (to: string | Buffer, status = '302 Found', more: string[] = []) =>
  answer('', [`Location: ${Buffer.from(to).toString('latin1')}`, ...more], status);

type Made = Buffer | ((request: string) => Buffer);
const ANSWERS: Record<string, Made> = {
  '/cookie': (request) =>
    /pass=1/.test(request)
      ? answer('welcome inside')
      : redirect('/cookie', '302 Found', ['Set-Cookie: pass=1; Path=/']),
  '/two-cookies': (request) =>
    /a=1/.test(request) && /b=2/.test(request)
      ? answer('welcome inside')
      : redirect('/two-cookies', '302 Found', [
          'Set-Cookie: a=1; Path=/',
          'Set-Cookie: b=2; Expires=Wed, 09 Jun 2100 10:18:14 GMT; Path=/',
        ]),
  '/cookie-elsewhere': (request) =>
    /secret=1/.test(request)
      ? answer('leaked')
      : redirect('/none', '302 Found', ['Set-Cookie: secret=1; Path=/other']),
  '/none': (request) => answer(/secret=1/.test(request) ? 'leaked' : 'clean'),
  '/own-cookie': (request) =>
    /mine=1; pass=1/.test(request)
      ? answer('both')
      : redirect('/own-cookie', '302 Found', ['Set-Cookie: pass=1']),
  '/obsfold': answer(BODY, [
    "Content-Security-Policy: default-src 'self';\r\n  img-src *;\r\n\tscript-src 'self'",
  ]),
  '/headspace': answer(BODY, ['X-Odd : value']),
  '/line-feeds': answer(BODY, ['X-Odd: value'], '200 OK', '\n'),
  '/before': Buffer.concat([raw('\r\n'), answer()]),
  '/no-reason': answer(BODY, [], '200'),
  '/latin-header': answer(BODY, ['X-Name: Jos\u00e9']),
  '/raw-deflate': answer(deflateRawSync(BODY), ['Content-Encoding: deflate']),
  '/deflate': answer(deflateSync(BODY), ['Content-Encoding: deflate']),
  '/gzip': answer(gzipSync(BODY), ['Content-Encoding: gzip']),
  '/gzip-upper': answer(gzipSync(BODY), ['Content-Encoding: GZIP']),
  '/gzip-empty': answer('', ['Content-Encoding: gzip']),
  '/gzip-identity': answer(gzipSync(BODY), ['Content-Encoding: gzip', 'Content-Encoding: identity']),
  '/gzip-twice': answer(gzipSync(gzipSync(BODY)), ['Content-Encoding: gzip, gzip']),
  '/gzip-lie': answer(BODY, ['Content-Encoding: gzip']),
  '/br': answer(brotliCompressSync(BODY), ['Content-Encoding: br']),
  '/zstd': answer(zstdCompressSync(BODY), ['Content-Encoding: zstd']),
  '/coding-none': answer(BODY, ['Content-Encoding: none']),
  '/coding-utf8': answer(BODY, ['Content-Encoding: UTF-8']),
  '/coding-compress': answer(BODY, ['Content-Encoding: compress']),
  '/transfer-gzip': chunked(gzipSync(BODY), 'Transfer-Encoding: gzip, chunked'),
  '/both-lengths': raw(
    'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ),
  '/same-lengths': raw('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello'),
  '/until-close': raw('HTTP/1.1 200 OK\r\n\r\nhello'),
  '/trailers': raw(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5;ext="a b"\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n',
  ),
  '/chunk-feeds': raw('HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n'),
  '/early-hints': Buffer.concat([
    raw('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'),
    answer(),
  ]),
  '/latin1': answer(Buffer.from('Größe: gut verfügbar', 'latin1'), html('ISO-8859-1')),
  '/meta': answer(Buffer.from('<meta charset="windows-1252"><p>verfügbar</p>', 'latin1'), html('')),
  '/meta-equiv': answer(
    Buffer.from(
      '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15"><p>verfügbar</p>',
      'latin1',
    ),
    html(''),
  ),
  '/xml': answer(Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><p>verfügbar</p>', 'latin1'), [
    'Content-Type: application/xml',
  ]),
  '/bom-over-header': answer('\ufeffverfügbar', html('iso-8859-1')),
  '/utf16': answer(Buffer.from('\ufeffverfügbar', 'utf16le'), html('')),
  '/unknown-charset': answer('verfügbar', html('klingon')),
  '/bom-json': answer('\ufeff{"status":"ok"}', ['Content-Type: application/json; charset=utf-8']),
  '/big': answer('{"id": 9007199254740993, "ratio": 1.0, "nested": {"b": 1, "a": [18446744073709551615]}}', [
    'Content-Type: application/json',
  ]),
  '/space': redirect('/with space'),
  '/with%20space': answer('right place'),
  '/umlaut': redirect('/bücher'),
  '/b%C3%BCcher': answer('right place'),
  '/latin-path': redirect(Buffer.from('/b\u00fccher', 'latin1')),
  '/b%FCcher': answer('right place'),
  '/empty-location': redirect(''),
  '/303': redirect('/method', '303 See Other'),
  '/307': redirect('/method', '307 Temporary Redirect'),
  '/308': redirect('/method', '308 Permanent Redirect'),
  '/method': (request) => answer(`method=${request.split(' ')[0]}`),
};

let port = 0;
const server = createServer((socket: Socket) => {
  socket.on('error', () => {});
  let request = '';
  socket.on('data', (bytes) => {
    request += bytes.toString('latin1');
    if (!request.includes('\r\n\r\n')) return;
    const made = ANSWERS[request.split(' ')[1]!];
    socket.end(
      typeof made === 'function' ? made(request) : (made ?? answer('not here', [], '404 Not Found')),
    );
  });
});
beforeAll(
  () =>
    new Promise<void>((resolve) =>
      server.listen(0, '127.0.0.1', () => ((port = (server.address() as AddressInfo).port), resolve())),
    ),
);
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

describe('what browsers and curl make of it', () => {
  test.each<[string, string, string]>([
    ['/cookie', '{ body: welcome }', 'good'],
    ['/two-cookies', '{ body: welcome }', 'good'],
    ['/cookie-elsewhere', '{ body: clean }', 'good'],
    ['/obsfold', '{ headers: { content-security-policy: "script-src" } }', 'good'],
    ['/headspace', '{ headers: { x-odd: "^value$" } }', 'good'],
    ['/line-feeds', '{ body: fine, headers: { x-odd: "^value$" } }', 'good'],
    ['/before', '{ body: fine }', 'good'],
    ['/no-reason', '{ body: fine }', 'good'],
    ['/latin-header', '{ body: fine }', 'good'],
    ['/raw-deflate', '{ body: fine }', 'good'],
    ['/deflate', '{ body: fine }', 'good'],
    ['/gzip', '{ body: fine }', 'good'],
    ['/gzip-upper', '{ body: fine }', 'good'],
    ['/gzip-empty', '{ body_not: error }', 'good'],
    ['/gzip-identity', '{ body: fine }', 'good'],
    ['/gzip-twice', '{ body: fine }', 'good'],
    ['/gzip-lie', '{ body: fine }', 'protocol'],
    ['/br', '{ body: fine }', 'good'],
    ['/zstd', '{ body: fine }', 'good'],
    ['/coding-none', '{ body: fine }', 'good'],
    ['/coding-utf8', '{ body: fine }', 'good'],
    ['/coding-compress', '{ body: fine }', 'protocol'],
    ['/transfer-gzip', '{ body: fine }', 'good'],
    ['/both-lengths', '{ body: hello }', 'good'],
    ['/same-lengths', '{ body: hello }', 'good'],
    ['/until-close', '{ body: hello }', 'good'],
    ['/trailers', '{ body: hello }', 'good'],
    ['/chunk-feeds', '{ body: hello }', 'good'],
    ['/early-hints', '{ body: fine }', 'good'],
    ['/latin1', '{ body: verfügbar }', 'good'],
    ['/latin1', '{ body_not: verfügbar }', 'body'],
    ['/meta', '{ body: verfügbar }', 'good'],
    ['/meta-equiv', '{ body: verfügbar }', 'good'],
    ['/xml', '{ body: verfügbar }', 'good'],
    ['/bom-over-header', '{ matches: "^verfügbar$" }', 'good'],
    ['/utf16', '{ matches: "^verfügbar$" }', 'good'],
    ['/unknown-charset', '{ body: verfügbar }', 'good'],
    ['/bom-json', '{ json: { "$.status": ok } }', 'good'],
    ['/big', '{ json: { "$.id": "9007199254740993" } }', 'good'],
    ['/big', '{ json: { "$.id": "9007199254740992" } }', 'body'],
    ['/big', '{ json: { "$.ratio": 1 } }', 'good'],
    ['/big', '{ json: { "$.nested.a[0]": "18446744073709551615" } }', 'good'],
    ['/space', '{ body: right }', 'good'],
    ['/umlaut', '{ body: right }', 'good'],
    ['/latin-path', '{ body: right }', 'good'],
    ['/empty-location', '{ status: 302 }', 'good'],
  ])('%s with %s is %s', async (path, expected, wanted) => {
    const result = await probeOnce(
      `{ type: http, url: "http://127.0.0.1:${port}${path}", expect: ${expected} }`,
    );
    expect([outcome(result), result.message].slice(0, 1)).toEqual([wanted]);
  });

  test.each([
    ['/303', 'GET'],
    ['/307', 'POST'],
    ['/308', 'POST'],
  ])('POST over %s is %s', async (path, method) => {
    const result = await probeOnce(
      `{ type: http, method: POST, url: "http://127.0.0.1:${port}${path}", expect: { body: "method=${method}" } }`,
    );
    expect(outcome(result)).toBe('good');
  });

  test('a cookie of our own stays beside those of the way', async () => {
    const result = await probeOnce(
      `{ type: http, url: "http://127.0.0.1:${port}/own-cookie", headers: { cookie: "mine=1" }, expect: { body: both } }`,
    );
    expect(outcome(result)).toBe('good');
  });

  test('a packed body that grows beyond the limit is judged by its beginning, and not held', async () => {
    ANSWERS['/bomb'] = answer(gzipSync(Buffer.alloc(20_000_000)), ['Content-Encoding: gzip']);
    const result = await probeOnce(
      `{ type: http, url: "http://127.0.0.1:${port}/bomb", expect: { body: x } }`,
    );
    expect(outcome(result)).toBe('body');
  });
});

test('a location in raw bytes', () => {
  const base = new URL('https://shop.example/a');
  const latin = (text: string) => Buffer.from(text).toString('latin1');
  expect(locationUrl(latin('https://bücher.example/ü'), base)?.href).toBe(
    'https://xn--bcher-kva.example/%C3%BC',
  );
  expect(locationUrl('//other.example', base)?.href).toBe('https://other.example/');
  expect(locationUrl('https://[bad', base)).toBeUndefined();
});

test('whole numbers beyond 2^53 keep their digits, in JSON and in YAML', () => {
  expect(canonical(parseExactly('{"b":9007199254740993,"a":[1.0,-18446744073709551615]}'))).toBe(
    '{"a":[1,-18446744073709551615],"b":9007199254740993}',
  );
  const file = new YamlFile('x.yaml', Buffer.from('{ id: 9007199254740993, n: 5, f: 1e300 }'));
  expect(file.value).toEqual({ id: '9007199254740993', n: 5, f: 1e300 });
});
