import { createServer, type ServerHttp2Stream } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../../src/demo/make-certificate.ts';
import { grpcServer } from '../support/grpc-server.ts';
import { listenHttp } from '../support/listeners.ts';
import { prepare, probeOnce } from '../support/probe-once.ts';

const check = (port: number, more = '') => `{ type: grpc, host: 127.0.0.1, port: ${port}${more} }`;

/** An HTTP/2 server that answers every call with these header fields and bytes. */
async function http2Server(
  headers: Record<string, string | number>,
  body: Buffer,
  trailers?: Record<string, string>,
): Promise<number> {
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {});
    stream.respond(headers, { waitForTrailers: trailers !== undefined });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers!));
    stream.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a server, and each of its services, says whether it is serving', async () => {
  const port = await grpcServer();
  expect(await probeOnce(check(port))).toMatchObject({ verdict: 'good', message: 'serving' });
  expect(await probeOnce(check(port, ', service: shop.Orders'))).toMatchObject({ verdict: 'good' });
  expect(await probeOnce(check(port, ', service: shop.Stock'))).toMatchObject({
    verdict: 'failed',
    reason: 'status',
    message: 'the health service says NOT_SERVING',
  });
  expect(await probeOnce(check(port, ', service: shop.Nothing'))).toMatchObject({
    verdict: 'failed',
    reason: 'status',
    message: expect.stringMatching(
      /^gRPC code 5 NOT_FOUND.*\(the server does not know the service "shop.Nothing"\)$/,
    ) as string,
  });
});

test('a server without the health service says so', async () => {
  expect(await probeOnce(check(await grpcServer({ services: null })))).toMatchObject({
    reason: 'status',
    message: expect.stringMatching(/^gRPC code 12 UNIMPLEMENTED.*has no health service\)$/) as string,
  });
});

test('with TLS the certificate is verified and reported', async () => {
  const { key, certificate } = makeCertificate({
    names: ['127.0.0.1', 'rpc.test'],
    validFrom: new Date(Date.now() - 86_400_000),
    validTo: new Date(Date.now() + 30 * 86_400_000),
  });
  const port = await grpcServer({ tls: { key, cert: certificate } });
  const ca = `, tls: true, ca: ${JSON.stringify(certificate)}`;
  expect(await probeOnce(check(port, ca))).toMatchObject({
    verdict: 'good',
    measured: { certificateExpiresAt: expect.any(Number) as number, tlsVersion: 'TLSv1.3' },
  });
  expect(await probeOnce(check(port, `${ca}, server_name: rpc.test`))).toMatchObject({ verdict: 'good' });
  expect(await probeOnce(check(port, `${ca}, server_name: other.test`))).toMatchObject({
    reason: 'tls-invalid',
  });
  expect(await probeOnce(check(port, ', tls: true'))).toMatchObject({ reason: 'tls-invalid' });
});

test('metadata is sent, and is not seen when a server says it back', async () => {
  const port = await grpcServer({ token: 'Bearer hunter2-hunter2' });
  expect(
    await probeOnce(check(port, ', metadata: { authorization: "Bearer hunter2-hunter2" }')),
  ).toMatchObject({ verdict: 'good' });
  const refused = await probeOnce(check(port, ', metadata: { authorization: "Bearer swordfish-12" }'));
  expect(refused).toMatchObject({ reason: 'status' });
  expect(refused.message).toMatch(/^gRPC code 16 UNAUTHENTICATED: “.*” is not let in$/);
  expect(JSON.stringify(refused)).not.toContain('swordfish');
});

