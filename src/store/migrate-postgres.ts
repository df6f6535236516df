import type { PostgresLink } from './postgres-link.ts';
import { KNOWN_FORMAT, POSTGRES_MIGRATIONS } from './postgres-schema.ts';
import { StoreError } from './store.ts';

const DEADLINE_MS = 60_000;
/** Any number of ours: two instances that start at once migrate one after the other. */
const MIGRATION_LOCK = 7_281_935;

/** Creates the tables, or adds what this version needs to them. Rejects with a StoreError. */
export async function migratePostgres(link: PostgresLink): Promise<void> {
  const { format, readableFrom } = await formatOf(link);
  if (readableFrom > KNOWN_FORMAT)
    throw new StoreError(
      'newer-version',
      `the database was written by a newer Watchdesk (format ${format}, readable from ${readableFrom}; this one knows up to ${KNOWN_FORMAT}); start that one, or give this one another \`store\``,
    );
  if (format >= KNOWN_FORMAT) return;
  // Locks of a transaction need no session, so this works through pgbouncer as well.
  const ask = async (text: string) => {
    const result = await link.run([{ text, values: [] }], DEADLINE_MS);
    if ('is' in result) throw new StoreError('not-writable', `PostgreSQL: ${result.why}`);
  };
  try {
    await ask(`BEGIN; SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    const { format: now } = await formatOf(link);
    for (const migration of POSTGRES_MIGRATIONS.filter((one) => one.format > now)) {
      await ask(migration.sql);
      await ask(`CREATE TABLE IF NOT EXISTS store_format (format bigint NOT NULL, readable_from bigint NOT NULL);
        DELETE FROM store_format;
        INSERT INTO store_format VALUES (${migration.format}, ${migration.readableFrom})`);
    }
    await ask('COMMIT');
  } catch (error) {
    await ask('ROLLBACK').catch(() => {});
    if (error instanceof StoreError) throw error;
    const { code, message } = error as { code?: string; message: string };
    const advice =
      code === '42501'
        ? '; the user of `store` must own the database or have CREATE on its schema: GRANT CREATE ON SCHEMA public TO …'
        : '';
    throw new StoreError('not-writable', `PostgreSQL: ${message}${advice}`);
  }
}

async function formatOf(link: PostgresLink): Promise<{ format: number; readableFrom: number }> {
  const exists = await rows<{ exists: boolean }>(
    link,
    `SELECT to_regclass('store_format') IS NOT NULL AS exists`,
  );
  if (!exists[0]!.exists) return { format: 0, readableFrom: 0 };
  const [row] = await rows<{ format: number; readableFrom: number }>(
    link,
    'SELECT format, readable_from AS "readableFrom" FROM store_format',
  );
  return row ?? { format: 0, readableFrom: 0 };
}

async function rows<Row>(link: PostgresLink, text: string): Promise<Row[]> {
  const result = await link.run([{ text, values: [] }], DEADLINE_MS);
  if ('is' in result) throw new StoreError('not-writable', `PostgreSQL: ${result.why}`);
  return result[0]!.rows as Row[];
}
