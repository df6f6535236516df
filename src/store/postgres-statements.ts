import type { SqlValue, Write } from './sql-database.ts';
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

/** A statement as the protocol takes it: parameters are `$1`, `$2`, …; an array is one parameter. */
export interface PostgresStatement {
  text: string;
  values: readonly (SqlValue | readonly SqlValue[])[];
}

const ARRAY_OF: Readonly<Record<ColumnType, string>> = {
  key: 'text[]',
  text: 'text[]',
  search: 'text[]',
  integer: 'bigint[]',
};

/** `?` becomes `$1`, `$2`, …; no statement of ours has a question mark of another meaning. */
export function numbered(sql: string): string {
  let n = 0;
  return sql.replace(/\?/g, () => `$${++n}`);
}

/** All rows of a write in one statement: each column is an array. */
export function statementOf(write: Exclude<Write, { op: 'append-audit' }>): PostgresStatement {
  switch (write.op) {
    case 'run':
      return { text: numbered(write.sql), values: write.values.map((value) => storable(value, undefined)) };
    case 'remove': {
      const { key } = tableOf(write.table);
      const rows = columnsAs(write.table, key, write.rows);
      const same = key.map((name) => `t.${quoted(name)} = v.${quoted(name)}`).join(' AND ');
      return {
        text: `DELETE FROM ${quoted(write.table)} t USING ${rows.from} WHERE ${same}`,
        values: rows.values,
      };
    }
    case 'set': {
      const { key } = tableOf(write.table);
      // A column that is changed may be a part of the key: the new value gets a name of its own.
      const rows = columnsAs(write.table, [...write.columns, ...key], write.rows);
      const set = write.columns.map((name, n) => `${quoted(name)} = ${rows.valueOf(n)}`).join(', ');
      const same = key.map((name, n) => `t.${quoted(name)} = v.c${write.columns.length + n}`).join(' AND ');
      return {
        text: `UPDATE ${quoted(write.table)} t SET ${set} FROM ${rows.numbered} WHERE ${same}`,
        values: rows.values,
      };
    }
    default: {
      const columns = write.op === 'copy' ? copiedColumnsOf(write.table) : columnsOf(write.table);
      const rows = columnsAs(write.table, columns, write.rows);
      const into = `${quoted(write.table)} (${columns.map(quoted).join(', ')})`;
      const select = columns.map((_name, n) => rows.valueOf(n)).join(', ');
      return {
        text: `INSERT INTO ${into} SELECT ${select} FROM ${rows.numbered}${onConflict(write.table, write.op, columns)}`,
        values: rows.values,
      };
    }
  }
}

interface Columns {
  /** The rows as a relation `v` with the columns' own names. */
  from: string;
  /** The same with columns `c0`, `c1`, … */
  numbered: string;
  /** The expression of the column at that place. */
  valueOf(place: number): string;
  values: SqlValue[][];
}

function columnsAs(
  table: TableName,
  names: readonly string[],
  rows: readonly (readonly SqlValue[])[],
): Columns {
  const types = names.map((name): ColumnType => tableOf(table).columns[name] ?? 'integer');
  const values = types.map((type, n) => rows.map((row) => storedAs(row[n]!, type)));
  const arrays = types.map((type, n) => `$${n + 1}::${ARRAY_OF[type]}`).join(', ');
  return {
    from: `unnest(${arrays}) AS v(${names.map(quoted).join(', ')})`,
    numbered: `unnest(${arrays}) AS v(${names.map((_name, n) => `c${n}`).join(', ')})`,
    valueOf: (place) =>
      types[place] === 'search' ? `array_to_tsvector(string_to_array(v.c${place}, ' '))` : `v.c${place}`,
    values,
  };
}

const storedAs = (value: SqlValue, type: ColumnType): SqlValue =>
  type === 'search' && typeof value === 'string' ? foldedWords(value).join(' ') : storable(value, type);

/** A tsvector ends at 1 MiB: https://www.postgresql.org/docs/current/textsearch-limitations.html */
const MOST_SEARCHED = 100_000;
/** A lexeme ends at 2,046 bytes; of a longer word, the beginning is found. */
const MOST_WORD = 200;

/** The distinct words of a text in lower case without accents, as they are indexed and searched for. */
export function foldedWords(text: string): string[] {
  const plain = text
    .slice(0, MOST_SEARCHED)
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  return [...new Set(plain.match(/[\p{L}\p{N}]+/gu) ?? [])].map((word) =>
    word.slice(0, MOST_WORD).toWellFormed(),
  );
}
