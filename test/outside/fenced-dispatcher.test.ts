import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getGlobalDispatcher, request, setGlobalDispatcher } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { twilioClient } from '../../src/channels/shared/twilio-api.ts';
import type { Fence } from '../../src/core/fence.ts';
import { wasNotSent } from '../../src/core/not-sent.ts';
import { FencedDispatcher } from '../../src/outside/fenced-dispatcher.ts';
import { until } from '../support/until.ts';

async function stand() {
  const calls: { request: IncomingMessage; response: ServerResponse }[] = [];
  const server = createServer((received, response) => void calls.push({ request: received, response }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  let held = true;
  let controller = new AbortController();
  const fence: Fence = {
    isHeld: () => held,
    get signal() {
      return controller.signal;
    },
    epoch: 7,
  };
  const dispatcher = new FencedDispatcher(fence, () => `watchdesk/1.0 (a; ${fence.epoch})`);
  onTestFinished(() => dispatcher.destroy());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    calls,
    url,
    fence,
    lapse: () => (held = false),
    ask: (headers?: Record<string, string>) => request(url, { dispatcher, headers }),
    lose() {
      held = false;
      controller.abort();
    },
    regain() {
      held = true;
      controller = new AbortController();
    },
  };
}

test('a request says from which instance it comes, and in which epoch', async () => {
  const { calls, ask } = await stand();
  const answer = ask({ 'User-Agent': 'own', 'x-more': '1' });
  await until('the call', () => calls.length === 1);
  expect(calls[0]!.request.headers).toMatchObject({ 'user-agent': 'watchdesk/1.0 (a; 7)', 'x-more': '1' });
  calls[0]!.response.end('ok');
  expect(await (await answer).body.text()).toBe('ok');
});

test('without the right to act nothing is sent, and that is known for certain', async () => {
  const { calls, ask, lose } = await stand();
  lose();
  const why = await ask().catch((error: { code: string }) => error.code);
  expect(wasNotSent(why)).toBe(true);
  expect(calls).toEqual([]);
});

test('what is under way when the right is lost is aborted; with the right back, requests go out again', async () => {
  const { calls, ask, lose, regain } = await stand();
  const first = ask().catch((error: { code?: string; message: string }) => error);
  await until('the call', () => calls.length === 1);
  const ended = new Promise((resolve) => calls[0]!.response.on('close', () => resolve('closed')));
  lose();
  // Whether the other end acted on it is not known.
  const failed = (await first) as { code?: string };
  expect(wasNotSent(failed.code)).toBe(false);
  expect(await ended).toBe('closed');
  regain();
  const second = ask();
  await until('the second call', () => calls.length === 2);
  calls[1]!.response.end('ok');
  expect(await (await second).body.text()).toBe('ok');
  // And it can be lost again.
  const third = ask().catch(() => 'failed');
  await until('the third call', () => calls.length === 3);
  lose();
  expect(await third).toBe('failed');
});

test.each(['undici', 'fetch'])(
  'the right that was lost while the connection was being made is noticed before anything is written (%s)',
  async (by) => {
    const { calls, url, fence, lapse } = await stand();
    // As after a process was stopped: no timer has run yet, so nothing was aborted.
    const dispatcher = new FencedDispatcher(fence, () => 'watchdesk');
    onTestFinished(() => dispatcher.destroy());
    const asked =
      by === 'undici'
        ? request(url, { dispatcher, method: 'POST', body: 'page' })
        : fetch(url, { dispatcher, method: 'POST', body: 'page' } as RequestInit);
    lapse();
    const why = await asked.then(
      () => 'sent',
      (error: { code?: string; cause?: { code?: string } }) => error.code ?? error.cause?.code,
    );
    expect(wasNotSent(String(why))).toBe(true);
    expect(calls).toEqual([]);
  },
);

test('messages of Twilio go the same way', async () => {
  const { calls, url, fence, lapse } = await stand();
  const before = getGlobalDispatcher();
  setGlobalDispatcher(new FencedDispatcher(fence, () => `watchdesk/1.0 (a; ${fence.epoch})`));
  onTestFinished(() => setGlobalDispatcher(before));
  const sid = `AC${'0'.repeat(32)}`;
  const client = await twilioClient({
    account_sid: sid,
    auth_token: 'hush',
    api_url: url.slice(0, -1),
    timeout: 5_000,
  });
  const page = {
    from: '+15550100',
    to: '+15550101',
    body: 'URGENT shop down',
    mediaUrl: ['https://a', 'https://b'],
  };
  const sent = client.messages.create(page);
  await until('the call', () => calls.length === 1);
  const { request: asked, response } = calls[0]!;
  expect([asked.method, asked.url]).toEqual(['POST', `/2010-04-01/Accounts/${sid}/Messages.json`]);
  expect(asked.headers).toMatchObject({
    'user-agent': 'watchdesk/1.0 (a; 7)',
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Basic ${Buffer.from(`${sid}:hush`).toString('base64')}`,
  });
  let body = '';
  for await (const piece of asked) body += String(piece);
  expect([...new URLSearchParams(body)].toSorted()).toEqual([
    ['Body', 'URGENT shop down'],
    ['From', '+15550100'],
    ['MediaUrl', 'https://a'],
    ['MediaUrl', 'https://b'],
    ['To', '+15550101'],
  ]);
  response.writeHead(201, { 'content-type': 'application/json' }).end('{"sid":"SM1","status":"queued"}');
  expect((await sent).sid).toBe('SM1');
  lapse();
  const why = await client.messages.create(page).catch((error: { code?: string }) => error.code);
  expect(wasNotSent(why)).toBe(true);
  expect(calls).toHaveLength(1);
});
