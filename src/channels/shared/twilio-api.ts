import type { RequestClient } from 'twilio';
import { askTwilio } from './ask-twilio.ts';
import { z } from 'zod';
import type { Outcome } from '../../core/effect.ts';
import { wasNotSent } from '../../core/not-sent.ts';
import { header, hmac, isEqual } from '../../outside/signature.ts';
import { say } from '../../text/say.ts';
import { callTimeout } from './call-timeout.ts';
import type { InboundCall } from '../channel.ts';

/** Twilio sends some thirty fields. */
const MOST_FIELDS = 200;

/** Settings that every Twilio channel needs. */
export const twilioAccount = {
  account_sid: z
    .string()
    .regex(/^AC[0-9a-f]{32}$/i, 'an account SID: AC and 32 hexadecimal digits')
    .describe('Account SID.'),
  auth_token: z.string().min(8).meta({ secret: true }).describe('Auth token of the account.'),
  webhooks: z
    .boolean()
    .optional()
    .describe(
      'Whether Twilio may call `server.public_url` back; defaults to true if that is an https address.',
    ),
  api_url: z
    .string()
    .regex(/^https?:\/\/[^\s/]+$/, 'a URL of scheme, host and port only')
    .optional()
    .describe('URL of another host with the same API, such as your own gateway.'),
  timeout: callTimeout,
};

export interface TwilioAccount {
  account_sid: string;
  auth_token: string;
  webhooks?: boolean;
  api_url?: string;
  timeout: number;
}

/** True if Twilio is asked to call back. */
export const callsBack = ({ webhooks }: TwilioAccount, publicUrl: string): boolean =>
  webhooks ?? publicUrl.startsWith('https://');

/** Loads the library only when it is used: that takes a third of a second. */
export async function twilioClient({ account_sid, auth_token, api_url, timeout }: TwilioAccount) {
  const { default: twilio } = await import('twilio');
  class FencedClient extends twilio.RequestClient {
    override request: RequestClient['request'] = (asked) => askTwilio(asked, timeout) as never;
  }
  const httpClient = new FencedClient({ timeout, autoRetry: false, maxRetries: 0 });
  const client = twilio(account_sid, auth_token, { httpClient });
  if (api_url) {
    client.api.baseUrl = api_url;
    client.messaging.baseUrl = api_url;
  }
  return client;
}

/**
 * True if Twilio made this call: HMAC-SHA1 of the URL as Twilio knows it and the sorted parameters.
 * https://www.twilio.com/docs/usage/security#validating-requests
 */
export function isFromTwilio(
  { auth_token }: Pick<TwilioAccount, 'auth_token'>,
  { url, headers, body }: InboundCall,
): boolean {
  const signature = header(headers, 'x-twilio-signature');
  // Checked before the body is parsed: an unsigned call costs nothing.
  if (!/^[A-Za-z0-9+/]{27}=$/.test(signature)) return false;
  const fields = new Map<string, Set<string>>();
  for (const [name, value] of new URLSearchParams(body)) {
    const values = fields.get(name);
    if (values) values.add(value);
    else fields.set(name, new Set([value]));
    if (fields.size > MOST_FIELDS) return false;
  }
  const text = [...fields]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, values]) =>
      [...values]
        .sort()
        .map((value) => name + value)
        .join(''),
    )
    .join('');
  return urlsOf(url).some((one) => isEqual(signature, hmac('sha1', auth_token, one + text, 'base64')));
}

/** Twilio signs the URL with or without its port, and nothing tells which. */
function urlsOf(url: string): string[] {
  const parts = /^(https?):\/\/([^/?#]*?)(:\d+)?([/?#].*)?$/.exec(url);
  if (!parts) return [url];
  const [, scheme, host, port, rest = ''] = parts;
  const usual = scheme === 'https' ? ':443' : ':80';
  return [...new Set([url, `${scheme}://${host}${rest}`, `${scheme}://${host}${port ?? usual}${rest}`])];
}

/** Escapes text by any author: nothing in it becomes markup. */
export const xml = (text: string): string => text.replace(/[<>&'"]/g, (one) => `&#${one.charCodeAt(0)};`);

export const twiml = (inner: string) =>
  ({
    is: 'answer',
    type: 'text/xml; charset=utf-8',
    body: `<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`,
  }) as const;

// https://www.twilio.com/docs/api/errors
const REFUSED = {
  13223: 'number-invalid',
  13224: 'number-invalid',
  13225: 'blocked-for-calls',
  21210: 'sender-not-ours',
  21211: 'number-invalid',
  21212: 'sender-invalid',
  21214: 'cannot-be-called',
  21215: 'no-calls-to-country',
  21217: 'number-invalid',
  21408: 'no-texts-to-country',
  21603: 'no-sender',
  21606: 'sender-cannot-send',
  21608: 'trial',
  21610: 'opted-out',
  21612: 'not-from-sender',
  21614: 'no-text-messages',
  21617: 'too-long',
  21701: 'no-such-service',
  21703: 'service-without-sender',
  20003: 'credentials',
  20005: 'account-inactive',
  20404: 'no-such-resource',
} as const;

/** Our account is at fault, which affects everybody: the operator must fix it. */
const OURS = new Set([21210, 21212, 21603, 21606, 21608, 21701, 21703, 20003, 20005]);

/** Rejected before anything was done: may be retried without a lookup. */
const NOT_DONE = new Set([20429, 30001]);

/** Twilio rejects the whole message when it does not accept the callback URL. */
export const BAD_CALLBACK = 21609;

export type TwilioError = { status?: number; code?: number | string; message: string };

/** What an error of the library means for the message or call. */
export function twilioOutcome(error: unknown): Exclude<Outcome<never>, { is: 'done' }> {
  const { status, code, message } = error as TwilioError;
  if (wasNotSent(code)) return { is: 'temporary', why: say('sms.no-connection', { error: code }) };
  if (status === undefined)
    return { is: 'ambiguous', why: say('sms.no-response', { error: code ?? message }) };
  const said = say('sms.twilio-says', { code: code ?? status, message });
  if (typeof code === 'number') {
    const known = REFUSED[code as keyof typeof REFUSED] as (typeof REFUSED)[keyof typeof REFUSED] | undefined;
    if (known) {
      const why = `${say(`sms.refused-${known}`)} (${said})`;
      return { is: 'permanent', why, ...(OURS.has(code) && { isOurs: true }) };
    }
    if (NOT_DONE.has(code)) return { is: 'temporary', why: said };
  }
  if (status === 429) return { is: 'temporary', why: said };
  if (status >= 500) return { is: 'ambiguous', why: said };
  return { is: 'permanent', why: said, ...((status === 401 || status === 403) && { isOurs: true }) };
}

/** For queries, which change nothing: an ambiguous one may be repeated. */
export function twilioQuestion(error: unknown): Exclude<Outcome<never>, { is: 'done' }> {
  const outcome = twilioOutcome(error);
  return outcome.is === 'ambiguous' ? { is: 'temporary', why: outcome.why } : outcome;
}
