import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHmac } from 'node:crypto';
import type { Channel, ChannelType, OutgoingMessage } from '../../src/channels/channel.ts';
import ntfy from '../../src/channels/ntfy.ts';
import teams from '../../src/channels/teams.ts';
import telegram from '../../src/channels/telegram.ts';
import { FakeNtfy } from '../fakes/fake-ntfy.ts';
import type { FakePush } from '../fakes/fake-push.ts';
import { FakeTeams } from '../fakes/fake-teams.ts';
import { FakeTelegram } from '../fakes/fake-telegram.ts';
import email from '../../src/channels/email.ts';
import slack from '../../src/channels/slack.ts';
import twilio from '../../src/channels/twilio.ts';
import twilioVoice from '../../src/channels/twilio-voice.ts';
import webhook from '../../src/channels/webhook.ts';
import { FakeSlack } from '../fakes/fake-slack.ts';
import { FakeTwilio } from '../fakes/fake-twilio.ts';
import { MailServer } from '../fakes/mail-server.ts';
import { KeptPorts, sampleMessage } from './channel-ports.ts';
import { listenHttp } from './listeners.ts';

export type Trouble =
  | 'refused-for-good'
  | 'refused-for-now'
  | 'not-our-account'
  | 'lost-before'
  | 'lost-after'
  | 'fault-of-theirs'
  | 'slow';

/** A channel with its provider beside it, as the shared suite wants it. */
export interface ChannelStand {
  channel: Channel;
  ports: KeptPorts;
  message: OutgoingMessage;
  /** What has arrived at the provider, as text. */
  arrived(): string[];
  /** What happens to the next message; false where that cannot happen there. */
  next(trouble: Trouble): boolean;
  /** What an answer that was lost means: a channel whose receiver drops doubles just sends again. */
  lost: 'ambiguous' | 'temporary';
  secrets: readonly string[];
  complaints(): string[];
  /** The same channel with its provider gone. */
  gone(port: number): Channel;
}

async function twilioStand(): Promise<ChannelStand> {
  const fake = await FakeTwilio.start();
  const ports = new KeptPorts();
  const make = (more = {}) =>
    twilio.create(twilio.settings.parse({ ...fake.settings, timeout: '400ms', ...more }), ports, 'sms');
  return {
    channel: make(),
    ports,
    message: sampleMessage(),
    arrived: () => fake.sent.map(({ body }) => body),
    next: (trouble) => twilioTrouble(fake, trouble),
    lost: 'ambiguous',
    secrets: [fake.authToken],
    complaints: () => fake.complaints,
    gone: (port) => make({ api_url: `http://127.0.0.1:${port}` }),
  };
}

async function voiceStand(): Promise<ChannelStand> {
  const fake = await FakeTwilio.start();
  const ports = new KeptPorts();
  const make = (more = {}) =>
    twilioVoice.create(
      twilioVoice.settings.parse({ ...fake.settings, timeout: '400ms', ...more }),
      ports,
      'voice',
    );
  return {
    channel: make(),
    ports,
    message: sampleMessage(),
    arrived: () => fake.calls.map(({ twiml }) => twiml),
    next: (trouble) => twilioTrouble(fake, trouble),
    lost: 'ambiguous',
    secrets: [fake.authToken],
    complaints: () => fake.complaints,
    gone: (port) => make({ api_url: `http://127.0.0.1:${port}` }),
  };
}

function twilioTrouble(fake: FakeTwilio, trouble: Trouble): boolean {
  const faults = {
    'refused-for-good': { is: 'error', status: 400, code: 21211, message: 'Invalid To' },
    'refused-for-now': { is: 'error', status: 429, code: 20429, message: 'Too many requests' },
    'not-our-account': { is: 'error', status: 401, code: 20003, message: 'Authenticate' },
    'lost-before': { is: 'drop-before' },
    'lost-after': { is: 'drop-after' },
    'fault-of-theirs': { is: 'error', status: 500, code: 20500, message: 'Internal' },
    slow: { is: 'slow' },
  } as const;
  fake.failNext(faults[trouble]);
  return true;
}

async function slackStand(): Promise<ChannelStand> {
  const fake = await FakeSlack.start();
  const ports = new KeptPorts();
  const make = (more = {}) =>
    slack.create(slack.settings.parse({ ...fake.settings, timeout: '400ms', ...more }), ports, 'slack');
  return {
    channel: make(),
    ports,
    message: sampleMessage({ address: '#support', recipient: 'support' }),
    arrived: () => fake.messages.map(({ text }) => text),
    next(trouble) {
      const faults = {
        'refused-for-good': { is: 'error', error: 'channel_not_found' },
        'refused-for-now': { is: 'limited', seconds: 3 },
        'not-our-account': { is: 'error', error: 'token_revoked' },
        'lost-before': { is: 'drop-before' },
        'lost-after': { is: 'drop-after' },
        'fault-of-theirs': { is: 'error', error: 'fatal_error' },
        slow: { is: 'slow' },
      } as const;
      fake.failNext('chat.postMessage', faults[trouble]);
      return true;
    },
    lost: 'ambiguous',
    secrets: [fake.botToken, fake.signingSecret],
    complaints: () => fake.complaints,
    gone: (port) => make({ api_url: `http://127.0.0.1:${port}/api/` }),
  };
}

