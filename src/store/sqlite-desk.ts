import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { stateName, type DeskEntry, type DeskTicket } from '../core/desk/desk-ticket.ts';
import type { DeskQuery, DeskStore } from './desk-store.ts';
import type { Change } from './store.ts';

interface Row {
  number: number;
  document: string;
}

const ticketOf = (row: unknown): DeskTicket | undefined =>
  row === undefined ? undefined : (JSON.parse((row as Row).document) as DeskTicket);

const entryOf = (row: unknown): DeskEntry => JSON.parse((row as Row).document) as DeskEntry;

export function sqliteDesk(database: DatabaseSync): DeskStore {
  const last = database.prepare('SELECT max(number) AS number FROM desk_tickets');
  const byNumber = database.prepare('SELECT document FROM desk_tickets WHERE number = ?');
  const byKey = database.prepare('SELECT document FROM desk_tickets WHERE key = ?');
  const trail = database.prepare('SELECT document FROM desk_entries WHERE ticket = ? ORDER BY seq');
  const trailEnd = database.prepare(
    `SELECT seq, document FROM desk_entries WHERE ticket = ? AND seq < ?
     AND (? = 0 OR json_extract(document, '$.isPublic')) ORDER BY seq DESC`,
  );
  const entry = database.prepare('SELECT document FROM desk_entries WHERE key = ?');
  const unclosed = database.prepare(
    `SELECT document FROM desk_tickets WHERE state NOT IN ('closed', 'merged') AND number > ?
     ORDER BY number LIMIT ?`,
  );
  const changed = database.prepare(
    'SELECT document FROM desk_tickets WHERE updated_at >= ? ORDER BY updated_at, number LIMIT ?',
  );
  const ofMail = database.prepare('SELECT ticket FROM desk_mails WHERE message_id = ?');
  const lastMail = database.prepare(
    'SELECT message_id FROM desk_mails WHERE ticket = ? ORDER BY at DESC LIMIT 1',
  );
  return {
    lastNumber: async () => (last.get() as { number: number | null }).number ?? 0,
    ticket: async (number) => ticketOf(byNumber.get(number)),
    ticketByKey: async (key) => ticketOf(byKey.get(key)),
    entries: async (number) => trail.all(number).map(entryOf),
    async trailEnd(number, { mostBytes, before = Number.MAX_SAFE_INTEGER, isPublic }) {
      const entries: DeskEntry[] = [];
      let bytes = 0;
      let from = before;
      for (const row of trailEnd.iterate(number, before, isPublic ? 1 : 0) as Iterable<{
        seq: number;
        document: string;
      }>) {
        const one = entryOf(row);
        bytes += row.document.length;
        if (bytes > mostBytes && entries.length > 0) return { entries: entries.toReversed(), before: from };
        entries.push(one);
        from = row.seq;
      }
      return { entries: entries.toReversed() };
    },
    entryByKey: async (key) => {
      const row = entry.get(key);
      return row === undefined ? undefined : entryOf(row);
    },
    unclosed: async (after = 0, limit = -1) => unclosed.all(after, limit).map((row) => ticketOf(row)!),
    ticketOfMail: async (messageId) => (ofMail.get(messageId) as { ticket: number } | undefined)?.ticket,
    lastMailOf: async (number) => (lastMail.get(number) as { message_id: string } | undefined)?.message_id,
    changedSince: async (since, limit) => changed.all(since, limit).map((row) => ticketOf(row)!),
    async list({ limit, cursor, text, ...filters }) {
      const { where, values } = conditions(filters);
      const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
      if (text !== undefined) {
        const numbers = search(database, text, { where, values, before, limit: limit + 1, ...filters });
        const shown = numbers.slice(0, limit);
        return {
          items: shown.map((number) => ticketOf(byNumber.get(number))!),
          next: numbers.length > shown.length ? String(shown.at(-1)!) : null,
        };
      }
      const sql = `SELECT number, document FROM desk_tickets WHERE ${['number < ?', ...where].join(' AND ')}
        ORDER BY number DESC LIMIT ?`;
      const rows = database.prepare(sql).all(before, ...values, limit + 1) as unknown as Row[];
      const shown = rows.slice(0, limit);
      return {
        items: shown.map((row) => ticketOf(row)!),
        next: rows.length > shown.length ? String(shown.at(-1)!.number) : null,
      };
    },
    async count(filters) {
      const { where, values } = conditions(filters);
      const sql = `SELECT count(*) AS count FROM desk_tickets WHERE ${['1', ...where].join(' AND ')}`;
      return (database.prepare(sql).get(...values) as { count: number }).count;
    },
  };
}

