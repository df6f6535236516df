import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Helpdesk, HelpdeskType } from '../../src/helpdesks/helpdesk.ts';
import freshdesk from '../../src/helpdesks/freshdesk.ts';
import glpi from '../../src/helpdesks/glpi.ts';
import jira from '../../src/helpdesks/jira.ts';
import requestTracker from '../../src/helpdesks/request-tracker.ts';
import freshservice from '../../src/helpdesks/freshservice.ts';
import halopsa from '../../src/helpdesks/halopsa.ts';
import servicenow from '../../src/helpdesks/servicenow.ts';
import { meaningOf } from '../../src/helpdesks/shared/answers.ts';
import webhook from '../../src/helpdesks/webhook.ts';
import zammad from '../../src/helpdesks/zammad.ts';
import zendesk from '../../src/helpdesks/zendesk.ts';
import { adapterOf } from '../support/helpdesk-stands.ts';
import { orderOf } from './helpdesk-conformance.ts';

const SECRET = 'correct-horse-battery';

/** Every adapter that speaks HTTP, with the least that it needs. */
const ADAPTERS: { name: string; type: HelpdeskType<never>; settings: object }[] = [
  { name: 'freshdesk', type: freshdesk, settings: { api_key: SECRET, requester: 'ops@example.com' } },
  { name: 'freshservice', type: freshservice, settings: { api_key: SECRET, requester: 'ops@example.com' } },
  { name: 'halopsa', type: halopsa, settings: { client_id: 'app', client_secret: SECRET, client: 7 } },
  { name: 'jira', type: jira, settings: { token: SECRET, project: 'OPS', service_management: true } },
  { name: 'zendesk', type: zendesk, settings: { token: SECRET } },
  { name: 'servicenow', type: servicenow, settings: { user: 'watchdesk', password: SECRET } },
  {
    name: 'zammad',
    type: zammad,
    settings: { token: SECRET, customer: 'ops@example.com', reply_by: 'note' },
  },
  { name: 'glpi', type: glpi, settings: { user_token: SECRET } },
  { name: 'request-tracker', type: requestTracker, settings: { user: 'watchdesk', password: SECRET } },
  { name: 'webhook', type: webhook, settings: { secret: SECRET, reads: true } },
] as never;

/** A session of GLPI, and a token of HaloPSA, is asked for before anything else. */
const isPrelude = ({ url }: IncomingMessage): boolean => /\/(initSession|auth\/token)$/.test(url!);

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function listening(answer: Answer): Promise<string> {
  const server = createHttp((request, response) => {
    request.resume();
    if (isPrelude(request)) response.end('{"session_token":"s-1","access_token":"t-1","expires_in":3600}');
    else request.on('end', () => answer(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each(ADAPTERS)('$name', ({ name, type, settings }) => {
  const adapter = (url: string, more: object = {}): Helpdesk =>
    adapterOf(type, { url, calls_per_minute: 10_000, ...settings, ...more });
  /** A receiver that keeps our idempotency keys can be asked again. */
  const isIdempotent = name === 'webhook';
  const note = { key: 'K7Q2M9XA:ticket.note:1', text: 'still down' };

  test('every status from 400 to 599 means what the table says', async () => {
    let status = 0;
    const url = await listening((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' });
      response.end(JSON.stringify({ error: 'no', said: SECRET }));
    });
    const helpdesk = adapter(url);
    for (status = 400; status <= 599; status++) {
      const meaning = meaningOf(status)!;
      const once = isIdempotent ? meaning.repeatable : meaning.once;
      // A fresh adapter: a limit that was heard of holds for what comes after.
      const fresh = status === 429 ? adapter(url) : helpdesk;
      const made = await fresh.create(orderOf());
      expect([status, made.is], JSON.stringify(made)).toEqual([status, once]);
      expect([status, (await (status === 429 ? adapter(url) : helpdesk).note('1', note)).is]).toEqual([
        status,
        once,
      ]);
      const changed = await (status === 429 ? adapter(url) : helpdesk).update('1', { status: 'resolved' });
      expect([status, changed.is]).toEqual([status, meaning.repeatable]);
      if (!('why' in made)) throw new Error('an answer without a reason');
      expect(made.why).toContain(String(status));
      expect(made.why).toContain(meaning.advice);
      expect(JSON.stringify([made, changed])).not.toContain(SECRET);
      if (status === 429) expect(made).toMatchObject({ retryAfterMs: 7_000 });
    }
  });

  const inDoubt = isIdempotent ? 'temporary' : 'ambiguous';
  const odd: [string, Answer, RegExp][] = [
    ['a redirect to sign in', (_request, response) => response.writeHead(302, { location: '/login' }).end(), /302/],
    ['200 with a page to sign in', (_request, response) => response.writeHead(200).end('<html>Sign in</html>'), /credentials/],
    ['half an answer', (_request, response) => response.writeHead(201, { 'content-length': '90' }).write('{"id": 1', () => response.destroy()), /no response/],
    ['JSON that ends too early', (_request, response) => response.writeHead(201).end('{"id": 1'), /did not return JSON/],
    ['a connection that is cut before the answer', (_request, response) => response.destroy(), /no response/],
    ['an endless answer', (_request, response) => void response.writeHead(200).write('x'.repeat(9 * 1024 * 1024)), /8388608 bytes/],
    ['no answer in time', () => {}, /no response/],
  ]; // prettier-ignore

  test.each(odd)('%s leaves it open whether a ticket was made', async (what, answer, says) => {
    const helpdesk = adapter(await listening(answer), {
      timeout: what === 'no answer in time' ? '150ms' : '5s',
    });
    const made = await helpdesk.create(orderOf());
    expect(made.is, JSON.stringify(made)).toBe(inDoubt);
    expect('why' in made && made.why).toMatch(says);
    // What can be done twice is simply tried again.
    const changed = await helpdesk.update('1', { status: 'resolved' });
    // Of the webhook's receiver no body is asked for there.
    const isDone = name === 'webhook' && what === 'JSON that ends too early';
    expect(changed.is).toBe(isDone ? 'done' : 'temporary');
  });

  test('an answer that names no ticket leaves it open too', async () => {
    const helpdesk = adapter(await listening((_request, response) => response.writeHead(201).end('{}')));
    expect((await helpdesk.create(orderOf())).is).toBe(inDoubt);
  });

  test('a connection that never came about is no doubt', async () => {
    const server = createServer((socket: Socket) => socket.destroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.close();
    await once(server, 'close');
    expect(await adapter(url).create(orderOf())).toMatchObject({
      is: 'temporary',
      why: expect.stringMatching(/no connection/),
    });
  });

  test('a list that is none is not taken for an empty one', async () => {
    const helpdesk = adapter(
      await listening((_request, response) => response.writeHead(200).end('{"unexpected":true}')),
    );
    const found = await helpdesk.findAll('K7Q2M9XA');
    expect(found.is, JSON.stringify(found)).toBe('temporary');
  });
});
