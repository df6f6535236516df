import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  chainText,
  CHAIN_START,
  recordText,
  type AuditRecord,
  type ChainedRecord,
} from '../core/audit-record.ts';
import { ERASED } from '../core/erasure.ts';
import type { ListQuery, Page } from './page.ts';
import type { SqlDatabase } from './sql-database.ts';

export interface AuditQuery extends ListQuery {
  who?: string;
  what?: string;
}

/** Sequence number and hash of the last record. */
export interface AuditHead {
  seq: number;
  hash: string;
}

/** The columns of the table, in order. */
export type AuditRow = [seq: number, who: string, what: string, document: string, hash: string];

const EMPTY_LOG: AuditHead = { seq: 0, hash: CHAIN_START };

/** Whether the hash chain is intact from its first record to its head. */
export type ChainVerdict =
  /** `erased`: number of records in which a person was erased, each confirmed by an erasure record. */
  { is: 'whole'; records: number; erased: number; head: string } | { is: 'broken'; seq: number };

export interface AuditStore {
  list(query: AuditQuery): Promise<Page<ChainedRecord>>;
  /** Sequence number and hash of the last record. */
  head(): Promise<AuditHead>;
  verify(): Promise<ChainVerdict>;
}

interface Row {
  seq: number;
  /** Columns that lists filter by; they repeat the document. */
  who: string;
  what: string;
  document: string;
  hash: string;
}

const recordOf = ({ seq, document, hash: own }: Row): ChainedRecord => ({
  ...(JSON.parse(document) as AuditRecord),
  seq,
  hash: own,
});

/** The digest of the original record; a record in which a person was erased carries its own. */
export const digestOf = (record: AuditRecord): string => record.digest ?? hash('sha256', recordText(record));

/** The digest of what remains of a record after an erasure. */
export const leftOf = ({ digest: _before, ...record }: AuditRecord): string =>
  hash('sha256', recordText(record));

const hashOf = (before: string, record: AuditRecord): string =>
  hash('sha256', chainText(before, digestOf(record)));

const SLICE = 2_000;

export const AUDIT_HEAD = 'SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1';

export function sqlAudit(database: SqlDatabase): AuditStore {
  const slice = 'SELECT seq, who, what, document, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT ?';
  return {
    head: async () => (await database.all<AuditHead>(AUDIT_HEAD))[0] ?? EMPTY_LOG,
    async list({ limit, cursor, who, what }) {
      const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
      const where = [
        'seq < ?',
        ...(who === undefined ? [] : ['who = ?']),
        ...(what === undefined ? [] : ['what = ?']),
      ];
      const values = [before, ...[who, what].filter((one) => one !== undefined), limit + 1];
      const sql = `SELECT seq, who, what, document, hash FROM audit WHERE ${where.join(' AND ')} ORDER BY seq DESC LIMIT ?`;
      const rows = await database.all<Row>(sql, values);
      const shown = rows.slice(0, limit);
      return {
        items: shown.map(recordOf),
        next: rows.length > shown.length ? String(shown.at(-1)!.seq) : null,
      };
    },
    async verify() {
      let before = CHAIN_START;
      let seq = 0;
      const changed = new Map<number, string>();
      const named = new Map<number, string>();
      for (;;) {
        const rows = await database.all<Row>(slice, [seq, SLICE]);
        if (rows.length === 0) {
          // A record that was changed without a matching erasure record is forged.
          const forged = [...changed].find(([one, left]) => named.get(one) !== left);
          if (forged) return { is: 'broken', seq: forged[0] };
          return { is: 'whole', records: seq, erased: changed.size, head: before };
        }
        for (const row of rows) {
          // A gap in the sequence numbers means that a record was removed.
          const record = recordOf(row);
          // An erasure leaves a marker; a record with its own digest but no marker was forged. In records written by
          // older versions the marker may also stand in `what`.
          const isMarked = `${record.who} ${record.what} ${record.about ?? ''}`.includes(ERASED);
          const isErased = record.digest === undefined || isMarked;
          const isWhole =
            row.who === record.who &&
            (row.what === record.what || (record.digest !== undefined && record.what.includes(ERASED)));
          if (row.seq !== seq + 1 || row.hash !== hashOf(before, record) || !isWhole || !isErased)
            return { is: 'broken', seq: seq + 1 };
          if (record.digest !== undefined) changed.set(row.seq, leftOf(record));
          // Only the chain itself is proof: an erasure record is never changed, and lists only records before it.
          else if (record.what === 'erased')
            for (const one of record.erased ?? []) if (one.seq < row.seq) named.set(one.seq, one.left);
          [before, seq] = [row.hash, row.seq];
        }
        await nextTurn();
      }
    },
  };
}

/** The rows of new records, chained to the last one. */
export function chainedRows(head: AuditHead | undefined, records: readonly AuditRecord[]): AuditRow[] {
  let { seq, hash: before } = head ?? EMPTY_LOG;
  return records.map((record) => {
    before = hashOf(before, record);
    return [++seq, record.who, record.what, JSON.stringify(record), before];
  });
}
