import { createHash } from 'node:crypto';
import type { DeskEntry, DeskTicket } from '../core/desk/desk-ticket.ts';
import type { FileStore } from './file-store.ts';
import { entryWords, ticketWords } from './search-words.ts';
import type { SqlDatabase, SqlValue } from './sql-database.ts';
import { storable } from './storable.ts';
import { copiedColumnsOf, quoted, tableOf, TABLES, type ColumnType, type TableName } from './tables.ts';

/** A store with its attachments, opened so that no monitor uses it meanwhile. */
export interface CopyEnd {
  database: SqlDatabase;
  files: FileStore;
}

export type Copied =
  | { is: 'copied'; tables: { table: string; rows: number }[]; files: number; missingFiles: number }
  /** Nothing was written. */
  | { is: 'not-empty'; table: string; rows: number }
  /** The target is not what the source is: it must not be used. */
  | { is: 'differs'; table: string; rows: number; rowsThere: number };

/** Rows read and written at a time. */
const SLICE = 500;
const NAMES = Object.keys(TABLES) as TableName[];

/**
 * Copies everything into an empty store, and compares afterwards: the number of rows of each table and a hash of all their
 * values, and each file by its name, which is its hash. `onTable` hears of each table when it is copied.
 */
export async function copyStore(
  from: CopyEnd,
  to: CopyEnd,
  onTable: (table: string, rows: number) => void,
): Promise<Copied> {
  for (const table of NAMES) {
    const rows = await countOf(to.database, table);
    if (rows > 0) return { is: 'not-empty', table, rows };
  }
  const tables: { table: string; rows: number }[] = [];
  for (const table of NAMES) {
    let rows = 0;
    const here = new RowsHash();
    for await (const slice of slicesOf(from.database, table)) {
      await to.database.write([{ op: 'copy', table, rows: slice.map((row) => withWords(table, row)) }]);
      here.add(table, slice);
      rows += slice.length;
    }
    const there = new RowsHash();
    let rowsThere = 0;
    for await (const slice of slicesOf(to.database, table)) {
      there.add(table, slice);
      rowsThere += slice.length;
    }
    if (rows !== rowsThere || !here.equals(there)) return { is: 'differs', table, rows, rowsThere };
    tables.push({ table, rows });
    onTable(table, rows);
  }
  await to.database.afterCopy();
  return { is: 'copied', tables, ...(await copyFiles(from, to)) };
}

async function countOf(database: SqlDatabase, table: TableName): Promise<number> {
  const [row] = await database.all<{ count: number }>(`SELECT count(*) AS count FROM ${quoted(table)}`);
  return row!.count;
}

/** Columns that are stored: words to search for are made from the documents. */
const storedColumns = (table: TableName): string[] =>
  copiedColumnsOf(table).filter((name) => tableOf(table).columns[name] !== 'search');

/** All rows in the order of the key, some at a time. */
async function* slicesOf(database: SqlDatabase, table: TableName): AsyncGenerator<SqlValue[][]> {
  const columns = storedColumns(table);
  const key = tableOf(table).seq ? ['seq'] : tableOf(table).key;
  const keys = key.map(quoted).join(', ');
  const select = `SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(table)}`;
  const places = key.map((name) => columns.indexOf(name));
  let after: SqlValue[] | undefined;
  for (;;) {
    const where = after ? `WHERE (${keys}) > (${key.map(() => '?').join(', ')})` : '';
    const found = await database.all<Record<string, SqlValue>>(
      `${select} ${where} ORDER BY ${keys} LIMIT ?`,
      [...(after ?? []), SLICE],
    );
    const rows = found.map((row) => columns.map((name) => row[name]!));
    if (rows.length > 0) yield rows;
    if (rows.length < SLICE) return;
    after = places.map((n) => rows.at(-1)![n]!);
  }
}

/** The row as it is written: with its words, which stand last. */
function withWords(table: TableName, row: readonly SqlValue[]): readonly SqlValue[] {
  if (table !== 'desk_tickets' && table !== 'desk_entries') return row;
  const document = JSON.parse(row[storedColumns(table).indexOf('document')] as string) as unknown;
  const words =
    table === 'desk_tickets' ? ticketWords(document as DeskTicket) : entryWords(document as DeskEntry);
  return [...row, words];
}

/** Of a table's rows, in whatever order a database gives them: the sum of the hashes of each. */
class RowsHash {
  #sum = 0n;

  add(table: TableName, rows: readonly (readonly SqlValue[])[]): void {
    const types = storedColumns(table).map((name): ColumnType | undefined => tableOf(table).columns[name]);
    for (const row of rows) {
      const values = JSON.stringify(row.map((value, n) => storable(value, types[n])));
      const digest = createHash('sha256').update(values).digest('hex');
      this.#sum = (this.#sum + BigInt(`0x${digest}`)) % 2n ** 256n;
    }
  }

  equals(other: RowsHash): boolean {
    return this.#sum === other.#sum;
  }
}

/** Copies the files that entries name. A file that is missing at the source is counted, not made up. */
async function copyFiles(from: CopyEnd, to: CopyEnd): Promise<{ files: number; missingFiles: number }> {
  const named = new Set<string>();
  for await (const slice of slicesOf(from.database, 'desk_entries')) {
    const at = storedColumns('desk_entries').indexOf('document');
    for (const row of slice)
      for (const { sha256 } of (JSON.parse(row[at] as string) as DeskEntry).attachments ?? [])
        named.add(sha256);
  }
  let files = 0;
  let missingFiles = 0;
  for (const sha256 of named) {
    const bytes = await from.files.read(sha256);
    if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256) {
      missingFiles++;
      continue;
    }
    const trouble = await to.files.write(sha256, bytes);
    if (trouble !== undefined) throw new Error(trouble.why);
    files++;
  }
  return { files, missingFiles };
}
