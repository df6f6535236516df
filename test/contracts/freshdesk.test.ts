import { createServer } from 'node:net';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { DeskStore } from '../../src/store/desk-store.ts';
import freshdesk from '../../src/tickets/freshdesk.ts';
import { FakeFreshdesk } from '../fakes/fake-freshdesk.ts';

const order = {
  orderId: 'K7Q2M9XA:ticket.open:1',
  key: 'K7Q2M9XA',
  subject: 'URGENT: shop is down',
  body: 'all about it\n  <script>alert(1)</script>',
  priority: 'urgent',
} as const;

async function stand(more: object = {}) {
  const fake = await new FakeFreshdesk().start();
  onTestFinished(() => fake.stop());
  return { fake, helpdesk: adapter(`http://127.0.0.1:${fake.port}`, fake.apiKey, more) };
}

function adapter(url: string, apiKey: string, more: object = {}) {
  const settings = freshdesk.settings.parse({
    url,
    api_key: apiKey,
    requester: 'monitor@example.com',
    ...more,
  });
  return freshdesk.create(settings, {
    desk: {} as DeskStore,
    publicUrl: 'https://w.example',
    now: Date.now,
  });
}

test('opens an urgent ticket that carries our key, and finds it by the key', async () => {
  const { fake, helpdesk } = await stand();
  expect(await helpdesk.findAll(order.key)).toEqual({ is: 'done', value: [] });
  const made = await helpdesk.create(order);
  expect(made).toMatchObject({ is: 'done', value: { remoteId: '1' } });
  expect(await helpdesk.findAll(order.key)).toMatchObject({ is: 'done', value: [{ remoteId: '1' }] });
  expect(fake.tickets[0]!.fields).toMatchObject({
    priority: 4,
    status: 2,
    custom_fields: { cf_watchdesk_key: order.key },
  });
  expect(fake.tickets[0]!.fields['description']).toBe(
    'all about it<br>&nbsp;&nbsp;&lt;script&gt;alert(1)&lt;/script&gt;',
  );
  expect(fake.complaints).toEqual([]);
});

test('writes private notes that can be found again, resolves and reopens', async () => {
  const { fake, helpdesk } = await stand();
  await helpdesk.create(order);
  expect(await helpdesk.hasEntry('1', 'K:ticket.note:1')).toEqual({ is: 'done', value: false });
  await helpdesk.note('1', { key: 'K:ticket.note:1', text: 'still down' });
  expect(await helpdesk.hasEntry('1', 'K:ticket.note:1')).toEqual({ is: 'done', value: true });
  expect(fake.tickets[0]!.entries).toMatchObject([{ isPublic: false }]);
  await helpdesk.update('1', { status: 'resolved' });
  await helpdesk.update('1', { status: 'resolved' });
  expect(fake.tickets[0]!.fields['status']).toBe(4);
  await helpdesk.update('1', { status: 'open' });
  expect(fake.tickets[0]!.fields['status']).toBe(2);
});

test('of two tickets with one key the younger is closed with a word on the elder', async () => {
  const { fake, helpdesk } = await stand();
  await helpdesk.create(order);
  await helpdesk.create(order);
  const found = await helpdesk.findAll(order.key);
  if (found.is !== 'done') throw new Error(found.why);
  expect(found.value.map(({ remoteId, status }) => [remoteId, status])).toEqual([
    ['1', 'open'],
    ['2', 'open'],
  ]);
  await helpdesk.closeDouble('2', found.value[0]!);
  expect(fake.tickets.map(({ fields }) => fields['status'])).toEqual([2, 5]);
  expect(fake.tickets[1]!.entries[0]!.body).toContain('ticket 1 is kept');
});

test('a listing that lags does not show a new ticket yet', async () => {
  const { fake, helpdesk } = await stand();
  fake.lagMs = 60_000;
  await helpdesk.create(order);
  expect(await helpdesk.findAll(order.key)).toEqual({ is: 'done', value: [] });
});

/** A server that answers everything with one status and body. */
async function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const server = createHttp((_request, response) => response.writeHead(status, headers).end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return adapter(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'secret-key');
}

const login = '<html>Sign in</html>';
test.each([
  ['400', 400, '{}', {}, 'permanent'],
  ['401', 401, '{}', {}, 'temporary'],
  ['404', 404, '', {}, 'permanent'],
  ['429 with Retry-After', 429, '{}', { 'retry-after': '7' }, 'temporary'],
  ['500', 500, 'oops', {}, 'ambiguous'],
  ['a redirect to sign in', 302, '', { location: '/login' }, 'ambiguous'],
  ['200 with a page to sign in', 200, login, {}, 'ambiguous'],
  ['201 with half an answer', 201, '{"id": 1', {}, 'ambiguous'],
  ['201 that names no ticket', 201, '{}', {}, 'ambiguous'],
])('creating, answered by %s', async (_what, status, body, headers, outcome) => {
  const helpdesk = await answering(status, body, headers as Record<string, string>);
  const made = await helpdesk.create(order);
  expect(made.is).toBe(outcome);
  if (status === 429) expect(made).toMatchObject({ retryAfterMs: 7_000 });
  expect(JSON.stringify(made)).not.toContain('secret-key');
});

test('a status that is set twice does no harm: what leaves a create open is tried again there', async () => {
  const helpdesk = await answering(500, 'oops');
  expect((await helpdesk.update('1', { status: 'resolved' })).is).toBe('temporary');
});

test('a refused connection is no doubt, a cut one is', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect((await adapter(url, 'secret-key').create(order)).is).toBe('ambiguous');
  server.close();
  await once(server, 'close');
  expect((await adapter(url, 'secret-key').create(order)).is).toBe('temporary');
});
