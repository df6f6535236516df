import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { FakeGlpi } from '../fakes/fake-glpi.ts';
import type { FakeServiceNow } from '../fakes/fake-servicenow.ts';
import type { FakeZammad } from '../fakes/fake-zammad.ts';
import {
  FAKE_STANDS,
  openFreshdesk,
  openFreshservice,
  openHaloPsa,
  openGlpi,
  openJira,
  openJiraDataCenter,
  openReceiver,
  openServiceNow,
  openZammad,
  openZendesk,
} from '../support/helpdesk-stands.ts';
import { orderOf, valueOf } from './helpdesk-conformance.ts';

const SECRET = 'hush-hush-hush';
const hex = (text: string, secret = SECRET) => createHmac('sha256', secret).update(text).digest('hex');

describe('a webhook is believed', () => {
  test.each(FAKE_STANDS.filter(({ name }) => name !== 'webhook'))(
    'by $name, with the secret in its header',
    async ({ open }) => {
      const { make } = await open();
      const helpdesk = make({ webhook_secret: SECRET });
      expect(helpdesk.isGenuine({ 'x-watchdesk-secret': SECRET }, '{"a":1}')).toBe(true);
      expect(helpdesk.isGenuine({ 'x-watchdesk-secret': `${SECRET}!` }, '{"a":1}')).toBe(false);
    },
  );

  test('by jira and zammad, with a signature of the body', async () => {
    const jira = (await openJira()).helpdesk;
    expect(jira.isGenuine({ 'x-hub-signature': `sha256=${hex('{"a":1}')}` }, '{"a":1}')).toBe(true);
    expect(jira.isGenuine({ 'x-hub-signature': `sha256=${hex('{"a":1}')}` }, '{"a":2}')).toBe(false);
    const zammad = (await openZammad()).helpdesk;
    const sha1 = createHmac('sha1', SECRET).update('{"a":1}').digest('hex');
    expect(zammad.isGenuine({ 'x-hub-signature': `sha1=${sha1}` }, '{"a":1}')).toBe(true);
    expect(zammad.isGenuine({ 'x-hub-signature': `md5=${sha1}` }, '{"a":1}')).toBe(false);
  });

  test('by jira data center, with the secret as the password of basic authentication', async () => {
    const { helpdesk } = await openJiraDataCenter();
    const basic = (credentials: string) => ({
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    });
    expect(helpdesk.isGenuine(basic(`jira:${SECRET}`), '{}')).toBe(true);
    expect(helpdesk.isGenuine(basic(SECRET), '{}')).toBe(false);
    expect(helpdesk.isGenuine(basic('jira:'), '{}')).toBe(false);
    expect(helpdesk.isGenuine({ authorization: `Bearer ${SECRET}` }, '{}')).toBe(false);
  });

  test('by glpi 11, with a signature of body and timestamp', async () => {
    const glpi = (await openGlpi()).make({ webhook_secret: SECRET });
    const call = (signature: string, timestamp = '1795662720') =>
      glpi.isGenuine({ 'x-glpi-signature': signature, 'x-glpi-timestamp': timestamp }, '{"a":1}');
    expect(call(hex('{"a":1}1795662720'))).toBe(true);
    expect(call(hex('{"a":1}1795662720'), '1795662721')).toBe(false);
    expect(call(hex('{"a":1}'))).toBe(false);
    expect(call(hex('{"a":1}', 'another secret'))).toBe(false);
    expect(call('', '')).toBe(false);
    expect(call(hex('{"a":1}'), '')).toBe(false);
  });

  test('by zendesk, with a signature of timestamp and body', async () => {
    const { helpdesk } = await openZendesk();
    const stamp = '2026-11-22T03:12:00Z';
    const signature = createHmac('sha256', SECRET).update(`${stamp}{"a":1}`).digest('base64');
    const headers = {
      'x-zendesk-webhook-signature': signature,
      'x-zendesk-webhook-signature-timestamp': stamp,
    };
    expect(helpdesk.isGenuine(headers, '{"a":1}')).toBe(true);
    expect(helpdesk.isGenuine(headers, '{"a":2}')).toBe(false);
    expect(
      helpdesk.isGenuine({ ...headers, 'x-zendesk-webhook-signature-timestamp': '2027' }, '{"a":1}'),
    ).toBe(false);
  });

  test('by webhook, signed as our own orders are, and not for longer than five minutes', async () => {
    const { helpdesk, fake } = await openReceiver();
    const signed = (stamp: number) => ({
      'x-watchdesk-timestamp': String(stamp),
      'x-watchdesk-signature': `sha256=${hex(`${stamp}.{"a":1}`, fake.secret)}`,
    });
    const now = Math.trunc(Date.now() / 1_000);
    expect(helpdesk.isGenuine(signed(now), '{"a":1}')).toBe(true);
    expect(helpdesk.isGenuine(signed(now), '{"a":2}')).toBe(false);
    expect(helpdesk.isGenuine(signed(now - 400), '{"a":1}')).toBe(false);
    expect(helpdesk.isGenuine(signed(now + 400), '{"a":1}')).toBe(false);
  });
});

