import type { DatabaseSync } from 'node:sqlite';
import type { AuditRecord } from '../core/audit-record.ts';
import type { DeskEntry, DeskTicket } from '../core/desk/desk-ticket.ts';
import { ERASED, markPattern, withoutPerson, type PersonMarks } from '../core/erasure.ts';
import { FILL_DESK_WORDS } from './sqlite-schema.ts';
import { auditWriter, digestOf, leftOf } from './sqlite-audit.ts';

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
const DOCUMENTS: readonly [table: string, key: string][] = [
  ['incidents', 'id'],
  ['effects', 'id'],
  ['tickets', 'id'],
  ['events', 'seq'],
  ['service_tickets', 'id'],
  ['inbound', 'id'],
  ['marks', 'name'],
  ['overrides', 'id'],
  ['maintenance', 'id'],
];

interface Row {
  key: string | number;
  document: string;
}

/**
 * Anonymises a person in all stored data, in one transaction, and records the erasure. What they wrote on their own
 * tickets is removed as a whole; elsewhere only their marks are. With `isDryRun` nothing is changed.
 */
export function erasePerson(
  database: DatabaseSync,
  marks: PersonMarks,
  { who, now, isDryRun }: { who: string; now: number; isDryRun: boolean },
): Erasure {
  const pattern = markPattern(marks);
  const email = marks.email.toLowerCase();
  const found: Erasure = {
    tickets: 0,
    messages: 0,
    otherTexts: 0,
    accounts: 0,
    subscriptions: 0,
    auditRecords: 0,
    files: [],
  };
  database.exec('PRAGMA secure_delete = ON; BEGIN IMMEDIATE');
  try {
    const standing = triggersOf(database);
    for (const { name } of standing) database.exec(`DROP TRIGGER ${name}`);
    const files = new Set<string>();
    eraseTickets(database, { email, pattern, found, files });
    renameReports(database, pattern, found);
    for (const [table, key] of DOCUMENTS) {
      const set = database.prepare(`UPDATE ${table} SET document = ? WHERE ${key} = ?`);
      const rows = database.prepare(`SELECT ${key} AS key, document FROM ${table}`).all() as unknown as Row[];
      for (const row of rows) {
        const document = cleaned(row.document, pattern);
        if (document === undefined) continue;
        set.run(document, row.key);
        found.otherTexts++;
      }
    }
    found.accounts = eraseAccounts(database, email);
    found.subscriptions = Number(
      database.prepare('DELETE FROM subscribers WHERE lower(email) = ?').run(email).changes,
    );
    eraseAudit(database, { pattern, found, who, now });
    found.files = [...files].filter((sha256) => !isNamed(database, sha256));
    for (const { sql } of standing) database.exec(sql);
    // The contentless search index still holds words of the erased text: rebuild it.
    database.exec(`INSERT INTO desk_words (desk_words) VALUES ('delete-all'); ${FILL_DESK_WORDS}`);
    database.exec(isDryRun ? 'ROLLBACK' : 'COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
  if (!isDryRun) {
    // Removes the deleted text from the free pages of the database file and from the write-ahead log.
    database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
  }
  return found;
}

interface Working {
  pattern: RegExp;
  found: Erasure;
}

/** Triggers that protect the trail and the audit log from changes; erasure has to drop them for its transaction. */
const triggersOf = (database: DatabaseSync): { name: string; sql: string }[] =>
  database
    .prepare(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'
       AND (name LIKE 'desk_entries_st%' OR name LIKE 'audit_st%')`,
    )
    .all() as { name: string; sql: string }[];

/** Returns the document without the person; undefined when it does not name them. */
function cleaned(document: string, pattern: RegExp): string | undefined {
  const before = JSON.parse(document) as unknown;
  const after = JSON.stringify(withoutPerson(before, pattern));
  return after === JSON.stringify(before) ? undefined : after;
}

function eraseTickets(
  database: DatabaseSync,
  { email, pattern, found, files }: Working & { email: string; files: Set<string> },
): void {
  const setTicket = database.prepare(
    'UPDATE desk_tickets SET requester = ?, customer = ?, document = ? WHERE number = ?',
  );
  const setEntry = database.prepare('UPDATE desk_entries SET document = ?, key = ? WHERE seq = ?');
  const theirs = new Set<number>();
  const tickets = database
    .prepare('SELECT number AS key, document FROM desk_tickets')
    .all() as unknown as Row[];
  for (const { key, document } of tickets) {
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
    setTicket.run(after.requester?.email ?? null, after.customer ?? null, text, key);
    found.tickets++;
  }
  const entries = database.prepare('SELECT seq AS key, document FROM desk_entries').all() as unknown as Row[];
  for (const { key, document } of entries) {
    const entry = JSON.parse(document) as DeskEntry;
    const isTheirs = theirs.has(entry.ticket) && entry.by.is === 'requester';
    const { quoted: _quoted, attachments, mailId: _mail, ...rest } = entry;
    if (isTheirs) for (const { sha256 } of attachments ?? []) files.add(sha256);
    const kept: DeskEntry = isTheirs
      ? { ...rest, by: { ...entry.by, name: ERASED } as DeskEntry['by'], text: ERASED }
      : entry;
    const after = withoutPerson(kept, pattern) as DeskEntry;
    const text = JSON.stringify(after);
    if (text === JSON.stringify(entry)) continue;
    // A key derived from a Message-ID identifies the sender; the entry no longer needs one.
    setEntry.run(text, isTheirs ? null : (after.key ?? null), key);
    found.messages++;
  }
  const forget = [
    'DELETE FROM desk_mails WHERE ticket = CAST(?1 AS INTEGER)',
    // Outbound messages about the ticket repeat what the person wrote.
    `DELETE FROM effects WHERE incident = 'desk-' || ?1`,
    `UPDATE service_tickets SET document = json_set(document, '$.subject', '${ERASED}') 
     WHERE json_extract(document, '$.ticket.adapter') = 'desk' AND json_extract(document, '$.ticket.remoteId') = ?1`,
  ].map((sql) => database.prepare(sql));
  for (const number of theirs) for (const statement of forget) statement.run(String(number));
}

/** An incident from a reported problem is named after the reporter: renames it wherever that name is stored. */
function renameReports(database: DatabaseSync, pattern: RegExp, found: Erasure): void {
  const set = database.prepare('UPDATE incidents SET target = ?, document = ? WHERE id = ?');
  const setPart = database.prepare(
    'UPDATE incident_targets SET target = ? WHERE incident = ? AND target = ?',
  );
  const rows = database
    .prepare(
      `SELECT id AS key, target, document FROM incidents
       WHERE target LIKE 'call from %' OR target LIKE 'report from %'`,
    )
    .all() as unknown as (Row & { target: string })[];
  for (const { key, target, document } of rows) {
    if (target.replace(pattern, ERASED) === target) continue;
    const name = `${target.split(' ')[0]} from ${ERASED} ${key}`;
    const quoted = (text: string) => JSON.stringify(text).slice(1, -1);
    set.run(
      name,
      document.replaceAll(quoted(target), () => quoted(name)),
      key,
    );
    setPart.run(name, key, target);
    found.otherTexts++;
  }
}

function eraseAccounts(database: DatabaseSync, email: string): number {
  const ids = database.prepare('SELECT id FROM users WHERE lower(email) = ?').all(email) as { id: string }[];
  for (const { id } of ids) {
    database.prepare('DELETE FROM sessions WHERE user = ?').run(id);
    database.prepare('DELETE FROM users WHERE id = ?').run(id);
  }
  return ids.length;
}

function eraseAudit(
  database: DatabaseSync,
  { pattern, found, who, now }: Working & { who: string; now: number },
): void {
  const set = database.prepare('UPDATE audit SET who = ?, document = ? WHERE seq = ?');
  const rows = database.prepare('SELECT seq AS key, document FROM audit').all() as unknown as Row[];
  const erased: { seq: number; left: string }[] = [];
  for (const { key, document } of rows) {
    const record = JSON.parse(document) as AuditRecord;
    // An erasure record vouches for other records and names no person.
    if (record.what === 'erased') continue;
    const after = withoutPerson(record, pattern) as AuditRecord;
    if (JSON.stringify(after) === JSON.stringify(record)) continue;
    const kept: AuditRecord = { ...after, digest: digestOf(record) };
    set.run(kept.who, JSON.stringify(kept), key);
    erased.push({ seq: Number(key), left: leftOf(kept) });
  }
  found.auditRecords = erased.length;
  const about = `a person: ${found.tickets} tickets, ${found.messages} messages, ${found.otherTexts} other texts, ${found.accounts} accounts, ${found.subscriptions} subscriptions, ${found.auditRecords} audit records`;
  auditWriter(database)([{ at: now, who, what: 'erased', about, ...(erased.length > 0 && { erased }) }]);
}

function isNamed(database: DatabaseSync, sha256: string): boolean {
  const row = database
    .prepare('SELECT count(*) AS count FROM desk_entries WHERE instr(document, ?) > 0')
    .get(sha256) as { count: number };
  return row.count > 0;
}
