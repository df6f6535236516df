// One file although it is long: all of the store's statements are here, beside those that they must agree with.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { statSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Beat } from '../core/check-type.ts';
import { isMessage, type Effect } from '../core/effect.ts';
import type { HistorySpan } from '../core/history.ts';
import { allTargets, type Incident, type TimelineEvent } from '../core/incident.ts';
import type { MaintenanceWindow } from '../core/maintenance.ts';
import type { PlannedOverride } from '../core/on-call.ts';
import type { ServiceTicket } from '../core/service/service-ticket.ts';
import type { Subscriber } from '../core/subscriber.ts';
import type { Session, User } from '../core/user.ts';
import { GroupCommit } from './group-commit.ts';
import { openSqlite } from './open-sqlite.ts';
import type { ListQuery, Page } from './page.ts';
import { removeExpired } from './retention.ts';
import { auditWriter, sqliteAudit } from './sqlite-audit.ts';
import { deskWriter, sqliteDesk } from './sqlite-desk.ts';
import type { Change, InboundRecord, Snapshot, Store, StoredCheck, TicketRecord } from './store.ts';

/** Tickets read in one turn of the event loop. */
const SERVICE_SLICE = 200;
/** A year and a month: for reports. */
const HISTORY_KEPT_MS = 396 * 86_400_000;

interface Row {
  seq: number;
  document: string;
}