test('servicenow: a query of which a part is left out gives all rows; only our own count', async () => {
  const { helpdesk, fake } = await openServiceNow();
  const [first, second] = [
    valueOf(await helpdesk.create(orderOf())),
    valueOf(await helpdesk.create(orderOf())),
  ];
  valueOf(await helpdesk.note(first.remoteId, { key: 'K:ticket.note:1', text: 'on the first' }));
  (fake as FakeServiceNow).ignoresQueries = true;
  expect(valueOf(await helpdesk.hasEntry!(first.remoteId, 'K:ticket.note:1'))).toBe(true);
  expect(valueOf(await helpdesk.hasEntry!(second.remoteId, 'K:ticket.note:1'))).toBe(false);
  expect(valueOf(await helpdesk.findAll('NOSUCHKEY'))).toEqual([]);
});

test('servicenow: what a data policy refuses is told and tried again when it is mended', async () => {
  const { make } = await openServiceNow();
  const helpdesk = make({ hold_reason: 0 });
  const { remoteId } = valueOf(await helpdesk.create(orderOf()));
  const answer = await helpdesk.update(remoteId, { status: 'pending' });
  expect(answer).toMatchObject({ is: 'temporary', why: expect.stringMatching(/On hold reason/) });
});

test('zammad: a merge that failed answers 200, and is no success', async () => {
  const { helpdesk, fake } = await openZammad();
  const kept = valueOf(await helpdesk.create(orderOf()));
  const double = valueOf(await helpdesk.create(orderOf()));
  (fake as FakeZammad).mergeFails = true;
  expect(await helpdesk.closeDouble!(double.remoteId, kept)).toMatchObject({
    is: 'permanent',
    why: expect.stringMatching(/did not merge/),
  });
});

test('glpi: a session that ends is begun anew, and nothing is lost by it', async () => {
  const { helpdesk, fake } = await openGlpi();
  const { remoteId } = valueOf(await helpdesk.create(orderOf()));
  (fake as FakeGlpi).forget();
  valueOf(await helpdesk.note(remoteId, { key: 'K:ticket.note:1', text: 'still down' }));
  expect(fake.tickets[0]!.entries).toHaveLength(1);
  expect(fake.calls.filter((call) => call.endsWith('/initSession'))).toHaveLength(2);
});

test('glpi: several may have a ticket; whoever is given it has it alone', async () => {
  const { fake, helpdesk } = await openGlpi();
  const { remoteId } = valueOf(await helpdesk.create(orderOf()));
  valueOf(await helpdesk.assign(remoteId, '14'));
  valueOf(await helpdesk.assign(remoteId, '12'));
  expect(fake.tickets[0]!.fields['assigned']).toEqual([12]);
  expect((await helpdesk.assign(remoteId, 'ana')).is).toBe('permanent');
  expect(fake.tickets[0]!.fields['assigned']).toEqual([12]);
});

test('jira: an issue that moved to another project is followed, and its comments go there', async () => {
  const { helpdesk, byHuman, openByHuman } = await openJira();
  const { remoteId } = valueOf(await helpdesk.create(orderOf()));
  const moved = await openByHuman('the same in another project', 'urgent');
  await byHuman(remoteId, { mergeInto: moved });
  expect(valueOf(await helpdesk.read!(remoteId))!.mergedInto).toBe(moved);
});

describe('jira data center', () => {
  test('a customer who reported the issue is not of the team', async () => {
    const { helpdesk, fake } = await openJiraDataCenter();
    const { remoteId } = valueOf(await helpdesk.create(orderOf({ customer: { requester: 'carl' } })));
    const ticket = fake.tickets[0]!;
    expect(ticket.fields['reporter']).toEqual({ name: 'carl' });
    fake.enter(ticket, { author: 'customer', body: 'still down here', isPublic: true });
    expect(valueOf(await helpdesk.humanActs!(remoteId, 0))).toEqual([]);
    fake.byHuman(remoteId, { reply: 'we are looking', note: 'switch 4' });
    const acts = valueOf(await helpdesk.humanActs!(remoteId, 0));
    expect(acts.map(({ by, what }) => `${by} ${what}`)).toEqual(['Ana Agent replied', 'Ana Agent noted']);
  });

  test('pages that an administrator made small are read to their end', async () => {
    const { helpdesk, openByHuman } = await openJiraDataCenter();
    for (let index = 0; index < 130; index++) await openByHuman(`printer ${index}`, 'low');
    const { tickets, isComplete } = valueOf(await helpdesk.changedSince!(0));
    expect(new Set(tickets.map(({ remoteId }) => remoteId)).size).toBe(130);
    expect(isComplete).toBe(true);
  });

  test('an API token is refused with what it takes instead', async () => {
    const { make } = await openJiraDataCenter();
    const given = { token: undefined, email: 'monitor@example.com', api_token: 'a-token-of-cloud' };
    expect(() => make(given)).toThrow(/personal access token/);
  });
});

