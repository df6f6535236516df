import { describe, expect, test } from 'vitest';
import twilio from '../../src/channels/twilio.ts';
import twilioVoice from '../../src/channels/twilio-voice.ts';
import slack from '../../src/channels/slack.ts';
import email from '../../src/channels/email.ts';
import { FakeSlack } from '../fakes/fake-slack.ts';
import { FakeTwilio } from '../fakes/fake-twilio.ts';
import { MailServer } from '../fakes/mail-server.ts';
import { KeptPorts, sampleMessage } from '../support/channel-ports.ts';
import { sampleIncident } from '../support/sample-incident.ts';

describe('twilio', () => {
  const stand = async (more: object = {}) => {
    const fake = await FakeTwilio.start();
    const ports = new KeptPorts();
    return {
      fake,
      ports,
      channel: twilio.create(twilio.settings.parse({ ...fake.settings, ...more }), ports, 'sms'),
    };
  };

  test('a callback address that it does not like does not hold the message back', async () => {
    const { fake, ports, channel } = await stand();
    ports.publicUrl = 'https://watch_desk.example';
    const again = twilio.create(twilio.settings.parse(fake.settings), ports, 'sms');
    expect((await again.send(sampleMessage())).is).toBe('done');
    expect(fake.sent).toEqual([expect.objectContaining({ statusCallback: undefined })]);
    expect((await channel.send(sampleMessage())).is).toBe('done');
  });

  test.each([
    [21211, false],
    [21610, false],
    [21614, false],
    [20003, true],
    [21606, true],
    [21608, true],
  ])('code %s is final; it is our own fault: %s', async (code, isOurs) => {
    const { fake, channel } = await stand();
    fake.failNext({ is: 'error', status: code === 20003 ? 401 : 400, code, message: 'no' });
    const outcome = await channel.send(sampleMessage());
    expect([outcome.is, 'isOurs' in outcome]).toEqual(['permanent', isOurs]);
  });

  test('by a messaging service there is no sender, and a sender that is a name takes no replies', async () => {
    const { fake, channel } = await stand({ from: undefined, messaging_service_sid: `MG${'0'.repeat(32)}` });
    expect((await channel.send(sampleMessage())).is).toBe('done');
    expect(fake.sent[0]!.from).toBeUndefined();
    expect(channel.takesReplies).toBe(true);
    expect((await stand({ from: 'Watchdesk' })).channel.takesReplies).toBe(false);
    expect((await stand({ webhooks: false })).channel.takesReplies).toBe(false);
  });

  test.each([
    ['delivered', undefined, { is: 'delivered' }],
    ['undelivered', '30003', { is: 'undelivered', why: 'the phone is off or out of coverage (30003)' }],
    ['failed', '30450', { is: 'undelivered', why: 'the carrier is temporarily blocking the number (30450)' }],
    ['sent', undefined, { is: 'under-way' }],
    ['queued', undefined, { is: 'under-way' }],
  ])('a callback that says %s', async (MessageStatus, ErrorCode, receipt) => {
    const { fake, ports, channel } = await stand();
    const url = 'https://watch.example/hooks/channel/sms/status';
    const { body, headers } = fake.call(url, {
      MessageSid: `SM${'a'.repeat(32)}`,
      MessageStatus,
      ...(ErrorCode && { ErrorCode }),
    });
    expect(await channel.hear!({ what: 'status', url, query: {}, headers, body })).toMatchObject({
      is: 'answer',
    });
    expect(ports.receipts).toEqual([['sms', `SM${'a'.repeat(32)}`, receipt]]);
    // The same call under another address was signed for another.
    expect(
      await channel.hear!({ what: 'status', url: `${url}?x=1`, query: {}, headers, body }),
    ).toMatchObject({ is: 'refused', status: 401 });
  });
});

test('Twilio may sign the URL with its port or without', async () => {
  const fake = await FakeTwilio.start();
  const channel = twilio.create(twilio.settings.parse(fake.settings), new KeptPorts(), 'sms');
  const status = { MessageSid: `SM${'a'.repeat(32)}`, MessageStatus: 'sent' };
  for (const [signed, called] of [
    ['https://watch.example/hooks/channel/sms/status', 'https://watch.example:8443/hooks/channel/sms/status'],
    ['https://watch.example:443/hooks/channel/sms/status', 'https://watch.example/hooks/channel/sms/status'],
  ] as const) {
    const { body, headers } = fake.call(signed, status);
    expect(await channel.hear!({ what: 'status', url: called, query: {}, headers, body })).toMatchObject({
      is: 'answer',
    });
  }
  const { body, headers } = fake.call('https://other.example/hooks/channel/sms/status', status);
  const url = 'https://watch.example/hooks/channel/sms/status';
  expect(await channel.hear!({ what: 'status', url, query: {}, headers, body })).toMatchObject({
    status: 401,
  });
});

