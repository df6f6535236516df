import { describe, expect, onTestFinished, test } from 'vitest';
import type { AuditRecord } from '../../src/core/audit-record.ts';
import type { DeskEntry, DeskTicket } from '../../src/core/desk/desk-ticket.ts';
import type { Effect } from '../../src/core/effect.ts';
import type { ServiceTicket } from '../../src/core/service/service-ticket.ts';
import { erasePerson } from '../../src/store/erase-person.ts';
import { openDatabase } from '../../src/store/open-store.ts';
import type { Change, TicketRecord } from '../../src/store/store.ts';
import { SystemClock } from '../../src/probing/system-clock.ts';
import { sampleMessage } from '../support/sample-effect.ts';
import { sampleIncident } from '../support/sample-incident.ts';
import { open, STORES, type StoreKind } from '../support/stores.ts';

const DAY_MS = 86_400_000;

const ticket = (number: number, more: Partial<DeskTicket> = {}): DeskTicket => ({
  number,
  subject: `Ticket ${number}`,
  body: 'about it',
  type: 'question',
  state: { is: 'open' },
  priority: 'medium',
  wished: {},
  origin: 'portal',
  tier: 1,
  fields: {},
  links: [],
  sent: 0,
  createdAt: number,
  updatedAt: number,
  ...more,
});

const entry = (of: number, text: string, more: Partial<DeskEntry> = {}): DeskEntry => ({
  ticket: of,
  at: 1,
  event: 'reply',
  by: { is: 'agent', id: 'maria' },
  text,
  isPublic: true,
  ...more,
});

const serviceTicket = (id: string, more: object = {}): ServiceTicket =>
  ({
    id,
    status: 'open',
    openedAt: 5,
    ticket: { adapter: 'zammad', remoteId: id },
    ...more,
  }) as ServiceTicket;

const record = (id: string, incident: string, more: Partial<TicketRecord> = {}): TicketRecord => ({
  id,
  incident,
  adapter: 'zammad',
  remoteId: id,
  url: `https://z.example/${id}`,
  priority: 'urgent',
  status: 'open',
  subject: 'shop is down',
  body: 'refused',
  createdAt: 5,
  ...more,
});

const notice = (id: string, more: Partial<Effect> = {}, content: object = {}): Effect => {
  const one = sampleMessage({ kind: 'notice', ...more });
  return { ...one, id, incident: id, content: { ...one.content, code: `CODE-${id}`, ...content } } as Effect;
};

const here = STORES.filter(({ missing }) => missing === undefined);

