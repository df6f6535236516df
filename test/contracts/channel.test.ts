import { describe, expect, test } from 'vitest';
import type { Channel, OutgoingMessage } from '../../src/paging/channel.ts';
import consoleType from '../../src/paging/console.ts';
import twilioType from '../../src/paging/twilio.ts';
import { FakeTwilio } from '../fakes/fake-twilio.ts';
import { freePort } from '../support/free-port.ts';

const message: OutgoingMessage = {
  address: '+12895550101',
  recipient: 'Maria Chen',
  text: 'URGENT shop down since 03:12. https://w.example/a/K7Q2M9',
  code: 'K7Q2M9',
};

const ports = { now: () => Date.now(), show: () => {} };

async function twilio(): Promise<{ fake: FakeTwilio; channel: Channel }> {
  const fake = await FakeTwilio.start();
  const settings = twilioType.settings.parse(fake.settings);
  return { fake, channel: twilioType.create(settings, ports) };
}

describe('console', () => {
  test('shows the message', async () => {
    const shown: unknown[] = [];
    const channel = consoleType.create(
      {},
      { ...ports, show: (what, name) => shown.push([what, name]) },
      'sms',
    );
    expect(await channel.send(message)).toEqual({ is: 'done', value: 'console-K7Q2M9' });
    expect(shown).toEqual([[message, 'sms']]);
  });
});

describe('twilio', () => {
  test('sends what it was given, once', async () => {
    const { fake, channel } = await twilio();
    const outcome = await channel.send(message);
    expect(outcome).toEqual({ is: 'done', value: fake.sent[0]!.sid });
    expect(fake.sent).toEqual([
      expect.objectContaining({ to: message.address, from: '+12895550100', body: message.text }),
    ]);
    expect(fake.complaints).toEqual([]);
  });

  test.each<[string, Parameters<FakeTwilio['failNext']>[0], string]>([
    ['an invalid number', { is: 'error', status: 400, code: 21211, message: 'Invalid To' }, 'permanent'],
    ['wrong credentials', { is: 'error', status: 401, code: 20003, message: 'Authenticate' }, 'permanent'],
    [
      'too many requests',
      { is: 'error', status: 429, code: 20429, message: 'Too many requests' },
      'temporary',
    ],
    [
      'a fault that may have come after the act',
      { is: 'error', status: 500, code: 20500, message: 'Internal' },
      'ambiguous',
    ],
    ['a fault without JSON', { is: 'not-json', status: 502 }, 'ambiguous'],
    ['a connection that breaks before', { is: 'drop-before' }, 'ambiguous'],
    ['a connection that breaks after', { is: 'drop-after' }, 'ambiguous'],
  ])('%s', async (_what, fault, wanted) => {
    const { fake, channel } = await twilio();
    fake.failNext(fault);
    const outcome = await channel.send(message);
    expect(outcome.is).toBe(wanted);
    expect(JSON.stringify(outcome)).not.toContain(fake.authToken);
    // Nothing is tried again behind our back: that is the outbox's to decide.
    expect(fake.sent.length).toBe(fault.is === 'drop-after' ? 1 : 0);
  });

  test('an opted-out recipient is final', async () => {
    const { channel } = await twilio();
    expect(await channel.send({ ...message, address: '+12895550004' })).toMatchObject({
      is: 'permanent',
      why: expect.stringContaining('opted out'),
    });
  });

  test('no connection at all is certainly not sent', async () => {
    const settings = twilioType.settings.parse({
      account_sid: `AC${'0'.repeat(32)}`,
      auth_token: 'x'.repeat(32),
      from: '+12895550100',
      api_url: `http://127.0.0.1:${await freePort()}`,
    });
    expect(await twilioType.create(settings, ports).send(message)).toMatchObject({ is: 'temporary' });
  });

  test('an ambiguous message is found by its code', async () => {
    const { fake, channel } = await twilio();
    const since = Date.now();
    expect(await channel.find!(message, since)).toEqual({ is: 'done', value: null });
    fake.failNext({ is: 'drop-after' });
    await channel.send(message);
    expect(await channel.find!(message, since)).toEqual({ is: 'done', value: fake.sent[0]!.sid });
    expect(await channel.find!({ ...message, code: 'OTHER1' }, since)).toEqual({ is: 'done', value: null });
    expect(fake.complaints).toEqual([]);
  });
});
