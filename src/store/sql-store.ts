import type { Agent } from '../core/agent.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Beat } from '../core/check-type.ts';
import type { Effect } from '../core/effect.ts';
import type { HistorySpan } from '../core/history.ts';
import type { Incident, TimelineEvent } from '../core/incident.ts';
import type { MaintenanceWindow } from '../core/maintenance.ts';
import type { PlannedOverride } from '../core/on-call.ts';
import type { ServiceTicket } from '../core/service/service-ticket.ts';
import type { Subscriber } from '../core/subscriber.ts';
import type { Session, User } from '../core/user.ts';
import { oneOf } from './one-of.ts';
import type { ListQuery, Page } from './page.ts';
import { removeExpired } from './retention.ts';
import { sqlAudit } from './sql-audit.ts';
import type { SqlDatabase, SqlValue } from './sql-database.ts';
import { sqlDesk } from './sql-desk.ts';
import type { InboundRecord, Snapshot, Store, StoredCheck, TicketRecord } from './store.ts';
import { writesOf } from './writes-of.ts';

/** Tickets read in one turn of the event loop. */
const SERVICE_SLICE = 200;
/** A year and a month: for reports. */
const HISTORY_KEPT_MS = 396 * 86_400_000;
/** No provider repeats a call after a month. */
const INBOUND_KEPT_MS = 31 * 86_400_000;

interface Row {
  document: string;
}

const WITH_RECEIPT = `state = 'accepted' AND ask_at IS NOT NULL`;
const LIVE = `('pending', 'sending', 'retrying', 'ambiguous')`;
/** The status of a ticket is its column; the document has the one with which it was opened. */
const ticketOf = ({ document, status }: Row & { status: TicketRecord['status'] }): TicketRecord => ({
  ...(JSON.parse(document) as TicketRecord),
  status,
});

const parsed = <Item>({ document }: Row): Item => JSON.parse(document) as Item;

/** The store on a database; `now` gives Unix milliseconds. */
export function sqlStore(database: SqlDatabase, now: () => number): Store {
  const documents = async <Item>(sql: string, ...values: SqlValue[]): Promise<Item[]> =>
    (await database.all<Row>(sql, values)).map((row) => parsed<Item>(row));
  const one =
    <Item>(sql: string) =>
    async (key: string): Promise<Item | undefined> =>
      (await documents<Item>(sql, key))[0];
  const serviceTicket = one<ServiceTicket>('SELECT document FROM service_tickets WHERE id = ?');

  return {
    load: (resolvedSince) => load(database, documents, resolvedSince),
    commit: (change) => database.write(writesOf(change), { source: change }),
    incident: one<Incident>('SELECT document FROM incidents WHERE id = ?'),
    effect: one<Effect>('SELECT document FROM effects WHERE id = ?'),
    inbound: one<InboundRecord>('SELECT document FROM inbound WHERE id = ?'),
    mark: one<unknown>('SELECT document FROM marks WHERE name = ?'),
    async history(since) {
      const rows = await database.all<{
        target: string;
        state: HistorySpan['state'];
        began_at: number;
        ended_at: number | null;
      }>(
        'SELECT target, state, began_at, ended_at FROM history WHERE ended_at IS NULL OR ended_at >= ? ORDER BY began_at',
        [since],
      );
      return rows.map(({ target, state, began_at: from, ended_at: to }) => ({
        target,
        state,
        from,
        ...(to !== null && { to }),
      }));
    },
    subscribers: () => documents<Subscriber>('SELECT document FROM subscribers'),
    async serviceTickets(query) {
      const ids = await ('isOpen' in query
        ? database.all<{ id: string }>(`SELECT id FROM service_tickets WHERE status = 'open'`)
        : database.all<{ id: string }>(
            'SELECT id FROM service_tickets WHERE opened_at >= ? AND opened_at < ? ORDER BY opened_at',
            [query.from, query.to],
          ));
      // There can be tens of thousands: yields to other work after each slice.
      const found: ServiceTicket[] = [];
      for (let from = 0; from < ids.length; from += SERVICE_SLICE) {
        const slice = ids.slice(from, from + SERVICE_SLICE).map(({ id }) => id);
        const rows = await database.all<Row & { id: string }>(
          `SELECT id, document FROM service_tickets WHERE ${oneOf('id', slice)}`,
          slice,
        );
        const byId = new Map(rows.map((row) => [row.id, row]));
        for (const id of slice) {
          const row = byId.get(id);
          if (row) found.push(parsed<ServiceTicket>(row));
        }
        await nextTurn();
      }
      return found;
    },
    serviceTicket,
    users: () => documents<User>('SELECT document FROM users'),
    session: one<Session>('SELECT document FROM sessions WHERE id = ?'),
    bundledWith: (code) =>
      documents<Effect>('SELECT document FROM effects WHERE bundled_code = ? ORDER BY seq', code),
    messageByCode: one<Effect>('SELECT document FROM effects WHERE code = ?'),
    incidents: ({ status, target, priority, customer, since, until, ...query }) =>
      listPage(database, 'incidents', query, parsed<Incident>, [
        ['status = ?', status],
        ['id IN (SELECT incident FROM incident_targets WHERE target = ?)', target],
        ['priority = ?', priority],
        ['customer = ?', customer],
        ['opened_at >= ?', since],
        ['opened_at < ?', until],
      ]),
    effects: ({ incident, kinds, state, since, until, ...query }) =>
      listPage(database, 'effects', query, parsed<Effect>, [
        ['incident = ?', incident],
        ['state = ?', state],
        [oneOf('kind', kinds ?? []), kinds],
        ['created_at >= ?', since],
        ['created_at < ?', until],
      ]),
    tickets: ({ incident, status, adapter, customer, since, until, ...query }) =>
      listPage(database, 'tickets', query, ticketOf, [
        ['incident = ?', incident],
        ['status = ?', status],
        ['adapter = ?', adapter],
        ['incident IN (SELECT id FROM incidents WHERE customer = ?)', customer],
        ['created_at >= ?', since],
        ['created_at < ?', until],
      ]),
    async events(incident) {
      const events = await documents<TimelineEvent>(
        'SELECT document FROM events WHERE incident = ? ORDER BY seq',
        incident,
      );
      return events.sort((a, b) => a.at - b.at);
    },
    desk: sqlDesk(database),
    audit: sqlAudit(database),
    async unfinished() {
      // One statement, so that both lists are from the same moment.
      const rows = await database.all<{ what: 'incident' | 'effect'; id: string }>(
        `SELECT 'incident' AS what, id FROM incidents WHERE status <> 'resolved'
         UNION ALL
         SELECT 'effect', id FROM effects WHERE state IN ${LIVE}`,
      );
      const idsOf = (what: string) => rows.flatMap((row) => (row.what === what ? row.id : []));
      return { incidents: idsOf('incident'), effects: idsOf('effect') };
    },
    fence: database.fence,
    writable: () => database.writable(),
    bytes: () => database.bytes(),
    async tidy(retention) {
      const at = now();
      await database.write([
        { op: 'run', sql: 'DELETE FROM inbound WHERE at < ?', values: [at - INBOUND_KEPT_MS] },
        { op: 'run', sql: 'DELETE FROM sessions WHERE expires_at < ?', values: [at] },
        { op: 'run', sql: 'DELETE FROM history WHERE ended_at < ?', values: [at - HISTORY_KEPT_MS] },
      ]);
      const removed = await removeExpired(database, retention, at);
      await database.compact();
      return removed;
    },
    close: () => database.close(),
  };
}

