import type { DatabaseSync } from 'node:sqlite';
import type { DeskEntry, DeskStore, DeskTicket } from './desk-store.ts';
import type { GroupCommit } from './group-commit.ts';

const TICKET = `SELECT number, key, subject, body, priority, status, created_at AS createdAt,
  updated_at AS updatedAt FROM desk_tickets`;

export function sqliteDesk(database: DatabaseSync, commits: GroupCommit): DeskStore {
  const byKey = database.prepare(`${TICKET} WHERE key = ?`);
  const byNumber = database.prepare(`${TICKET} WHERE number = ?`);
  const insert = database.prepare(
    `INSERT INTO desk_tickets (key, subject, body, priority, status, created_at, updated_at)
     VALUES (?, ?, ?, ?, 'open', ?, ?) ON CONFLICT (key) DO NOTHING`,
  );
  const insertEntry = database.prepare(
    'INSERT INTO desk_entries (ticket, key, at, event, text) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING',
  );
  const update = database.prepare(
    'UPDATE desk_tickets SET status = ?, priority = ?, updated_at = ? WHERE number = ?',
  );
  const touch = database.prepare('UPDATE desk_tickets SET updated_at = ? WHERE number = ?');
  const listEntries = database.prepare(
    'SELECT at, event, text FROM desk_entries WHERE ticket = ? ORDER BY seq',
  );
  const read = (number: number) => byNumber.get(number) as unknown as DeskTicket | undefined;

  return {
    createTicket: ({ key, subject, body, priority }, now) =>
      commits.write(() => {
        insert.run(key, subject, body, priority, now, now);
        return byKey.get(key) as unknown as DeskTicket;
      }),
    findTicket: async (key) => byKey.get(key) as unknown as DeskTicket | undefined,
    readTicket: async (number) => read(number),
    entries: async (number) => listEntries.all(number) as unknown as DeskEntry[],
    addEntry: (number, { key, event, text }, now) =>
      commits.write(() => {
        if (!read(number)) return false;
        insertEntry.run(number, key, now, event, text);
        touch.run(now, number);
        return true;
      }),
    change: (number, wanted, now) =>
      commits.write(() => {
        const ticket = read(number);
        if (!ticket) return false;
        const { status = ticket.status, priority = ticket.priority } = wanted;
        if (ticket.status === status && ticket.priority === priority) return true;
        update.run(status, priority, now, number);
        if (ticket.status === status) return true;
        insertEntry.run(number, null, now, status === 'resolved' ? 'resolved' : 'reopened', '');
        return true;
      }),
  };
}
