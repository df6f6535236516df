import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { codeFrom } from '../core/new-code.ts';

const TOKEN_CHARACTERS = 16;

/** Tables whose texts may hold links, with their keys: messages, tickets, and mails that quote a message. */
const TEXTS = [
  ['effects', 'seq'],
  ['desk_tickets', 'number'],
  ['desk_entries', 'seq'],
] as const;

/**
 * Removes from a copy of the store every secret that would let whoever finds it act: the key of signed links,
 * passwords, second factors, sessions, tokens of heartbeats and of subscribers. No trace of them is left in the file.
 * The audit log is copied as it is, since its records prove each other.
 */
export function leaveSecretsOut(database: DatabaseSync): void {
  database.exec(`
    PRAGMA secure_delete = ON;
    BEGIN;
    DELETE FROM marks WHERE name = 'answer-key' OR name LIKE 'totp-used/%';
    DELETE FROM sessions;
    DELETE FROM beats;
    UPDATE users SET document = json_remove(document, '$.password', '$.totp', '$.totpUsed');
  `);
  const unsigned = withNewTokens(renewTokens(database));
  withoutTriggers(database, 'desk_entries', () => {
    for (const [table, key] of TEXTS) {
      const read = database.prepare(`SELECT document FROM ${table} WHERE ${key} = ?`);
      const write = database.prepare(`UPDATE ${table} SET document = ? WHERE ${key} = ?`);
      const linked = database.prepare(`SELECT ${key} AS key FROM ${table} WHERE document LIKE '%://%'`);
      for (const { key: row } of linked.all() as { key: number }[]) {
        const { document } = read.get(row) as { document: string };
        const struck = unsigned(document);
        if (struck !== document) write.run(struck, row);
      }
    }
  });
  database.exec('COMMIT; VACUUM;');
}

/** Old token → new token: without any, subscribers could not unsubscribe. */
function renewTokens(database: DatabaseSync): Map<string, string> {
  const renewed = new Map<string, string>();
  const stored = database.prepare(`SELECT email, document ->> '$.token' AS token FROM subscribers`);
  const renew = database.prepare(
    `UPDATE subscribers SET document = json_set(document, '$.token', ?) WHERE email = ?`,
  );
  for (const { email, token } of stored.all() as { email: string; token: string | null }[]) {
    const fresh = codeFrom(randomBytes(TOKEN_CHARACTERS));
    if (token) renewed.set(token, fresh);
    renew.run(fresh, email);
  }
  return renewed;
}

/**
 * Replaces tokens of subscribers in links, so that mails still waiting to be sent work after a restore, and the signatures
 * of other links: only what has their exact shape, since a text may hold other people's links as well.
 */
const withNewTokens =
  (tokens: ReadonlyMap<string, string>) =>
  (text: string): string =>
    text
      .replace(SUBSCRIBERS, (_whole, way: string, token: string) => way + (tokens.get(token) ?? 'left-out'))
      .replace(ANSWER, '$1')
      .replace(RATING, '$1left-out')
      .replace(INVITATION, '$1left-out');

const SUBSCRIBERS = /(\/(?:confirm|leave)\/)([0-9A-Z]{16})(?![\w-])/g;
/** `/a/K7Q2M9XABC-4T8PNW`: the code is what a message is looked up by, and stays. */
const ANSWER = /(\/a\/[0-9A-Z]{10})-[0-9A-Z]{6}(?![\w-])/gi;
/** `/rate/17-` and 22 characters */
const RATING = /(\/rate\/\d{1,12}-)[\w-]{22}(?![\w-])/g;
/** `/invitation/ID.UNTIL.` and a signature */
const INVITATION = /(\/invitation\/[\w-]{1,64}\.\d{1,16}\.)[\w-]{16,}/g;

/** A trail is never changed: its triggers refuse that. They are back before anything else happens. */
function withoutTriggers(database: DatabaseSync, table: string, work: () => void): void {
  const guards = database
    .prepare(
      `SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND sql LIKE '%RAISE(ABORT%'`,
    )
    .all(table) as { name: string; sql: string }[];
  for (const { name } of guards) database.exec(`DROP TRIGGER ${name}`);
  work();
  for (const { sql } of guards) database.exec(sql);
}
