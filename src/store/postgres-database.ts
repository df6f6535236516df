import type { Clock } from '../core/clock.ts';
import { commitVerdict, committedSeq, nextSeq, type Standing } from '../core/lease.ts';
import { foldWrites } from './fold-writes.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { postgresFault } from './postgres-error.ts';
import { FENCE_REFUSED, PostgresLease, type LeaseSeeker } from './postgres-lease.ts';
import { PostgresLink } from './postgres-link.ts';
import { PostgresReaders, READ_DEADLINE_MS } from './postgres-readers.ts';
import { statementOf, type PostgresStatement } from './postgres-statements.ts';
import { hostsOf } from './postgres-url.ts';
import { postgresWords } from './postgres-words.ts';
import { AUDIT_HEAD, chainedRows, type AuditHead } from './sql-audit.ts';
import type { SqlDatabase, SqlValue, Write, WriteOptions } from './sql-database.ts';
import { STORE_EXPECTED } from './store-address.ts';
import { StoreError } from './store.ts';
import { quoted, tableOf, TABLES, type TableName } from './tables.ts';

/** After that a commit's outcome is unknown, and read from the lease. */
const COMMIT_DEADLINE_MS = 10_000;
/** A transaction whose process was stopped is ended by the server, so that its locks block nobody. */
const BEGIN = 'BEGIN; SET LOCAL idle_in_transaction_session_timeout = 2000';
const CHANGES_TRAILS = `SET LOCAL watchdesk.changes_trails = 'yes'`;
const BYTES_KEPT_MS = 60_000;
/** Changes per transaction. */
const MOST_IN_GROUP = 2_000;

interface Waiting {
  writes: readonly Write[];
  options: WriteOptions;
  resolve: () => void;
  reject: (error: StoreError) => void;
}

export interface PostgresOptions {
  clock: Clock;
  seeker: LeaseSeeker;
  events: PostgresEvents;
}

export interface PostgresEvents {
  /** The lease was taken, renewed, given back or lost. */
  onStanding(standing: Standing): void;
  /** The database has lost so many commits that it had acknowledged. */
  onWentBack(commits: number): void;
}

/**
 * Opens the database and creates or migrates its tables. It takes no writes until its lease was taken. Rejects with a
 * StoreError.
 */
export async function openPostgres(url: string, options: PostgresOptions): Promise<PostgresDatabase> {
  const hosts = hostsOf(url);
  if (hosts === undefined) throw new StoreError('not-writable', `store: expected ${STORE_EXPECTED}`);
  const connect = () => PostgresLink.open(hosts, options.clock, 'watchdesk');
  const link = await connect();
  try {
    await migratePostgres(link);
  } finally {
    link.close();
  }
  const { clock, seeker, events } = options;
  const lease = new PostgresLease(seeker, clock, connect, (standing) => events.onStanding(standing));
  return new PostgresDatabase(connect, lease, clock, events);
}

export class PostgresDatabase implements SqlDatabase {
  readonly words = postgresWords;
  readonly #connect: () => Promise<PostgresLink>;
  readonly #clock: Clock;
  readonly #events: PostgresEvents;
  readonly lease: PostgresLease;
  readonly fence: PostgresLease;
  readonly #readers: PostgresReaders;
  #waiting: Waiting[] = [];
  #committing: Promise<void> | undefined;
  #writer: PostgresLink | undefined;
  #seq = 0;
  /** The sequence number of a commit whose answer was lost, and what it was to write. */
  #unsettled: { before: number; seq: number; sources: readonly object[] } | undefined;
  /** What was written by a commit whose answer was lost: made again, it is done already. */
  readonly #done = new WeakSet<object>();
  #lastFailed = false;
  #bytes = 0;
  #bytesAt = -Infinity;
  #isClosed = false;

