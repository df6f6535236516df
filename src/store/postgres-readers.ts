import { postgresFault } from './postgres-error.ts';
import type { PostgresLink } from './postgres-link.ts';
import { numbered } from './postgres-statements.ts';
import type { SqlValue } from './sql-database.ts';
import { storable } from './storable.ts';
import { StoreError } from './store.ts';

export const READ_DEADLINE_MS = 15_000;
const MOST_READERS = 4;

/** A few connections for reads, opened when they are needed. */
export class PostgresReaders {
  readonly #connect: () => Promise<PostgresLink>;
  readonly #idle: PostgresLink[] = [];
  #links = 0;
  #waiting: (() => void)[] = [];
  #isClosed = false;

  constructor(connect: () => Promise<PostgresLink>) {
    this.#connect = connect;
  }

  async all<Row>(sql: string, values: readonly SqlValue[], isSearch: boolean): Promise<Row[]> {
    const type = isSearch ? 'text' : 'key';
    const statement = { text: numbered(sql), values: values.map((value) => storable(value, type)) };
    // A read that lost its connection is made once more: the pool may hold links to a server that has ended.
    for (let attempt = 1; ; attempt++) {
      const link = await this.#reader();
      let result;
      try {
        result = await link.run([statement], READ_DEADLINE_MS);
      } catch (error) {
        throw postgresFault(error);
      } finally {
        this.#giveBack(link);
      }
      if (!('is' in result)) return result[0]!.rows as Row[];
      if (attempt > MOST_READERS) throw new StoreError('not-writable', `PostgreSQL: ${result.why}`);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const link of this.#idle.splice(0)) link.close();
  }

  async #reader(): Promise<PostgresLink> {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle && !idle.isLost) return idle;
      if (idle) {
        this.#links--;
        continue;
      }
      if (this.#links < MOST_READERS) break;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#links++;
    try {
      return await this.#connect();
    } catch (error) {
      this.#links--;
      this.#waiting.shift()?.();
      throw error;
    }
  }

  #giveBack(link: PostgresLink): void {
    if (this.#isClosed || link.isLost) {
      link.close();
      this.#links--;
    } else this.#idle.push(link);
    this.#waiting.shift()?.();
  }
}
