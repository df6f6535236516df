import { connect } from 'node:http2';
import { fault, type Fault, type Wire } from '../core/check-type.ts';
import { faultOfCode } from '../core/fault-of-code.ts';
import type { Http2Request, HttpExchange } from '../core/http-exchange.ts';
import { GrowingBytes } from '../core/growing-bytes.ts';
import type { HttpLimits } from '../core/http-response.ts';
import type { Lifetime } from './ports.ts';
import { SocketWire } from './socket-wire.ts';

/** RFC 9113, 8.2.2: headers that must not appear in HTTP/2. */
const HOP_BY_HOP = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** One request and response on a connection that negotiated `h2`. */
export function exchangeHttp2(
  wire: Wire,
  { method, url, headers, body }: Http2Request,
  limits: HttpLimits,
  life: Lifetime,
): Promise<HttpExchange | Fault> {
  if (!(wire instanceof SocketWire)) return Promise.resolve(fault('internal', 'not a connection of our own'));
  const socket = wire.handOver();
  const sentAt = life.elapsedMs();
  return new Promise((settle) => {
    const session = connect(url.origin, {
      createConnection: () => socket,
      maxHeaderListPairs: 1_000,
      settings: { enablePush: false },
    });
    // Until the server has received our settings it may still push: close such streams, and ignore their errors.
    session.on('stream', (pushed) => {
      pushed.on('error', () => {});
      pushed.close();
    });
    let firstByteAt = sentAt;
    const end = (outcome: HttpExchange | Fault) => {
      settle(outcome);
      session.destroy();
    };
    const broken = (error: NodeJS.ErrnoException) =>
      end(faultOfCode(error.code, `${wire.address}: ${error.message}`, 'protocol'));
    session.on('error', broken);
    session.on('close', () =>
      settle(fault('closed', 'the connection was closed before the response was complete')),
    );
    life.onAbort(() => end(fault('timeout', 'timed out waiting for the response')));
    const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? url.host;
    const fields: Record<string, string> = {};
    for (const [name, value] of headers)
      if (!HOP_BY_HOP.has(name.toLowerCase())) fields[name.toLowerCase()] = value;
    let stream: ReturnType<typeof session.request>;
    try {
      stream = session.request({
        ...fields,
        ':method': method,
        ':path': `${url.pathname}${url.search}`,
        ':authority': host,
      });
    } catch (error) {
      return broken(error as NodeJS.ErrnoException);
    }
    stream.on('error', broken);
    const answered = new Map<string, string>();
    const trailers = new Map<string, string>();
    stream.on('trailers', (given) => {
      for (const [name, value] of Object.entries(given)) trailers.set(name, String(value));
    });
    let setCookies: string[] = [];
    let status = 0;
    stream.on('response', (given) => {
      firstByteAt = life.elapsedMs();
      status = Number(given[':status']);
      setCookies = given['set-cookie'] ?? [];
      for (const [name, value] of Object.entries(given))
        if (!name.startsWith(':') && value !== undefined)
          answered.set(name, Array.isArray(value) ? value.join(', ') : String(value));
    });
    const read = new GrowingBytes(limits.bodyBytes, limits.isOnlyCounted);
    const finish = () => {
      if (status === 0) return end(fault('closed', 'the connection was closed before any response'));
      end({
        is: 'exchange',
        answer: {
          version: 2,
          status,
          statusText: '',
          headers: answered,
          trailers,
          setCookies,
          body: read.bytes,
          bodyLength: read.length,
          bodyCut: read.isCut,
        },
        processingMs: firstByteAt - sentAt,
        transferMs: life.elapsedMs() - firstByteAt,
        certificate: wire.certificate,
        address: wire.address,
      });
    };
    stream.on('data', (piece: Buffer) => {
      // Copied: a small piece may keep a large block in memory.
      read.add(Buffer.from(piece));
      if (read.isCut) finish();
    });
    // The end of the data is not the end of the response when the server has aborted the stream.
    let isRead = false;
    stream.on('end', () => (isRead = true));
    stream.on('close', () => {
      const announced = Number(answered.get('content-length') ?? NaN);
      const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
      const isShort = hasBody && read.length < announced;
      if (isRead && stream.rstCode === 0 && !isShort) finish();
      else end(fault('closed', 'the connection was closed before the response was complete'));
    });
    stream.end(body);
  });
}
