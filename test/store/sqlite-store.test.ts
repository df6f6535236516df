import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { Effect } from '../../src/core/effect.ts';
import { STEADY } from '../../src/core/flapping.ts';
import type { Incident } from '../../src/core/incident.ts';
import { MIGRATIONS } from '../../src/store/sqlite-schema.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { sampleIncident } from '../support/sample-incident.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const incident = (id: string, more: Partial<Incident> = {}): Incident => sampleIncident({ id, ...more });

const effect = (incident_: string, n = 1, state: Effect['state'] = { is: 'pending', dueAt: 0 }): Effect => ({
  id: `${incident_}:ticket.open:${n}`,
  incident: incident_,
  kind: 'ticket.open',
  n,
  lane: `ticket/${incident_}`,
  createdAt: 0,
  attempts: 0,
  state,
  content: { is: 'ticket', helpdesk: 'desk', key: incident_, subject: '', body: '', priority: 'urgent' },
});

describe('a store that cannot be opened says why', () => {
  test('another monitor runs on it', async () => {
    const path = join(await temporaryFolder(), 'w.db');
    const first = sqliteStore(path, { exclusive: true });
    expect(() => sqliteStore(path, { exclusive: true })).toThrow(
      `another monitor runs on ${path}; stop it, or give this one its own \`store\``,
    );
    // A command may look at it all the same.
    await sqliteStore(path, { exclusive: false }).close();
    await first.close();
    await sqliteStore(path, { exclusive: true }).close();
  });

  test('it was written by a newer version', async () => {
    const path = join(await temporaryFolder(), 'w.db');
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => sqliteStore(path, { exclusive: true })).toThrow(
      /w\.db was written by a newer Watchdesk \(format 99, this one knows up to 12\)/,
    );
  });

  test('it is no database', async () => {
    const path = join(
      await temporaryFolder({
        'w.db': 'not a database, but long enough to be taken for one at first sight'.repeat(20),
      }),
      'w.db',
    );
    expect(() => sqliteStore(path, { exclusive: true })).toThrow(
      /w\.db is damaged or no database \(.*\); move it away to start afresh, or put a backup in its place/,
    );
  });

  test('its folder cannot be written', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    expect(() => sqliteStore(join(folder, 'file', 'w.db'), { exclusive: true })).toThrow(
      /w\.db cannot be written \(.*\); check that folder and file may be written/,
    );
    await mkdir(join(folder, 'locked'));
    await chmod(join(folder, 'locked'), 0o500);
    if (process.getuid?.() !== 0)
      expect(() => sqliteStore(join(folder, 'locked', 'w.db'), { exclusive: true })).toThrow(
        /cannot be written/,
      );
  });
});

