import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createSecureServer } from 'node:http2';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { TLSSocket } from 'node:tls';
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib';
import * as packet from 'dns-packet';
import { onTestFinished } from 'vitest';
import { makeCertificate } from '../../src/demo/make-certificate.ts';
import { freePort } from '../support/free-port.ts';
import { grpcServer } from '../support/grpc-server.ts';
import { listenHttp, listenTcp } from '../support/listeners.ts';

const DAY_MS = 86_400_000;

export interface Stand {
  /** The authority that has signed what is shown here, PEM. */
  authority: string;
  http: string;
  https: string;
  http2: string;
  expired: string;
  ssh: string;
  smtp: string;
  grpc: string;
  grpcTls: string;
  grpcLess: string;
  silent: string;
  closed: string;
  dns: string;
}

/** Everything that is probed: real listeners on loopback. */
export async function startStand(): Promise<Stand> {
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  const authority = makeCertificate({
    commonName: 'Stand Authority',
    names: [],
    validFrom: new Date(now - DAY_MS),
    validTo: new Date(now + 90 * DAY_MS),
    isAuthority: true,
  });
  const names = ['localhost', 'other.test', '127.0.0.1'];
  const certificate = (validTo: Date) =>
    makeCertificate({ names, validFrom: new Date(now - 30 * DAY_MS), validTo, issuer: authority });
  const shown = certificate(new Date(now + 30 * DAY_MS));
  const good = { key: shown.key, cert: `${shown.certificate}${authority.certificate}` };
  const old = certificate(new Date(now - DAY_MS));
  const secure = async (server: Server, scheme = 'https') => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const place = (port: number) => `127.0.0.1:${port}`;
  const ssh = await listenTcp((socket) => socket.write('SSH-2.0-OpenSSH_9.2 stand\r\n'));
  const silent = await listenTcp(() => {});
  const smtp = await listenTcp((socket) => {
    socket.write('220 stand ESMTP\r\n');
    socket.once('data', () => {
      socket.write('250-stand\r\n250 STARTTLS\r\n');
      socket.once('data', () => {
        socket.write('220 Ready\r\n');
        const inside = new TLSSocket(socket, { isServer: true, ...good });
        inside.on('error', () => {});
        inside.on('data', () => inside.write('250 hello again\r\n'));
      });
    });
  });
  return {
    authority: authority.certificate,
    http: await listenHttp(serve),
    https: await secure(createHttps(good, serve)),
    http2: await secure(
      createSecureServer({ ...good, allowHTTP1: true }, (request, response) =>
        serve(request as unknown as IncomingMessage, response as unknown as ServerResponse),
      ),
    ),
    expired: await secure(createHttps({ key: old.key, cert: old.certificate }, serve)),
    ssh: place(ssh.port),
    smtp: place(smtp.port),
    grpc: place(await grpcServer()),
    grpcTls: place(await grpcServer({ tls: good })),
    grpcLess: place(await grpcServer({ services: null })),
    silent: place(silent.port),
    closed: place(await freePort()),
    dns: await startNameServer(),
  };
}

const TEXT = 'all is well here';

function serve(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '/', 'http://stand');
  const send = (status: number, headers: Record<string, string> = {}, body: string | Buffer = '') => {
    response.writeHead(status, headers);
    response.end(body);
  };
  const length = (body: Buffer) => ({ 'content-length': String(body.length) });
  const port = String((request.socket.address() as AddressInfo).port);
  switch (pathname) {
    case '/ok':
      return send(
        200,
        {
          'content-length': String(TEXT.length),
          'x-flavour': 'plain',
          'last-modified': 'Sun, 01 Nov 2026 10:00:00 GMT',
        },
        TEXT,
      );
    case '/chunked':
      response.write('all is ');
      return void response.end('chunked');
    case '/500':
      return send(500, { 'content-length': '6' }, 'broken');
    case '/204':
      return send(204);
    case '/relative':
      return send(302, { location: '/ok' });
    case '/absolute':
      return send(301, { location: `http://localhost:${port}/ok` });
    case '/loop':
      return send(302, { location: '/loop' });
    case '/login':
      return send(302, { location: '/private', 'set-cookie': 'session=abc; Path=/' });
    case '/private':
      return request.headers.cookie === 'session=abc'
        ? send(200, { 'content-length': '2' }, 'in')
        : send(403);
    case '/post':
      return send(request.method === 'POST' ? 200 : 405, { 'content-length': '0' });
    case '/secret':
      return send(request.headers.authorization === 'Basic bWFyaWE6b3BlbiBzZXNhbWU=' ? 200 : 401, {
        'content-length': '0',
      });
    case '/host':
      return send(
        200,
        {},
        `you asked ${request.headers.host ?? String((request.headers as Record<string, unknown>)[':authority'])}`,
      );
    case '/gzip': {
      const body = gzipSync(TEXT);
      return send(200, { 'content-encoding': 'gzip', ...length(body) }, body);
    }
    case '/deflate': {
      const body = deflateRawSync(TEXT);
      return send(200, { 'content-encoding': 'deflate', ...length(body) }, body);
    }
    case '/br': {
      const body = brotliCompressSync(TEXT);
      return send(200, { 'content-encoding': 'br', ...length(body) }, body);
    }
    case '/never':
      return;
    default:
      return send(404, { 'content-length': '0' });
  }
}

async function startNameServer(): Promise<string> {
  const answer = (question: Buffer): Buffer => {
    const { id, questions = [] } = packet.decode(question);
    const [asked] = questions;
    const name = asked?.name ?? '';
    const isKnown = name === 'shop.test';
    const answers: packet.Answer[] = [];
    const authorities: packet.Answer[] = [];
    if (isKnown && asked?.type === 'A')
      answers.push(
        { type: 'A', name, ttl: 300, class: 'IN', data: '192.0.2.7' },
        { type: 'A', name, ttl: 300, class: 'IN', data: '192.0.2.8' },
      );
    if (isKnown && asked?.type === 'TXT')
      answers.push({ type: 'TXT', name, ttl: 60, class: 'IN', data: ['hi "yo"', 'two'] });
    if (isKnown && asked?.type === 'MX')
      answers.push({
        type: 'MX',
        name,
        ttl: 60,
        class: 'IN',
        data: { preference: 10, exchange: 'mail.shop.test' },
      });
    if (isKnown && asked?.type === 'SOA')
      answers.push({
        type: 'SOA',
        name,
        ttl: 60,
        class: 'IN',
        data: {
          mname: 'ns.shop.test',
          rname: 'root.shop.test',
          serial: 2026112201,
          refresh: 7_200,
          retry: 600,
          expire: 86_400,
          minimum: 300,
        },
      });
    if (isKnown) authorities.push({ type: 'NS', name, ttl: 60, class: 'IN', data: 'ns.shop.test' });
    const NXDOMAIN = 3;
    return packet.encode({
      type: 'response',
      ...(id !== undefined && { id }),
      flags: packet.RECURSION_DESIRED | packet.AUTHORITATIVE_ANSWER | (isKnown ? 0 : NXDOMAIN),
      questions,
      answers,
      authorities,
    });
  };
  const tcp = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      const body = answer(bytes.subarray(2));
      const head = Buffer.alloc(2);
      head.writeUInt16BE(body.length);
      socket.end(Buffer.concat([head, body]));
    });
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4');
  udp.on('message', (bytes, { port: from, address }) => udp.send(answer(bytes), from, address));
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  onTestFinished(() => {
    udp.close();
    tcp.close();
  });
  return `127.0.0.1:${port}`;
}