describe('twilio-voice', () => {
  test.each([
    ['completed', 'human', 'delivered'],
    ['completed', 'unknown', 'delivered'],
    ['completed', 'machine_start', 'undelivered'],
    ['completed', 'fax', 'undelivered'],
    ['busy', null, 'undelivered'],
    ['no-answer', null, 'undelivered'],
    ['failed', null, 'undelivered'],
    ['in-progress', null, 'under-way'],
  ])('a call that is %s, taken by %s, is %s', async (status, answered_by, is) => {
    const fake = await FakeTwilio.start();
    const channel = twilioVoice.create(twilioVoice.settings.parse(fake.settings), new KeptPorts(), 'voice');
    const sent = await channel.send(sampleMessage());
    fake.callStatus = { status, answered_by };
    const receipt = await channel.receipt!(sent.is === 'done' ? sent.value : '');
    expect(receipt).toMatchObject({ is: 'done', value: { is } });
  });
});

describe('slack', () => {
  const stand = async () => {
    const fake = await FakeSlack.start();
    const channel = slack.create(
      slack.settings.parse({ ...fake.settings, timeout: '400ms' }),
      new KeptPorts(),
      'slack',
    );
    const card = sampleMessage({ address: '#support' });
    const sent = await channel.send(card);
    if (sent.is !== 'done') throw new Error(JSON.stringify(sent));
    const progress = (text: string, code: string) =>
      channel.send({
        ...card,
        code,
        text,
        card: sent.value,
        occasion: { is: 'progress', text, isLoud: false },
        kind: 'notice',
      });
    return { fake, channel, card, progress };
  };

  test('what follows is in the thread, and the message shows how it stands', async () => {
    const { fake, progress } = await stand();
    expect((await progress('maria has it.', 'A1')).is).toBe('done');
    expect([fake.cards().length, fake.cards()[0]!.edits, fake.thread(fake.cards()[0]!)]).toEqual([
      1,
      1,
      ['maria has it.'],
    ]);
  });

  test('a message that somebody took away does not stop the story', async () => {
    const { fake, progress } = await stand();
    fake.messages.splice(0);
    expect((await progress('maria has it.', 'A1')).is).toBe('done');
    expect(fake.messages.map(({ text }) => text)).toEqual(['maria has it.']);
  });

  test('a thread whose answer was lost is found by its code, in the thread', async () => {
    const { fake, channel, card, progress } = await stand();
    fake.failNext('chat.postMessage', { is: 'drop-after' });
    expect((await progress('maria has it.', 'A1')).is).toBe('ambiguous');
    const place = `${fake.cards()[0]!.channel}:${fake.cards()[0]!.ts}`;
    expect(await channel.find!({ ...card, code: 'A1', card: place }, Date.now())).toMatchObject({
      is: 'done',
      value: expect.stringContaining(':'),
    });
    expect(await channel.find!({ ...card, code: 'A2', card: place }, Date.now())).toEqual({
      is: 'done',
      value: null,
    });
  });

  test('limits are heeded, for as long as Slack says', async () => {
    const { fake, progress } = await stand();
    fake.failNext('chat.update', { is: 'limited', seconds: 7 });
    expect(await progress('x', 'A1')).toEqual({
      is: 'temporary',
      why: 'Slack says ratelimited',
      retryAfterMs: 7_000,
    });
    expect(fake.thread(fake.cards()[0]!)).toEqual([]);
  });

  test('evidence of any length fits, and mentions nobody', async () => {
    const fake = await FakeSlack.start();
    const channel = slack.create(slack.settings.parse(fake.settings), new KeptPorts(), 'slack');
    const part = {
      target: 'shop',
      check: 'http',
      type: 'http',
      subject: 'x',
      reason: 'body',
      message: `<!channel> ${'&<>'.repeat(3_000)}`,
      firstFailureAt: 1,
      breachedAt: 2,
      failures: 3,
      log: [],
    } as const;
    const incident = sampleIncident({
      failing: Array.from({ length: 30 }, (_, n) => ({ ...part, log: [], check: `c${n}` })),
    });
    const outcome = await channel.send(
      sampleMessage({ address: '#support', incident, text: 'x'.repeat(10_000) }),
    );
    expect([outcome.is, fake.complaints]).toEqual(['done', []]);
    expect(JSON.stringify(fake.messages)).not.toContain('<!channel>');
  });
});

describe('email', () => {
  test('one incident is one thread, and one message has one id', async () => {
    const server = await MailServer.start();
    const channel = email.create(email.settings.parse(server.settings));
    const message = sampleMessage({ address: 'maria@example.com' });
    await channel.send(message);
    await channel.send(message);
    await channel.send({ ...message, code: 'OTHER1' });
    const [first, second, third] = server.mails;
    expect(first!.messageId).toBe('<k7q2m9xapc@provider.example>');
    expect([second!.messageId === first!.messageId, third!.messageId === first!.messageId]).toEqual([
      true,
      false,
    ]);
    expect(
      server.mails.every(({ raw }) => raw.includes('References: <incident.K7Q2M9XA@provider.example>')),
    ).toBe(true);
    expect(first!.subject).toBe('URGENT shop down since 03:12: connection refused.');
  });
});