test('zendesk: the same order again gives the same ticket, another body another one', async () => {
  const { helpdesk, fake } = await openZendesk();
  const order = orderOf();
  const first = valueOf(await helpdesk.create(order));
  expect(valueOf(await helpdesk.create(order)).remoteId).toBe(first.remoteId);
  expect(fake.tickets).toHaveLength(1);
  valueOf(await helpdesk.create({ ...order, orderId: `${order.key}:ticket.open:2` }));
  expect(fake.tickets).toHaveLength(2);
});

test('freshservice: urgency and impact follow the priority, for whoever computes it by a matrix', async () => {
  const { helpdesk, fake } = await openFreshservice();
  const made = await helpdesk.create(orderOf());
  expect(made).toMatchObject({ is: 'done', value: { remarks: [] } });
  const [ticket] = fake.tickets;
  expect(ticket!.fields).toMatchObject({ priority: 4, urgency: 3, impact: 3, source: 2 });
  await helpdesk.update(ticket!.id, { priority: 'high' });
  expect(ticket!.fields).toMatchObject({ priority: 3, urgency: 3, impact: 2 });
});

test('freshservice: a ticket of another workspace is found again there, and opened nowhere else', async () => {
  const { make, fake } = await openFreshservice();
  const helpdesk = make({ workspace_id: 3 });
  const order = orderOf();
  valueOf(await helpdesk.create(order));
  expect(fake.tickets[0]!.fields).toMatchObject({ workspace_id: 3 });
  expect(valueOf(await helpdesk.findAll(order.key))).toHaveLength(1);
  expect(valueOf(await helpdesk.changedSince!(Date.now() - 60_000)).tickets).toHaveLength(1);
  // A wish that is refused is asked for with less, but there.
  valueOf(await make({ workspace_id: 3, group_id: 77 }).create(orderOf()));
  expect(fake.tickets[1]!.fields).toMatchObject({ workspace_id: 3 });
});

test('halopsa: a token that is said back is struck out, and one that is none is not used', async () => {
  const { helpdesk, fake } = await openHaloPsa();
  let token = '';
  fake.instead = ({ path, headers }) => {
    if (!path.startsWith('/api/')) return undefined;
    token = String(headers.authorization).split(' ')[1]!;
    return { status: 400, body: { Message: `bad Bearer ${token}` } };
  };
  const refused = await helpdesk.create(orderOf());
  expect(refused).toMatchObject({ is: 'permanent', why: expect.stringContaining('bad Bearer') as string });
  expect(JSON.stringify(refused)).not.toContain(token);
  const { helpdesk: other, fake: odd } = await openHaloPsa();
  odd.instead = ({ path }) =>
    path === '/auth/token' ? { status: 200, body: 'access_token=ACCESSTOKEN123456' } : undefined;
  const form = await other.create(orderOf());
  expect(form.is).toBe('temporary');
  expect(JSON.stringify(form)).not.toContain('ACCESSTOKEN');
  odd.instead = ({ path }) =>
    path === '/auth/token' ? { status: 200, body: { access_token: 'two\nlines' } } : undefined;
  expect(await other.create(orderOf())).toMatchObject({
    is: 'temporary',
    why: 'HaloPSA returned no access token',
  });
});

test('webhook: a receiver may call a ticket by the idempotency key, and say what time it is', async () => {
  const { helpdesk, fake } = await openReceiver();
  fake.instead = ({ method, headers }) => {
    if (method !== 'POST') return undefined;
    const id = String(headers['idempotency-key']);
    return { status: 201, body: { id, url: `https://x.example/t/${id}`, now: Date.now() } };
  };
  const order = orderOf();
  const made = valueOf(await helpdesk.create(order));
  expect(made.remoteId).toBe(order.orderId);
});

