import type { FileStore } from './file-store.ts';
import { oneOf } from './one-of.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Files in the database itself: every instance has them, and a backup of it is complete. */
export const sqlFiles = (database: Pick<SqlDatabase, 'all' | 'write'>): FileStore => ({
  async write(sha256, bytes) {
    const sql = 'INSERT INTO attachments (sha256, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING';
    try {
      await database.write([{ op: 'run', sql, values: [sha256, bytes] }]);
      return undefined;
    } catch (error) {
      return { is: 'failed', why: `Attachments cannot be saved: ${(error as Error).message}.` };
    }
  },
  async read(sha256) {
    const sql = 'SELECT bytes FROM attachments WHERE sha256 = ?';
    const [row] = await database.all<{ bytes: Uint8Array }>(sql, [sha256]).catch(() => []);
    return row?.bytes;
  },
  async remove(sha256s) {
    if (sha256s.length === 0) return;
    const sql = `DELETE FROM attachments WHERE ${oneOf('sha256', sha256s)}`;
    // What is left over is removed with the ticket that names it last; nothing depends on it.
    await database.write([{ op: 'run', sql, values: sha256s }]).catch(() => {});
  },
  // A transaction leaves nothing half written.
  async sweep() {},
});