/** The embedded store: a single SQLite file. */
export function sqliteStore(path: string, options: { exclusive: boolean }): Store {
  const { database, lock } = openSqlite(path, options);
  const opened = path === ':memory:' ? undefined : statSync(path).ino;
  /** False when the file was moved away: writes would then go to a file that nothing reads again. */
  const isInPlace = (): boolean =>
    opened === undefined || statSync(path, { throwIfNoEntry: false })?.ino === opened;
  const commits = new GroupCommit(database);
  const write = writer(database);
  const serviceTicket = database.prepare('SELECT document FROM service_tickets WHERE id = ?');
  const one = <Item>(sql: string) => {
    const statement = database.prepare(sql);
    return async (key: string): Promise<Item | undefined> => {
      const row = statement.get(key) as unknown as Row | undefined;
      return row && (JSON.parse(row.document) as Item);
    };
  };
  // One statement, so that both lists are from the same moment.
  const unfinished = database.prepare(
    `SELECT 1 AS isIncident, id FROM incidents WHERE status <> 'resolved'
     UNION ALL
     SELECT 0, id FROM effects WHERE state IN ('pending', 'sending', 'retrying', 'ambiguous')`,
  );
  const list = <Item>(table: string, query: ListQuery, filters: Filters) =>
    listPage<Item>(database, table, query, filters);

  return {
    load: async (resolvedSince) => load(database, resolvedSince),
    commit: (change) => commits.write(() => write(change)),
    incident: one<Incident>('SELECT document FROM incidents WHERE id = ?'),
    effect: one<Effect>('SELECT document FROM effects WHERE id = ?'),
    inbound: one<InboundRecord>('SELECT document FROM inbound WHERE id = ?'),
    mark: one<unknown>('SELECT document FROM marks WHERE name = ?'),
    history: async (since) => {
      const rows = database
        .prepare(
          'SELECT target, state, began_at, ended_at FROM history WHERE ended_at IS NULL OR ended_at >= ? ORDER BY began_at',
        )
        .all(since) as {
        target: string;
        state: HistorySpan['state'];
        began_at: number;
        ended_at: number | null;
      }[];
      return rows.map(({ target, state, began_at: from, ended_at: to }) => ({
        target,
        state,
        from,
        ...(to !== null && { to }),
      }));
    },
    subscribers: async () =>
      (database.prepare('SELECT document FROM subscribers').all() as unknown as Row[]).map(
        (row) => JSON.parse(row.document) as Subscriber,
      ),
    serviceTickets: async (query) => {
      const ids =
        'isOpen' in query
          ? database.prepare(`SELECT id FROM service_tickets WHERE status = 'open'`).all()
          : database
              .prepare(
                'SELECT id FROM service_tickets WHERE opened_at >= ? AND opened_at < ? ORDER BY opened_at',
              )
              .all(query.from, query.to);
      // There can be tens of thousands: yields to other work after each slice.
      const found: ServiceTicket[] = [];
      for (let from = 0; from < ids.length; from += SERVICE_SLICE) {
        for (const { id } of ids.slice(from, from + SERVICE_SLICE) as { id: string }[]) {
          const row = serviceTicket.get(id) as unknown as Row | undefined;
          if (row) found.push(JSON.parse(row.document) as ServiceTicket);
        }
        await nextTurn();
      }
      return found;
    },
    serviceTicket: async (id) => {
      const row = serviceTicket.get(id) as unknown as Row | undefined;
      return row && (JSON.parse(row.document) as ServiceTicket);
    },
    users: async () =>
      (database.prepare('SELECT document FROM users').all() as unknown as Row[]).map(
        (row) => JSON.parse(row.document) as User,
      ),
    session: one<Session>('SELECT document FROM sessions WHERE id = ?'),
    bundledWith: async (code) => {
      const rows = database
        .prepare(`SELECT document FROM effects WHERE ${BUNDLED} = ? ORDER BY seq`)
        .all(code);
      return (rows as unknown as Row[]).map((row) => JSON.parse(row.document) as Effect);
    },
    messageByCode: one<Effect>('SELECT document FROM effects WHERE code = ?'),
    incidents: async ({ status, target, priority, customer, since, until, ...query }) =>
      list<Incident>('incidents', query, [
        ['status = ?', status],
        ['id IN (SELECT incident FROM incident_targets WHERE target = ?)', target],
        ['priority = ?', priority],
        [`json_extract(document, '$.customer') = ?`, customer],
        [`json_extract(document, '$.openedAt') >= ?`, since],
        [`json_extract(document, '$.openedAt') < ?`, until],
      ]),
    effects: async ({ incident, kinds, state, since, until, ...query }) =>
      list<Effect>('effects', query, [
        ['incident = ?', incident],
        ['state = ?', state],
        ['kind IN (SELECT value FROM json_each(?))', kinds && JSON.stringify(kinds)],
        [`json_extract(document, '$.createdAt') >= ?`, since],
        [`json_extract(document, '$.createdAt') < ?`, until],
      ]),
    tickets: async ({ incident, status, adapter, customer, since, until, ...query }) =>
      list<TicketRecord>('tickets', query, [
        ['incident = ?', incident],
        ['status = ?', status],
        ['adapter = ?', adapter],
        [`incident IN (SELECT id FROM incidents WHERE json_extract(document, '$.customer') = ?)`, customer],
        [`json_extract(document, '$.createdAt') >= ?`, since],
        [`json_extract(document, '$.createdAt') < ?`, until],
      ]),
    events: async (incident) => {
      const rows = database
        .prepare('SELECT document FROM events WHERE incident = ? ORDER BY seq')
        .all(incident);
      const events = (rows as unknown as Row[]).map((row) => JSON.parse(row.document) as TimelineEvent);
      return events.sort((a, b) => a.at - b.at);
    },
    desk: sqliteDesk(database),
    audit: sqliteAudit(database),
    unfinished: async () => {
      const rows = unfinished.all() as { isIncident: number; id: string }[];
      return {
        incidents: rows.flatMap(({ isIncident, id }) => (isIncident ? id : [])),
        effects: rows.flatMap(({ isIncident, id }) => (isIncident ? [] : id)),
      };
    },
    writable: () => !commits.lastFailed && isInPlace(),
    tidy: async (retention) => {
      // No provider repeats a call after a month (31 days).
      database.prepare('DELETE FROM inbound WHERE at < ?').run(Date.now() - 31 * 86_400_000);
      database.prepare('DELETE FROM sessions WHERE expires_at < ?').run(Date.now());
      database.prepare('DELETE FROM history WHERE ended_at < ?').run(Date.now() - HISTORY_KEPT_MS);
      const removed = await removeExpired(database, retention, Date.now());
      database.exec('PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)');
      return removed;
    },
    close: async () => {
      commits.flush();
      database.close();
      lock?.close();
    },
  };
}