async function load(
  database: SqlDatabase,
  documents: <Item>(sql: string, ...values: SqlValue[]) => Promise<Item[]>,
  resolvedSince: number,
): Promise<Snapshot> {
  const checks = await database.all<{ target: string; check: string; state: string }>(
    'SELECT target, "check", state FROM checks',
  );
  const sightings = await database.all<{ target: string; check: string; location: string; state: string }>(
    'SELECT target, "check", location, state FROM sightings',
  );
  const beats = await database.all<Row & { token: string }>('SELECT token, document FROM beats');
  const marks = await database.all<Row & { name: string }>('SELECT name, document FROM marks');
  return {
    checks: checks.map(({ target, check, state }) => ({
      target,
      check,
      state: JSON.parse(state) as StoredCheck['state'],
    })),
    sightings: sightings.map(({ state, ...one }) => ({
      ...one,
      state: JSON.parse(state) as StoredCheck['state'],
    })),
    agents: await documents<Agent>('SELECT document FROM agents ORDER BY id'),
    incidents: await documents<Incident>(
      `SELECT document FROM incidents
       WHERE status <> 'resolved' OR resolved_at >= ? OR sweep_at IS NOT NULL OR holds_failing = 1
       OR id IN (SELECT incident FROM effects WHERE state IN ${LIVE})
       OR id IN (SELECT incident FROM effects WHERE ${WITH_RECEIPT})
       ORDER BY seq`,
      resolvedSince,
    ),
    effects: await documents<Effect>(`SELECT document FROM effects WHERE state IN ${LIVE} ORDER BY seq`),
    beats: beats.map(({ token, document }) => ({ token, beat: JSON.parse(document) as Beat })),
    receipts: await documents<Effect>(`SELECT document FROM effects WHERE ${WITH_RECEIPT} ORDER BY seq`),
    windows: await documents<MaintenanceWindow>('SELECT document FROM maintenance ORDER BY seq'),
    overrides: await documents<PlannedOverride>('SELECT document FROM overrides ORDER BY seq'),
    marks: marks.map(({ name, document }) => ({ name, value: JSON.parse(document) as unknown })),
  };
}

/** Conditions, each with its value, or with the values of a list; one without a value does not apply. */
type Filters = [condition: string, value: SqlValue | readonly SqlValue[] | undefined][];

async function listPage<Listed extends Row, Item>(
  database: SqlDatabase,
  table: 'incidents' | 'effects' | 'tickets',
  query: ListQuery,
  itemOf: (row: Listed) => Item,
  filters: Filters,
): Promise<Page<Item>> {
  const used = filters.filter(([, value]) => value !== undefined);
  const before = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(query.cursor);
  const where = ['seq < ?', ...used.map(([condition]) => condition)].join(' AND ');
  const status = table === 'tickets' ? 'status, ' : '';
  const sql = `SELECT seq, ${status}document FROM ${table} WHERE ${where} ORDER BY seq DESC LIMIT ?`;
  const values = [before, ...used.flatMap(([, value]) => value as SqlValue), query.limit + 1];
  const rows = await database.all<Listed & { seq: number }>(sql, values);
  const shown = rows.slice(0, query.limit);
  return {
    items: shown.map(itemOf),
    next: rows.length > shown.length ? String(shown.at(-1)!.seq) : null,
  };
}