/** Writes the desk's part of a change. */
export function deskWriter(database: DatabaseSync): (change: Change) => void {
  const ticket = database.prepare(
    `INSERT INTO desk_tickets (number, key, state, priority, customer, requester, assignee, created_at, updated_at, document)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (number) DO UPDATE SET state = excluded.state, priority = excluded.priority,
     customer = excluded.customer, requester = excluded.requester, assignee = excluded.assignee,
     updated_at = excluded.updated_at, document = excluded.document`,
  );
  const entry = database.prepare('INSERT INTO desk_entries (ticket, key, at, document) VALUES (?, ?, ?, ?)');
  const mail = database.prepare(
    'INSERT INTO desk_mails (message_id, ticket, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  return ({ deskTickets = [], deskEntries = [] }) => {
    for (const one of deskTickets) {
      const { number, key, state, priority, customer, requester, assignee, createdAt, updatedAt } = one;
      ticket.run(
        number,
        key ?? null,
        stateName(state),
        priority,
        customer ?? null,
        requester?.email ?? null,
        assignee ?? null,
        createdAt,
        updatedAt,
        JSON.stringify(one),
      );
    }
    for (const one of deskEntries) {
      entry.run(one.ticket, one.key ?? null, one.at, JSON.stringify(one));
      if (one.mailId !== undefined) mail.run(one.mailId, one.ticket, one.at);
    }
  };
}

function conditions(filters: Omit<DeskQuery, 'limit' | 'cursor' | 'text'>): {
  where: string[];
  values: SQLInputValue[];
} {
  const { states, priority, assignee, customer, requester } = filters;
  const where: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, ...more: SQLInputValue[]) => {
    where.push(condition);
    values.push(...more);
  };
  if (states) add('state IN (SELECT value FROM json_each(?))', JSON.stringify(states));
  if (priority) add('priority = ?', priority);
  if (assignee === 'none') add('assignee IS NULL');
  else if (assignee !== undefined) add('assignee = ?', assignee);
  if (customer !== undefined) add('customer = ?', customer);
  if (requester !== undefined) add('requester = ?', requester);
  return { where, values };
}

interface Sought extends Pick<DeskQuery, 'customer' | 'requester'> {
  where: readonly string[];
  values: readonly SQLInputValue[];
  /** Only tickets below that number. */
  before: number;
  limit: number;
}

/** Tickets with a message that holds the words: 70 ms for a word that occurs in 100,000 messages. */
const byMessage = (among: string): string =>
  `SELECT DISTINCT t.number AS number FROM desk_words
   CROSS JOIN desk_entries e ON e.seq = desk_words.rowid
   CROSS JOIN desk_tickets t ON t.number = e.ticket
   WHERE desk_words MATCH ? AND desk_words.rowid > 0 AND ${among} ORDER BY t.number DESC LIMIT ?`;

/**
 * Numbers of the tickets that hold every word, or that have the number searched for, newest first. Reads in index
 * order, so that a word that occurs in every ticket costs no more than the page shown: tickets are indexed under their
 * negative number, messages under their sequence.
 */
function search(database: DatabaseSync, text: string, sought: Sought): number[] {
  const { where, values, before, limit, customer, requester } = sought;
  const among = ['t.number < ?', ...where.map((one) => one.replace(/^\w+/, 't.$&'))].join(' AND ');
  const numbersOf = (sql: string, ...given: SQLInputValue[]): number[] =>
    (database.prepare(sql).all(...given, before, ...values, limit) as { number: number }[]).map(
      ({ number }) => number,
    );
  const asked = Number(/^#?(\d{1,12})$/.exec(text.trim())?.[1] ?? 0);
  const found = new Set(
    numbersOf(`SELECT number FROM desk_tickets t WHERE number = ? AND ${among} LIMIT ?`, asked),
  );
  const words = matchOf(text);
  if (words !== undefined) {
    for (const number of numbersOf(
      `SELECT t.number AS number FROM desk_words CROSS JOIN desk_tickets t ON t.number = -desk_words.rowid
       WHERE desk_words MATCH ? AND desk_words.rowid < 0 AND ${among} ORDER BY desk_words.rowid LIMIT ?`,
      words,
    ))
      found.add(number);
    // A search limited to one requester or customer ignores messages: it must not match the team's internal notes.
    const ofEntries =
      requester === undefined && customer === undefined ? numbersOf(byMessage(among), words) : [];
    for (const number of ofEntries) found.add(number);
  }
  return [...found].sort((a, b) => b - a).slice(0, limit);
}

/** Matches every word by prefix, in any position; undefined when the text has no word. */
function matchOf(text: string): string | undefined {
  const words = text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return words.length === 0
    ? undefined
    : words
        .slice(0, 20)
        .map((word) => `"${word}"*`)
        .join(' ');
}
