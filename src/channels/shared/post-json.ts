import { request } from 'undici';
import type { Outcome } from '../../core/effect.ts';
import { neutraliseLine } from '../../core/neutralise.ts';
import { wasNotSent } from '../../core/not-sent.ts';
import { say } from '../../text/say.ts';

/** Characters of a response that are read, unless the call says otherwise. */
const ANSWER_LIMIT = 64 * 1024;

export interface JsonPost {
  /** Its display name. */
  service: string;
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: unknown;
  timeoutMs: number;
  /** Characters of the response that are read. */
  answerLimit?: number;
  /** Aborts the call early. */
  signal?: AbortSignal;
  /** The error that the body of a rejection states, where it says more than the status. */
  errorIn?(answer: unknown): string | undefined;
  /** The retry delay that the body of the response states, if any. */
  retryAfterMs?(answer: unknown): number | undefined;
}

/** Sends JSON to a provider, and returns what its response means for the sender. */
export async function postJson(post: JsonPost): Promise<Outcome<string>> {
  const { service, url, method = 'POST', headers = {}, body, timeoutMs, signal } = post;
  const { answerLimit = ANSWER_LIMIT } = post;
  try {
    const answer = await request(url, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    });
    let text = '';
    for await (const piece of answer.body.setEncoding('utf8')) {
      text += piece as string;
      if (text.length > answerLimit) break;
    }
    // A list that was cut cannot show what is missing from it.
    if (method === 'GET' && text.length > answerLimit)
      return { is: 'temporary', why: say('channels.unexpected-response', { service }) };
    const { statusCode: status } = answer;
    if (status < 300) return { is: 'done', value: text };
    const said = parsed(text);
    const found: unknown = post.errorIn?.(said);
    const error = typeof found === 'string' ? found : undefined;
    const why =
      error === undefined
        ? say('channels.returned', { service, status })
        : say('channels.returned-saying', { service, status, error: neutraliseLine(error, 150) });
    if (status === 429) {
      const seconds = Number(answer.headers['retry-after']);
      const retryAfterMs = post.retryAfterMs?.(said) ?? (seconds > 0 ? seconds * 1_000 : undefined);
      return { is: 'temporary', why, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    }
    if (status === 408 || status === 425 || status === 503) return { is: 'temporary', why };
    // A server that failed midway may have carried it out.
    if (status >= 500) return { is: 'ambiguous', why };
    return { is: 'permanent', why, ...(status === 401 && { isOurs: true }) };
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    const what = code ?? name;
    return wasNotSent(code)
      ? { is: 'temporary', why: say('channels.no-connection', { service, error: what }) }
      : { is: 'ambiguous', why: say('channels.no-response', { service, error: what }) };
  }
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
