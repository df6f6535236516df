import { z } from 'zod';
import type { Outcome, Receipt } from '../core/effect.ts';
import { say } from '../text/say.ts';
import { phone } from '../outside/contact-fields.ts';
import type { ChannelType, InboundAnswer, OutgoingMessage } from './channel.ts';
import {
  BAD_CALLBACK,
  callsBack,
  isFromTwilio,
  twilioAccount,
  twilioClient,
  twilioOutcome,
  twilioQuestion,
  twiml,
  xml,
  type TwilioError,
} from './shared/twilio-api.ts';

/** How long a message is worth delivering, seconds; after that, the next attempt or person has taken over. */
const VALIDITY_S = 14_400;

const settings = z
  .strictObject({
    ...twilioAccount,
    from: z
      .string()
      .regex(
        /^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11})$/,
        'a number such as +12895550100, or a sender name of at most 11 letters',
      )
      .optional()
      .describe('Sending number or sender name.'),
    messaging_service_sid: z
      .string()
      .regex(/^MG[0-9a-f]{32}$/i, 'a service SID: MG and 32 hexadecimal digits')
      .optional()
      .describe('Messaging service that sends, instead of `from`.'),
  })
  .refine((given) => (given.from === undefined) !== (given.messaging_service_sid === undefined), {
    message: 'either `from` or `messaging_service_sid`',
  });

type Settings = z.output<typeof settings>;

// https://www.twilio.com/docs/messaging/guides/debugging-tools#error-codes
const UNDELIVERED = {
  30002: 'suspended',
  30003: 'phone-off',
  30004: 'blocked',
  30005: 'not-in-use',
  30006: 'landline',
  30007: 'filtered',
  30008: 'no-reason',
  30034: 'not-registered',
  30036: 'expired',
  30450: 'blocked-for-now',
} as const;

/** SMS by Twilio's Programmable Messaging: https://www.twilio.com/docs/messaging/api/message-resource */
export default {
  type: 'twilio',
  summary: 'Text messages through Twilio.',
  setup: `1. In the [Twilio console](https://console.twilio.com), find the _account SID_ and the _auth token_ (start page, "Account Info").
2. Buy a number that can send text messages (Phone Numbers → Buy a number), or create a messaging service. In the US, the number must be registered (10DLC) before messages are delivered.
3. Put the account SID and auth token in environment variables or files, and the channel above in \`config/watchdesk.yaml\`.
4. Give everyone who can be paged a number: \`sms: "+12895550101"\` under \`people\`.
5. For replies by text and immediate delivery receipts, \`server.public_url\` must be an https address that Twilio can reach. In the Twilio console, open the number, and under "A message comes in" set a webhook (HTTP POST) to \`https://<your address>/hooks/channel/sms/message\`. Twilio signs its calls, and Watchdesk rejects those without a valid signature. The signature covers the URL, so behind a proxy \`server.public_url\` must be exactly the address that Twilio calls.
6. \`npm run watchdesk -- validate --online\` shows what is missing, \`npm run watchdesk -- page maria --test\` sends a test page.

## What to expect

- A page fits into one text message where possible: details of the reason are dropped first, never the time, ticket or link.
- Reply \`1\` or \`ack\` to acknowledge, \`2\` or \`res\` to resolve, \`3\` or \`esc\` to escalate. If several incidents are open, Watchdesk asks which one; reply with the first characters of the code in the link (\`1 K7Q2\`) or \`1 all\`.
- If Twilio's response is lost, Watchdesk looks the message up by the code in its link. It sends the message again, marked as sent again, only if it is not found.
- If the number is invalid or a landline, the recipient has opted out, or the message is not delivered, the page goes to the same person's next channel immediately, then to the fallback. A problem with the account (credentials, sender) is also reported by \`/readyz\`.
- Twilio drops messages that it cannot deliver within four hours.`,
  example: `sms:
  type: twilio
  account_sid: \${TWILIO_ACCOUNT_SID}
  auth_token: \${TWILIO_AUTH_TOKEN}
  from: '+12895550100' # or messaging_service_sid: MG…`,
  settings,
  addresses: [{ key: 'sms', schema: phone, description: 'Number for text messages.' }],
  secrets: ({ auth_token }: Settings) => [auth_token],
  create(given: Settings, { now, publicUrl, inbox }, name) {
    let client: ReturnType<typeof twilioClient> | undefined;
    const connect = () => (client ??= twilioClient(given));
    const isCalledBack = callsBack(given, publicUrl);
    // A sender that is a name cannot receive replies.
    const takesReplies = isCalledBack && !(given.from !== undefined && !given.from.startsWith('+'));
    const send = async ({ address, text }: OutgoingMessage, withCallback: boolean) => {
      const { messages } = await connect();
      const { sid } = await messages.create({
        to: address,
        body: text,
        validityPeriod: VALIDITY_S,
        ...(withCallback && {
          statusCallback: `${publicUrl}/hooks/channel/${encodeURIComponent(name)}/status`,
        }),
        ...(given.messaging_service_sid
          ? { messagingServiceSid: given.messaging_service_sid }
          : { from: given.from }),
      });
      return sid;
    };
    return {
      type: 'twilio',
      takesReplies,
      async send(message): Promise<Outcome<string>> {
        try {
          return { is: 'done', value: await send(message, isCalledBack) };
        } catch (error) {
          const isBadCallback = isCalledBack && (error as TwilioError).code === BAD_CALLBACK;
          if (!isBadCallback) return twilioOutcome(error);
        }
        try {
          return { is: 'done', value: await send(message, false) };
        } catch (error) {
          return twilioOutcome(error);
        }
      },
      async receipt(remoteId) {
        try {
          const { status, errorCode } = await (await connect()).messages(remoteId).fetch();
          return { is: 'done', value: receiptOf(status, errorCode) };
        } catch (error) {
          return twilioQuestion(error);
        }
      },
      async find({ address, code }, since) {
        try {
          const { messages } = await connect();
          // Twilio's clock may differ from ours, by up to a minute.
          const dateSentAfter = new Date(Math.min(since, now()) - 60_000);
          const sent = await messages.list({ to: address, dateSentAfter, limit: 200 });
          return { is: 'done', value: sent.find((message) => message.body.includes(code))?.sid ?? null };
        } catch (error) {
          return twilioQuestion(error);
        }
      },
      inspect: () =>
        inspect(
          given,
          connect,
          `${publicUrl}/hooks/channel/${encodeURIComponent(name)}/message`,
          takesReplies,
        ),
      async hear(call): Promise<InboundAnswer> {
        if (!isFromTwilio(given, call))
          return { is: 'refused', status: 401, why: 'not signed by this account' };
        const fields = new URLSearchParams(call.body);
        const sid = fields.get('MessageSid') ?? fields.get('SmsSid') ?? '';
        if (!/^(SM|MM)[0-9a-f]{32}$/i.test(sid)) return { is: 'refused', status: 400, why: 'no MessageSid' };
        if (call.what === 'status') return hearStatus(sid, fields);
        if (call.what !== 'message') return { is: 'refused', status: 404, why: `nothing at ${call.what}` };
        const from = fields.get('From') ?? '';
        const said = await inbox.reply({ channel: name, from, text: fields.get('Body') ?? '', id: sid });
        return twiml(said === '' ? '' : `<Message>${xml(said)}</Message>`);
      },
    };

    /** Callbacks come twice, late and out of order: only a final status counts, and only once. */
    async function hearStatus(sid: string, fields: URLSearchParams): Promise<InboundAnswer> {
      const code = Number(fields.get('ErrorCode'));
      const receipt = receiptOf(fields.get('MessageStatus') ?? '', code > 0 ? code : undefined);
      await inbox.receipt(name, sid, receipt);
      return twiml('');
    }
  },
} satisfies ChannelType<Settings>;

