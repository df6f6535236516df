import { DatabaseSync } from 'node:sqlite';
import { leaveSecretsOut } from './leave-secrets-out.ts';

/** Copies the database of one moment into a new file: the monitor goes on writing beside it. */
export function copySqlite(from: string, to: string, { withSecrets }: { withSecrets: boolean }): void {
  const database = new DatabaseSync(from, { timeout: 5_000 });
  try {
    database.prepare('VACUUM INTO ?').run(to);
  } finally {
    database.close();
  }
  if (withSecrets) return;
  const copied = new DatabaseSync(to);
  try {
    leaveSecretsOut(copied);
  } finally {
    copied.close();
  }
}

/** `ok`, or what is damaged in the file. */
export function integrityOf(path: string): string {
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const [row] = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
      return row?.integrity_check ?? 'no answer';
    } finally {
      database.close();
    }
  } catch (error) {
    return (error as Error).message;
  }
}
