import { z } from 'zod';
import type { Outcome } from '../../core/effect.ts';
import { wasNotSent } from '../../core/not-sent.ts';
import { header, hmac, isEqual } from '../../outside/signature.ts';
import { callTimeout } from './call-timeout.ts';
import type { InboundCall } from '../channel.ts';

/** Twilio sends some thirty. */
const MOST_FIELDS = 200;

/** What every way through Twilio needs. */
export const twilioAccount = {
  account_sid: z.string().regex(/^AC[0-9a-f]{32}$/i, 'an account SID: AC and 32 hexadecimal digits'),
  auth_token: z.string().min(8).meta({ secret: true }),
  webhooks: z
    .boolean()
    .optional()
    .describe('Twilio may call back, at `server.public_url`; by default where that is an https address.'),
  api_url: z
    .string()
    .regex(/^https?:\/\/[^\s/]+$/, 'a URL of scheme, host and port only')
    .optional()
    .describe('Another host that speaks the same API, such as a gateway of your own.'),
  timeout: callTimeout,
};

export interface TwilioAccount {
  account_sid: string;
  auth_token: string;
  webhooks?: boolean;
  api_url?: string;
  timeout: number;
}

/** Whether Twilio is asked to call back. */
export const callsBack = ({ webhooks }: TwilioAccount, publicUrl: string): boolean =>
  webhooks ?? publicUrl.startsWith('https://');

/** The library takes a third of a second to load: only where it is used. */
export async function twilioClient({ account_sid, auth_token, api_url, timeout }: TwilioAccount) {
  const { default: twilio } = await import('twilio');
  const httpClient = new twilio.RequestClient({
    timeout,
    autoRetry: false,
    maxRetries: 0,
  });
  const client = twilio(account_sid, auth_token, { httpClient });
  if (api_url) {
    client.api.baseUrl = api_url;
    client.messaging.baseUrl = api_url;
  }
  return client;
}

/**
 * Whether Twilio made this call: HMAC-SHA1 of the URL as it knows it and the sorted parameters.
 * https://www.twilio.com/docs/usage/security#validating-requests
 */
export function isFromTwilio(
  { auth_token }: Pick<TwilioAccount, 'auth_token'>,
  { url, headers, body }: InboundCall,
): boolean {
  const signature = header(headers, 'x-twilio-signature');
  // Looked at before the body: whoever signs nothing costs nothing.
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

/** Twilio signs with the port or without it, and nobody can say which. */
function urlsOf(url: string): string[] {
  const parts = /^(https?):\/\/([^/?#]*?)(:\d+)?([/?#].*)?$/.exec(url);
  if (!parts) return [url];
  const [, scheme, host, port, rest = ''] = parts;
  const usual = scheme === 'https' ? ':443' : ':80';
  return [...new Set([url, `${scheme}://${host}${rest}`, `${scheme}://${host}${port ?? usual}${rest}`])];
}

/** Whoever wrote it: nothing in it becomes markup. */
export const xml = (text: string): string => text.replace(/[<>&'"]/g, (one) => `&#${one.charCodeAt(0)};`);

export const twiml = (inner: string) =>
  ({
    is: 'answer',
    type: 'text/xml; charset=utf-8',
    body: `<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`,
  }) as const;

interface CodeMeaning {
  why: string;
  /** The fault is in our account, and hits everybody: the operator must see to it. */
  isOurs?: boolean;
}

// https://www.twilio.com/docs/api/errors
const REFUSED = new Map<number, CodeMeaning>([
  [13223, { why: 'the number is invalid' }],
  [13224, { why: 'the number is invalid' }],
  [13225, { why: 'the number is blocked for calls' }],
  [21210, { why: 'the sender is not a number in this account', isOurs: true }],
  [21211, { why: 'the number is invalid' }],
  [21212, { why: 'the sender is invalid', isOurs: true }],
  [21214, { why: 'the number cannot be called' }],
  [21215, { why: 'the account is not allowed to call that country' }],
  [21217, { why: 'the number is invalid' }],
  [21408, { why: 'the account is not allowed to send to that country' }],
  [21603, { why: 'no sender is set', isOurs: true }],
  [21606, { why: 'the sender cannot send to that number', isOurs: true }],
  [21608, { why: 'a trial account can only reach verified numbers', isOurs: true }],
  [21610, { why: 'the recipient has opted out of messages' }],
  [21612, { why: 'the number cannot be reached from this sender' }],
  [21614, { why: 'the number cannot take text messages' }],
  [21617, { why: 'the text is too long' }],
  [21701, { why: 'the messaging service does not exist', isOurs: true }],
  [21703, { why: 'the messaging service has no sender', isOurs: true }],
  [20003, { why: 'Twilio rejected the credentials', isOurs: true }],
  [20005, { why: 'the Twilio account is not active', isOurs: true }],
  [20404, { why: 'Twilio could not find the resource' }],
]);

/** Refused before anything was done: may be tried again without a look. */
const NOT_DONE = new Set([20429, 30001]);

/** A callback address that Twilio does not like blocks the whole message. */
export const BAD_CALLBACK = 21609;

export type TwilioError = { status?: number; code?: number | string; message: string };

/** What an error of the library means for what was to be sent. */
export function twilioOutcome(error: unknown): Exclude<Outcome<never>, { is: 'done' }> {
  const { status, code, message } = error as TwilioError;
  if (wasNotSent(code)) return { is: 'temporary', why: `no connection to Twilio (${code})` };
  if (status === undefined) return { is: 'ambiguous', why: `no response from Twilio (${code ?? message})` };
  const said = `Twilio says ${code ?? status}: ${message}`;
  if (typeof code === 'number') {
    const meaning = REFUSED.get(code);
    if (meaning) {
      return { is: 'permanent', why: `${meaning.why} (${said})`, ...(meaning.isOurs && { isOurs: true }) };
    }
    if (NOT_DONE.has(code)) return { is: 'temporary', why: said };
  }
  if (status === 429) return { is: 'temporary', why: said };
  if (status >= 500) return { is: 'ambiguous', why: said };
  return { is: 'permanent', why: said, ...((status === 401 || status === 403) && { isOurs: true }) };
}

/** For questions, which change nothing: what is in doubt may be asked again. */
export function twilioQuestion(error: unknown): Exclude<Outcome<never>, { is: 'done' }> {
  const outcome = twilioOutcome(error);
  return outcome.is === 'ambiguous' ? { is: 'temporary', why: outcome.why } : outcome;
}