function receiptOf(status: string, errorCode: number | null | undefined): Receipt {
  if (status === 'delivered' || status === 'read') return { is: 'delivered' };
  if (status !== 'undelivered' && status !== 'failed' && status !== 'canceled') return { is: 'under-way' };
  const known = UNDELIVERED[errorCode as keyof typeof UNDELIVERED] as
    (typeof UNDELIVERED)[keyof typeof UNDELIVERED] | undefined;
  const why = known ? say(`sms.undelivered-${known}`) : say('sms.twilio-status', { status });
  const isOurs = errorCode === 30002 || errorCode === 30034;
  return { is: 'undelivered', why: errorCode ? `${why} (${errorCode})` : why, ...(isOurs && { isOurs }) };
}

/** Whether the account is active, the sender can send, and replies come here. */
async function inspect(
  given: Settings,
  connect: () => ReturnType<typeof twilioClient>,
  hook: string,
  takesReplies: boolean,
): Promise<Outcome<string[]>> {
  try {
    const client = await connect();
    const findings: string[] = [];
    const { status } = await client.api.accounts(given.account_sid).fetch();
    if (status !== 'active') findings.push(say('sms.account-not-active', { status }));
    const number = given.from?.startsWith('+') ? given.from : undefined;
    if (number !== undefined) {
      const [own] = await client.incomingPhoneNumbers.list({ phoneNumber: number, limit: 1 });
      if (!own) findings.push(say('sms.number-not-ours', { number }));
      else if (!own.capabilities.sms) findings.push(say('sms.number-cannot-send', { number }));
      else if (takesReplies && own.smsUrl !== hook) {
        findings.push(say('sms.replies-not-received', { number, url: hook }));
      }
    }
    if (given.messaging_service_sid !== undefined) {
      findings.push(...(await serviceProblems(client, given.messaging_service_sid, hook, takesReplies)));
    }
    if (!takesReplies && number !== undefined && given.webhooks !== false) {
      findings.push(say('sms.no-replies'));
    }
    return { is: 'done', value: findings };
  } catch (error) {
    const outcome = twilioQuestion(error);
    return outcome.is === 'permanent' ? { is: 'done', value: [outcome.why] } : outcome;
  }
}

async function serviceProblems(
  client: Awaited<ReturnType<typeof twilioClient>>,
  sid: string,
  hook: string,
  takesReplies: boolean,
): Promise<string[]> {
  const service = await client.messaging.v1.services(sid).fetch();
  if (!takesReplies || service.useInboundWebhookOnNumber || service.inboundRequestUrl === hook) return [];
  return [say('sms.service-replies-not-received', { url: hook })];
}