  constructor(
    connect: () => Promise<PostgresLink>,
    lease: PostgresLease,
    clock: Clock,
    events: PostgresEvents,
  ) {
    this.#connect = connect;
    this.#readers = new PostgresReaders(connect);
    this.#events = events;
    this.lease = lease;
    this.fence = lease;
    this.#clock = clock;
  }

  all<Row>(sql: string, values: readonly SqlValue[] = [], isSearch = false): Promise<Row[]> {
    return this.#readers.all(sql, values, isSearch);
  }

  write(writes: readonly Write[], options: WriteOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new StoreError('not-writable', 'the store was closed'));
      this.#waiting.push({ writes, options, resolve, reject });
      this.#committing ??= this.#commitAll();
    });
  }

  writable(): boolean {
    return !this.#lastFailed && this.lease.isHeld();
  }

  bytes(): number {
    if (this.#clock.monotonic() - this.#bytesAt > BYTES_KEPT_MS && !this.#isClosed) {
      this.#bytesAt = this.#clock.monotonic();
      this.all<{ bytes: number }>('SELECT pg_database_size(current_database()) AS bytes').then(
        ([row]) => (this.#bytes = row!.bytes),
        () => {},
      );
    }
    return this.#bytes;
  }

  /** PostgreSQL cleans up by itself; what an erasure removed leaves the files only when they are written anew. */
  async compact(thoroughly = false): Promise<void> {
    if (thoroughly) await this.all('VACUUM FULL');
  }

  async afterCopy(): Promise<void> {
    for (const name of Object.keys(TABLES) as TableName[])
      if (tableOf(name).seq)
        await this.all(
          `SELECT setval(pg_get_serial_sequence('${name}', 'seq'), greatest(max(seq), 1)) FROM ${quoted(name)}`,
        );
  }

  async close(): Promise<void> {
    await this.#committing;
    this.#isClosed = true;
    await this.lease.release();
    this.#writer?.close();
    this.#readers.close();
  }

  /** Commits go one at a time; what comes up meanwhile goes into the next. */
  async #commitAll(): Promise<void> {
    // What is decided in the same turn of the event loop goes into one transaction.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      // Only retention and erasure change trails, and each alone.
      const alone = this.#waiting.findIndex(({ options }) => options.changesTrails);
      const count = alone === 0 ? 1 : alone === -1 ? MOST_IN_GROUP : Math.min(alone, MOST_IN_GROUP);
      const trouble = await this.#commitGroup(this.#waiting.splice(0, count));
      // What comes later must not be written earlier: whoever waits makes it again, in order.
      if (trouble !== undefined) refuse(this.#waiting.splice(0), trouble);
    }
    // In the same turn as the last look at what waits: nothing can come up between.
    this.#committing = undefined;
  }

  /** Settles every change of the group; returns why nothing can be written at present, if that is so. */
  async #commitGroup(group: readonly Waiting[]): Promise<StoreError | undefined> {
    const trouble = await this.#settle();
    if (trouble !== undefined) {
      refuse(group, trouble);
      return trouble;
    }
    const rest: Waiting[] = [];
    for (const one of group) {
      if (one.options.source !== undefined && this.#done.delete(one.options.source)) one.resolve();
      else rest.push(one);
    }
    if (rest.length === 0) return undefined;
    const error = await this.#commit(rest);
    if (error === undefined) {
      for (const { resolve } of rest) resolve();
      return undefined;
    }
    if (error.kind !== 'conflict') {
      refuse(rest, error);
      return error;
    }
    if (rest.length === 1) {
      refuse(rest, error);
      return undefined;
    }
    // One of them can never be written: each for itself, so that it spoils no other.
    for (const [n, one] of rest.entries()) {
      const why = await this.#commitGroup([one]);
      if (why === undefined) continue;
      refuse(rest.slice(n + 1), why);
      return why;
    }
    return undefined;
  }

  /** Undefined when it is durable. */
  async #commit(group: readonly Waiting[]): Promise<StoreError | undefined> {
    if (!this.lease.isHeld()) return this.#notHeld();
    const before = this.#seq;
    const seq = nextSeq(before);
    try {
      const link = await this.#writing();
      const statements = await this.#statementsOf(group, link);
      const result = await link.run(
        [...statements, this.lease.fence(before, seq), { text: 'COMMIT', values: [] }],
        COMMIT_DEADLINE_MS,
      );
      if ('is' in result) {
        const sources = group.flatMap(({ options }) => options.source ?? []);
        this.#unsettled = { before, seq, sources };
        this.#lastFailed = true;
        return new StoreError('unknown', `PostgreSQL: ${result.why}`);
      }
      this.#seq = seq;
      this.#lastFailed = false;
      return undefined;
    } catch (error) {
      if ((error as { code?: string }).code === FENCE_REFUSED) {
        this.#unsettled = { before, seq, sources: [] };
        return (
          (await this.#settle()) ?? new StoreError('not-writable', 'PostgreSQL: the commit is made again')
        );
      }
      const fault = postgresFault(error);
      this.#lastFailed = fault.kind !== 'conflict';
      return fault;
    }
  }

  #notHeld(): StoreError {
    const { standing } = this.lease;
    if (standing.is === 'superseded')
      return new StoreError('superseded', `instance "${standing.by}" has taken over`);
    this.#lastFailed = true;
    return new StoreError(
      'not-writable',
      standing.is === 'holder'
        ? 'PostgreSQL: the lease could not be renewed; nothing is decided until it is'
        : 'this process does not hold the lease of the store',
    );
  }

  async #writing(): Promise<PostgresLink> {
    if (this.#writer === undefined || this.#writer.isLost) this.#writer = await this.#connect();
    return this.#writer;
  }

  async #statementsOf(group: readonly Waiting[], link: PostgresLink): Promise<PostgresStatement[]> {
    const statements: PostgresStatement[] = [{ text: BEGIN, values: [] }];
    if (group.some(({ options }) => options.changesTrails))
      statements.push({ text: CHANGES_TRAILS, values: [] });
    let head: AuditHead | undefined;
    for (const write of foldWrites(group.flatMap(({ writes }) => writes))) {
      if (write.op !== 'append-audit') statements.push(statementOf(write));
      else {
        // Nobody else writes: the head that is read here is the head within the transaction, or the fence refuses it.
        const read = await link.run([{ text: AUDIT_HEAD, values: [] }], READ_DEADLINE_MS);
        if ('is' in read) throw new StoreError('not-writable', `PostgreSQL: ${read.why}`);
        head ??= read[0]!.rows[0] as AuditHead | undefined;
        const rows = chainedRows(head, write.records);
        const [seq, , , , hash] = rows.at(-1)!;
        head = { seq, hash };
        statements.push(statementOf({ op: 'add', table: 'audit', rows }));
      }
    }
    return statements;
  }

  /** Finds out what became of a commit whose answer was lost. Undefined when commits can go on. */
  async #settle(): Promise<StoreError | undefined> {
    if (this.#unsettled === undefined) return undefined;
    const { before, seq, sources } = this.#unsettled;
    let row;
    try {
      row = await this.lease.close(await this.#writing());
    } catch (error) {
      return postgresFault(error);
    }
    const verdict = commitVerdict(row, { boot: this.lease.boot, epoch: this.lease.epoch, before, seq });
    switch (verdict.is) {
      case 'superseded':
        this.lease.supersede(verdict.by, verdict.epoch);
        return new StoreError('superseded', `instance "${verdict.by}" has taken over`);
      case 'done':
        for (const source of sources) this.#done.add(source);
        break;
      case 'went-back':
        this.#events.onWentBack((committedSeq(before) - committedSeq(verdict.seq)) / 2);
        break;
      case 'not-done':
    }
    this.#seq = row.seq;
    this.#unsettled = undefined;
    return undefined;
  }
}

function refuse(group: readonly Waiting[], error: StoreError): void {
  for (const { reject } of group) reject(error);
}
