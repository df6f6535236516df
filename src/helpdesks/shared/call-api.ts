import { request, type Dispatcher } from 'undici';
import type { Outcome } from '../../core/effect.ts';
import { neutraliseLine } from '../../core/neutralise.ts';
import { redactor } from '../../core/redact.ts';
import { wasNotSent } from '../../core/not-sent.ts';
import { meaningOf } from './answers.ts';
import { CallBudget, type CallUse } from './call-budget.ts';

const ANSWER_LIMIT = 8 * 1024 * 1024;
const CLOCK_SKEW_MS = 300_000;

export interface ApiCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL, with its query. */
  path: string;
  body?: unknown;
  /** Instead of `body`: sent as a form. */
  form?: Record<string, string>;
  headers?: Record<string, string>;
  use: CallUse;
  /** How many calls it counts for at the helpdesk; one by default. */
  cost?: number;
  /** Doing it twice does no harm: after a lost response it is repeated without a lookup. */
  isRepeatable?: boolean;
  /** The response is a secret: nothing of it is reported. */
  isSecret?: boolean;
  /** For a response that is not JSON by contract, such as an empty one of any type. */
  ignoresBody?: boolean;
}

/** A rejection with the response, so that the caller can leave out what was rejected. */
export interface Refusal {
  is: 'permanent';
  why: string;
  status?: number;
  body?: unknown;
}

export type ApiOutcome<Answer> =
  Outcome<Answer> | Refusal | { is: 'temporary'; why: string; retryAfterMs?: number; status?: number };

export interface ApiSettings {
  /** Its display name. */
  service: string;
  /** Without a trailing slash. */
  base: string;
  headers: Record<string, string>;
  budget: CallBudget;
  timeoutMs: number;
  /** Redacted from everything that it reports. */
  secrets: readonly string[];
  now(): number;
}

/** Creates a client from the settings that every helpdesk over HTTP has. */
export function helpdeskApi(
  given: { calls_per_minute: number; timeout: number },
  parts: Pick<ApiSettings, 'service' | 'base' | 'headers' | 'secrets' | 'now'>,
): HelpdeskApi {
  const budget = new CallBudget(given.calls_per_minute, parts.now);
  return new HelpdeskApi({ ...parts, budget, timeoutMs: given.timeout });
}

/** Client for one helpdesk's JSON API, which turns responses into outcomes for the caller. */
export class HelpdeskApi {
  readonly #settings: ApiSettings;
  readonly #strike: (text: string) => string;
  #skewMs = 0;

