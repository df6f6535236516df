import { expect, test } from 'vitest';
import type { Outcome } from '../../src/core/effect.ts';
import type { HelpdeskStand, StandKind } from '../support/helpdesk-stands.ts';

let orders = 0;

/** A ticket to open, with a key of its own. */
export function orderOf(more: object = {}) {
  const key = `K7Q2${String(++orders).padStart(4, '0')}`;
  return {
    orderId: `${key}:ticket.open:1`,
    key,
    subject: 'URGENT: shop <prod> & co is down: connection refused',
    body: 'shop is at risk\n  Address: 192.0.2.1\n  <script>alert("1")</script> & more',
    priority: 'urgent',
    ...more,
  } as const;
}

export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (outcome.is !== 'done') throw new Error(`${outcome.is}: ${outcome.why}`);
  return outcome.value;
}

/** Well before anything that a test does; some helpdesks know whole seconds only. */
const justBefore = () => Date.now() - 2_000;

/** What every helpdesk must do, whatever its vendor calls it. */
export function conformance<Stand extends HelpdeskStand>(kind: StandKind<Stand>): void {
  const open = kind.open;
  const create = async ({ helpdesk }: HelpdeskStand, more: object = {}) => {
    const order = orderOf(more);
    return { order, remoteId: valueOf(await helpdesk.create(order)).remoteId };
  };

  test('opens an urgent ticket that carries our key, and finds it by the key', async () => {
    const stand = await open();
    const order = orderOf();
    expect(valueOf(await stand.helpdesk.findAll(order.key))).toEqual([]);
    const { remoteId, remarks = [], url } = valueOf(await stand.helpdesk.create(order));
    expect(remarks).toEqual([]);
    expect(url).toMatch(/^https?:/);
    const view = await stand.view(remoteId);
    expect(view).toMatchObject({
      subject: order.subject,
      key: order.key,
      priority: 'urgent',
      status: 'open',
    });
    expect(valueOf(await stand.helpdesk.findAll(order.key))).toMatchObject([
      { remoteId, key: order.key, subject: order.subject, priority: 'urgent', status: 'open' },
    ]);
    expect(stand.complaints()).toEqual([]);
  });

  test('reads its own priorities back as what they were, or says as what else', async () => {
    const { helpdesk, ...stand } = await open();
    for (const priority of ['urgent', 'high', 'low'] as const) {
      const { remoteId } = await create({ helpdesk, ...stand }, { priority });
      const expected = helpdesk.readsAs ? helpdesk.readsAs(priority) : priority;
      expect(valueOf(await helpdesk.read!(remoteId))!.priority).toBe(expected);
    }
  });

  test('nothing of a hostile body becomes markup, and nothing of it is lost', async () => {
    const stand = await open();
    const { remoteId } = await create(stand);
    const { body } = await stand.view(remoteId);
    const isHtml = /&lt;|<br>|<p>/.test(body);
    if (isHtml) expect(body).not.toContain('<script');
    const text = body
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&');
    expect(text).toContain('<script>alert("1")</script> & more');
  });

  test('a subject that is too long is cut with a mark', async () => {
    const stand = await open();
    const { remoteId } = await create(stand, { subject: `URGENT: ${'long '.repeat(100)}` });
    const { subject } = await stand.view(remoteId);
    expect(subject.length).toBeLessThanOrEqual(Math.min(600, kind.subjectLimit));
    if (kind.subjectLimit < 400) expect(subject).toMatch(/…$/);
  });

  test('writes private notes and public replies, and tells whether they were written', async () => {
    const { helpdesk, view, complaints, ...stand } = await open();
    const { remoteId, order } = await create({ helpdesk, view, complaints, ...stand });
    const [note, reply] = [`${order.key}:ticket.note:1`, `${order.key}:ticket.reply:1`];
    expect(helpdesk.hasEntry ? valueOf(await helpdesk.hasEntry(remoteId, note)) : false).toBe(false);
    valueOf(await helpdesk.note(remoteId, { key: note, text: 'still <b>down</b>' }));
    valueOf(await helpdesk.reply!(remoteId, { key: reply, text: 'We are on it.' }));
    if (helpdesk.hasEntry) {
      expect(valueOf(await helpdesk.hasEntry(remoteId, note))).toBe(true);
      expect(valueOf(await helpdesk.hasEntry(remoteId, `${note}0`))).toBe(false);
      expect(valueOf(await helpdesk.hasEntry(remoteId, reply, 'We are on it.'))).toBe(true);
      expect(valueOf(await helpdesk.hasEntry(remoteId, reply, 'We are on it again.'))).toBe(false);
    }
    const { entries } = await view(remoteId);
    // What a customer reads carries no code of ours.
    expect(entries.find(({ isPublic }) => isPublic)!.body).not.toContain(order.key);
    expect(entries.map(({ isPublic, author }) => [author, isPublic])).toEqual([
      ['us', false],
      ['us', true],
    ]);
    expect(entries[1]!.body).toContain('We are on it.');
    expect(complaints()).toEqual([]);
  });

  test('resolves, reopens with the priority it had, waits; doing it twice does no harm', async () => {
    const { helpdesk, view, byHuman, complaints, ...stand } = await open();
    const { remoteId } = await create({ helpdesk, view, byHuman, complaints, ...stand });
    for (let time = 0; time < 2; time++) valueOf(await helpdesk.update(remoteId, { status: 'resolved' }));
    expect((await view(remoteId)).status).toBe('resolved');
    await byHuman(remoteId, { priority: 'low' });
    for (let time = 0; time < 2; time++) {
      valueOf(await helpdesk.update(remoteId, { status: 'open', priority: 'urgent' }));
    }
    expect(await view(remoteId)).toMatchObject({ status: 'open', priority: 'urgent' });
    valueOf(await helpdesk.update(remoteId, { status: 'pending' }));
    expect((await view(remoteId)).status).toBe('pending');
    expect(complaints()).toEqual([]);
  });

  test('reads what a human has made of a ticket: priority, assignee, state', async () => {
    const { helpdesk, byHuman, ...stand } = await open();
    const { remoteId } = await create({ helpdesk, byHuman, ...stand }, { priority: 'medium' });
    expect(valueOf(await helpdesk.read!(remoteId))).toMatchObject({ status: 'open', priority: 'medium' });
    expect(valueOf(await helpdesk.read!(remoteId))!.assignee).toBeUndefined();
    await byHuman(remoteId, { assignee: true, priority: 'urgent', status: 'pending' });
    const read = valueOf(await helpdesk.read!(remoteId))!;
    expect(read).toMatchObject({ status: 'pending', priority: 'urgent' });
    expect(read.assignee).toMatch(/ana/i);
    await byHuman(remoteId, { status: 'resolved' });
    expect(valueOf(await helpdesk.read!(remoteId))).toMatchObject({ status: 'resolved' });
  });

  test('gives a ticket to somebody else, which is no work of a human; whom it cannot be given to is said', async () => {
    const { helpdesk, byHuman, ...stand } = await open();
    const { remoteId } = await create({ helpdesk, byHuman, ...stand });
    await byHuman(remoteId, { assignee: true });
    const before = valueOf(await helpdesk.humanActs!(remoteId, 0)).length;
    for (let time = 0; time < 2; time++) valueOf(await helpdesk.assign(remoteId, kind.agents.there));
    expect(valueOf(await helpdesk.read!(remoteId))).toMatchObject({
      assignee: expect.stringMatching(kind.agents.reads),
      assigneeId: kind.agents.there,
    });
    expect(valueOf(await helpdesk.humanActs!(remoteId, 0))).toHaveLength(before);
    expect((await helpdesk.assign(remoteId, kind.agents.nobody)).is).toBe('permanent');
    expect(stand.complaints()).toEqual([]);
  });

  test('gives a ticket that nobody has', async () => {
    const { helpdesk, ...stand } = await open();
    const { remoteId } = await create({ helpdesk, ...stand });
    valueOf(await helpdesk.assign(remoteId, kind.agents.there));
    expect(valueOf(await helpdesk.read!(remoteId))!.assignee).toMatch(kind.agents.reads);
  });

  test('what our own user does is not the work of a human; what a human writes is', async () => {
    const { helpdesk, byHuman, ...stand } = await open();
    const { remoteId, order } = await create({ helpdesk, byHuman, ...stand });
    const before = justBefore();
    valueOf(await helpdesk.note(remoteId, { key: `${order.key}:ticket.note:1`, text: 'ours' }));
    valueOf(await helpdesk.reply!(remoteId, { key: `${order.key}:ticket.reply:1`, text: 'ours' }));
    expect(valueOf(await helpdesk.humanActs!(remoteId, 0))).toEqual([]);
    await byHuman(remoteId, { note: 'looking' });
    await byHuman(remoteId, { reply: 'we are on it' });
    const acts = valueOf(await helpdesk.humanActs!(remoteId, before));
    expect(acts.map(({ what }) => what)).toEqual(['noted', 'replied']);
    expect(acts[0]!.by).toMatch(/ana/i);
    expect(valueOf(await helpdesk.humanActs!(remoteId, Date.now() + 5_000))).toEqual([]);
  });

  test('lists what has changed since, ours and others, the oldest change first', async () => {
    const { helpdesk, byHuman, openByHuman, ...stand } = await open();
    const since = justBefore();
    const { remoteId, order } = await create({ helpdesk, byHuman, openByHuman, ...stand });
    const other = await openByHuman('Mail is down for all of us', 'urgent');
    const { tickets: listed, isComplete } = valueOf(await helpdesk.changedSince!(since));
    expect(isComplete).toBe(true);
    expect(listed.find((one) => one.remoteId === remoteId)).toMatchObject({ key: order.key, status: 'open' });
    const others = listed.find((one) => one.remoteId === other)!;
    expect(others).toMatchObject({
      priority: 'urgent',
      status: 'open',
      subject: 'Mail is down for all of us',
    });
    expect(others.key).toBeUndefined();
    expect(listed.map(({ updatedAt }) => updatedAt)).toEqual(
      listed.map(({ updatedAt }) => updatedAt).sort((a, b) => a - b),
    );
    expect(valueOf(await helpdesk.changedSince!(Date.now() + 5_000)).tickets).toEqual([]);
  });

  test.skipIf(kind.whose === undefined)('says whose ticket it is', async () => {
    const { fields, reads, settings = {} } = kind.whose!;
    const stand = await open();
    const helpdesk = stand.make(settings);
    const since = justBefore();
    const id = await stand.openByHuman('Printer', 'high', fields);
    const { tickets: listed } = valueOf(await helpdesk.changedSince!(since));
    expect(listed.find(({ remoteId }) => remoteId === id)).toMatchObject(reads);
    expect(valueOf(await helpdesk.read!(id))).toMatchObject(reads);
  });

  test('a ticket that is gone reads as none', async () => {
    const { helpdesk, byHuman, ...stand } = await open();
    const { remoteId } = await create({ helpdesk, byHuman, ...stand });
    await byHuman(remoteId, { delete: true });
    expect(valueOf(await helpdesk.read!(remoteId))).toBeNull();
  });

  test.skipIf(kind.cannot.includes('merge'))(
    'a ticket that a human has merged leads to where it lives on',
    async () => {
      const { helpdesk, byHuman, openByHuman, ...stand } = await open();
      const { remoteId } = await create({ helpdesk, byHuman, openByHuman, ...stand });
      const other = await openByHuman('the same, said by a customer', 'high');
      await byHuman(remoteId, { mergeInto: other });
      expect(valueOf(await helpdesk.read!(remoteId))!.mergedInto).toBe(other);
    },
  );

  test('of two tickets with one key the oldest stays, the other ends', async () => {
    const { helpdesk, view, complaints, ...stand } = await open();
    if (!helpdesk.closeDouble) return;
    const { remoteId: first, order } = await create({ helpdesk, view, complaints, ...stand });
    const { remoteId: second } = await create(
      { helpdesk, view, complaints, ...stand },
      { key: order.key, orderId: `${order.key}:ticket.open:2` },
    );
    expect(second).not.toBe(first);
    const found = valueOf(await helpdesk.findAll(order.key));
    expect(found.map(({ remoteId }) => remoteId)).toEqual([first, second]);
    for (let time = 0; time < 2; time++) {
      const again = valueOf(await helpdesk.findAll(order.key)).filter(({ status }) => status !== 'resolved');
      for (const double of again.slice(1)) valueOf(await helpdesk.closeDouble(double.remoteId, found[0]!));
    }
    expect((await view(first)).status).toBe('open');
    const left = valueOf(await helpdesk.findAll(order.key)).filter(({ status }) => status !== 'resolved');
    expect(left.map(({ remoteId }) => remoteId)).toEqual([first]);
    expect(complaints()).toEqual([]);
  });

  test.skipIf(!kind.refusedExtra)(
    'a ticket that is refused for an extra is opened without it, and that is said',
    async () => {
      const { make, view } = await open();
      const order = orderOf();
      const { remoteId, remarks } = valueOf(await make(kind.refusedExtra!).create(order));
      expect(remarks!.join()).toMatch(/^Not set on this ticket: /);
      expect(await view(remoteId)).toMatchObject({ key: order.key, subject: order.subject });
    },
  );

  test.skipIf(!kind.loseKey)(
    'a key that does not stick goes into the subject, and the ticket is found by it',
    async () => {
      const stand = await open();
      kind.loseKey!(stand);
      const order = orderOf();
      const { remoteId } = valueOf(await stand.helpdesk.create(order));
      const view = await stand.view(remoteId);
      expect(view.key ?? view.subject).toContain(order.key);
      const other = await stand.openByHuman('nothing to do with it', 'low');
      const found = kind.name === 'zendesk' ? [] : valueOf(await stand.helpdesk.findAll(order.key));
      expect(found.map((one) => one.remoteId)).not.toContain(other);
      if (kind.name !== 'zendesk') expect(found.map((one) => one.remoteId)).toEqual([remoteId]);
    },
  );

  test('its own settings fit it, and what does not fit is said', async () => {
    const { helpdesk, make } = await open();
    expect(valueOf(await helpdesk.inspect!())).toEqual([]);
    if (!kind.misfit) return;
    const found = valueOf(await make(kind.misfit.settings).inspect!());
    expect(found.length).toBeGreaterThan(0);
    for (const line of found) expect(line).toMatch(kind.misfit.says);
  });

  test('credentials that are not taken any more are said with what to do; what waits goes through later', async () => {
    const { make, secrets } = await open();
    const stranger = make(kind.wrong);
    const outcomes = [
      await stranger.create(orderOf()),
      await stranger.findAll('K7Q2M9XA'),
      await stranger.inspect!(),
    ];
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ is: 'temporary', why: expect.stringMatching(/renew/) });
      for (const secret of [...secrets, ...Object.values(kind.wrong)]) {
        expect(JSON.stringify(outcome)).not.toContain(secret);
      }
    }
  });

  test('a call that nobody signed is not believed', async () => {
    const { helpdesk, make } = await open();
    expect(helpdesk.isGenuine({}, '{}')).toBe(false);
    expect(helpdesk.isGenuine({ 'x-watchdesk-secret': 'guess' }, '{}')).toBe(false);
    expect(helpdesk.isGenuine({ 'x-hub-signature': 'sha256=00' }, '{}')).toBe(false);
    expect(helpdesk.isGenuine({ 'x-zendesk-webhook-signature': '00' }, '{}')).toBe(false);
    if (kind.name === 'webhook') return;
    const unsigned = make({ webhook_secret: undefined });
    for (const secret of ['', 'undefined']) {
      expect(unsigned.isGenuine({ 'x-watchdesk-secret': secret }, '{}')).toBe(false);
    }
  });
}
