import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';

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

/** Removes records whose retention period has passed, one slice at a time. */
export async function removeExpired(
  database: DatabaseSync,
  { ticketsMs, messagesMs, incidentsMs }: Retention,
  now: number,
): Promise<Removed> {
  const removed: Removed = { tickets: 0, messages: 0, incidents: 0, files: [] };
  if (ticketsMs !== undefined) await removeTickets(database, now - ticketsMs, removed);
  if (incidentsMs !== undefined) {
    const old = database.prepare(
      `SELECT id FROM incidents WHERE status = 'resolved' AND resolved_at < ? AND id NOT IN
       (SELECT incident FROM effects WHERE state IN ('pending', 'sending', 'retrying', 'ambiguous')) LIMIT ?`,
    );
    removed.incidents = await inSlices(database, old, now - incidentsMs, (id) => {
      for (const table of ['events', 'effects', 'tickets', 'incident_targets'])
        database.prepare(`DELETE FROM ${table} WHERE incident = ?`).run(id);
      database.prepare('DELETE FROM incidents WHERE id = ?').run(id);
    });
  }
  if (messagesMs !== undefined) {
    const old = database.prepare(
      `SELECT effects.id AS id FROM effects JOIN incidents ON incidents.id = effects.incident
       WHERE incidents.status = 'resolved' AND incidents.resolved_at < ? AND effects.kind IN ('page', 'notice')
       AND effects.state NOT IN ('pending', 'sending', 'retrying', 'ambiguous') LIMIT ?`,
    );
    removed.messages = await inSlices(database, old, now - messagesMs, (id) => {
      database.prepare('DELETE FROM effects WHERE id = ?').run(id);
    });
  }
  return removed;
}

async function removeTickets(database: DatabaseSync, before: number, removed: Removed): Promise<void> {
  const old = database.prepare(
    `SELECT number AS id FROM desk_tickets WHERE state IN ('closed', 'merged') AND updated_at < ? LIMIT ?`,
  );
  const files = new Set<string>();
  const stays = database
    .prepare(`SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = 'desk_entries_stay'`)
    .get() as { sql: string };
  const entriesOf = database.prepare('SELECT document FROM desk_entries WHERE ticket = ?');
  removed.tickets = await inSlices(
    database,
    old,
    before,
    (number) => {
      for (const { document } of entriesOf.all(number) as { document: string }[]) {
        for (const [, sha256] of document.matchAll(/"sha256":"([0-9a-f]{64})"/g)) files.add(sha256!);
      }
      for (const table of ['desk_entries', 'desk_mails'])
        database.prepare(`DELETE FROM ${table} WHERE ticket = ?`).run(number);
      database
        .prepare(
          `DELETE FROM service_tickets WHERE json_extract(document, '$.ticket.adapter') = 'desk'
           AND json_extract(document, '$.ticket.remoteId') = ?`,
        )
        .run(String(number));
      database.prepare('DELETE FROM effects WHERE incident = ?').run(`desk-${number}`);
      database.prepare('DELETE FROM desk_tickets WHERE number = ?').run(number);
    },
    // Only retention and erasure drop the trigger that forbids deleting trail entries.
    { before: 'DROP TRIGGER desk_entries_stay', after: stays.sql },
  );
  const named = database.prepare('SELECT 1 FROM desk_entries WHERE instr(document, ?) > 0 LIMIT 1');
  await mergeWords(database);
  removed.files = [...files].filter((sha256) => named.get(sha256) === undefined);
}

/** Words of deleted text leave the search index only when its segments are merged; merges a few pages at a time. */
async function mergeWords(database: DatabaseSync): Promise<void> {
  const changes = database.prepare('SELECT total_changes() AS count');
  const count = () => (changes.get() as { count: number }).count;
  database.exec(`INSERT INTO desk_words (desk_words, rank) VALUES ('merge', -50)`);
  for (let turn = 0; turn < 10_000; turn++) {
    const before = count();
    database.exec(`INSERT INTO desk_words (desk_words, rank) VALUES ('merge', 50)`);
    // One change is the command itself: nothing is left to merge (https://www.sqlite.org/fts5.html#the_merge_command).
    if (count() - before < 2) return;
    await nextTurn();
  }
}

async function inSlices(
  database: DatabaseSync,
  old: ReturnType<DatabaseSync['prepare']>,
  before: number,
  remove: (id: string | number) => void,
  around: { before: string; after: string } = { before: '', after: '' },
): Promise<number> {
  let count = 0;
  for (;;) {
    const rows = old.all(before, SLICE) as { id: string | number }[];
    if (rows.length === 0) return count;
    database.exec(`BEGIN IMMEDIATE; ${around.before}`);
    try {
      for (const { id } of rows) remove(id);
      database.exec(`${around.after}; COMMIT`);
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
    count += rows.length;
    await nextTurn();
  }
}
