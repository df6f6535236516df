import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { codeFrom } from '../core/new-code.ts';

const TOKEN_CHARACTERS = 16;

/**
 * Removes from a copy of the store every secret that would let whoever finds it act: the key of signed links,
 * passwords, second factors, sessions, tokens of heartbeats and of subscribers. No trace of them is left in the file.
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
  // The old token opens links in mails already sent; without any token, subscribers could not unsubscribe.
  const renew = database.prepare(
    `UPDATE subscribers SET document = json_set(document, '$.token', ?) WHERE email = ?`,
  );
  for (const { email } of database.prepare('SELECT email FROM subscribers').all() as { email: string }[])
    renew.run(codeFrom(randomBytes(TOKEN_CHARACTERS)), email);
  // Texts of messages hold links that let whoever has them act: without its signature a link opens nothing.
  const strike = database.prepare('UPDATE effects SET document = ? WHERE id = ?');
  const linked = `SELECT id, document FROM effects WHERE document LIKE '%/a/%' OR document LIKE '%/status/%' OR document LIKE '%/rate/%'`;
  for (const { id, document } of database.prepare(linked).all() as { id: string; document: string }[]) {
    const struck = document.replace(SIGNED, '$1').replace(TOKEN, '$1left-out');
    if (struck !== document) strike.run(struck, id);
  }
  database.exec('COMMIT; VACUUM;');
}

/** `/a/K7Q2M9XABC-4T8PNW`: the code is what a message is looked up by, and stays. */
const SIGNED = /(\/a\/[0-9A-Za-z]+)-[0-9A-Za-z]+/g;
const TOKEN = /(\/(?:status\/(?:confirm|leave)|rate)\/)[^\s"\\<>?]+/g;
