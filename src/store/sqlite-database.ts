import { statSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ALWAYS_HELD } from '../core/fence.ts';
import { GroupCommit, storeError } from './group-commit.ts';
import { openSqlite } from './open-sqlite.ts';
import { AUDIT_HEAD, chainedRows, type AuditHead } from './sql-audit.ts';
import type { SqlDatabase, SqlValue, Write } from './sql-database.ts';
import { FILL_DESK_WORDS } from './sqlite-schema.ts';
import { sqliteWords } from './sqlite-words.ts';
import { storable } from './storable.ts';
import {
  columnsOf,
  copiedColumnsOf,
  onConflict,
  quoted,
  tableOf,
  type ColumnType,
  type TableName,
} from './tables.ts';

/** Statements are prepared once; more than these means that something composes them without end. */
const MOST_PREPARED = 500;

/** The embedded database: a single SQLite file. Throws a StoreError. */
export function sqliteDatabase(path: string, options: { exclusive: boolean }): SqlDatabase {
  const { database, lock } = openSqlite(path, options);
  const opened = path === ':memory:' ? undefined : statSync(path).ino;
  /** False when the file was moved away: writes would then go to a file that nothing reads again. */
  const isInPlace = (): boolean =>
    opened === undefined || statSync(path, { throwIfNoEntry: false })?.ino === opened;
  const commits = new GroupCommit(database);
  const prepare = preparing(database);

  return {
    async all<Row>(sql: string, values: readonly SqlValue[] = [], isSearch = false): Promise<Row[]> {
      const type = isSearch ? 'text' : 'key';
      try {
        return prepare(sql).all(...values.map((value) => storable(value, type))) as Row[];
      } catch (error) {
        throw storeError(error);
      }
    },
    write: (writes, { changesTrails = false } = {}) =>
      commits.write(() => {
        const guards = changesTrails ? dropGuards(database) : [];
        for (const write of writes) perform(prepare, write);
        for (const sql of guards) database.exec(sql);
      }),
    words: sqliteWords,
    // The lock of the file holds as long as the process lives.
    fence: ALWAYS_HELD,
    writable: () => !commits.lastFailed && isInPlace(),
    bytes: () => bytesOf(path) + bytesOf(`${path}-wal`),
    async compact(thoroughly = false) {
      if (thoroughly) {
        // The search index holds only words: rebuilt, it has those of what is there. VACUUM removes deleted text from
        // free pages of the file, the checkpoint from the write-ahead log.
        database.exec(`PRAGMA secure_delete = ON;
          INSERT INTO desk_words (desk_words) VALUES ('delete-all'); ${FILL_DESK_WORDS}
          VACUUM; PRAGMA wal_checkpoint(TRUNCATE)`);
        return;
      }
      await mergeWords(database);
      database.exec('PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)');
    },
    // AUTOINCREMENT goes on behind the greatest number that there ever was.
    async afterCopy() {},
    async close() {
      if (!database.isOpen) return;
      commits.flush();
      database.close();
      lock?.close();
    },
  };
}

const bytesOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

type Prepare = (sql: string) => StatementSync;

function preparing(database: DatabaseSync): Prepare {
  const prepared = new Map<string, StatementSync>();
  return (sql) => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      if (prepared.size >= MOST_PREPARED) prepared.clear();
      statement = database.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
}

function perform(prepare: Prepare, write: Write): void {
  switch (write.op) {
    case 'run':
      prepare(write.sql).run(...write.values);
      return;
    case 'append-audit': {
      const head = prepare(AUDIT_HEAD).get() as AuditHead | undefined;
      const insert = prepare(insertInto('audit', 'add').sql);
      for (const row of chainedRows(head, write.records)) insert.run(...row);
      return;
    }
    case 'remove': {
      const statement = prepare(`DELETE FROM ${quoted(write.table)} WHERE ${keyIs(write.table)}`);
      const types = tableOf(write.table).key.map((name) => tableOf(write.table).columns[name]);
      for (const row of write.rows) statement.run(...row.map((value, n) => storable(value, types[n])));
      return;
    }
    case 'set': {
      const { key, columns } = tableOf(write.table);
      const types = [...write.columns, ...key].map((name) => columns[name]);
      // Words to search for are indexed by triggers.
      const isKept = (_one: unknown, n: number) => types[n] !== 'search';
      const set = write.columns.filter(isKept).map((name) => `${quoted(name)} = ?`);
      const sql = `UPDATE ${quoted(write.table)} SET ${set.join(', ')} WHERE ${keyIs(write.table)}`;
      const statement = prepare(sql);
      for (const row of write.rows)
        statement.run(...row.map((value, n) => storable(value, types[n])).filter(isKept));
      return;
    }
    default: {
      const { sql, types } = insertInto(write.table, write.op);
      const statement = prepare(sql);
      const values: SQLInputValue[] = [];
      for (const row of write.rows) {
        values.length = 0;
        for (let n = 0; n < types.length; n++)
          if (types[n] !== 'search') values.push(storable(row[n]!, types[n]));
        statement.run(...values);
      }
    }
  }
}

type Insert = { sql: string; types: readonly ColumnType[] };
const inserts = new Map<string, Insert>();

function insertInto(table: TableName, op: 'put' | 'add' | 'add-once' | 'copy'): Insert {
  const name = `${op} ${table}`;
  let insert = inserts.get(name);
  if (insert === undefined) {
    const all = op === 'copy' ? copiedColumnsOf(table) : columnsOf(table);
    const types = all.map((column): ColumnType => tableOf(table).columns[column] ?? 'integer');
    const columns = all.filter((_column, n) => types[n] !== 'search');
    const places = columns.map(() => '?').join(', ');
    const into = `${quoted(table)} (${columns.map(quoted).join(', ')})`;
    insert = { sql: `INSERT INTO ${into} VALUES (${places})${onConflict(table, op, columns)}`, types };
    inserts.set(name, insert);
  }
  return insert;
}

const keyIs = (table: TableName): string =>
  tableOf(table)
    .key.map((name) => `${quoted(name)} = ?`)
    .join(' AND ');

/** Drops the triggers that protect trails and the audit log; returns the statements that put them back. */
function dropGuards(database: DatabaseSync): string[] {
  const guards = database
    .prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'`)
    .all() as { name: string; sql: string }[];
  for (const { name } of guards) database.exec(`DROP TRIGGER ${name}`);
  return guards.map(({ sql }) => sql);
}

/** Words of deleted text leave the search index only when its segments are merged; merges a few pages at a time. */
async function mergeWords(database: DatabaseSync): Promise<void> {
  const changes = database.prepare('SELECT total_changes() AS count');
  const count = () => (changes.get() as { count: number }).count;
  database.exec(`INSERT INTO desk_words (desk_words, rank) VALUES ('merge', -50)`);
  for (let turn = 0; turn < 10_000; turn++) {
    const before = count();
    database.exec(`INSERT INTO desk_words (desk_words, rank) VALUES ('merge', 50)`);
    // One change is the command itself: nothing is left to merge (https://www.sqlite.org/fts5.html#the_merge_command).
    if (count() - before < 2) return;
    await nextTurn();
  }
}
