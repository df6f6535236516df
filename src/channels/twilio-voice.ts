import { z } from 'zod';
import type { Outcome, Receipt } from '../core/effect.ts';
import { toGsm7 } from '../core/gsm7.ts';
import { say } from '../text/say.ts';
import { phone } from '../outside/contact-fields.ts';
import type { ChannelType, InboundAnswer, OutgoingMessage } from './channel.ts';
import {
  callsBack,
  isFromTwilio,
  twilioAccount,
  twilioClient,
  twilioOutcome,
  twilioQuestion,
  twiml,
  xml,
} from './shared/twilio-api.ts';

/** How long it rings before it counts as not answered, seconds; any longer, and voicemail answers. */
const RING_S = 25;
const DIGIT_WAIT_S = 8;

const settings = z.strictObject({
  ...twilioAccount,
  from: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, 'a number of the account, such as +12895550100')
    .describe('Number that calls are made from.'),
  language: z
    .string()
    .regex(/^[a-z]{2,3}-[A-Z]{2}$/, 'a language such as en-US')
    .default('en-US')
    .describe('Language in which messages are read out.'),
});

type Settings = z.output<typeof settings>;

const KEYS: Record<string, 'acknowledge' | 'escalate' | undefined> = { '1': 'acknowledge', '3': 'escalate' };

/** Calls by Twilio's Programmable Voice: https://www.twilio.com/docs/voice/api/call-resource */
export default {
  type: 'twilio-voice',
  summary: 'Voice calls through Twilio that read out the outage and accept a key press.',
  setup: `Set up Twilio as for [text messages](twilio.md), with a number that can make calls. People are called at \`voice\`, or at \`sms\` if they have no other number. To accept key presses, \`server.public_url\` must be an https address that Twilio can reach; the number itself needs no configuration.

## What to expect

- The call reads out the outage twice; 1 acknowledges, 3 escalates.
- The text is sent with the call, so Twilio reads it out even if it cannot reach Watchdesk.
- If an answering machine picks up, the line is busy or no one answers, the page goes to the next channel.
- Calls cannot be looked up by their content. If Twilio's response is lost, Watchdesk calls again, three times at most.`,
  example: `voice:
  type: twilio-voice
  account_sid: \${TWILIO_ACCOUNT_SID}
  auth_token: \${TWILIO_AUTH_TOKEN}
  from: '+12895550100'`,
  settings,
  isCall: true,
  addresses: [
    {
      key: 'voice',
      schema: phone,
      description: 'Number for voice calls; defaults to the one for text messages.',
    },
    { key: 'sms', schema: phone, description: 'Number for text messages.' },
  ],
  secrets: ({ auth_token }: Settings) => [auth_token],
  create(given: Settings, { publicUrl, inbox }, name) {
    let client: ReturnType<typeof twilioClient> | undefined;
    const connect = () => (client ??= twilioClient(given));
    const hook = `${publicUrl}/hooks/channel/${encodeURIComponent(name)}`;
    const isCalledBack = callsBack(given, publicUrl);
    const spoken = (text: string) => `<Say language="${given.language}">${xml(text)}</Say>`;
    return {
      type: 'twilio-voice',
      async send(message): Promise<Outcome<string>> {
        try {
          const { calls } = await connect();
          const { sid } = await calls.create({
            to: message.address,
            from: given.from,
            // The text is sent with the call: it is heard even when Twilio cannot reach us.
            twiml: callTwiml(message, isCalledBack ? hook : undefined, spoken),
            timeout: RING_S,
            machineDetection: 'Enable',
            ...(isCalledBack && { statusCallback: `${hook}/status`, statusCallbackEvent: ['completed'] }),
          });
          return { is: 'done', value: sid };
        } catch (error) {
          return twilioOutcome(error);
        }
      },
      async receipt(remoteId) {
        try {
          const { status, answeredBy } = await (await connect()).calls(remoteId).fetch();
          return { is: 'done', value: receiptOf(status, answeredBy) };
        } catch (error) {
          return twilioQuestion(error);
        }
      },
      async inspect() {
        try {
          const client = await connect();
          const { status } = await client.api.accounts(given.account_sid).fetch();
          const [own] = await client.incomingPhoneNumbers.list({ phoneNumber: given.from, limit: 1 });
          const findings: string[] = [];
          if (status !== 'active') findings.push(say('sms.account-not-active', { status }));
          if (!own) findings.push(say('voice.number-not-ours', { number: given.from }));
          else if (!own.capabilities.voice)
            findings.push(say('voice.number-cannot-call', { number: given.from }));
          if (!isCalledBack && given.webhooks !== false) findings.push(say('voice.no-key-presses'));
          return { is: 'done', value: findings };
        } catch (error) {
          const outcome = twilioQuestion(error);
          return outcome.is === 'permanent' ? { is: 'done', value: [outcome.why] } : outcome;
        }
      },
      async hear(call): Promise<InboundAnswer> {
        if (!isFromTwilio(given, call))
          return { is: 'refused', status: 401, why: 'not signed by this account' };
        const fields = new URLSearchParams(call.body);
        const sid = fields.get('CallSid') ?? '';
        if (!/^CA[0-9a-f]{32}$/i.test(sid)) return { is: 'refused', status: 400, why: 'no CallSid' };
        if (call.what === 'status') {
          await inbox.receipt(name, sid, receiptOf(fields.get('CallStatus') ?? '', fields.get('AnsweredBy')));
          return twiml('');
        }
        if (call.what !== 'digit') return { is: 'refused', status: 404, why: `nothing at ${call.what}` };
        const digit = fields.get('Digits') ?? '';
        const action = KEYS[digit];
        const incident = call.query['incident'];
        if (!action || incident === undefined) return twiml(spoken(say('voice.no-option')));
        const said = await inbox.press({
          channel: name,
          incident,
          ...(call.query['code'] !== undefined && { code: call.query['code'] }),
          from: fields.get('To') ?? '',
          action,
          id: `${sid} ${digit}`,
        });
        // Whoever presses a key is a person, whatever Twilio has detected.
        await inbox.receipt(name, sid, { is: 'delivered' });
        return twiml(spoken(say('voice.done', { said })));
      },
    };
  },
} satisfies ChannelType<Settings>;

