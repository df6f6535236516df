import { expect, test } from 'vitest';
import { foldWrites } from '../../src/store/fold-writes.ts';
import type { SqlValue, Write } from '../../src/store/sql-database.ts';
import { columnsOf, tableOf, type TableName } from '../../src/store/tables.ts';

type Stored = Record<string, SqlValue>;

/** What a database does with writes, in a few lines: rows by key, in the order of insertion. */
class Model {
  readonly tables = new Map<TableName, Map<string, Stored>>();
  readonly log: string[] = [];
  #unkeyed = 0;

  do(write: Write): void {
    if (write.op === 'run') {
      // Counts what it sees, so that it shows whether anything moved past it.
      const counts = [...this.tables].map(([name, rows]) => `${name}:${JSON.stringify([...rows])}`).sort();
      this.log.push(`${write.sql} sees ${counts.join()}`);
      return;
    }
    if (write.op === 'append-audit') {
      this.log.push(...write.records.map(({ about }) => `audit ${about}`));
      return;
    }
    const rows = this.tables.get(write.table) ?? new Map<string, Stored>();
    this.tables.set(write.table, rows);
    const { key, changes } = tableOf(write.table);
    for (const row of write.rows) {
      if (write.op === 'remove') {
        rows.delete(JSON.stringify(row));
      } else if (write.op === 'set') {
        const stored = rows.get(JSON.stringify(row.slice(write.columns.length)));
        if (stored) write.columns.forEach((name, n) => (stored[name] = row[n]!));
      } else {
        const columns = columnsOf(write.table);
        const given = Object.fromEntries(columns.map((name, n) => [name, row[n]!]));
        const at = key[0] === 'seq' ? `#${++this.#unkeyed}` : JSON.stringify(key.map((name) => given[name]));
        const stored = rows.get(at);
        if (stored === undefined) rows.set(at, given);
        else if (write.op === 'add') throw new Error('the key exists');
        else if (write.op === 'put')
          for (const name of changes ?? columns.filter((one) => !key.includes(one)))
            stored[name] = given[name]!;
      }
    }
  }
}

function after(writes: readonly Write[], before: readonly Write[]): unknown {
  const model = new Model();
  for (const write of [...before, ...writes]) model.do(write);
  return [[...model.tables].map(([name, rows]) => [name, [...rows]] as const).sort(), model.log];
}

/** A generator of its own, so that a failure names its seed: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function someWrite(random: (below: number) => number): Write {
  const key = `k${random(4)}`;
  const value = () => `v${random(1_000)}`;
  const rowOf = (table: TableName, named: Stored) => columnsOf(table).map((name) => named[name] ?? value());
  const kinds: (() => Write)[] = [
    () => ({ op: 'put', table: 'marks', rows: [rowOf('marks', { name: key })] }),
    () => ({ op: 'put', table: 'incidents', rows: [rowOf('incidents', { id: key })] }),
    () => ({ op: 'put', table: 'tickets', rows: [rowOf('tickets', { incident: key })] }),
    () => ({ op: 'set', table: 'tickets', columns: ['status'], rows: [[value(), key]] }),
    () => ({
      op: 'set',
      table: 'incidents',
      columns: ['target', 'document'],
      rows: [[value(), value(), key]],
    }),
    () => ({ op: 'add', table: 'effects', rows: [rowOf('effects', { id: `${key}${random(30)}` })] }),
    () => ({
      op: 'set',
      table: 'effects',
      columns: ['state', 'document'],
      rows: [[value(), value(), `${key}${random(30)}`]],
    }),
    () => ({ op: 'put', table: 'maintenance', rows: [rowOf('maintenance', { id: key })] }),
    () => ({ op: 'remove', table: 'maintenance', rows: [[key]] }),
    () => ({ op: 'put', table: 'checks', rows: [rowOf('checks', { target: key, check: 'c' })] }),
    () => ({ op: 'remove', table: 'checks', rows: [[key, 'c']] }),
    () => ({ op: 'add-once', table: 'incident_targets', rows: [[key, `i${random(3)}`]] }),
    () => ({ op: 'add', table: 'events', rows: [[key, value()]] }),
    () => ({ op: 'append-audit', records: [{ at: 1, who: 'w', what: 'called', about: value() }] }),
  ];
  // Rare, as in life.
  if (random(40) === 0) return { op: 'run', sql: value(), values: [] };
  return kinds[random(kinds.length)]!();
}

test('folded writes do what the writes would do one after the other', () => {
  let compared = 0;
  let statements = 0;
  let written = 0;
  for (let seed = 1; seed <= 3_000; seed++) {
    const random = randomFrom(seed);
    const before = Array.from({ length: random(10) }, () => someWrite(random));
    const writes = Array.from({ length: 1 + random(40) }, () => someWrite(random));
    let expected: unknown;
    try {
      expected = after(writes, before);
    } catch {
      // A key that exists refuses them all, folded or not.
      continue;
    }
    const folded = foldWrites(writes);
    expect(after(folded, before), `seed ${seed}`).toEqual(expected);
    compared++;
    statements += folded.length;
    written += writes.length;
  }
  expect(compared).toBeGreaterThan(1_000);
  expect(statements).toBeLessThan(written * 0.7);
});

test('a key stands only once in a statement, which PostgreSQL demands of a put', () => {
  const random = randomFrom(7);
  for (let round = 0; round < 300; round++) {
    const folded = foldWrites(Array.from({ length: 30 }, () => someWrite(random)));
    for (const write of folded) {
      if (write.op !== 'put') continue;
      const places = tableOf(write.table).key.map((name) => columnsOf(write.table).indexOf(name));
      const keys = write.rows.map((row) => JSON.stringify(places.map((n) => row[n])));
      expect(new Set(keys).size).toBe(keys.length);
    }
  }
});

test('two added rows of one key stay two, so that the database refuses them', () => {
  const add: Write = { op: 'add', table: 'inbound', rows: [['a', 1, '{}']] };
  const rows = foldWrites([add, add]).flatMap((write) => (write.op === 'add' ? write.rows : []));
  expect(rows).toHaveLength(2);
});

test('a thousand changes of one moment are a handful of statements', () => {
  const writes = Array.from({ length: 1_000 }, (_, n): Write[] => [
    {
      op: 'put',
      table: 'incidents',
      rows: [
        [
          `i${n}`,
          ...columnsOf('incidents')
            .slice(1)
            .map(() => 'x'),
        ],
      ],
    },
    { op: 'add-once', table: 'incident_targets', rows: [[`t${n}`, `i${n}`]] },
    {
      op: 'add',
      table: 'effects',
      rows: [
        [
          `e${n}`,
          ...columnsOf('effects')
            .slice(1)
            .map(() => 'x'),
        ],
      ],
    },
    { op: 'set', table: 'effects', columns: ['state', 'document'], rows: [['sending', '{}', `e${n}`]] },
    { op: 'add', table: 'events', rows: [[`i${n}`, '{}']] },
  ]).flat();
  expect(foldWrites(writes)).toHaveLength(4);
});
