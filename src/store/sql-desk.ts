import type { DeskEntry, DeskTicket } from '../core/desk/desk-ticket.ts';
import type { DeskQuery, DeskStore } from './desk-store.ts';
import { oneOf } from './one-of.ts';
import { wordsIn } from './search-words.ts';
import type { SqlDatabase, SqlValue } from './sql-database.ts';

interface Row {
  document: string;
}

const ticketOf = ({ document }: Row): DeskTicket => JSON.parse(document) as DeskTicket;
const entryOf = ({ document }: Row): DeskEntry => JSON.parse(document) as DeskEntry;

/** Entries read at a time when the end of a trail is asked for. */
const TRAIL_SLICE = 20;

export function sqlDesk(database: SqlDatabase): DeskStore {
  const tickets = async (sql: string, ...values: SqlValue[]): Promise<DeskTicket[]> =>
    (await database.all<Row>(sql, values)).map(ticketOf);
  const byNumber = async (number: number) =>
    (await tickets('SELECT document FROM desk_tickets WHERE number = ?', number))[0];
  return {
    async lastNumber() {
      const [row] = await database.all<{ last: number | null }>(
        'SELECT max(number) AS last FROM desk_tickets',
      );
      return row?.last ?? 0;
    },
    ticket: byNumber,
    async ticketByKey(key) {
      return (await tickets('SELECT document FROM desk_tickets WHERE key = ?', key))[0];
    },
    async entries(number) {
      const sql = 'SELECT document FROM desk_entries WHERE ticket = ? ORDER BY seq';
      return (await database.all<Row>(sql, [number])).map(entryOf);
    },
    async trailEnd(number, { mostBytes, before = Number.MAX_SAFE_INTEGER, isPublic }) {
      const sql = `SELECT seq, document FROM desk_entries WHERE ticket = ? AND seq < ?
        ${isPublic ? 'AND is_public = 1' : ''} ORDER BY seq DESC LIMIT ?`;
      const entries: DeskEntry[] = [];
      let bytes = 0;
      let from = before;
      for (;;) {
        const rows = await database.all<Row & { seq: number }>(sql, [number, from, TRAIL_SLICE]);
        for (const row of rows) {
          bytes += row.document.length;
          if (bytes > mostBytes && entries.length > 0) return { entries: entries.toReversed(), before: from };
          entries.push(entryOf(row));
          from = row.seq;
        }
        if (rows.length < TRAIL_SLICE) return { entries: entries.toReversed() };
      }
    },
    async entryByKey(key) {
      const [row] = await database.all<Row>('SELECT document FROM desk_entries WHERE key = ?', [key]);
      return row && entryOf(row);
    },
    unclosed: (after = 0, limit = Number.MAX_SAFE_INTEGER) =>
      tickets(
        `SELECT document FROM desk_tickets WHERE state NOT IN ('closed', 'merged') AND number > ?
         ORDER BY number LIMIT ?`,
        after,
        limit,
      ),
    async ticketOfMail(messageId) {
      const sql = 'SELECT ticket FROM desk_mails WHERE message_id = ?';
      return (await database.all<{ ticket: number }>(sql, [messageId]))[0]?.ticket;
    },
    async lastMailOf(number) {
      const sql = 'SELECT message_id AS id FROM desk_mails WHERE ticket = ? ORDER BY at DESC LIMIT 1';
      return (await database.all<{ id: string }>(sql, [number]))[0]?.id;
    },
    changedSince: (since, limit) =>
      tickets(
        'SELECT document FROM desk_tickets WHERE updated_at >= ? ORDER BY updated_at, number LIMIT ?',
        since,
        limit,
      ),
    async list({ limit, cursor, text, ...filters }) {
      const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
      const numbers =
        text === undefined
          ? await numbersOf(database, filters, before, limit + 1)
          : await search(database, text, { ...filters, before, limit: limit + 1 });
      const shown = numbers.slice(0, limit);
      const found = await tickets(
        `SELECT document FROM desk_tickets WHERE ${oneOf('number', shown)} ORDER BY number DESC`,
        ...shown,
      );
      return { items: found, next: numbers.length > shown.length ? String(shown.at(-1)!) : null };
    },
    async count(filters) {
      const { where, values } = conditions(filters);
      const sql = `SELECT count(*) AS count FROM desk_tickets t WHERE ${['1 = 1', ...where].join(' AND ')}`;
      return (await database.all<{ count: number }>(sql, values))[0]!.count;
    },
  };
}

type Filters = Omit<DeskQuery, 'limit' | 'cursor' | 'text'>;

async function numbersOf(
  database: SqlDatabase,
  filters: Filters,
  before: number,
  limit: number,
): Promise<number[]> {
  const { where, values } = conditions(filters);
  const sql = `SELECT number FROM desk_tickets t WHERE ${['t.number < ?', ...where].join(' AND ')}
    ORDER BY number DESC LIMIT ?`;
  const rows = await database.all<{ number: number }>(sql, [before, ...values, limit]);
  return rows.map(({ number }) => number);
}

/** The conditions on a ticket, which the statement calls `t`. */
function conditions({ states, priority, assignee, customer, requester }: Filters): {
  where: string[];
  values: SqlValue[];
} {
  const where: string[] = [];
  const values: SqlValue[] = [];
  const add = (condition: string, ...more: SqlValue[]) => {
    where.push(condition);
    values.push(...more);
  };
  if (states) add(oneOf('t.state', states), ...states);
  if (priority) add('t.priority = ?', priority);
  if (assignee === 'none') add('t.assignee IS NULL');
  else if (assignee !== undefined) add('t.assignee = ?', assignee);
  if (customer !== undefined) add('t.customer = ?', customer);
  if (requester !== undefined) add('t.requester = ?', requester);
  return { where, values };
}

/**
 * Numbers of the tickets that hold every word, or that have the number searched for, newest first: only those below
 * `before`.
 */
async function search(
  database: SqlDatabase,
  text: string,
  { before, limit, ...filters }: Filters & { before: number; limit: number },
): Promise<number[]> {
  const { where, values } = conditions(filters);
  const among = ['t.number < ?', ...where].join(' AND ');
  const numbers = async (sql: string, sought: SqlValue): Promise<number[]> =>
    (await database.all<{ number: number }>(sql, [sought, before, ...values, limit], true)).map(
      ({ number }) => number,
    );
  const asked = Number(/^#?(\d{1,12})$/.exec(text.trim())?.[1] ?? 0);
  const found = new Set(
    await numbers(`SELECT number FROM desk_tickets t WHERE t.number = ? AND ${among} LIMIT ?`, asked),
  );
  const words = wordsIn(text);
  if (words.length > 0) {
    const { tickets, entries, match } = database.words;
    const sought = match(words);
    for (const number of await numbers(tickets(among), sought)) found.add(number);
    // A search limited to one requester or customer ignores messages: it must not match the team's internal notes.
    if (filters.requester === undefined && filters.customer === undefined)
      for (const number of await numbers(entries(among), sought)) found.add(number);
  }
  return [...found].sort((a, b) => b - a).slice(0, limit);
}
