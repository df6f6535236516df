import { setImmediate as nextTurn } from 'node:timers/promises';
import { oneOf } from './one-of.ts';
import type { SqlDatabase, Write } from './sql-database.ts';

/** How long finished records are kept, in milliseconds; undefined: forever. */
export interface Retention {
  /** Closed and merged tickets of the built-in desk, counted from their last change, with their trail. */
  ticketsMs?: number;
  /** Texts of pages and notices, counted from when their incident was resolved. */
  messagesMs?: number;
  /** Incidents, counted from when they were resolved, with their timeline and messages. */
  incidentsMs?: number;
}

export interface Removed {
  tickets: number;
  messages: number;
  incidents: number;
  /** SHA-256 of files that no entry refers to any more. */
  files: string[];
}

/** Rows per slice; small enough not to delay other work. */
const SLICE = 50;

const LIVE = `('pending', 'sending', 'retrying', 'ambiguous')`;

/** Removes records whose retention period has passed, one slice at a time. */
export async function removeExpired(
  database: SqlDatabase,
  { ticketsMs, messagesMs, incidentsMs }: Retention,
  now: number,
): Promise<Removed> {
  const removed: Removed = { tickets: 0, messages: 0, incidents: 0, files: [] };
  if (ticketsMs !== undefined) await removeTickets(database, now - ticketsMs, removed);
  if (incidentsMs !== undefined)
    removed.incidents = await inSlices(
      database,
      `SELECT id FROM incidents WHERE status = 'resolved' AND resolved_at < ? AND id NOT IN
       (SELECT incident FROM effects WHERE state IN ${LIVE}) LIMIT ?`,
      now - incidentsMs,
      (ids: string[]) => [
        ...['events', 'effects', 'tickets', 'incident_targets'].map((table) =>
          deletion(table, 'incident', ids),
        ),
        deletion('incidents', 'id', ids),
      ],
    );
  if (messagesMs !== undefined)
    removed.messages = await inSlices(
      database,
      `SELECT effects.id AS id FROM effects JOIN incidents ON incidents.id = effects.incident
       WHERE incidents.status = 'resolved' AND incidents.resolved_at < ? AND effects.kind IN ('page', 'notice')
       AND effects.state NOT IN ${LIVE} LIMIT ?`,
      now - messagesMs,
      (ids: string[]) => [deletion('effects', 'id', ids)],
    );
  return removed;
}

const deletion = (table: string, column: string, values: readonly (string | number)[]): Write => ({
  op: 'run',
  sql: `DELETE FROM ${table} WHERE ${oneOf(column, values)}`,
  values,
});

async function removeTickets(database: SqlDatabase, before: number, removed: Removed): Promise<void> {
  const files = new Set<string>();
  removed.tickets = await inSlices(
    database,
    `SELECT number AS id FROM desk_tickets WHERE state IN ('closed', 'merged') AND updated_at < ? LIMIT ?`,
    before,
    async (numbers: number[]) => {
      for (const sha256 of await filesOf(database, numbers)) files.add(sha256);
      return [
        deletion('desk_entries', 'ticket', numbers),
        deletion('desk_mails', 'ticket', numbers),
        deletion('service_tickets', 'desk_number', numbers),
        deletion(
          'effects',
          'incident',
          numbers.map((number) => `desk-${number}`),
        ),
        deletion('desk_tickets', 'number', numbers),
      ];
    },
    // Only retention and erasure may delete the entries of a trail.
    { changesTrails: true },
  );
  removed.files = await unnamed(database, files);
}

/** Files that the entries of those tickets name. */
async function filesOf(database: SqlDatabase, numbers: readonly number[]): Promise<string[]> {
  const sql = `SELECT document FROM desk_entries WHERE ${oneOf('ticket', numbers)} AND document LIKE '%"sha256"%'`;
  const rows = await database.all<{ document: string }>(sql, numbers);
  return rows.flatMap(({ document }) =>
    [...document.matchAll(/"sha256":"([0-9a-f]{64})"/g)].map(([, sha256]) => sha256!),
  );
}

/** Those of the files that no entry names any more; `struck`: sequence numbers of entries that do not count. */
export async function unnamed(
  database: SqlDatabase,
  files: ReadonlySet<string>,
  struck: ReadonlySet<string | number> = new Set(),
): Promise<string[]> {
  const left: string[] = [];
  for (const sha256 of files) {
    const sql = 'SELECT seq FROM desk_entries WHERE document LIKE ?';
    const naming = await database.all<{ seq: number }>(sql, [`%${sha256}%`]);
    if (naming.every(({ seq }) => struck.has(seq))) left.push(sha256);
  }
  return left;
}

async function inSlices<Id extends string | number>(
  database: SqlDatabase,
  old: string,
  before: number,
  remove: (ids: Id[]) => Write[] | Promise<Write[]>,
  options: { changesTrails?: boolean } = {},
): Promise<number> {
  let count = 0;
  for (;;) {
    const rows = await database.all<{ id: Id }>(old, [before, SLICE]);
    if (rows.length === 0) return count;
    await database.write(await remove(rows.map(({ id }) => id)), options);
    count += rows.length;
    await nextTurn();
  }
}
