import type { Fault } from './fault.ts';
import type { PeerCertificate, Wire } from './wire.ts';
import { HttpResponseReader, type HttpAnswer, type HttpLimits } from './http-response.ts';

export interface HttpRequest {
  method: string;
  url: URL;
  headers: readonly (readonly [string, string])[];
  body?: string;
}

/** For HTTP/2 the body may also be binary. */
export type Http2Request = Omit<HttpRequest, 'body'> & { body?: string | Uint8Array };

export interface HttpExchange {
  is: 'exchange';
  answer: HttpAnswer;
  processingMs: number;
  transferMs: number;
  certificate?: PeerCertificate;
  /** The numeric address that answered; unknown behind a proxy. */
  address?: string;
}

/** The text of a request on a connection of its own. The config loader has checked header names and values. */
export function requestText({ method, url, headers, body }: HttpRequest): string {
  let text = `${method} ${url.pathname}${url.search} HTTP/1.1\r\n`;
  for (const [name, value] of headers) text += `${name}: ${value}\r\n`;
  if (body !== undefined) text += `content-length: ${Buffer.byteLength(body)}\r\n`;
  return `${text}connection: close\r\n\r\n${body ?? ''}`;
}

/** One request and its response over a fresh connection; no keep-alive, so that every probe tests all of it. */
export async function exchange(
  wire: Wire,
  method: string,
  text: string,
  limits: HttpLimits,
  elapsedMs: () => number,
): Promise<HttpExchange | Fault> {
  const reader = new HttpResponseReader(method, limits);
  const sentAt = elapsedMs();
  wire.write(text);
  let firstByteAt: number | undefined;
  for (;;) {
    const piece = await wire.read();
    if (piece !== 'end' && !Buffer.isBuffer(piece)) return piece;
    firstByteAt ??= elapsedMs();
    const done = piece === 'end' ? reader.end() : reader.push(piece);
    if (typeof done === 'object') return done;
    if (!done) continue;
    return {
      is: 'exchange',
      answer: reader.answer,
      processingMs: firstByteAt - sentAt,
      transferMs: elapsedMs() - firstByteAt,
      certificate: wire.certificate,
      address: wire.address,
    };
  }
}