describe.each(here)('every table of the store on $name', ({ address }: StoreKind) => {
  const opened = async (...changes: Change[]) => {
    const store = await open(await address());
    onTestFinished(() => store.close());
    for (const change of changes) await store.commit(change);
    return store;
  };

  test('checks, sightings, beats, marks, windows and overrides: the last word counts, and what is removed is gone', async () => {
    const state = (since: number) => ({ health: { is: 'up', since } }) as never;
    const window = (id: string, reason: string) => ({ id, reason }) as never;
    const store = await opened(
      {
        checks: [
          { target: 'a', check: 'x', state: state(1) },
          { target: 'a', check: 'y', state: state(1) },
        ],
        sightings: ['toronto', 'sydney'].map((location) => ({
          target: 'a',
          check: 'x',
          location,
          state: state(1),
        })),
        beats: [{ token: 't', beat: { at: 1 } as never }],
        marks: [
          { name: 'm', value: { deep: [1] } },
          { name: 'none', value: null },
        ],
        windows: [window('w', 'first'), window('v', 'kept')],
        overrides: [window('o', 'first')],
      },
      {
        checks: [{ target: 'a', check: 'x', state: state(2) }],
        removedChecks: [{ target: 'a', check: 'y' }],
        sightings: [{ target: 'a', check: 'x', location: 'toronto', state: state(2) }],
        removedSightings: [{ target: 'a', check: 'x', location: 'sydney' }],
        beats: [{ token: 't', beat: { at: 2 } as never }],
        marks: [{ name: 'm', value: 'new' }],
        windows: [window('w', 'second')],
        removedOverrides: ['o'],
      },
    );
    const stored = await store.load(0);
    expect(stored.checks).toEqual([{ target: 'a', check: 'x', state: state(2) }]);
    expect(stored.sightings).toEqual([{ target: 'a', check: 'x', location: 'toronto', state: state(2) }]);
    expect(stored.beats).toEqual([{ token: 't', beat: { at: 2 } }]);
    expect(stored.marks).toHaveLength(2);
    expect(await store.mark('m')).toBe('new');
    expect(await store.mark('none')).toBeNull();
    expect(await store.mark('unknown')).toBeUndefined();
    expect(stored.windows).toEqual([window('w', 'second'), window('v', 'kept')]);
    expect(stored.overrides).toEqual([]);
    await store.commit({ removedWindows: ['w', 'v'] });
    expect((await store.load(0)).windows).toEqual([]);
  });

  test('effects change their state, are found by code and bundle, and wait for receipts', async () => {
    const accepted = (askAt?: number) =>
      ({ is: 'accepted', at: 1, remoteId: 'r', ...(askAt !== undefined && { askAt }) }) as Effect['state'];
    const store = await opened({ newEffects: [notice('a'), notice('b'), notice('c')] });
    await store.commit({
      effects: [
        notice('a', { state: accepted(9) }),
        notice('b', { state: accepted() }, { bundledCode: 'CODE-a' }),
      ],
    });
    const stored = await store.load(0);
    expect(stored.receipts.map(({ id }) => id)).toEqual(['a']);
    expect(stored.effects.map(({ id }) => id)).toEqual(['c']);
    expect((await store.messageByCode('CODE-b'))!.state).toEqual(accepted());
    expect((await store.bundledWith('CODE-a')).map(({ id }) => id)).toEqual(['b']);
    expect((await store.effects({ limit: 9, kinds: ['notice'], state: 'accepted' })).items).toHaveLength(2);
    expect((await store.effects({ limit: 9, kinds: [] })).items).toEqual([]);
    expect((await store.effects({ limit: 9, incident: 'c' })).items.map(({ id }) => id)).toEqual(['c']);
    expect(await store.unfinished()).toEqual({ incidents: [], effects: ['c'] });
    await store.commit({ effects: [notice('a', { state: accepted() })] });
    expect((await store.load(0)).receipts).toEqual([]);
  });

  test('incidents and their tickets are listed by customer, target and time', async () => {
    const incident = (id: string, more: object) => sampleIncident({ id, target: id, ...more });
    const store = await opened({
      incidents: [
        incident('a', { customer: 'acme', openedAt: 10 }),
        incident('b', { customer: 'globex', openedAt: 20 }),
      ],
      tickets: [record('1', 'a'), record('2', 'b', { createdAt: 20 })],
      ticketStatus: [{ incident: 'b', status: 'resolved' }],
      events: [
        { incident: 'a', at: 2, is: 'later' } as never,
        { incident: 'a', at: 1, is: 'earlier' } as never,
      ],
    });
    const ids = async (query: object) =>
      (await store.incidents({ limit: 9, ...query })).items.map(({ id }) => id);
    expect(await ids({ customer: 'acme' })).toEqual(['a']);
    expect(await ids({ since: 20 })).toEqual(['b']);
    expect(await ids({ since: 10, until: 20 })).toEqual(['a']);
    expect(await ids({ target: 'b', status: 'open' })).toEqual(['b']);
    expect((await store.tickets({ limit: 9, customer: 'globex' })).items).toEqual([
      record('2', 'b', { createdAt: 20, status: 'resolved' }),
    ]);
    expect((await store.tickets({ limit: 9, status: 'open' })).items.map(({ id }) => id)).toEqual(['1']);
    expect((await store.events('a')).map(({ at }) => at)).toEqual([1, 2]);
    // Another ticket for the same incident takes its place.
    await store.commit({ tickets: [record('9', 'a', { status: 'resolved' })] });
    expect((await store.tickets({ limit: 9, incident: 'a' })).items).toEqual([
      record('9', 'a', { status: 'resolved' }),
    ]);
  });

  test('spans of history end, and are kept from when on they are asked for', async () => {
    const store = await opened(
      { spans: [{ target: 'a', state: 'down', from: 1 }] },
      {
        spans: [
          { target: 'a', state: 'down', from: 1, to: 5 },
          { target: 'b', state: 'unknown', from: 7 },
        ],
      },
    );
    expect(await store.history(0)).toEqual([
      { target: 'a', state: 'down', from: 1, to: 5 },
      { target: 'b', state: 'unknown', from: 7 },
    ]);
    expect((await store.history(6)).map(({ target }) => target)).toEqual(['b']);
  });

  test('subscribers, users, sessions and SLA tickets', async () => {
    const user = (id: string, email: string) => ({ id, email, name: id, role: 'customer' as const });
    const session = (id: string) => ({ id, user: 'u', createdAt: 1, expiresAt: 2, proof: 'p' });
    const store = await opened(
      {
        subscribers: [{ email: 'a@x.example', token: 't', askedAt: 1 }],
        users: [user('u', 'u@x.example')],
        sessions: [session('s'), session('r')],
        serviceTickets: [serviceTicket('1'), serviceTicket('2', { openedAt: 50 })],
      },
      {
        subscribers: [{ email: 'a@x.example', token: 't', askedAt: 1, confirmedAt: 3 }],
        users: [user('u', 'new@x.example')],
        removedSessions: ['r'],
        serviceTickets: [serviceTicket('1', { status: 'resolved', resolvedAt: 9 })],
      },
    );
    expect(await store.subscribers()).toEqual([
      { email: 'a@x.example', token: 't', askedAt: 1, confirmedAt: 3 },
    ]);
    expect(await store.users()).toEqual([user('u', 'new@x.example')]);
    expect(await store.session('s')).toEqual(session('s'));
    expect(await store.session('r')).toBeUndefined();
    expect((await store.serviceTickets({ isOpen: true })).map(({ id }) => id)).toEqual(['2']);
    expect((await store.serviceTickets({ from: 5, to: 50 })).map(({ id }) => id)).toEqual(['1']);
    expect(await store.serviceTicket('1')).toMatchObject({ status: 'resolved' });
    await expect(store.commit({ users: [user('other', 'new@x.example')] })).rejects.toMatchObject({
      kind: 'conflict',
    });
    await store.commit({ removedUsers: ['u'], removedSubscribers: ['a@x.example'] });
    expect([await store.users(), await store.subscribers()]).toEqual([[], []]);
  });

  test('an inbound call counts once', async () => {
    const store = await opened({ inbound: [{ id: 'call', at: 1, answer: { ok: true } }] });
    await expect(
      store.commit({ inbound: [{ id: 'call', at: 2 }], marks: [{ name: 'm', value: 1 }] }),
    ).rejects.toMatchObject({ kind: 'conflict' });
    expect(await store.inbound('call')).toEqual({ id: 'call', at: 1, answer: { ok: true } });
    expect(await store.mark('m')).toBeUndefined();
  });

  test('tickets of the desk are listed, counted and found by every way', async () => {
    const requester = { name: 'Ann', email: 'ann@x.example', verifiedBy: 'portal' as const };
    const store = await opened({
      deskTickets: [
        ticket(1, { customer: 'acme', requester, key: 'K1' }),
        ticket(2, { state: { is: 'closed', at: 2 }, assignee: 'maria' }),
        ticket(3, { priority: 'urgent', state: { is: 'waiting', on: 'customer', since: 1 } }),
      ],
      deskEntries: [
        entry(1, 'first', { key: 'e1', mailId: 'm1@x', at: 1 }),
        entry(1, 'hidden', { isPublic: false, at: 2 }),
        entry(1, 'second', { mailId: 'm2@x', at: 3 }),
      ],
    });
    const { desk } = store;
    const numbers = async (query: object) =>
      (await desk.list({ limit: 9, ...query })).items.map(({ number }) => number);
    expect(await desk.lastNumber()).toBe(3);
    expect((await desk.ticketByKey('K1'))!.number).toBe(1);
    expect(await numbers({})).toEqual([3, 2, 1]);
    expect(await numbers({ customer: 'acme' })).toEqual([1]);
    expect(await numbers({ requester: 'ann@x.example' })).toEqual([1]);
    expect(await numbers({ assignee: 'none' })).toEqual([3, 1]);
    expect(await numbers({ states: ['closed', 'waiting-customer'] })).toEqual([3, 2]);
    expect(await numbers({ states: [] })).toEqual([]);
    expect(await desk.count({ priority: 'urgent' })).toBe(1);
    expect(await desk.list({ limit: 2 })).toMatchObject({ next: '2' });
    expect(await numbers({ cursor: '2' })).toEqual([1]);
    expect((await desk.unclosed()).map(({ number }) => number)).toEqual([1, 3]);
    expect((await desk.unclosed(1, 1)).map(({ number }) => number)).toEqual([3]);
    expect((await desk.changedSince(2, 1)).map(({ number }) => number)).toEqual([2]);
    expect((await desk.entries(1)).map(({ text }) => text)).toEqual(['first', 'hidden', 'second']);
    expect((await desk.entryByKey('e1'))!.text).toBe('first');
    expect(await desk.ticketOfMail('m1@x')).toBe(1);
    expect(await desk.lastMailOf(1)).toBe('m2@x');
    const shown = await desk.trailEnd(1, { mostBytes: 1, isPublic: true });
    expect(shown.entries.map(({ text }) => text)).toEqual(['second']);
    const before = await desk.trailEnd(1, { mostBytes: 10_000, before: shown.before!, isPublic: true });
    expect(before.entries.map(({ text }) => text)).toEqual(['first']);
    await expect(store.commit({ deskEntries: [entry(1, 'again', { key: 'e1' })] })).rejects.toMatchObject({
      kind: 'conflict',
    });
    await store.commit({ deskTickets: [ticket(1, { assignee: 'devon', updatedAt: 99 })] });
    expect(await numbers({ assignee: 'devon' })).toEqual([1]);
    // The key with which a ticket was opened stays.
    expect((await desk.ticketByKey('K1'))!.assignee).toBe('devon');
  });

  test('words are found in tickets and entries: by their beginning, without accents, whatever their case', async () => {
    const store = await opened({
      deskTickets: [
        ticket(1, { subject: 'Émile cannot print', body: 'the printer says “Papierstau”' }),
        ticket(2, {
          subject: 'Passwort zurücksetzen',
          requester: { name: 'Zoë', email: 'zoe@x.example', verifiedBy: 'mail' },
        }),
        ticket(42, { subject: '日本語 ok', body: '' }),
      ],
      deskEntries: [entry(2, 'the invoice 4711 is attached'), entry(2, "quote ' and \\ and : & | ! ( ) *")],
    });
    const found = async (text: string, more: object = {}) =>
      (await store.desk.list({ limit: 9, text, ...more })).items.map(({ number }) => number);
    expect(await found('emile')).toEqual([1]);
    expect(await found('ÉMILE papier')).toEqual([1]);
    expect(await found('zurueck')).toEqual([]);
    expect(await found('zuruck')).toEqual([2]);
    expect(await found('zoe@x.example')).toEqual([2]);
    expect(await found('invo 47')).toEqual([2]);
    expect(await found('invoice printer')).toEqual([]);
    expect(await found('日本')).toEqual([42]);
    expect(await found('#42')).toEqual([42]);
    expect(await found('42')).toEqual([42]);
    // What a search language would take for an operator is no word.
    for (const text of [`' & |`, '!', ':*', '"', '\\', '%', 'quote & ( and']) await found(text);
    expect(await found('quote and')).toEqual([2]);
    // Internal notes are not searched for a requester.
    expect(await found('invoice', { requester: 'zoe@x.example' })).toEqual([]);
    await store.commit({ deskTickets: [ticket(1, { subject: 'changed', body: 'altogether' })] });
    expect([await found('emile'), await found('altogether')]).toEqual([[], [1]]);
  });

  test('what no database can hold as it is, is stored cleaned; keys of any length are found again', async () => {
    const long = `<${'x'.repeat(5_000)}@mail.example>`;
    const wide = '€'.repeat(3_000);
    const odd = 'nul \0 and \ud800 half';
    const store = await opened({
      marks: [{ name: `m ${odd}`, value: odd }],
      inbound: [
        { id: long, at: 1 },
        { id: wide, at: 1 },
      ],
      incidents: [sampleIncident({ id: 'I', target: `call from ${odd}`, message: odd })],
      deskTickets: [ticket(1, { subject: odd, body: `${'word '.repeat(300_000)} ${'y'.repeat(100_000)}` })],
      deskEntries: [entry(1, odd, { key: `mail ${long}`, mailId: long })],
    });
    expect(await store.inbound(long)).toEqual({ id: long, at: 1 });
    expect(await store.inbound(wide)).toEqual({ id: wide, at: 1 });
    expect(await store.inbound(`${long}.`)).toBeUndefined();
    expect(await store.desk.ticketOfMail(long)).toBe(1);
    expect((await store.desk.entryByKey(`mail ${long}`))!.text).toBe(odd);
    expect(await store.mark(`m ${odd}`)).toBe(odd);
    expect((await store.desk.list({ limit: 9, text: 'half' })).items).toHaveLength(1);
    expect((await store.incidents({ limit: 9, target: `call from ${odd}` })).items).toHaveLength(1);
    await expect(store.commit({ inbound: [{ id: long, at: 2 }] })).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect(store.writable()).toBe(true);
  });

  test('the audit log is chained, also when records come at once', async () => {
    const said = (about: string): AuditRecord => ({ at: 1, who: 'user maria', what: 'called', about });
    const store = await opened({ audit: [said('1'), said('2')] });
    await Promise.all([3, 4, 5].map((n) => store.commit({ audit: [said(String(n))] })));
    expect(await store.audit.verify()).toMatchObject({ is: 'whole', records: 5, erased: 0 });
    expect((await store.audit.list({ limit: 2 })).items.map(({ about }) => about)).toEqual(['5', '4']);
    expect((await store.audit.list({ limit: 9, who: 'nobody' })).items).toEqual([]);
    expect((await store.audit.head()).seq).toBe(5);
  });

  test('what has been kept long enough is removed, with everything that belongs to it', async () => {
    const now = Date.now();
    const old = now - 100 * DAY_MS;
    const resolved = (id: string, at: number) =>
      sampleIncident({ id, target: id, status: { is: 'resolved', at, how: 'recovered' } });
    const file = (sha256: string) => [{ id: 'f', name: 'n', type: 'image/png', bytes: 1, sha256 }];
    const [gone, kept] = ['a'.repeat(64), 'b'.repeat(64)];
    const done = { state: { is: 'accepted', at: 1, remoteId: 'r' } } as const;
    const store = await opened({
      incidents: [resolved('old', old), resolved('new', now)],
      newEffects: [notice('old', done), notice('new', done)],
      events: [{ incident: 'old', at: 1 } as never],
      deskTickets: [
        ticket(1, { state: { is: 'closed', at: old }, updatedAt: old, subject: 'vanishing' }),
        ticket(2),
      ],
      deskEntries: [
        entry(1, 'x', { attachments: file(gone), mailId: 'm1@x' }),
        entry(1, 'y', { attachments: file(kept) }),
        entry(2, 'z', { attachments: file(kept) }),
      ],
      serviceTickets: [serviceTicket('s', { ticket: { adapter: 'desk', remoteId: '1' } })],
      sessions: [{ id: 's', user: 'u', createdAt: 1, expiresAt: 2, proof: 'p' }],
      inbound: [{ id: 'i', at: old }],
    });
    const removed = await store.tidy({ ticketsMs: DAY_MS, messagesMs: DAY_MS, incidentsMs: DAY_MS });
    expect(removed).toEqual({ tickets: 1, messages: 0, incidents: 1, files: [gone] });
    expect(await store.incident('old')).toBeUndefined();
    expect(await store.events('old')).toEqual([]);
    expect((await store.effects({ limit: 9 })).items.map(({ id }) => id)).toEqual(['new']);
    expect((await store.desk.list({ limit: 9 })).items.map(({ number }) => number)).toEqual([2]);
    expect((await store.desk.list({ limit: 9, text: 'vanishing' })).items).toEqual([]);
    expect([await store.desk.entries(1), await store.desk.ticketOfMail('m1@x')]).toEqual([[], undefined]);
    expect(await store.serviceTicket('s')).toBeUndefined();
    expect([await store.session('s'), await store.inbound('i')]).toEqual([undefined, undefined]);
    expect(await store.tidy({ messagesMs: 0 })).toMatchObject({ messages: 1 });
  });

  test('a person is erased everywhere, and the chain of the audit log stays whole', async () => {
    const at = await address();
    const store = await open(at);
    const requester = { name: 'Ann Jones', email: 'ann@x.example', verifiedBy: 'mail' as const };
    const sha256 = 'c'.repeat(64);
    await store.commit({
      deskTickets: [ticket(1, { requester, subject: 'my salary' }), ticket(2, { body: 'as Ann Jones said' })],
      deskEntries: [
        entry(1, 'private', {
          by: { is: 'requester', name: 'Ann Jones', verifiedBy: 'mail' },
          mailId: 'm@x',
          key: 'mail m@x',
          attachments: [{ id: 'f', name: 'n', type: 'image/png', bytes: 1, sha256 }],
        }),
        entry(1, 'Dear Ann Jones'),
      ],
      users: [{ id: 'ann', email: 'Ann@x.example', name: 'Ann Jones', role: 'customer' }],
      subscribers: [{ email: 'ann@x.example', token: 't', askedAt: 1 }],
      incidents: [
        sampleIncident({ id: 'R', target: 'report from Ann Jones', message: 'it is slow, says Ann Jones' }),
      ],
      audit: [{ at: 1, who: 'Ann Jones', what: 'signed-in', from: '10.0.0.1' }],
    });
    await store.close();
    const database = await openDatabase(at, { exclusive: true, clock: new SystemClock(), version: 'test' });
    const marks = { email: 'ann@x.example', names: ['Ann Jones'], phones: [] };
    const erase = (isDryRun: boolean) => erasePerson(database, marks, { who: 'the test', now: 9, isDryRun });
    const counts = {
      tickets: 2,
      messages: 2,
      accounts: 1,
      subscriptions: 1,
      auditRecords: 1,
      files: [sha256],
    };
    expect(await erase(true)).toMatchObject(counts);
    expect(await erase(false)).toMatchObject(counts);
    await database.close();
    const after = await open(at);
    onTestFinished(() => after.close());
    expect((await after.desk.ticket(1))!.subject).toBe('[erased]');
    expect((await after.desk.ticket(2))!.body).toBe('as [erased] said');
    expect((await after.desk.entries(1)).map(({ text }) => text)).toEqual(['[erased]', 'Dear [erased]']);
    expect(await after.desk.ticketOfMail('m@x')).toBeUndefined();
    expect((await after.desk.list({ limit: 9, text: 'salary' })).items).toEqual([]);
    expect((await after.desk.list({ limit: 9, text: 'jones' })).items).toEqual([]);
    expect([await after.users(), await after.subscribers()]).toEqual([[], []]);
    expect((await after.incident('R'))!.target).toBe('report from [erased] R');
    expect((await after.incidents({ limit: 9, target: 'report from [erased] R' })).items).toHaveLength(1);
    expect(await after.audit.verify()).toMatchObject({ is: 'whole', records: 2, erased: 1 });
    // Nobody else changes a trail.
    await expect(after.commit({ deskEntries: [entry(1, 'one more')] })).resolves.toBeUndefined();
  });
});
