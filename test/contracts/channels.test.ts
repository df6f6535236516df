import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHANNEL_STANDS, type ChannelStand } from '../support/channel-stands.ts';
import { CODE, LINK } from '../support/channel-ports.ts';
import { freePort } from '../support/free-port.ts';
import { PROJECT } from '../support/watchdesk-process.ts';

/** Whatever a channel says: no secret is in it. */
function secretFree(stand: ChannelStand, said: unknown): void {
  const text = JSON.stringify(said);
  for (const secret of stand.secrets) expect(text).not.toContain(secret);
  expect(stand.ports.faults).toEqual([]);
}

test('every channel that reaches somebody is in this suite', () => {
  const files = readdirSync(join(PROJECT, 'src/channels')).filter((name) => name.endsWith('.ts'));
  const types = files
    .map((name) => name.replace('.ts', ''))
    .filter((name) => !['channel', 'console'].includes(name));
  expect(Object.keys(CHANNEL_STANDS).sort()).toEqual(types.sort());
});

describe.each(Object.entries(CHANNEL_STANDS))('%s', (_name, begin) => {
  test('what is accepted has arrived, once, and can be answered', async () => {
    const stand = await begin();
    const outcome = await stand.channel.send(stand.message);
    expect(outcome).toMatchObject({ is: 'done', value: expect.stringMatching(/./) });
    expect(stand.arrived()).toHaveLength(1);
    expect(stand.arrived()[0]).toContain('shop down since 03:12');
    expect(stand.complaints()).toEqual([]);
    secretFree(stand, outcome);
  });

  test.each([
    ['refused-for-good', 'permanent'],
    ['refused-for-now', 'temporary'],
  ] as const)('%s is %s, and nothing has arrived', async (trouble, is) => {
    const stand = await begin();
    stand.next(trouble);
    const outcome = await stand.channel.send(stand.message);
    expect(outcome.is).toBe(is);
    expect(stand.arrived()).toEqual([]);
    secretFree(stand, outcome);
    // It was the one message, not the channel.
    expect((await stand.channel.send(stand.message)).is).toBe('done');
  });

  test('a fault of theirs is never taken for done, nor for certainly not done', async () => {
    const stand = await begin();
    stand.next('fault-of-theirs');
    const outcome = await stand.channel.send(stand.message);
    expect(['ambiguous', 'temporary']).toContain(outcome.is);
    secretFree(stand, outcome);
  });

  test('credentials that are refused say so, without saying them', async () => {
    const stand = await begin();
    stand.next('not-our-account');
    const outcome = await stand.channel.send(stand.message);
    expect(['permanent', 'temporary']).toContain(outcome.is);
    expect(stand.arrived()).toEqual([]);
    secretFree(stand, outcome);
  });

  test('an answer that is lost leaves it open, and nothing is tried again behind our back', async () => {
    const stand = await begin();
    stand.next('lost-after');
    const outcome = await stand.channel.send(stand.message);
    expect(outcome.is).toBe(stand.lost);
    expect(stand.arrived()).toHaveLength(1);
    secretFree(stand, outcome);
    if (!stand.channel.find) return;
    expect(await stand.channel.find(stand.message, Date.now() - 1_000)).toMatchObject({
      is: 'done',
      value: expect.stringMatching(/./),
    });
    const other = { ...stand.message, code: 'OTHER1', text: 'other' };
    expect(await stand.channel.find(other, Date.now() - 1_000)).toEqual({ is: 'done', value: null });
  });

  test('a call that breaks off before leaves it open too', async () => {
    const stand = await begin();
    if (!stand.next('lost-before')) return;
    const outcome = await stand.channel.send(stand.message);
    expect(outcome.is).toBe(stand.lost);
    expect(stand.arrived()).toEqual([]);
    if (stand.channel.find)
      expect(await stand.channel.find(stand.message, Date.now())).toEqual({ is: 'done', value: null });
  });

  test('a provider that is slow is left in doubt, in time', async () => {
    const stand = await begin();
    stand.next('slow');
    const outcome = await stand.channel.send(stand.message);
    expect(outcome.is).toBe(stand.lost);
    secretFree(stand, outcome);
  });

  test('no connection at all is certainly not sent', async () => {
    const stand = await begin();
    const outcome = await stand.gone(await freePort()).send(stand.message);
    expect(outcome.is).toBe('temporary');
    secretFree(stand, outcome);
  });

  test('a double can be told as one, by its code, where there is a place for it', async () => {
    const stand = await begin();
    await stand.channel.send(stand.message);
    await stand.channel.send(stand.message);
    const all = stand.arrived().join('\n');
    // Calls are heard and not read; a mail carries it in its id, a room in its metadata.
    expect(
      [CODE.toLowerCase(), LINK.toLowerCase(), stand.channel.type].some(
        (mark) => all.toLowerCase().includes(mark) || ['slack', 'twilio-voice'].includes(mark),
      ),
    ).toBe(true);
    expect(stand.arrived().length).toBe(stand.lost === 'temporary' ? 1 : 2);
  });

  test('hostile text arrives as text', async () => {
    const stand = await begin();
    const text = `URGENT <script>&"'\r\nBcc: evil@example.com\r\n</Say><Dial>+1900</Dial> *bold* <!channel> down since 03:12`;
    const message = {
      ...stand.message,
      text,
      subject: text.replace(/\s+/g, ' '),
      body: text,
      recipient: 'Maria" <evil@example.com>,',
    };
    const outcome = await stand.channel.send(message);
    expect(outcome.is).toBe('done');
    const [arrived] = stand.arrived();
    if (stand.channel.type === 'twilio-voice') expect(arrived).not.toMatch(/<Dial>/);
    if (stand.channel.type === 'slack') expect(arrived).not.toContain('<!channel');
    if (stand.channel.type === 'email') {
      expect(arrived!.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im);
      expect(arrived!.split('\r\n\r\n')[0]!.match(/^To: .*$/m)![0]).toContain('maria@example.com');
    }
    expect(stand.complaints()).toEqual([]);
  });

  test('what cannot be believed from outside is refused', async () => {
    const stand = await begin();
    if (!stand.channel.hear) return;
    for (const what of ['status', 'message', 'interact', 'digit', 'x']) {
      const answer = await stand.channel.hear({
        what,
        url: `https://watch.example/hooks/channel/x/${what}`,
        query: {},
        headers: {},
        body: 'MessageSid=SM1&Body=1',
      });
      expect(answer).toMatchObject({ is: 'refused', status: 401 });
    }
    expect([stand.ports.replies, stand.ports.presses, stand.ports.receipts]).toEqual([[], [], []]);
  });
});
