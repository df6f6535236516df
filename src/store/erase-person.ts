import type { AuditRecord } from '../core/audit-record.ts';
import type { DeskEntry, DeskTicket } from '../core/desk/desk-ticket.ts';
import { ERASED, markPattern, withoutPerson, type PersonMarks } from '../core/erasure.ts';
import { unnamed } from './retention.ts';
import { entryWords, ticketWords } from './search-words.ts';
import { digestOf, leftOf } from './sql-audit.ts';
import type { SqlDatabase, SqlValue, Write } from './sql-database.ts';
import { quoted, type TableName } from './tables.ts';

/** How many records named the person and were anonymised. */
export interface Erasure {
  tickets: number;
  messages: number;
  otherTexts: number;
  accounts: number;
  subscriptions: number;
  auditRecords: number;
  /** SHA-256 of files that no entry refers to any more: to be removed from disk. */
  files: string[];
}

/** Tables in which only the text of the document may name a person, with their key columns. */
const DOCUMENTS: readonly [table: TableName, key: string][] = [
  ['effects', 'id'],
  ['tickets', 'incident'],
  ['events', 'seq'],
  ['inbound', 'id'],
  ['marks', 'name'],
  ['overrides', 'id'],
  ['maintenance', 'id'],
];

interface Row {
  key: string | number;
  document: string;
}

/** Rows read at a time. */
const SLICE = 500;

/** What has been found so far, and what must be written. */
interface Erasing {
  database: SqlDatabase;
  pattern: RegExp;
  /** In lower case. */
  email: string;
  found: Erasure;
  writes: Write[];
}

/**
 * Anonymises a person in all stored data, in one transaction, and records the erasure. What they wrote on their own
 * tickets is removed as a whole; elsewhere only their marks are. With `isDryRun` nothing is changed. The monitor must
 * not be running.
 */
export async function erasePerson(
  database: SqlDatabase,
  marks: PersonMarks,
  { who, now, isDryRun }: { who: string; now: number; isDryRun: boolean },
): Promise<Erasure> {
  const found: Erasure = {
    tickets: 0,
    messages: 0,
    otherTexts: 0,
    accounts: 0,
    subscriptions: 0,
    auditRecords: 0,
    files: [],
  };
  const email = marks.email.toLowerCase();
  const erasing: Erasing = { database, pattern: markPattern(marks), email, found, writes: [] };
  const theirs = await eraseTickets(erasing);
  await eraseEntries(erasing, theirs);
  await eraseIncidents(erasing);
  for (const [table, key] of DOCUMENTS) await eraseDocuments(erasing, table, key);
  await eraseServiceTickets(erasing, theirs);
  for (const number of theirs) {
    erasing.writes.push(
      deletion('desk_mails', 'ticket', number),
      // Outbound messages about the ticket repeat what the person wrote.
      deletion('effects', 'incident', `desk-${number}`),
    );
  }
  await eraseAccounts(erasing);
  await eraseAudit(erasing, who, now);
  if (isDryRun) return found;
  await database.write(erasing.writes, { changesTrails: true });
  await database.compact(true);
  return found;
}

/** Returns the document without the person; undefined when it does not name them. */
function cleaned(document: string, pattern: RegExp): string | undefined {
  const before = JSON.parse(document) as unknown;
  const after = JSON.stringify(withoutPerson(before, pattern));
  return after === JSON.stringify(before) ? undefined : after;
}

/** All rows of a table, in the order of the key; `more` names further columns. */
async function* rowsOf<More = unknown>(
  database: SqlDatabase,
  table: TableName,
  key: string,
  more: readonly string[] = [],
): AsyncGenerator<Row & More> {
  const columns = [`${key} AS key`, 'document', ...more].join(', ');
  let after: SqlValue | undefined;
  for (;;) {
    const rows: (Row & More)[] = await database.all(
      `SELECT ${columns} FROM ${table} ${after === undefined ? '' : `WHERE ${key} > ?`} ORDER BY ${key} LIMIT ?`,
      [...(after === undefined ? [] : [after]), SLICE],
    );
    yield* rows;
    if (rows.length < SLICE) return;
    after = rows.at(-1)!.key;
  }
}

const deletion = (table: TableName, column: string, value: SqlValue): Write => ({
  op: 'run',
  sql: `DELETE FROM ${table} WHERE ${quoted(column)} = ?`,
  values: [value],
});

const change = (
  table: TableName,
  columns: Readonly<Record<string, SqlValue>>,
  ...key: SqlValue[]
): Write => ({
  op: 'set',
  table,
  columns: Object.keys(columns),
  rows: [[...Object.values(columns), ...key]],
});

/** Numbers of the person's own tickets. */
async function eraseTickets({ database, email, pattern, found, writes }: Erasing): Promise<Set<number>> {
  const theirs = new Set<number>();
  for await (const { key, document } of rowsOf(database, 'desk_tickets', 'number')) {
    const ticket = JSON.parse(document) as DeskTicket;
    const isTheirs = ticket.requester?.email?.toLowerCase() === email;
    if (isTheirs) theirs.add(ticket.number);
    const kept: DeskTicket = isTheirs
      ? {
          ...ticket,
          subject: ERASED,
          body: ERASED,
          requester: { name: ERASED, verifiedBy: ticket.requester!.verifiedBy },
          ...(ticket.rating && { rating: { ...ticket.rating, text: ERASED } }),
          fields: Object.fromEntries(Object.keys(ticket.fields).map((name) => [name, ERASED])),
        }
      : ticket;
    const after = withoutPerson(kept, pattern) as DeskTicket;
    const text = JSON.stringify(after);
    if (text === JSON.stringify(ticket)) continue;
    const columns = {
      requester: after.requester?.email ?? null,
      customer: after.customer ?? null,
      document: text,
      words: ticketWords(after),
    };
    writes.push(change('desk_tickets', columns, key));
    found.tickets++;
  }
  return theirs;
}