function writer(database: DatabaseSync): (change: Change) => void {
  const check = database.prepare(
    'INSERT INTO checks (target, "check", state) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state',
  );
  const incident = database.prepare(
    `INSERT INTO incidents (id, target, priority, status, resolved_at, document) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, resolved_at = excluded.resolved_at,
     document = excluded.document`,
  );
  const incidentTarget = database.prepare(
    'INSERT INTO incident_targets (target, incident) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const window = database.prepare(
    'INSERT INTO maintenance (id, document) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document',
  );
  const removedWindow = database.prepare('DELETE FROM maintenance WHERE id = ?');
  const inbound = database.prepare('INSERT INTO inbound (id, at, document) VALUES (?, ?, ?)');
  const override = database.prepare(
    'INSERT INTO overrides (id, document) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document',
  );
  const removedOverride = database.prepare('DELETE FROM overrides WHERE id = ?');
  const mark = database.prepare(
    'INSERT INTO marks (name, document) VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document',
  );
  const newEffect = database.prepare(
    'INSERT INTO effects (id, incident, kind, n, state, code, document) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const effect = database.prepare('UPDATE effects SET state = ?, document = ? WHERE id = ?');
  const event = database.prepare('INSERT INTO events (incident, document) VALUES (?, ?)');
  const ticket = database.prepare(
    `INSERT INTO tickets (id, incident, adapter, status, document) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (incident) DO UPDATE SET id = excluded.id, adapter = excluded.adapter, status = excluded.status,
     document = excluded.document`,
  );
  const ticketStatus = database.prepare(
    `UPDATE tickets SET status = ?1, document = json_set(document, '$.status', ?1) WHERE incident = ?2`,
  );
  const beat = database.prepare(
    'INSERT INTO beats (token, document) VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document',
  );
  const span = database.prepare(
    `INSERT INTO history (target, state, began_at, ended_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET ended_at = excluded.ended_at`,
  );
  const subscriber = database.prepare(
    'INSERT INTO subscribers (email, document) VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document',
  );
  const removedSubscriber = database.prepare('DELETE FROM subscribers WHERE email = ?');
  const desk = deskWriter(database);
  const audit = auditWriter(database);
  const serviceTicket = database.prepare(
    `INSERT INTO service_tickets (id, status, opened_at, resolved_at, document) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET status = excluded.status, opened_at = excluded.opened_at,
     resolved_at = excluded.resolved_at, document = excluded.document`,
  );
  const user = database.prepare(
    `INSERT INTO users (id, email, document) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET email = excluded.email, document = excluded.document`,
  );
  const removedUser = database.prepare('DELETE FROM users WHERE id = ?');
  const session = database.prepare(
    `INSERT INTO sessions (id, user, expires_at, document) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at, document = excluded.document`,
  );
  const removedSession = database.prepare('DELETE FROM sessions WHERE id = ?');
  const removed = database.prepare('DELETE FROM checks WHERE target = ? AND "check" = ?');
  return (change) => {
    for (const { target, check: name, state } of change.checks ?? [])
      check.run(target, name, JSON.stringify(state));
    for (const { target, check: name } of change.removedChecks ?? []) removed.run(target, name);
    for (const item of change.incidents ?? []) {
      const { id, target, priority, status } = item;
      const resolvedAt = status.is === 'resolved' ? status.at : null;
      incident.run(id, target, priority, status.is, resolvedAt, JSON.stringify(item));
      for (const name of allTargets(item)) incidentTarget.run(name, id);
    }
    for (const item of change.newEffects ?? []) {
      const code = isMessage(item) ? item.content.code : null;
      newEffect.run(item.id, item.incident, item.kind, item.n, item.state.is, code, JSON.stringify(item));
    }
    for (const item of change.effects ?? []) effect.run(item.state.is, JSON.stringify(item), item.id);
    for (const item of change.events ?? []) event.run(item.incident, JSON.stringify(item));
    for (const item of change.tickets ?? []) {
      ticket.run(item.id, item.incident, item.adapter, item.status, JSON.stringify(item));
    }
    for (const { incident: of, status } of change.ticketStatus ?? []) ticketStatus.run(status, of);
    for (const item of change.beats ?? []) beat.run(item.token, JSON.stringify(item.beat));
    for (const item of change.windows ?? []) window.run(item.id, JSON.stringify(item));
    for (const id of change.removedWindows ?? []) removedWindow.run(id);
    for (const item of change.overrides ?? []) override.run(item.id, JSON.stringify(item));
    for (const id of change.removedOverrides ?? []) removedOverride.run(id);
    for (const item of change.inbound ?? []) inbound.run(item.id, item.at, JSON.stringify(item));
    for (const { target, state, from, to } of change.spans ?? []) span.run(target, state, from, to ?? null);
    for (const item of change.subscribers ?? []) subscriber.run(item.email, JSON.stringify(item));
    for (const email of change.removedSubscribers ?? []) removedSubscriber.run(email);
    desk(change);
    audit(change.audit ?? []);
    for (const item of change.serviceTickets ?? []) {
      serviceTicket.run(item.id, item.status, item.openedAt, item.resolvedAt ?? null, JSON.stringify(item));
    }
    for (const item of change.users ?? []) user.run(item.id, item.email, JSON.stringify(item));
    for (const id of change.removedUsers ?? []) removedUser.run(id);
    for (const item of change.sessions ?? [])
      session.run(item.id, item.user, item.expiresAt, JSON.stringify(item));
    for (const id of change.removedSessions ?? []) removedSession.run(id);
    for (const { name, value } of change.marks ?? []) mark.run(name, JSON.stringify(value));
  };
}

const BUNDLED = `json_extract(document, '$.content.bundledCode')`;
/** Must match the expression of the index word for word. */
const WITH_RECEIPT = `state = 'accepted' AND json_extract(document, '$.state.askAt') IS NOT NULL`;

function load(database: DatabaseSync, resolvedSince: number): Snapshot {
  const documents = <Item>(sql: string, ...values: SQLInputValue[]) =>
    (database.prepare(sql).all(...values) as unknown as Row[]).map((row) => JSON.parse(row.document) as Item);
  const checks = database.prepare('SELECT target, "check", state FROM checks').all() as {
    target: string;
    check: string;
    state: string;
  }[];
  const beats = database.prepare('SELECT token, document FROM beats').all() as {
    token: string;
    document: string;
  }[];
  const marks = database.prepare('SELECT name, document FROM marks').all() as {
    name: string;
    document: string;
  }[];
  return {
    checks: checks.map((row): StoredCheck => ({
      ...row,
      state: JSON.parse(row.state) as StoredCheck['state'],
    })),
    incidents: documents<Incident>(
      `SELECT document FROM incidents WHERE status <> 'resolved' OR resolved_at >= ?
       OR id IN (SELECT incident FROM effects WHERE state IN ('pending', 'sending', 'retrying', 'ambiguous'))
       OR id IN (SELECT incident FROM effects WHERE ${WITH_RECEIPT})
       OR json_extract(document, '$.chores.sweep') IS NOT NULL
       OR (json_extract(document, '$.status.how') = 'by-hand' AND EXISTS
         (SELECT 1 FROM json_each(document, '$.failing') WHERE json_extract(value, '$.recoveredAt') IS NULL))
       ORDER BY seq`,
      resolvedSince,
    ),
    effects: documents<Effect>(
      `SELECT document FROM effects WHERE state IN ('pending', 'sending', 'retrying', 'ambiguous') ORDER BY seq`,
    ),
    beats: beats.map(({ token, document }) => ({ token, beat: JSON.parse(document) as Beat })),
    receipts: documents<Effect>(`SELECT document FROM effects WHERE ${WITH_RECEIPT} ORDER BY seq`),
    windows: documents<MaintenanceWindow>('SELECT document FROM maintenance ORDER BY seq'),
    overrides: documents<PlannedOverride>('SELECT document FROM overrides ORDER BY seq'),
    marks: marks.map(({ name, document }) => ({ name, value: JSON.parse(document) as unknown })),
  };
}

type Filters = [condition: string, value: string | number | undefined][];

function listPage<Item>(
  database: DatabaseSync,
  table: string,
  query: ListQuery,
  filters: Filters,
): Page<Item> {
  const used = filters.filter(([, value]) => value !== undefined);
  const before = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(query.cursor);
  const where = ['seq < ?', ...used.map(([condition]) => condition)].join(' AND ');
  const sql = `SELECT seq, document FROM ${table} WHERE ${where} ORDER BY seq DESC LIMIT ?`;
  const values = [before, ...used.map(([, value]) => value!), query.limit + 1];
  const rows = database.prepare(sql).all(...values) as unknown as Row[];
  const shown = rows.slice(0, query.limit);
  return {
    items: shown.map((row) => JSON.parse(row.document) as Item),
    next: rows.length > shown.length ? String(shown.at(-1)!.seq) : null,
  };
}
