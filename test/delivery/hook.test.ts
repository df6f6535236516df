import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Effect } from '../../src/core/effect.ts';
import { hookDeliverer } from '../../src/delivery/hook-deliverer.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const SECRET = 'a-secret-of-the-crm';

async function crm() {
  const calls: { headers: IncomingHttpHeaders; body: string }[] = [];
  let status = 204;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      calls.push({ headers: request.headers, body });
      response.writeHead(status, { 'retry-after': '7' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  return { calls, url, answer: (next: number) => (status = next) };
}

const effect: Effect = {
  id: 'desk-7:event:3',
  incident: 'desk-7',
  kind: 'event',
  n: 3,
  lane: 'hook crm/7',
  createdAt: 0,
  attempts: 1,
  state: { is: 'sending', since: 0, leaseUntil: 1 },
  content: { is: 'event', hook: 'crm', event: 'ticket.replied', body: { ticket: { number: 7 } } },
};

test('an event reaches a CRM signed and with its key; what is refused for now is tried again, what is refused is final', async () => {
  const { calls, url, answer } = await crm();
  const hook = {
    name: 'crm',
    url,
    secret: SECRET,
    headers: { 'x-tenant': 'a' },
    timeoutMs: 2_000,
    withNotes: false,
  };
  const deliverer = hookDeliverer(hook, () => 1_795_000_000_000);
  expect(await deliverer.attempt(effect)).toEqual({ is: 'done', value: { remoteId: effect.id } });
  const [{ headers, body }] = calls as [(typeof calls)[number]];
  const signed = createHmac('sha256', SECRET).update(`1795000000.${body}`).digest('hex');
  expect(headers['x-watchdesk-signature']).toBe(`sha256=${signed}`);
  expect([headers['idempotency-key'], headers['x-tenant']]).toEqual([effect.id, 'a']);
  expect(JSON.parse(body)).toEqual({ id: effect.id, event: 'ticket.replied', ticket: { number: 7 } });
  answer(503);
  expect(await deliverer.attempt(effect)).toEqual({
    is: 'temporary',
    why: 'the receiver returned HTTP 503',
    retryAfterMs: 7_000,
  });
  answer(410);
  expect(await deliverer.attempt(effect)).toEqual({
    is: 'permanent',
    why: 'the receiver returned HTTP 410',
  });
  const gone = hookDeliverer({ ...hook, url: 'http://127.0.0.1:1/' }, () => 0);
  expect(await gone.attempt(effect)).toMatchObject({
    is: 'temporary',
    why: 'no connection to crm (ECONNREFUSED)',
  });
});

test('every event of a ticket comes to the CRM, in order, after a time in which it was down, too', async () => {
  const { calls, url, answer } = await crm();
  const port = await freePort();
  const monitor = new WatchdeskProcess(
    await temporaryFolder({
      'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
on_call: { operations-manager: { timezone: America/Toronto, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: maria } }
desk: { webhooks: { crm: { url: "${url}", secret: ${SECRET} } } }
`,
      'targets/here.yaml': `targets: [{ name: here, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]\n`,
    }),
    port,
  );
  await monitor.start();
  answer(503);
  await monitor.post('/api/v1/desk/tickets', { subject: 'Printer' });
  await until('a first try', async () => calls.length > 0);
  await monitor.post('/api/v1/desk/tickets/1/note', { by: 'maria', text: 'only for us' });
  await monitor.post('/api/v1/desk/tickets/1/reply', { by: 'maria', text: 'For you', then: 'resolved' });
  answer(204);
  await until(
    'all of it',
    async () => new Set(calls.map(({ headers }) => headers['idempotency-key'])).size === 3,
  );
  const events = new Map(
    calls
      .map(({ body }) => JSON.parse(body) as { id: string; event: string })
      .map(({ id, event }) => [id, event]),
  );
  expect([...events.values()]).toEqual(['ticket.opened', 'ticket.noted', 'ticket.resolved']);
  expect(calls.map(({ body }) => body).join()).not.toContain('only for us');
});
