import { request } from 'undici';
import type { Outcome } from '../core/effect.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { wasNotSent } from '../core/not-sent.ts';

const TIMEOUT_MS = 15_000;
const ANSWER_LIMIT = 8 * 1024 * 1024;
const LONGEST_RETRY_AFTER_S = 300;

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT';
  url: string;
  headers: Record<string, string>;
  body?: unknown;
  /** Doing it twice does no harm: an answer that was lost is asked for again without a look. */
  isRepeatable: boolean;
}

/**
 * One request to an API that speaks JSON, and what its answer means for whoever wanted something done: final
 * refusals, refusals for now, and answers that leave it open whether it was done.
 */
export async function callApi<Answer>(service: string, call: ApiRequest): Promise<Outcome<Answer>> {
  const lost = (why: string): Outcome<never> =>
    call.isRepeatable ? { is: 'temporary', why } : { is: 'ambiguous', why };
  try {
    const { statusCode, headers, body } = await request(call.url, {
      method: call.method,
      headers: {
        accept: 'application/json',
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
        ...call.headers,
      },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await readBounded(body);
    if (statusCode >= 200 && statusCode < 300) return understood(service, text, lost);
    const why = `${service} says ${statusCode}: ${neutraliseLine(text, 300)}`;
    if (statusCode === 429)
      return { is: 'temporary', why, retryAfterMs: retryAfterMs(headers['retry-after']) };
    // Credentials are mended by a human, and then everything that waited goes through.
    if (statusCode === 401 || statusCode === 403 || statusCode === 408) return { is: 'temporary', why };
    return statusCode >= 500 || statusCode < 400 ? lost(why) : { is: 'permanent', why };
  } catch (error) {
    const { code, message, cause } = error as { code?: string; message: string; cause?: { code?: string } };
    const known = code ?? cause?.code;
    if (wasNotSent(known)) {
      return { is: 'temporary', why: `no connection to ${service} (${known})` };
    }
    return lost(`no answer from ${service} (${known ?? message})`);
  }
}

function understood<Answer>(
  service: string,
  text: string,
  lost: (why: string) => Outcome<never>,
): Outcome<Answer> {
  try {
    return { is: 'done', value: (text === '' ? undefined : JSON.parse(text)) as Answer };
  } catch {
    // A page to sign in, or half an answer: whether anything was done stands nowhere.
    return lost(`the answer of ${service} is not JSON: ${neutraliseLine(text, 120)}`);
  }
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > ANSWER_LIMIT) throw new Error(`an answer of more than ${ANSWER_LIMIT} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function retryAfterMs(header: string | string[] | undefined): number | undefined {
  const seconds = Number(Array.isArray(header) ? header[0] : header);
  return Number.isFinite(seconds) ? Math.min(seconds, LONGEST_RETRY_AFTER_S) * 1_000 : undefined;
}