async function eraseEntries(
  { database, pattern, found, writes }: Erasing,
  theirs: ReadonlySet<number>,
): Promise<void> {
  const files = new Set<string>();
  /** Entries that named files and no longer do. */
  const struck = new Set<string | number>();
  for await (const { key, document } of rowsOf(database, 'desk_entries', 'seq')) {
    const entry = JSON.parse(document) as DeskEntry;
    const isTheirs = theirs.has(entry.ticket) && entry.by.is === 'requester';
    const { quoted: _quoted, attachments, mailId: _mail, ...rest } = entry;
    if (isTheirs && attachments) {
      struck.add(key);
      for (const { sha256 } of attachments) files.add(sha256);
    }
    const kept: DeskEntry = isTheirs
      ? { ...rest, by: { ...entry.by, name: ERASED } as DeskEntry['by'], text: ERASED }
      : entry;
    const after = withoutPerson(kept, pattern) as DeskEntry;
    const text = JSON.stringify(after);
    if (text === JSON.stringify(entry)) continue;
    // A key derived from a Message-ID identifies the sender; the entry no longer needs one.
    const columns = { document: text, key: isTheirs ? null : (after.key ?? null), words: entryWords(after) };
    writes.push(change('desk_entries', columns, key));
    found.messages++;
  }
  found.files = await unnamed(database, files, struck);
}

/** An incident from a reported problem is named after the reporter: renames it wherever that name is stored. */
async function eraseIncidents({ database, pattern, found, writes }: Erasing): Promise<void> {
  for await (const { key, document, target } of rowsOf<{ target: string }>(database, 'incidents', 'id', [
    'target',
  ])) {
    const isReport = /^(?:call|report) from /.test(target) && target.replace(pattern, ERASED) !== target;
    const name = isReport ? `${target.split(' ')[0]} from ${ERASED} ${key}` : target;
    const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
    const renamed = isReport ? document.replaceAll(inJson(target), () => inJson(name)) : document;
    const after = cleaned(renamed, pattern) ?? renamed;
    if (after === document) continue;
    writes.push(change('incidents', { target: name, document: after }, key));
    if (isReport)
      writes.push({
        op: 'run',
        sql: 'UPDATE incident_targets SET target = ? WHERE incident = ? AND target = ?',
        values: [name, key, target],
      });
    found.otherTexts++;
  }
}

async function eraseDocuments(
  { database, pattern, found, writes }: Erasing,
  table: TableName,
  key: string,
): Promise<void> {
  for await (const row of rowsOf(database, table, key)) {
    const document = cleaned(row.document, pattern);
    if (document === undefined) continue;
    writes.push(change(table, { document }, row.key));
    found.otherTexts++;
  }
}

async function eraseServiceTickets(
  { database, pattern, found, writes }: Erasing,
  theirs: ReadonlySet<number>,
): Promise<void> {
  const rows = rowsOf<{ desk_number: number | null }>(database, 'service_tickets', 'id', ['desk_number']);
  for await (const { key, document, desk_number: number } of rows) {
    const isTheirs = number !== null && theirs.has(number);
    const stored = JSON.parse(document) as object;
    const kept = isTheirs ? JSON.stringify({ ...stored, subject: ERASED }) : document;
    const after = cleaned(kept, pattern) ?? kept;
    if (after === document) continue;
    writes.push(change('service_tickets', { document: after }, key));
    found.otherTexts++;
  }
}

async function eraseAccounts({ database, email, found, writes }: Erasing): Promise<void> {
  const users = await database.all<{ id: string }>('SELECT id FROM users WHERE lower(email) = ?', [email]);
  for (const { id } of users) writes.push(deletion('sessions', 'user', id), deletion('users', 'id', id));
  const subscribed = await database.all<{ email: string }>(
    'SELECT email FROM subscribers WHERE lower(email) = ?',
    [email],
  );
  for (const one of subscribed) writes.push(deletion('subscribers', 'email', one.email));
  found.accounts = users.length;
  found.subscriptions = subscribed.length;
}

async function eraseAudit(
  { database, pattern, found, writes }: Erasing,
  who: string,
  now: number,
): Promise<void> {
  const erased: { seq: number; left: string }[] = [];
  for await (const { key, document } of rowsOf(database, 'audit', 'seq')) {
    const record = JSON.parse(document) as AuditRecord;
    // An erasure record vouches for other records and names no person.
    if (record.what === 'erased') continue;
    const after = withoutPerson(record, pattern) as AuditRecord;
    if (JSON.stringify(after) === JSON.stringify(record)) continue;
    const kept: AuditRecord = { ...after, digest: digestOf(record) };
    writes.push(change('audit', { who: kept.who, document: JSON.stringify(kept) }, key));
    erased.push({ seq: Number(key), left: leftOf(kept) });
  }
  found.auditRecords = erased.length;
  const about = `a person: ${found.tickets} tickets, ${found.messages} messages, ${found.otherTexts} other texts, ${found.accounts} accounts, ${found.subscriptions} subscriptions, ${found.auditRecords} audit records`;
  writes.push({
    op: 'append-audit',
    records: [{ at: now, who, what: 'erased', about, ...(erased.length > 0 && { erased }) }],
  });
}
