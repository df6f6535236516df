import { onTestFinished, describe, expect, test } from 'vitest';
import ntfy from '../../src/channels/ntfy.ts';
import teams from '../../src/channels/teams.ts';
import telegram from '../../src/channels/telegram.ts';
import { FakeNtfy } from '../fakes/fake-ntfy.ts';
import { FakeTeams } from '../fakes/fake-teams.ts';
import { FakeTelegram } from '../fakes/fake-telegram.ts';
import { CODE, KeptPorts, LINK, sampleMessage } from '../support/channel-ports.ts';
import { until } from '../support/until.ts';

describe('ntfy', () => {
  const stand = async () => {
    const fake = await new FakeNtfy().start();
    const given = ntfy.settings.parse({ url: fake.url, token: fake.token });
    return { fake, channel: ntfy.create(given) };
  };

  test('a page sounds and can be acknowledged with one tap; a notice does neither', async () => {
    const { fake, channel } = await stand();
    await channel.send(sampleMessage({ address: 'maria' }));
    await channel.send(sampleMessage({ address: 'maria', kind: 'notice' }));
    const [page, notice] = fake.published;
    expect(page).toMatchObject({ priority: 5, click: LINK });
    expect(page!.actions[0]).toMatchObject({
      action: 'http',
      label: 'Acknowledge',
      url: LINK,
      method: 'POST',
      body: 'action=acknowledge',
    });
    expect(notice).toMatchObject({ priority: 3 });
    expect(notice!.actions.map(({ action }) => action)).toEqual(['view']);
  });

  test('a long text stays a message, and no character is torn', async () => {
    const { fake, channel } = await stand();
    expect((await channel.send(sampleMessage({ address: 'maria', text: '🚨ü'.repeat(3_000) }))).is).toBe(
      'done',
    );
    expect(fake.published[0]!.message).not.toMatch(/\ufffd/);
    expect(fake.complaints).toEqual([]);
  });

  test('a list that cannot be read proves nothing: the page is not sent again for it', async () => {
    const { fake, channel } = await stand();
    const message = sampleMessage({ address: 'maria' });
    for (const body of ['<html>sign in</html>', '{"id":"a"}\n{"id":', '[]']) {
      fake.answerNext(200, body);
      expect([body, (await channel.find!(message, 0)).is]).toEqual([body, 'temporary']);
    }
    expect(await channel.find!(message, Date.now())).toEqual({ is: 'done', value: null });
  });

  test('an error that is no text is a refusal all the same', async () => {
    const { fake, channel } = await stand();
    fake.failNext({ status: 401, body: { error: { code: 401 } } });
    expect(await channel.send(sampleMessage({ address: 'maria' }))).toEqual({
      is: 'permanent',
      why: 'ntfy returned HTTP 401',
      isOurs: true,
    });
  });

  test('topics that are closed to the account are named', async () => {
    const { fake, channel } = await stand();
    fake.closed.add('devon');
    expect(await channel.inspect!(['maria', 'devon'])).toEqual({
      is: 'done',
      value: ['ntfy does not let this account publish to the topic devon'],
    });
  });

  test.each(['a topic', 'a/b', '', 'x'.repeat(65), '../x'])('%s is no topic', (topic) => {
    expect(ntfy.addresses[0]!.schema.safeParse(topic).success).toBe(false);
  });
});

