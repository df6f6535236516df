import { z } from 'zod';
import type { Outcome } from '../core/effect.ts';
import { wasNotSent } from '../core/not-sent.ts';
import type { ChannelType, OutgoingMessage } from './channel.ts';

const REQUEST_TIMEOUT_MS = 10_000;
/** How long a message is worth delivering, seconds; after that the next attempt or person has taken over. */
const VALIDITY_S = 14_400;

const settings = z
  .strictObject({
    account_sid: z.string().regex(/^AC[0-9a-f]{32}$/i, 'an account SID: AC and 32 hexadecimal digits'),
    auth_token: z.string().min(8).meta({ secret: true }),
    from: z
      .string()
      .regex(
        /^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11})$/,
        'a number such as +12895550100, or a sender name of at most 11 letters',
      )
      .optional(),
    messaging_service_sid: z
      .string()
      .regex(/^MG[0-9a-f]{32}$/i, 'a service SID: MG and 32 hexadecimal digits')
      .optional(),
    /** Another host that speaks the same API, such as a gateway of your own. */
    api_url: z
      .string()
      .regex(/^https?:\/\/[^\s/]+$/, 'a URL of scheme, host and port only')
      .optional(),
  })
  .refine((given) => (given.from === undefined) !== (given.messaging_service_sid === undefined), {
    message: 'either `from` or `messaging_service_sid`',
  });

type Settings = z.output<typeof settings>;

// https://www.twilio.com/docs/api/errors
const PERMANENT_CODES = new Map([
  [21211, 'the number is not valid'],
  [21212, 'the sender is not valid'],
  [21408, 'the account may not send to that country'],
  [21606, 'the sender cannot send to that number'],
  [21610, 'the recipient has opted out of messages'],
  [21612, 'the number cannot be reached from this sender'],
  [21614, 'the number cannot take text messages'],
  [21617, 'the text is too long'],
  [20003, 'Twilio does not accept the credentials'],
]);
// https://www.twilio.com/docs/messaging/guides/debugging-tools#error-codes
const UNDELIVERED = new Map([
  [30003, 'the phone is off or out of reach'],
  [30004, 'the recipient blocks messages'],
  [30005, 'the number is not in use'],
  [30006, 'the number is a landline'],
  [30007, 'the carrier has filtered it'],
  [30008, 'the carrier gives no reason'],
  [30034, 'the sender is not registered'],
  [30036, 'it was not delivered while it was valid'],
]);
/** Refused before anything was done: may be tried again without a look. */
const NOT_DONE_CODES = new Set([20429, 30001]);
/** SMS by Twilio's Programmable Messaging: https://www.twilio.com/docs/messaging/api/message-resource */
export default {
  type: 'twilio',
  summary: 'Text messages by Twilio.',
  settings,
  addressKeys: ['sms'],
  secrets: ({ auth_token }: Settings) => [auth_token],
  create(given: Settings, { now }) {
    let client: Promise<import('twilio').Twilio> | undefined;
    const connect = () => (client ??= makeClient(given));
    return {
      type: 'twilio',
      async send({ address, text }) {
        try {
          const { messages } = await connect();
          const message = await messages.create({
            to: address,
            body: text,
            validityPeriod: VALIDITY_S,
            ...(given.messaging_service_sid
              ? { messagingServiceSid: given.messaging_service_sid }
              : { from: given.from }),
          });
          return { is: 'done', value: message.sid };
        } catch (error) {
          return outcomeOf(error);
        }
      },
      async receipt(remoteId) {
        try {
          const client = await connect();
          const { status, errorCode } = await client.messages(remoteId).fetch();
          if (status === 'delivered' || status === 'read') return { is: 'done', value: { is: 'delivered' } };
          if (status !== 'undelivered' && status !== 'failed' && status !== 'canceled') {
            return { is: 'done', value: { is: 'under-way' } };
          }
          const why = UNDELIVERED.get(errorCode) ?? `Twilio says ${status}`;
          return { is: 'done', value: { is: 'undelivered', why: errorCode ? `${why} (${errorCode})` : why } };
        } catch (error) {
          return outcomeOf(error);
        }
      },
      async find({ address, code }: OutgoingMessage, since) {
        try {
          const { messages } = await connect();
          // Twilio's clock is not ours: a minute either way.
          const dateSentAfter = new Date(Math.min(since, now()) - 60_000);
          const sent = await messages.list({ to: address, dateSentAfter, limit: 200 });
          return { is: 'done', value: sent.find((message) => message.body.includes(code))?.sid ?? null };
        } catch (error) {
          const outcome = outcomeOf(error);
          return outcome.is === 'ambiguous' ? { is: 'temporary', why: outcome.why } : outcome;
        }
      },
    };
  },
} satisfies ChannelType<Settings>;

/** The library takes a third of a second to load: only where it is used. */
async function makeClient({ account_sid, auth_token, api_url }: Settings): Promise<import('twilio').Twilio> {
  const { default: twilio } = await import('twilio');
  const httpClient = new twilio.RequestClient({
    timeout: REQUEST_TIMEOUT_MS,
    autoRetry: false,
    maxRetries: 0,
  });
  const client = twilio(account_sid, auth_token, { httpClient });
  if (api_url) client.api.baseUrl = api_url;
  return client;
}

function outcomeOf(error: unknown): Exclude<Outcome<never>, { is: 'done' }> {
  const { status, code, message } = error as { status?: number; code?: number | string; message: string };
  if (wasNotSent(code)) return { is: 'temporary', why: `no connection to Twilio (${code})` };
  if (status === undefined) return { is: 'ambiguous', why: `no answer from Twilio (${code ?? message})` };
  const said = `Twilio says ${code ?? status}: ${message}`;
  if (typeof code === 'number') {
    const permanent = PERMANENT_CODES.get(code);
    if (permanent) return { is: 'permanent', why: `${permanent} (${said})` };
    if (NOT_DONE_CODES.has(code)) return { is: 'temporary', why: said };
  }
  if (status === 429) return { is: 'temporary', why: said };
  if (status >= 500) return { is: 'ambiguous', why: said };
  return { is: 'permanent', why: said };
}