test('a database of the first format is brought to this one: targets, chores and flapping are filled in', async () => {
  const path = join(await temporaryFolder(), 'w.db');
  const old = new DatabaseSync(path);
  old.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1`);
  const {
    chores: _c,
    traits: _t,
    episode: _e,
    ...kept
  } = incident('A', {
    openedAt: 7,
    failing: [{ check: 'http', reason: 'refused' } as never, { check: 'tls', reason: 'slow' } as never],
  });
  const told = [{ to: { is: 'person', name: 'maria' }, via: 'sms', lane: 'l' }];
  const first = { ...kept, escalation: [], due: [], told, lost: [], reopened: 0 };
  old
    .prepare('INSERT INTO incidents (id, target, priority, status, document) VALUES (?, ?, ?, ?, ?)')
    .run('A', 'shop', 'urgent', 'open', JSON.stringify(first));
  old
    .prepare('INSERT INTO checks (target, "check", state) VALUES (?, ?, ?)')
    .run('shop', 'http', JSON.stringify({ health: { is: 'up', since: 5 } }));
  old.close();
  const store = sqliteStore(path, { exclusive: true });
  const { incidents, checks } = await store.load(0);
  expect(checks[0]!.state).toEqual({ health: { is: 'up', since: 5 }, flap: STEADY });
  expect(incidents[0]).toMatchObject({
    chores: { reviewAt: 0 },
    traits: [],
    episode: { number: 1, openedAt: 7, affected: [], news: [], told: [{ by: 'page', via: 'sms' }] },
    failing: [
      { target: 'shop', check: 'http', breachedAt: 7 },
      { target: 'shop', check: 'tls', breachedAt: 7 },
    ],
  });
  expect((await store.incidents({ limit: 10, target: 'shop' })).items).toHaveLength(1);
});

test('incidents of before there were episodes are read as if they had always had one', async () => {
  const path = join(await temporaryFolder(), 'w.db');
  const old = new DatabaseSync(path);
  const before = 9;
  for (const migration of MIGRATIONS.slice(0, before)) old.exec(migration);
  old.exec(`PRAGMA user_version = ${before}`);
  const { episode: _e, ...kept } = sampleIncident({ startedAt: 1_000, openedAt: 2_000 });
  const insert = (id: string, more: object) =>
    old
      .prepare('INSERT INTO incidents (id, target, priority, status, document) VALUES (?, ?, ?, ?, ?)')
      .run(id, `shop ${id}`, 'urgent', 'open', JSON.stringify({ ...kept, id, ...more }));
  const episode = {
    escalation: [{ act: 'page', to: { is: 'person', name: 'maria' }, via: ['sms'], afterMs: 0 }],
    due: [{ step: 0, dueAt: 9_000, round: 2 }],
    told: [{ to: { is: 'person', name: 'maria' }, via: 'sms', lane: 'l', by: 'page' }],
    lost: [{ to: { is: 'person', name: 'devon' }, via: 'voice' }],
    affected: [{ target: 'blog', since: 3_000, until: 4_000, how: 'back' }],
    news: [{ is: 'joined', target: 'mail' }],
    group: { trait: 'site Berlin', lastJoinedAt: 5_000, paged: true },
    asked: ['ines'],
    detours: [{ effect: 'e', route: { to: { is: 'person', name: 'ines' }, via: 'voice' }, at: 6_000 }],
    estimate: { at: 7_000, by: 'maria', setAt: 6_500 },
    vendor: { name: 'Line Co', by: 'maria', at: 6_600 },
  };
  const news = { status: 'open', assignee: 'Maria', isAssigneeOld: true, areActsOld: true, broughtBack: 1 };
  insert('all', { ...episode, reopened: 3, reopenedAt: 8_000, isRaised: true, ticketNews: news });
  const { escalation, due, told, lost, affected } = episode;
  const bare = { escalation, due, told, lost, affected, news: [] };
  insert('bare', {
    ...bare,
    reopened: 0,
    ticketNews: { status: 'open', isAssigneeOld: true, broughtBack: 0 },
  });
  insert('none', { ...bare, reopened: 0 });
  old.close();
  const store = sqliteStore(path, { exclusive: true });
  expect(await store.incident('all')).toEqual({
    ...kept,
    id: 'all',
    episode: { ...episode, number: 4, startedAt: 8_000, openedAt: 8_000, urgency: 'raised' },
    ticketNews: { status: 'open', assignee: 'Maria', carriedOver: 'assignee-and-acts', broughtBack: 1 },
  });
  expect(await store.incident('bare')).toEqual({
    ...kept,
    id: 'bare',
    episode: {
      ...bare,
      number: 1,
      startedAt: 1_000,
      openedAt: 2_000,
      urgency: 'own',
      asked: [],
      detours: [],
    },
    ticketNews: { status: 'open', carriedOver: 'assignee', broughtBack: 0 },
  });
  expect(await store.incident('none')).not.toHaveProperty('ticketNews');
});

test('what format 10 had only in its documents is found by columns', async () => {
  const path = join(await temporaryFolder(), 'w.db');
  const old = new DatabaseSync(path);
  for (const migration of MIGRATIONS.slice(0, 10)) old.exec(migration);
  old.exec('PRAGMA user_version = 10');
  const resolved = (id: string, more: Partial<Incident>) => {
    const one = incident(id, { target: id, customer: `c-${id}`, openedAt: 7_000, ...more });
    old
      .prepare(
        `INSERT INTO incidents (id, target, priority, status, resolved_at, document) VALUES (?, ?, 'urgent', 'resolved', 10, ?)`,
      )
      .run(id, id, JSON.stringify({ ...one, status: one.status }));
  };
  const byHand: Incident['status'] = { is: 'resolved', at: 10, how: 'by-hand', by: 'maria' } as never;
  const failing = (recoveredAt?: number) => [
    { ...incident('x').failing[0]!, ...(recoveredAt !== undefined && { recoveredAt }) },
  ];
  resolved('swept', { chores: { reviewAt: 0, sweep: { dueAt: 99_000, round: 1 } } });
  resolved('failing', { status: byHand, failing: failing() });
  resolved('healed', { status: byHand, failing: failing(9) });
  resolved('over', { status: { is: 'resolved', at: 10, how: 'recovered' } });
  const send = (id: string, state: Effect['state'], content: object = {}) => {
    const one = { ...effect(id), createdAt: 8_000, state, content: { ...effect(id).content, ...content } };
    old
      .prepare(
        `INSERT INTO effects (id, incident, kind, n, state, document) VALUES (?, ?, 'notice', 1, ?, ?)`,
      )
      .run(one.id, id, state.is, JSON.stringify(one));
  };
  send('asked', { is: 'accepted', at: 1, remoteId: 'r', askAt: 50 } as Effect['state']);
  send('settled', { is: 'accepted', at: 1, remoteId: 'r' } as Effect['state']);
  send('inside', { is: 'accepted', at: 1, remoteId: 'r' } as Effect['state'], { bundledCode: 'CODE' });
  const ticket = { id: 'T', incident: 'swept', adapter: 'desk', remoteId: '7', createdAt: 8_000 };
  old
    .prepare(
      `INSERT INTO tickets (id, incident, adapter, status, document) VALUES ('T', 'swept', 'desk', 'resolved', ?)`,
    )
    .run(JSON.stringify({ ...ticket, status: 'open' }));
  for (const isPublic of [true, false])
    old
      .prepare('INSERT INTO desk_entries (ticket, at, document) VALUES (7, 1, ?)')
      .run(JSON.stringify({ ticket: 7, at: 1, isPublic, text: isPublic ? 'to all' : 'to us' }));
  old
    .prepare(`INSERT INTO service_tickets (id, status, opened_at, document) VALUES ('s', 'open', 1, ?)`)
    .run(JSON.stringify({ id: 's', ticket: { adapter: 'desk', remoteId: '7' } }));
  old.close();

  const store = sqliteStore(path, { exclusive: true });
  const { incidents, receipts } = await store.load(50);
  expect(incidents.map(({ id }) => id).sort()).toEqual(['failing', 'swept']);
  expect(receipts.map((one) => one.incident)).toEqual(['asked']);
  expect((await store.bundledWith('CODE')).map((one) => one.incident)).toEqual(['inside']);
  const ids = async (query: object) =>
    (await store.incidents({ limit: 9, ...query })).items.map(({ id }) => id);
  expect(await ids({ customer: 'c-over' })).toEqual(['over']);
  expect(await ids({ since: 7_000, until: 7_001 })).toHaveLength(4);
  expect(await ids({ until: 7_000 })).toEqual([]);
  expect((await store.effects({ limit: 9, since: 8_001 })).items).toEqual([]);
  expect((await store.effects({ limit: 9, since: 8_000 })).items).toHaveLength(3);
  expect((await store.tickets({ limit: 9, customer: 'c-swept', since: 8_000 })).items).toEqual([
    { ...ticket, status: 'resolved' },
  ]);
  const shown = await store.desk.trailEnd(7, { mostBytes: 1_000, isPublic: true });
  expect(shown.entries.map(({ text }) => text)).toEqual(['to all']);
  await store.close();
  const raw = new DatabaseSync(path);
  expect(raw.prepare('SELECT desk_number FROM service_tickets').get()).toEqual({ desk_number: 7 });
  expect(() => raw.exec(`UPDATE desk_entries SET at = 2`)).toThrow('never changed');
  raw.close();
});
