import { ProxyAgent, request as send } from 'undici';
import { fault, type Fault } from '../core/check-type.ts';
import { faultOfCode } from '../core/fault-of-code.ts';
import type { HttpExchange, HttpRequest } from '../core/http-exchange.ts';
import type { HttpLimits } from '../core/http-response.ts';
import type { Lifetime } from './ports.ts';

/**
 * One exchange through a forward proxy. undici supplies CONNECT, proxy authentication and TLS inside TLS; what happens
 * beyond the proxy cannot be told apart from here, so the only phases are processing and transfer.
 */
export async function exchangeThroughProxy(
  proxy: string,
  { method, url, headers, body }: HttpRequest,
  options: { limits: HttpLimits; verify: boolean; ca?: string },
  life: Lifetime,
): Promise<HttpExchange | Fault> {
  const { limits, verify, ca } = options;
  const startedAt = life.elapsedMs();
  const agent = new ProxyAgent({
    uri: proxy,
    requestTls: { rejectUnauthorized: verify, ca },
    maxHeaderSize: limits.headBytes,
  });
  try {
    const answer = await send(url, {
      dispatcher: agent,
      method: method as 'GET',
      headers: headers.filter(([name]) => name !== 'host').flat(),
      body,
      signal: life.signal,
    });
    const firstByteAt = life.elapsedMs();
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of answer.body as AsyncIterable<Buffer>) {
      if (!limits.isOnlyCounted) pieces.push(piece.subarray(0, Math.max(0, limits.bodyBytes - length)));
      length += piece.length;
      if (length > limits.bodyBytes) break;
    }
    const fields = Object.entries(answer.headers).map(
      ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')] as const,
    );
    return {
      is: 'exchange',
      answer: {
        version: 1.1,
        status: answer.statusCode,
        statusText: answer.statusText ?? '',
        headers: new Map(fields),
        setCookies: [answer.headers['set-cookie'] ?? []].flat(),
        body: Buffer.concat(pieces),
        bodyLength: Math.min(length, limits.bodyBytes),
        bodyCut: length > limits.bodyBytes,
      },
      processingMs: firstByteAt - startedAt,
      transferMs: life.elapsedMs() - firstByteAt,
    };
  } catch (error) {
    if (life.aborted) return fault('timeout', 'timed out waiting for a response through the proxy');
    const { code, message, cause } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
    const inner = cause?.code ?? code;
    if (inner === 'UND_ERR_HEADERS_OVERFLOW') return fault('too-large', 'the headers are too large');
    return faultOfCode(inner, `through the proxy: ${message}`, 'unreachable');
  } finally {
    void agent.destroy();
  }
}