test.each([
  ['the token without its scheme', 'Bearer s3cr3t-token-of-ours', 'rejected: s3cr3t-token-of-ours'],
  ['a long token', `Bearer ${'x1Y2'.repeat(100)}`, `bad ${'x1Y2'.repeat(100)}`],
])('%s is struck out of what the server says', async (_what, value, said) => {
  const port = await http2Server(GRPC, frame([]), { 'grpc-status': '16', 'grpc-message': said });
  const result = await probeOnce(check(port, `, metadata: { authorization: "${value}" }`));
  expect(result).toMatchObject({ reason: 'status' });
  expect(JSON.stringify(result)).not.toMatch(/s3cr3t|x1Y2/);
});

const frame = (message: number[]) => Buffer.from([0, 0, 0, 0, message.length, ...message]);
const GRPC = { ':status': 200, 'content-type': 'application/grpc' };
const OK = { 'grpc-status': '0' };

test.each([
  ['an answer without a message is UNKNOWN', GRPC, frame([]), OK, 'the health service says UNKNOWN'],
  ['fields of tomorrow are passed over', GRPC, frame([0x12, 2, 65, 66, 0x08, 1, 0x18, 5]), OK, 'serving'],
  ['a status of tomorrow is not serving', GRPC, frame([0x08, 9]), OK, 'the health service says UNKNOWN'],
  ['a compressed frame', GRPC, Buffer.from([1, 0, 0, 0, 2, 8, 1]), OK, 'not one of the health protocol'],
  ['a frame cut short', GRPC, Buffer.from([0, 0, 0, 0, 9, 8, 1]), OK, 'not one of the health protocol'],
  ['a number that does not end', GRPC, frame([0x08, 0xff, 0xff]), OK, 'not one of the health protocol'],
  ['a length beyond the end', GRPC, frame([0x12, 0x7f, 1]), OK, 'not one of the health protocol'],
  ['no frame at all', GRPC, Buffer.alloc(0), OK, 'not one of the health protocol'],
  ['no grpc-status', GRPC, frame([8, 1]), { 'x-other': '1' }, 'it has no grpc-status'],
  ['a status that is no number', GRPC, frame([]), { 'grpc-status': 'fine' }, 'gRPC code 2 UNKNOWN'],
  [
    'a message in percent and terminal signs',
    GRPC,
    frame([]),
    { 'grpc-status': '14', 'grpc-message': '%1b%5B31mf%C3%BCr%20heute %zz' },
    'gRPC code 14 UNAVAILABLE',
  ],
  [
    'a proxy that is not gRPC',
    { ':status': 502, 'content-type': 'text/html' },
    Buffer.from('bad gateway'),
    undefined,
    'gRPC code 14 UNAVAILABLE: HTTP status 502 instead of a gRPC answer',
  ],
] as const)('%s', async (_what, headers, body, trailers, said) => {
  const result = await probeOnce(check(await http2Server(headers, body, trailers)));
  expect(result.message).toContain(said);
  expect(result.verdict).toBe(said === 'serving' ? 'good' : 'failed');
  // eslint-disable-next-line no-control-regex
  expect(result.message).not.toMatch(/\u001b/);
});

test('a web server that knows no HTTP/2 is not gRPC', async () => {
  const port = Number(new URL(await listenHttp((_request, response) => void response.end('hi'))).port);
  expect(await probeOnce(check(port))).toMatchObject({
    verdict: 'failed',
    reason: expect.stringMatching(/^(protocol|closed|reset)$/) as string,
  });
});

test.each([
  ['{ type: grpc, host: 127.0.0.1 }', 'a `port`'],
  ['{ type: grpc, host: 127.0.0.1, port: 1, ca: x }', 'PEM'],
  ['{ type: grpc, host: 127.0.0.1, port: 1, server_name: x }', '`tls: true`'],
])('%s is a mistake', (yaml, expected) => {
  expect(() => prepare(yaml)).toThrow(expected);
});

test.each(['X-Upper', 'grpc-timeout', 'trace-bin', 'a b', ''])('%j is no metadata', (name) => {
  expect(() =>
    prepare(`{ type: grpc, host: a, port: 1, metadata: { ${JSON.stringify(name)}: x } }`),
  ).toThrow();
});