  constructor(settings: ApiSettings) {
    this.#settings = settings;
    this.#strike = redactor([
      ...settings.secrets,
      ...Object.values(settings.headers).flatMap((value) => [value, value.split(' ').at(-1)!]),
    ]);
  }

  /** What is wrong with the connection as a whole; empty when nothing is. */
  get oddities(): string[] {
    const { service } = this.#settings;
    if (Math.abs(this.#skewMs) < CLOCK_SKEW_MS) return [];
    const minutes = Math.round(Math.abs(this.#skewMs) / 60_000);
    const how = this.#skewMs > 0 ? 'ahead of' : 'behind';
    return [`The clock of ${service} is ${minutes} min ${how} ours; correct whichever is wrong`];
  }

  get<Answer>(path: string, use: CallUse = 'look', cost = 1): Promise<ApiOutcome<Answer>> {
    return this.call<Answer>({ method: 'GET', path, use, cost, isRepeatable: true });
  }

  async call<Answer>(call: ApiCall): Promise<ApiOutcome<Answer>> {
    const { service, base, headers, budget, timeoutMs, now } = this.#settings;
    const isRepeatable = call.isRepeatable ?? call.method !== 'POST';
    const lost = (why: string): Outcome<never> => ({ is: isRepeatable ? 'temporary' : 'ambiguous', why });
    const waitMs = budget.take(call.use, call.cost);
    if (waitMs > 0) {
      return {
        is: 'temporary',
        why: `the limit of calls per minute to ${service} is used up`,
        retryAfterMs: waitMs,
      };
    }
    try {
      const answer = await request(base + call.path, {
        method: call.method,
        headers: {
          accept: 'application/json',
          ...(call.body !== undefined && { 'content-type': 'application/json' }),
          ...(call.form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
          ...headers,
          ...call.headers,
        },
        body: call.form
          ? formText(call.form)
          : call.body === undefined
            ? undefined
            : JSON.stringify(call.body),
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal: AbortSignal.timeout(timeoutMs),
      });
      this.#skewMs = skewOf(answer.headers['date'], now());
      const retryAfterMs = budget.heed(answer.statusCode, answer.headers);
      const read = this.#strike(await readBounded(answer.body));
      const text = call.headers ? redactor(wordsOf(call.headers))(read) : read;
      const meaning = meaningOf(answer.statusCode);
      if (meaning === undefined) return understood(service, text, call, lost);
      const said = call.isSecret ? '' : neutraliseLine(text, 300);
      const why = `${service} returned HTTP ${answer.statusCode}: ${meaning.advice}${said && `; response: ${said}`}`;
      const outcome = isRepeatable ? meaning.repeatable : meaning.once;
      // A web page where the API should be: something between us and the helpdesk responds.
      if (outcome === 'permanent' && /<html|<!doctype/i.test(text)) {
        return {
          is: 'temporary',
          why: `${service} returned HTTP ${answer.statusCode} with a web page; check the URL`,
        };
      }
      switch (outcome) {
        case 'temporary':
          return { is: 'temporary', why, retryAfterMs, status: answer.statusCode };
        case 'ambiguous':
          return { is: 'ambiguous', why };
        case 'permanent':
          return { is: 'permanent', why, status: answer.statusCode, body: parsedOrText(text) };
      }
    } catch (error) {
      const { code, message, cause } = error as { code?: string; message: string; cause?: { code?: string } };
      const known = code ?? cause?.code;
      if (wasNotSent(known) || isCertificateFault(known)) {
        return { is: 'temporary', why: `no connection to ${service} at ${new URL(base).host} (${known})` };
      }
      return lost(`no response from ${service} (${known ?? message})`);
    }
  }
}

/** Other headers of a call, such as an idempotency key, are not secret, and may appear in a response. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'session-token']);

/** The tokens by which a call signs in. */
const wordsOf = (headers: Record<string, string>): string[] =>
  Object.entries(headers)
    .filter(([name]) => SECRET_HEADERS.has(name.toLowerCase()))
    .map(([, value]) => value.split(' ').at(-1)!);

const formText = (form: Record<string, string>): string => new URLSearchParams(form).toString();

/** It does not exist, or our user cannot see it. */
export const isMissing = (outcome: ApiOutcome<unknown>): boolean =>
  outcome.is === 'permanent' && 'status' in outcome && (outcome.status === 404 || outcome.status === 410);

/** The TLS handshake failed on our side before the request was sent. */
const isCertificateFault = (code: string | undefined): boolean =>
  code !== undefined && /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code);

function skewOf(date: string | string[] | undefined, now: number): number {
  const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return Number.isNaN(theirs) ? 0 : theirs - now;
}

function understood<Answer>(
  service: string,
  text: string,
  { ignoresBody = false, isSecret = false }: ApiCall,
  lost: (why: string) => Outcome<never>,
): Outcome<Answer> {
  const body = text === '' ? undefined : parsedOrText(text);
  // A sign-in page, or half a response: nothing tells whether the request was carried out.
  if (typeof body === 'string' && (!ignoresBody || /<html/i.test(body))) {
    const said = isSecret ? '' : ` (${neutraliseLine(text, 120)})`;
    return lost(`${service} did not return JSON${said}; check the URL and the credentials`);
  }
  return { is: 'done', value: body as Answer };
}

/** Returns JSON parsed; anything else, and a bare JSON string, as text. */
function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

async function readBounded(body: Dispatcher.ResponseData['body']): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > ANSWER_LIMIT) throw new Error(`a response of more than ${ANSWER_LIMIT} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