async function mailStand(): Promise<ChannelStand> {
  const server = await MailServer.start();
  const ports = new KeptPorts();
  const make = (more = {}) =>
    email.create(email.settings.parse({ ...server.settings, timeout: '400ms', ...more }));
  let channel = make();
  return {
    get channel() {
      return channel;
    },
    ports,
    message: sampleMessage({ address: 'maria@example.com' }),
    arrived: () => server.mails.map(({ raw }) => raw),
    next(trouble) {
      if (trouble === 'not-our-account' || trouble === 'lost-before') {
        if (trouble === 'lost-before') return false;
        channel = make({ password: 'a-wrong-password' });
        return true;
      }
      const faults = {
        'refused-for-good': { is: 'code', at: 'rcpt', code: 550, message: 'no such mailbox' },
        'refused-for-now': { is: 'code', at: 'rcpt', code: 450, message: 'greylisted' },
        'lost-after': { is: 'drop-after' },
        'fault-of-theirs': { is: 'code', at: 'data', code: 451, message: 'local error' },
        slow: { is: 'slow' },
      } as const;
      server.failNext(faults[trouble]);
      return true;
    },
    lost: 'ambiguous',
    secrets: [server.password],
    complaints: () => [],
    gone: (port) => make({ port }),
  };
}

async function webhookStand(): Promise<ChannelStand> {
  const secret = 'a-secret-for-the-test';
  const done = new Map<string, string>();
  const complaints: string[] = [];
  let trouble: Trouble | undefined;
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const piece of request) body += piece;
    const stamp = String(request.headers['x-watchdesk-timestamp']);
    const expected = `sha256=${createHmac('sha256', secret).update(`${stamp}.${body}`).digest('hex')}`;
    if (request.headers['x-watchdesk-signature'] !== expected) complaints.push('bad signature');
    const now = trouble;
    trouble = undefined;
    const status = {
      'refused-for-good': 422,
      'refused-for-now': 429,
      'not-our-account': 401,
      'fault-of-theirs': 500,
    }[now as string];
    if (status) return void response.writeHead(status).end('no');
    if (now === 'slow') return;
    if (now === 'lost-before') return void request.socket.destroy();
    done.set(String(request.headers['idempotency-key']), body);
    if (now === 'lost-after') return void request.socket.destroy();
    response.writeHead(202).end();
  };
  const url = await listenHttp((request, response) => void serve(request, response));
  const ports = new KeptPorts();
  const make = (to: string) =>
    webhook.create(webhook.settings.parse({ url: to, secret, timeout: '400ms' }), ports, 'pager');
  return {
    channel: make(`${url}/messages`),
    ports,
    message: sampleMessage({ address: '' }),
    arrived: () => [...done.values()],
    next(what) {
      trouble = what;
      return true;
    },
    lost: 'temporary',
    secrets: [secret],
    complaints: () => complaints,
    gone: (port) => make(`http://127.0.0.1:${port}/`),
  };
}

const PUSH_FAULTS = {
  'refused-for-good': { status: 400, body: { error: 'invalid', description: 'Bad Request' } },
  'refused-for-now': { status: 429, headers: { 'retry-after': '3' } },
  'not-our-account': { status: 401, body: { error: 'unauthorized', description: 'Unauthorized' } },
  'lost-before': 'drop-before',
  'lost-after': 'drop-after',
  'fault-of-theirs': { status: 500 },
  slow: 'slow',
} as const;

/** A provider that takes JSON over HTTP. */
async function pushStand<Fake extends FakePush>(
  fake: Fake,
  type: ChannelType<never>,
  {
    settings,
    address,
    arrived,
    secret,
    gone,
  }: {
    settings: Record<string, unknown>;
    address: string;
    arrived(): string[];
    secret: string;
    gone(url: string): Record<string, unknown>;
  },
): Promise<ChannelStand> {
  const ports = new KeptPorts();
  const make = (more = {}) =>
    type.create(type.settings.parse({ ...settings, timeout: '400ms', ...more }) as never, ports, type.type);
  return {
    channel: make(),
    ports,
    message: sampleMessage({ address }),
    arrived,
    next(trouble) {
      fake.failNext(PUSH_FAULTS[trouble]);
      return true;
    },
    lost: 'ambiguous',
    secrets: [secret],
    complaints: () => fake.complaints,
    gone: (port) => make(gone(`http://127.0.0.1:${port}`)),
  };
}

async function ntfyStand(): Promise<ChannelStand> {
  const fake = await new FakeNtfy().start();
  return pushStand(fake, ntfy as ChannelType<never>, {
    settings: { url: fake.url, token: fake.token },
    address: 'maria-7f3a',
    arrived: () => fake.published.map(({ title, message, click }) => `${title} ${message} ${click}`),
    secret: fake.token,
    gone: (url) => ({ url }),
  });
}

async function teamsStand(): Promise<ChannelStand> {
  const fake = await new FakeTeams().start();
  return pushStand(fake, teams as ChannelType<never>, {
    settings: { workflows: { support: fake.workflow } },
    address: 'support',
    // A sign of Markdown is written with a backslash before it.
    arrived: () => fake.cards.map((card) => JSON.stringify(card).replaceAll('\\\\', '')),
    secret: fake.signature,
    gone: (url) => ({ workflows: { support: `${url}/invoke` } }),
  });
}

async function telegramStand(): Promise<ChannelStand> {
  const fake = await new FakeTelegram().start();
  return pushStand(fake, telegram as ChannelType<never>, {
    settings: { api_url: fake.url, bot_token: fake.token },
    address: '123456789',
    arrived: () => fake.sent.map(({ text }) => text),
    secret: fake.token,
    gone: (api_url) => ({ api_url }),
  });
}

export const CHANNEL_STANDS: Record<string, () => Promise<ChannelStand>> = {
  twilio: twilioStand,
  'twilio-voice': voiceStand,
  slack: slackStand,
  email: mailStand,
  webhook: webhookStand,
  ntfy: ntfyStand,
  teams: teamsStand,
  telegram: telegramStand,
};
