import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { FakeSlack } from '../fakes/fake-slack.ts';
import { FakeTwilio } from '../fakes/fake-twilio.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

interface Stand {
  monitor: WatchdeskProcess;
  folder: string;
  twilio: FakeTwilio;
  slack: FakeSlack;
  sites: Record<string, ControlledSite>;
}

interface Wishes {
  escalation?: string;
  names?: string[];
  hasSocket?: boolean;
}

async function begin({ escalation, names = ['shop'], hasSocket = false }: Wishes = {}): Promise<Stand> {
  const [twilio, slack, port] = [await FakeTwilio.start(), await FakeSlack.start(), await freePort()];
  const sites: Record<string, ControlledSite> = {};
  for (const name of names) sites[name] = await ControlledSite.start();
  const targets = names.map(
    (name) =>
      `  - { name: ${name}, kind: site, url: "${sites[name]!.url}", vendor: { name: Example Hosting, phone: "+1 555 0100" }, checks: [{ type: http }] }`,
  );
  const flow = (settings: object) => JSON.stringify(settings);
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
timezone: UTC
people:
  maria: { name: Maria Chen, sms: "+12895550101", slack: U0MARIA001 }
  devon: { name: Devon Hall, sms: "+12895550102" }
teams: { support: { slack: "#support" } }
on_call: { operations-manager: { timezone: UTC, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: devon } }
channels:
  sms: { twilio: ${flow({ ...twilio.settings, webhooks: true })} }
  voice: { twilio-voice: ${flow({ ...twilio.settings, webhooks: true })} }
  slack: { slack: ${flow(hasSocket ? { bot_token: slack.botToken, app_token: slack.appToken, api_url: slack.url } : slack.settings)} }
escalation: { urgent: ${escalation ?? '[{ page: operations-manager, via: [sms] }]'} }
defaults: { interval: 1s, timeout: 1s, retry_interval: 200ms, failures: 2, recoveries: 1 }
incidents: { group_at: 50 }
`,
    'targets/t.yaml': `customer: { name: Acme Ltd }\ntargets:\n${targets.join('\n')}\n`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  return { monitor, folder, twilio, slack, sites };
}

const incidents = (monitor: WatchdeskProcess) => monitor.list('incidents');
const statusOf = async (monitor: WatchdeskProcess, target = 'shop') =>
  (await incidents(monitor)).find((one) => one.target === target)?.status;
const linkIn = (text: string): string => /http\S+\/a\/\S+/.exec(text)![0];
const form = (fields: Record<string, string>): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields),
  redirect: 'manual',
});

describe('the link of a page', () => {
  test('shows and never acts by being looked at; each action works once, also over a kill', async () => {
    const { monitor, twilio, sites } = await begin();
    sites['shop']!.answer(500);
    await until('the page', () => twilio.sent.length === 1);
    const link = linkIn(twilio.sent[0]!.body);
    for (const method of ['GET', 'HEAD', 'GET']) expect((await fetch(link, { method })).status).toBe(200);
    const page = await (await fetch(link)).text();
    expect(page).toMatch(
      /shop down for[^]*Responding as Maria Chen[^]*Acknowledge[^]*Call Example Hosting: \+1 555 0100/,
    );
    expect(Buffer.byteLength(page)).toBeLessThan(50_000);
    expect(await statusOf(monitor)).toBe('open');

    expect((await fetch(link, form({ action: 'acknowledge' }))).status).toBe(303);
    expect(await statusOf(monitor)).toBe('worked');
    await monitor.kill();
    await monitor.start();
    const again = await fetch(link, form({ action: 'acknowledge' }));
    expect(again.headers.get('location')).toContain('said=repeated');
    expect(await (await fetch(link)).text()).toMatch(/Acknowledge: done .* ago/);
    const [incident] = await incidents(monitor);
    const { timeline } = await monitor.json(`/api/v1/incidents/${incident.id}`);
    expect(timeline.filter(({ event }: { event: string }) => event === 'acknowledged')).toHaveLength(1);

    await fetch(link, form({ action: 'estimate-60' }));
    expect(await (await fetch(link)).text()).toContain('Estimated fix by');
    await fetch(link, form({ action: 'resolve' }));
    expect(await statusOf(monitor)).toBe('resolved');
    expect((await fetch(link, form({ action: 'escalate' }))).headers.get('location')).toContain('said=over');
  });

  test('made up, cut short or of another site it is worth nothing', async () => {
    const { monitor, twilio, sites } = await begin();
    sites['shop']!.answer(500);
    await until('the page', () => twilio.sent.length === 1);
    const link = linkIn(twilio.sent[0]!.body);
    const forged = link.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    for (const wrong of [forged, link.replace(/-.*$/, ''), `${link}-X`, link.replace(/\/a\/.*/, '/a/%00')]) {
      expect((await fetch(wrong, form({ action: 'acknowledge' }))).status).toBe(404);
    }
    const foreign = { ...form({ action: 'acknowledge' }), headers: { origin: 'https://evil.example' } };
    expect((await fetch(link, foreign)).status).toBe(403);
    expect((await fetch(link, form({ action: 'delete-everything' }))).status).toBe(400);
    expect(await statusOf(monitor)).toBe('open');
    // Guessing is slow.
    const answers = await Promise.all(Array.from({ length: 150 }, () => fetch(forged)));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(20);
    // Whoever holds the genuine one is not kept from it by that.
    expect((await fetch(link)).status).toBe(200);
    expect((await fetch(link, form({ action: 'acknowledge' }))).status).toBe(303);
  });

  test('is good for a day', async () => {
    const { monitor, twilio, sites, folder } = await begin();
    sites['shop']!.answer(500);
    await until('the page', () => twilio.sent.length === 1);
    await until('its acceptance', async () => (await monitor.list('pages'))[0].state === 'accepted');
    const link = linkIn(twilio.sent[0]!.body);
    await monitor.kill();
    const database = new DatabaseSync(`${folder}/data/watchdesk.db`);
    database.exec(
      `UPDATE effects SET document = json_set(document, '$.createdAt', ${Date.now() - 25 * 3_600_000}) WHERE kind = 'page'`,
    );
    database.close();
    await monitor.start();
    expect((await fetch(link, form({ action: 'acknowledge' }))).status).toBe(410);
    expect(await (await fetch(link)).text()).toMatch(/link has expired/);
    expect(await statusOf(monitor)).toBe('open');
  });
});

describe('text messages that come back', () => {
  const reply = (stand: Stand, text: string, more: { from?: string; sid?: string; token?: string } = {}) => {
    const url = `${stand.monitor.url}/hooks/channel/sms/message`;
    const sid = more.sid ?? `SM${String(Math.random()).slice(2).padEnd(32, '0').slice(0, 32)}`;
    const fields = { MessageSid: sid, From: more.from ?? '+12895550101', To: '+12895550100', Body: text };
    return fetch(url, stand.twilio.call(url, fields, more.token));
  };
  const said = async (answer: Response) => /<Message>(.*)<\/Message>/.exec(await answer.text())?.[1];

  test('1 takes it, 3 asks for more, 2 ends it; repeated nothing is done twice, forged nothing at all', async () => {
    const stand = await begin();
    const { monitor, twilio, sites } = stand;
    sites['shop']!.answer(500);
    await until('the page', () => twilio.sent.length === 1);
    expect(twilio.sent[0]!.body).toContain('Reply 1 to acknowledge.');
    expect(twilio.sent[0]!.statusCallback).toBe(`${monitor.url}/hooks/channel/sms/status`);
    expect((await reply(stand, '1', { token: 'another-token' })).status).toBe(401);
    expect(await said(await reply(stand, '1', { from: '+19005550199' }))).toBeUndefined();
    expect(await said(await reply(stand, 'what?'))).toContain('Not understood');
    expect(await said(await reply(stand, 'I am driving'))).toBeUndefined();
    expect(await statusOf(monitor)).toBe('open');

    const sid = `SM${'a'.repeat(32)}`;
    expect(await said(await reply(stand, ' Ack. ', { sid }))).toBe('shop: acknowledged.');
    expect(await said(await reply(stand, ' Ack. ', { sid }))).toBe('Already done.');
    const [incident] = await incidents(monitor);
    expect(incident).toMatchObject({ status: 'worked', by: 'maria' });
    const { timeline } = await monitor.json(`/api/v1/incidents/${incident.id}`);
    expect(timeline.filter(({ event }: { event: string }) => event === 'acknowledged')).toHaveLength(1);
    expect(await said(await reply(stand, '3'))).toBe('shop: escalated.');
    await until(
      'who stands in is paged',
      async () => (await monitor.list('pages?state=accepted')).length === 2,
    );
    expect(twilio.sent.at(-1)!.to).toBe('+12895550102');
    expect(await said(await reply(stand, '3'))).toContain('no one left');
    expect(await said(await reply(stand, '2 all'))).toBe('shop: resolved.');
    expect(await statusOf(monitor)).toBe('resolved');
    expect(await said(await reply(stand, '1'))).toContain('You have no open pages');
    expect(monitor.output).toContain('call-refused');
    expect(twilio.complaints).toEqual([]);
  });

  test('of two outages it asks which, and takes the beginning of the code', async () => {
    const stand = await begin({ names: ['shop', 'mail'] });
    const { monitor, twilio, sites } = stand;
    sites['shop']!.answer(500);
    await until('the first page', () => twilio.sent.length === 1);
    sites['mail']!.answer(500);
    await until('the second page', () => twilio.sent.length === 2);
    await until('both are accepted', async () => (await monitor.list('pages?state=accepted')).length === 2);
    const question = await said(await reply(stand, '1'));
    expect(question).toMatch(
      /^Which one\? Reply 1 [0-9A-Z]{4} = mail, 1 [0-9A-Z]{4} = shop, 1 ALL = all 2\.$/,
    );
    const code = /1 ([0-9A-Z]{4}) = shop/.exec(question!)![1]!;
    expect(await said(await reply(stand, `1 ${code.toLowerCase()}`))).toBe('shop: acknowledged.');
    expect([await statusOf(monitor), await statusOf(monitor, 'mail')]).toEqual(['worked', 'open']);
    expect(await said(await reply(stand, 'ack all'))).toBe('2 incidents: acknowledged.');
  });

  test('a call that is overheard and sent again means nothing for what has begun since', async () => {
    const stand = await begin({ names: ['shop', 'mail'] });
    const { monitor, twilio, sites } = stand;
    const sid = `SM${'b'.repeat(32)}`;
    sites['shop']!.answer(500);
    await until('the page', async () => (await monitor.list('pages?state=accepted')).length === 1);
    expect(await said(await reply(stand, '1', { sid }))).toBe('shop: acknowledged.');
    sites['shop']!.answer(200);
    await until('the end', async () => (await statusOf(monitor)) === 'resolved');
    sites['mail']!.answer(500);
    await until('the next page', () => twilio.sent.some(({ body }) => body.startsWith('URGENT mail')));
    expect(await said(await reply(stand, '1', { sid }))).toBe('Already done.');
    expect(await statusOf(monitor, 'mail')).toBe('open');
  });

  test('a body made to be slow is refused at once', async () => {
    const { monitor } = await begin();
    const url = `${monitor.url}/hooks/channel/sms/message`;
    const body = Array.from({ length: 8_000 }, (_, n) => `f${n}=1`).join('&');
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': `${'A'.repeat(27)}=`,
    };
    expect((await fetch(url, { method: 'POST', body: body.slice(0, 60_000), headers })).status).toBe(401);
    expect((await fetch(url, { method: 'POST', body: 'x'.repeat(70_000), headers })).status).toBe(413);
  });

  test('receipts that come twice, late and out of order end where they must', async () => {
    const stand = await begin();
    const { monitor, twilio, sites } = stand;
    sites['shop']!.answer(500);
    await until('the page', () => twilio.sent.length === 1);
    const url = `${monitor.url}/hooks/channel/sms/status`;
    const status = (MessageStatus: string, more: Record<string, string> = {}) =>
      fetch(url, twilio.call(url, { MessageSid: twilio.sent[0]!.sid, MessageStatus, ...more }));
    for (const one of ['sent', 'queued', 'sent']) expect((await status(one)).status).toBe(200);
    // A landline: the next way at once, which is the fallback's.
    await Promise.all([
      status('undelivered', { ErrorCode: '30006' }),
      status('undelivered', { ErrorCode: '30006' }),
      status('delivered'),
    ]);
    await until('the next route', () => twilio.calls.length + twilio.sent.length === 2);
    // The provider has the call before its answer is written down here.
    const pages = await until('its answer', async () => {
      const all = await monitor.list('pages?kind=page');
      return all.every(({ state }) => state !== 'sending' && state !== 'pending') && all;
    });
    expect(pages.map(({ state }) => state).sort()).toEqual(['accepted', 'dead']);
    expect(pages.find(({ state }) => state === 'dead').why).toContain('the number is a landline (30006)');
    expect(twilio.calls.map(({ to }) => to)).toEqual(['+12895550101']);
  });
});

describe('calls', () => {
  test('read the outage out and take a digit; a machine is no answer', async () => {
    const stand = await begin({ escalation: '[{ page: operations-manager, via: [voice] }]' });
    const { monitor, twilio, sites } = stand;
    sites['shop']!.answer(500);
    await until('the call', () => twilio.calls.length === 1);
    const [call] = twilio.calls;
    expect(call!.twiml).toMatch(
      /^<Response><Gather input="dtmf" numDigits="1"[^>]*><Say language="en-US">URGENT shop[^<]*Press 1 to acknowledge/,
    );
    expect(call!.twiml).not.toContain('/a/');
    const action = /action="([^"]+)"/.exec(call!.twiml)![1]!.replaceAll('&#38;', '&');
    const press = (Digits: string, token?: string) =>
      fetch(
        action,
        twilio.call(action, { CallSid: call!.sid, To: '+12895550101', From: '+12895550100', Digits }, token),
      );
    expect((await press('1', 'another-token')).status).toBe(401);
    expect(await (await press('7')).text()).toContain('That key is not an option');
    expect(await statusOf(monitor)).toBe('open');
    expect(await (await press('1')).text()).toContain('shop: acknowledged.');
    expect((await incidents(monitor))[0]).toMatchObject({ status: 'worked', by: 'maria' });
    expect(twilio.complaints).toEqual([]);
  });

  test('that nobody takes go on to the next way', async () => {
    const { monitor, twilio, sites } = await begin({
      escalation: '[{ page: operations-manager, via: [voice] }]',
    });
    sites['shop']!.answer(500);
    await until('the call', () => twilio.calls.length === 1);
    await until('its acceptance', async () => (await monitor.list('pages'))[0].state === 'accepted');
    const url = twilio.calls[0]!.statusCallback!;
    const ended = { CallSid: twilio.calls[0]!.sid, CallStatus: 'completed', AnsweredBy: 'machine_start' };
    expect((await fetch(url, twilio.call(url, ended))).status).toBe(200);
    await until('the text message', () => twilio.sent.length === 1);
    expect(twilio.sent[0]!.to).toBe('+12895550101');
  });
});

describe('slack', () => {
  const escalation =
    '[{ page: operations-manager, via: [sms] }, { mobilise: support, via: [slack] }, { after: 1h, page: devon, via: [sms] }]';
  const said = (card: { blocks: any[] }) => JSON.stringify(card.blocks);

  test('one message shows how it stands, the thread tells the story, buttons act', async () => {
    const { monitor, slack, sites, twilio } = await begin({ escalation });
    sites['shop']!.answer(500);
    const card = await until('the card', () => slack.cards()[0]);
    expect(said(card)).toMatch(/■ URGENT shop down[^]*Unacknowledged/);
    const hook = `${monitor.url}/hooks/channel/slack/interact`;
    const now = () => Math.trunc(Date.now() / 1_000);
    const press = slack.pressed(card, 'wd_acknowledge');
    for (const [at, secret] of [
      [now() - 400, undefined],
      [now() + 120, undefined],
      [now(), 'another-secret'],
    ] as const) {
      expect((await fetch(hook, slack.call(press, at, secret))).status).toBe(401);
    }
    expect(await statusOf(monitor)).toBe('open');
    expect((await fetch(hook, slack.call(press, now()))).status).toBe(200);
    // Slack repeats what it takes for unheard.
    expect((await fetch(hook, slack.call(press, now()))).status).toBe(200);
    expect((await incidents(monitor))[0]).toMatchObject({ status: 'worked', by: 'maria' });
    await until('the card says who has it', () => said(card).includes('Acknowledged by Maria Chen.'));
    expect(said(card)).not.toContain('wd_acknowledge');
    await fetch(hook, slack.call(slack.pressed(card, 'wd_estimate', undefined, 1), now()));
    await until('the estimate', () => said(card).includes('Estimated fix by'));
    await fetch(
      hook,
      slack.call(slack.pressed(card, 'wd_escalate', { id: 'U0STRANGER', username: 'zoe' }), now()),
    );
    await until('devon is paged', () => twilio.sent.some(({ to }) => to === '+12895550102'));
    sites['shop']!.answer(200);
    await until('the end on the card', () => said(card).includes('shop recovered after'));
    expect(said(card)).not.toContain('wd_resolve');
    await until('the end in the thread', () =>
      slack.thread(card).some((text) => text.includes('has recovered')),
    );
    const thread = slack.thread(card).join('\n');
    expect(thread).toMatch(
      /Acknowledged by Maria Chen\.[^]*Maria Chen estimates a fix by[^]*Escalated by zoe[^]*has recovered/,
    );
    expect(thread.match(/Acknowledged by Maria Chen\./g)).toHaveLength(1);
    // What the room has been told it is not told that it was told.
    expect(thread).not.toContain('notified by slack');
    expect(thread).not.toContain('RECOVERED');
    const [over] = await incidents(monitor);
    const { timeline } = await monitor.json(`/api/v1/incidents/${over.id}`);
    expect(
      timeline.filter(({ text }: { text: string }) => text === 'support notified by slack.'),
    ).toHaveLength(1);
    expect(slack.cards()).toHaveLength(1);
    expect(slack.complaints).toEqual([]);
    expect(monitor.output).not.toContain(slack.botToken);
  });

  test('an answer that is lost is found by its metadata, over a kill: one message', async () => {
    const { monitor, slack, sites } = await begin({ escalation });
    slack.failNext('chat.postMessage', { is: 'drop-after' });
    sites['shop']!.answer(500);
    await until('the card', () => slack.cards()[0]);
    await monitor.kill();
    await monitor.start();
    await until('its acceptance', async () =>
      (await monitor.list('pages?kind=notice')).some(({ state }) => state === 'accepted'),
    );
    sites['shop']!.answer(200);
    await until('the end', () => said(slack.cards()[0]!).includes('shop recovered'));
    expect(slack.cards()).toHaveLength(1);
  });

  test('a relapse goes on in the same message, loudly', async () => {
    const { slack, sites } = await begin({ escalation });
    sites['shop']!.answer(500);
    const card = await until('the card', () => slack.cards()[0]);
    sites['shop']!.answer(200);
    await until('the end', () => said(card).includes('shop recovered'));
    sites['shop']!.answer(500);
    await until('the relapse', () => said(card).includes('down again'));
    await until('word of it', () =>
      slack.messages.some(({ isBroadcast, text }) => isBroadcast && text.includes('again')),
    );
    await until('rest', () => said(card).includes('Unacknowledged.'));
    expect(slack.thread(card).join()).not.toContain('notified by slack');
    expect(slack.cards()).toHaveLength(1);
  });

  test('by Socket Mode without any open port', async () => {
    const { monitor, slack, sites } = await begin({ escalation, hasSocket: true });
    sites['shop']!.answer(500);
    const card = await until('the card', () => slack.cards()[0]);
    await until('the socket', () => slack.isConnected);
    // A reload that changes nothing of it leaves the connection alone.
    expect((await monitor.post('/-/reload')).status).toBe(200);
    const press = slack.pressed(card, 'wd_acknowledge');
    const envelopes = [slack.push(press), slack.push(press)];
    await until('both are acknowledged', () => envelopes.every((id) => slack.acked.includes(id)));
    const [incident] = await incidents(monitor);
    expect(incident).toMatchObject({ status: 'worked', by: 'maria' });
    const { timeline } = await monitor.json(`/api/v1/incidents/${incident.id}`);
    expect(timeline.filter(({ event }: { event: string }) => event === 'acknowledged')).toHaveLength(1);
    expect(slack.connections).toBe(1);
  });
});