test('freshservice: a second ticket is resolved with a note, for it cannot be merged', async () => {
  const { helpdesk, fake } = await openFreshservice();
  const order = orderOf();
  valueOf(await helpdesk.create(order));
  valueOf(await helpdesk.create(order));
  const [kept, double] = fake.tickets;
  const all = valueOf(await helpdesk.findAll(order.key));
  expect(all).toMatchObject([{ remoteId: kept!.id }, { remoteId: double!.id }]);
  const [first] = all;
  expect(await helpdesk.closeDouble!(double!.id, first!)).toMatchObject({ is: 'done' });
  expect(double!.fields).toMatchObject({ status: 4 });
  expect(double!.entries).toMatchObject([
    { isPublic: false, body: expect.stringContaining(`Duplicate of ticket ${kept!.id}`) as string },
  ]);
  expect(kept!.fields).toMatchObject({ status: 2 });
  expect(fake.complaints).toEqual([]);
});

test('halopsa: a token that has ended is replaced once, and one token serves many calls', async () => {
  const { helpdesk, fake } = await openHaloPsa();
  const { remoteId } = valueOf(await helpdesk.create(orderOf()));
  valueOf(await helpdesk.read!(remoteId));
  const tokens = () => fake.calls.filter((call) => call === 'POST /auth/token').length;
  expect(tokens()).toBe(1);
  fake.forget();
  valueOf(await helpdesk.note(remoteId, { key: 'K7Q2M9XA', text: 'still down' }));
  expect(tokens()).toBe(2);
  expect(fake.tickets[0]!.entries).toHaveLength(1);
  fake.instead = ({ path }) => (path.startsWith('/api/') ? { status: 403 } : undefined);
  expect(await helpdesk.read!(remoteId)).toMatchObject({ is: 'temporary' });
  expect(tokens()).toBe(3);
});

test('halopsa: times without a zone are UTC, wherever we run', async () => {
  const { helpdesk } = await openHaloPsa();
  const before = Date.now();
  const { remoteId } = valueOf(await helpdesk.create(orderOf()));
  const read = valueOf(await helpdesk.read!(remoteId))!;
  expect(read.createdAt).toBeGreaterThanOrEqual(before);
  expect(read.createdAt).toBeLessThanOrEqual(Date.now());
  expect(read.updatedAt).toBeGreaterThanOrEqual(read.createdAt);
});

test('halopsa: an action that does not exist there is refused by name', async () => {
  const { make, helpdesk } = await openHaloPsa();
  const { remoteId } = valueOf(await helpdesk.create(orderOf()));
  const other = make({ note_outcome: 'Nota interna' });
  expect(await other.note(remoteId, { key: 'K7Q2M9XA', text: 'x' })).toMatchObject({
    is: 'permanent',
    why: expect.stringContaining('Outcome Nota interna not found') as string,
  });
});

test('freshdesk: an agent whose name we may not ask for is still heard', async () => {
  const { helpdesk, fake, byHuman } = await openFreshdesk();
  const { remoteId } = valueOf(await helpdesk.create(orderOf()));
  await byHuman(remoteId, { assignee: true, note: 'looking' });
  fake.instead = ({ path }) =>
    /\/agents\/\d+$/.test(path) ? { status: 403, body: { code: 'access_denied' } } : undefined;
  expect(valueOf(await helpdesk.read!(remoteId))!.assignee).toBe('agent 12');
  expect(valueOf(await helpdesk.humanActs!(remoteId, 0))).toMatchObject([{ by: 'agent 12', what: 'noted' }]);
});

test('webhook: an order whose answer was lost is told again, and done once', async () => {
  const { helpdesk, fake } = await openReceiver();
  let drops = 1;
  fake.instead = () => (drops-- > 0 ? 'drop-after' : undefined);
  const order = orderOf();
  expect((await helpdesk.create(order)).is).toBe('temporary');
  const { remoteId } = valueOf(await helpdesk.create(order));
  drops = 1;
  const note = { key: `${order.key}:ticket.note:1`, text: 'still down' };
  expect((await helpdesk.note(remoteId, note)).is).toBe('temporary');
  valueOf(await helpdesk.note(remoteId, note));
  expect(fake.tickets).toHaveLength(1);
  expect(fake.tickets[0]!.entries).toHaveLength(1);
});

describe.each(
  FAKE_STANDS.filter(({ name }) => ['freshdesk', 'freshservice', 'jira', 'zendesk'].includes(name)),
)('$name', ({ open }) => {
  test('shows a new ticket late where it is looked up; the adapter says how late', async () => {
    const { helpdesk, fake } = await open();
    fake.lagMs = 60_000;
    const order = orderOf();
    valueOf(await helpdesk.create(order));
    expect(valueOf(await helpdesk.findAll(order.key))).toEqual([]);
    expect(helpdesk.indexLagMs).toBeGreaterThan(0);
  });
});