/** Read out twice, because people miss the first words of a call at night. */
function callTwiml(
  { text, incident, kind, code }: OutgoingMessage,
  hook: string | undefined,
  spoken: (text: string) => string,
): string {
  const words = toGsm7(text)
    .replace(/ https?:\/\/\S+/g, '')
    .trim();
  if (hook === undefined || incident === undefined || kind !== 'page')
    return `<Response>${spoken(words)}<Pause length="1"/>${spoken(words)}</Response>`;
  const action = xml(
    `${hook}/digit?incident=${encodeURIComponent(incident.id)}&code=${encodeURIComponent(code)}`,
  );
  const gather = `<Gather input="dtmf" numDigits="1" timeout="${DIGIT_WAIT_S}" method="POST" action="${action}">${spoken(say('voice.press', { words }))}</Gather>`;
  return `<Response>${gather}${gather}${spoken(say('voice.no-answer'))}</Response>`;
}

/** A machine does not count as an answer, and neither does a busy line. */
function receiptOf(status: string, answeredBy: string | null | undefined): Receipt {
  switch (status) {
    case 'completed':
      return answeredBy?.startsWith('machine') || answeredBy === 'fax'
        ? { is: 'undelivered', why: say('voice.machine') }
        : { is: 'delivered' };
    case 'busy':
      return { is: 'undelivered', why: say('voice.busy') };
    case 'no-answer':
      return { is: 'undelivered', why: say('voice.not-answered') };
    case 'failed':
      return { is: 'undelivered', why: say('voice.failed') };
    case 'canceled':
      return { is: 'undelivered', why: say('voice.cancelled') };
    default:
      return { is: 'under-way' };
  }
}
