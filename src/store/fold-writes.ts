import type { SqlValue, Write } from './sql-database.ts';
import { columnsOf, tableOf, type TableName } from './tables.ts';

type Row = readonly SqlValue[];
type Op = 'put' | 'add' | 'add-once' | 'set' | 'remove';

/** Rows of one statement; each key stands in it once, unless the database numbers the rows. */
interface Batch {
  op: Op;
  table: TableName;
  columns: readonly string[];
  rows: Row[];
  /** Where the row with that key stands; empty for a table whose rows have no key of ours. */
  places: Map<string, number>;
}

/**
 * The writes of several changes as the fewest statements with the same result: later rows join an earlier statement of
 * their kind when nothing between them touches the same key, and two rows of one key become one. Writes of any other
 * kind stay where they are, and nothing moves past them.
 */
export function foldWrites(writes: readonly Write[]): Write[] {
  const folded: Write[] = [];
  let batches: Batch[] = [];
  const flush = () => {
    for (const { op, table, columns, rows } of batches)
      folded.push(op === 'set' ? { op, table, columns, rows } : { op, table, rows });
    batches = [];
  };
  let audit: Extract<Write, { op: 'append-audit' }> | undefined;
  for (const write of writes) {
    if (write.op === 'run' || write.op === 'copy') {
      flush();
      audit = undefined;
      folded.push(write);
    } else if (write.op === 'append-audit') {
      // Only appends touch the log, so their place among the others does not matter.
      if (audit === undefined) folded.push((audit = { ...write }));
      else audit.records = [...audit.records, ...write.records];
    } else {
      const columns = columnsIn(write);
      for (const row of write.rows) place(batches, { op: write.op, table: write.table, columns }, row);
    }
  }
  flush();
  return folded;
}

const columnsIn = (write: Extract<Write, { op: Op }>): readonly string[] => {
  if (write.op === 'remove') return [];
  return write.op === 'set' ? write.columns : columnsOf(write.table);
};

function place(batches: Batch[], { op, table, columns }: Omit<Batch, 'rows' | 'places'>, row: Row): void {
  const key = keyOf(op, table, columns, row);
  for (let n = batches.length - 1; n >= 0; n--) {
    const batch = batches[n]!;
    if (batch.table !== table) continue;
    const at = key === undefined ? undefined : batch.places.get(key);
    if (at !== undefined) {
      const merged = merge(batch, op, columns, batch.rows[at]!, row);
      if (merged === undefined) break;
      batch.rows[at] = merged;
      return;
    }
    if (batch.op === op && isSame(batch.columns, columns)) {
      if (key !== undefined) batch.places.set(key, batch.rows.length);
      batch.rows.push(row);
      return;
    }
  }
  batches.push({ op, table, columns, rows: [row], places: new Map(key === undefined ? [] : [[key, 0]]) });
}

/** Undefined when the rows of that table are numbered by the database. */
function keyOf(op: Op, table: TableName, columns: readonly string[], row: Row): string | undefined {
  const { key } = tableOf(table);
  if (op === 'remove') return JSON.stringify(row);
  if (op === 'set') return JSON.stringify(row.slice(columns.length));
  const places = key.map((name) => columns.indexOf(name));
  return places.includes(-1) ? undefined : JSON.stringify(places.map((n) => row[n]));
}

/** One row instead of both, in the statement of the first; undefined when both are needed. */
function merge(first: Batch, op: Op, columns: readonly string[], earlier: Row, later: Row): Row | undefined {
  if (first.op === 'add-once' && op === 'add-once') return earlier;
  if (first.op === 'remove' && op === 'remove') return earlier;
  if (first.op === 'set' && op === 'set' && isSame(first.columns, columns)) return later;
  const changes = changesOf(first.table, first.columns);
  // What exists already gets the columns that a put changes; the others stay those of the first.
  if (first.op === 'put' && op === 'put')
    return earlier.map((value, n) => (changes.has(first.columns[n]!) ? later[n]! : value));
  const isInserted = first.op === 'add' || first.op === 'put';
  if (isInserted && op === 'set' && columns.every((name) => first.op === 'add' || changes.has(name)))
    return earlier.map((value, n) => {
      const at = columns.indexOf(first.columns[n]!);
      return at === -1 ? value : later[at]!;
    });
  return undefined;
}

const changesOf = (table: TableName, columns: readonly string[]): ReadonlySet<string> => {
  const { changes, key } = tableOf(table);
  return new Set(changes ?? columns.filter((name) => !key.includes(name)));
};

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((name, n) => name === b[n]));