describe('teams', () => {
  const stand = async () => {
    const fake = await new FakeTeams().start();
    const given = teams.settings.parse({ workflows: { support: fake.workflow } });
    return { fake, channel: teams.create(given, new KeptPorts()) };
  };

  test('a card says what it is about and leads to the answer', async () => {
    const { fake, channel } = await stand();
    await channel.send(sampleMessage({ address: 'support' }));
    const [card] = fake.cards;
    expect(card!.body[1]!.facts!.map(({ title, value }) => `${title}: ${value}`)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Since: .*03:12 \(America\/Toronto\)$/)]),
    );
    expect(card!.actions).toEqual([{ type: 'Action.OpenUrl', title: 'Respond', url: LINK }]);
    expect(fake.complaints).toEqual([]);
  });

  test('nothing in a text becomes Markdown, a link or a mention', async () => {
    const { fake, channel } = await stand();
    const text = '**bold** [click](https://evil.example) <at>everyone</at> `code` # head';
    await channel.send(sampleMessage({ address: 'support', text, subject: text }));
    const shown = fake.cards[0]!.body.map((one) => one.text).join('\n');
    expect(shown).toContain('\\*\\*bold\\*\\* \\[click\\]\\(https://evil.example\\)');
    expect(shown).not.toMatch(/(?<!\\)[[\]*`<]/);
  });

  test('a workflow that is not in the config is named, and its URL is a secret', async () => {
    const { channel } = await stand();
    expect(await channel.send(sampleMessage({ address: 'suport' }))).toEqual({
      is: 'permanent',
      why: 'there is no workflow "suport" under `workflows`',
    });
    const url = 'https://prod.example/workflows/1?api-version=1&sig=0123456789abcdefSIG';
    expect(teams.secrets(teams.settings.parse({ workflows: { a: url } }))).toEqual([
      url,
      '0123456789abcdefSIG',
    ]);
    expect(teams.settings.safeParse({ workflows: { a: 'https://[bad' } }).success).toBe(false);
  });
});

describe('telegram', () => {
  const stand = async () => {
    const fake = await new FakeTelegram().start();
    const ports = new KeptPorts();
    const given = telegram.settings.parse({ api_url: fake.url, bot_token: fake.token });
    return { fake, ports, channel: telegram.create(given, ports, 'bot') };
  };

  test('a page has buttons; whoever presses one is told what came of it, once', async () => {
    const { fake, ports, channel } = await stand();
    const message = sampleMessage({ address: '123456789' });
    await channel.send(message);
    const [row] = fake.sent[0]!.reply_markup.inline_keyboard;
    expect(row!.map(({ text }) => text)).toEqual(['Acknowledge', 'Escalate', 'Resolve']);
    onTestFinished(channel.listen!());
    const id = fake.press(row![0]!.callback_data!);
    await until('the answer', async () => fake.answered.length === 1);
    expect(ports.presses).toEqual([
      {
        channel: 'bot',
        incident: message.incident!.id,
        from: '123456789',
        name: 'Maria Chen',
        action: 'acknowledge',
        id,
      },
    ]);
    expect(fake.answered[0]).toEqual({ callback_query_id: id, text: 'shop: yours now.' });
    fake.press('resolve M3XA9K7Q', { id: 5, first_name: 'Eve', last_name: '' });
    fake.press('nothing of ours');
    await until('the second', async () => ports.presses.length === 2);
    expect(ports.presses[1]).toMatchObject({ from: '5', name: 'Eve', action: 'resolve' });
    expect(ports.faults).toEqual([]);
  });

  test('a backlog of presses on long messages is taken, and updates that are not understood stand in nobody’s way', async () => {
    const { fake, ports, channel } = await stand();
    fake.pressedText = '\u{1f6a8}'.repeat(2_000);
    for (let n = 0; n < 60; n++) fake.press(`acknowledge M3XA9K7${n}`);
    fake.update({ id: 7, from: null });
    fake.update(null);
    fake.press('resolve M3XA9K7Q', { id: 5, first_name: null as never, last_name: '' });
    onTestFinished(channel.listen!());
    await until('all of them', async () => ports.presses.length === 61);
    expect(ports.presses.at(-1)).toMatchObject({ from: '5', action: 'resolve' });
    expect(ports.faults).toEqual([]);
  });

  test.each([
    [
      'another reader',
      409,
      { ok: false, description: 'Conflict: terminated by other getUpdates' },
      'Conflict',
    ],
    ['an answer without a list', 200, { ok: true, result: null }, 'unexpected response'],
    ['an answer of a proxy', 200, '<html>', 'unexpected response'],
  ])('%s is said: buttons are dead until it is mended', async (_what, status, answer, says) => {
    const { fake, ports, channel } = await stand();
    fake.answerNext(status, answer);
    onTestFinished(channel.listen!());
    await until('the fault', async () => ports.faults.length === 1);
    expect(String(ports.faults[0])).toContain(says);
    expect(String(ports.faults[0])).not.toContain(fake.token);
  });

  test('numbers of updates that begin anew, lower, are followed; nothing is taken twice', async () => {
    const { fake, ports, channel } = await stand();
    fake.restartNumbers(900_000_000);
    fake.press('acknowledge M3XA9K71');
    onTestFinished(channel.listen!());
    // Telegram begins anew only when nothing has been pending for a week.
    await until('the first, confirmed', async () => ports.presses.length === 1 && fake.unconfirmed === 0);
    fake.restartNumbers(100_000_000);
    fake.press('acknowledge M3XA9K72');
    fake.press('acknowledge M3XA9K73');
    await until('the others', async () => ports.presses.length >= 3);
    await until('the question behind them', async () => fake.answered.length >= 3);
    const asked = () => fake.calls.filter((call) => call.endsWith('/getUpdates')).length;
    expect(asked()).toBeLessThan(8);
    expect(ports.presses.map(({ incident }) => incident)).toEqual(['M3XA9K71', 'M3XA9K72', 'M3XA9K73']);
  });

  test('a notice has no buttons but the link', async () => {
    const { fake, channel } = await stand();
    await channel.send(sampleMessage({ address: '123456789', kind: 'notice' }));
    expect(fake.sent[0]!.reply_markup.inline_keyboard).toEqual([[{ text: 'Open', url: LINK }]]);
    expect(fake.sent[0]!.text).toContain(CODE);
  });

  test('a person who has blocked the bot is their own trouble, a token that is not taken is ours', async () => {
    const { fake, channel } = await stand();
    const message = sampleMessage({ address: '123456789' });
    fake.failNext({
      status: 403,
      body: { ok: false, description: 'Forbidden: bot was blocked by the user' },
    });
    expect(await channel.send(message)).toEqual({
      is: 'permanent',
      why: 'Telegram returned HTTP 403: Forbidden: bot was blocked by the user',
    });
    fake.failNext({ status: 401, body: { ok: false, description: 'Unauthorized' } });
    expect(await channel.send(message)).toMatchObject({ is: 'permanent', isOurs: true });
  });

  test('a limit is heeded for as long as Telegram says', async () => {
    const { fake, channel } = await stand();
    fake.failNext({
      status: 429,
      body: { ok: false, description: 'Too Many Requests', parameters: { retry_after: 7 } },
    });
    expect(await channel.send(sampleMessage({ address: '123456789' }))).toMatchObject({
      is: 'temporary',
      retryAfterMs: 7_000,
    });
  });

  test('chats that it cannot write to and a webhook in its way are named', async () => {
    const { fake, channel } = await stand();
    fake.webhook = 'https://elsewhere.example/';
    const { value } = (await channel.inspect!(['123456789', '5'])) as { value: string[] };
    expect(value).toEqual([
      'a webhook is set for this bot, so buttons cannot be read; remove it with deleteWebhook',
      'Telegram cannot write to the chat 5: Telegram returned HTTP 400: Bad Request: chat not found',
    ]);
    expect(JSON.stringify(value)).not.toContain(fake.token);
  });
});
