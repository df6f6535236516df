import { Client, type ClientConfig, type QueryResult } from 'pg';
import { types } from 'pg';
import type { Clock } from '../core/clock.ts';
import type { PostgresStatement } from './postgres-statements.ts';
import type { PostgresHost } from './postgres-url.ts';
import { StoreError } from './store.ts';

const CONNECT_MS = 5_000;
const BIGINT = 20;
/** read_only_sql_transaction, in_failed_sql_transaction, active_sql_transaction. */
const OF_CONNECTION = new Set(['25006', '25P02', '25001']);
/** Older ones lack what the statements use; https://www.postgresql.org/support/versioning/ */
const OLDEST_MAJOR = 14;

/** A connection on which something went wrong is of no use: it was closed, and whether the statement took effect is unknown. */
export type Lost = { is: 'lost'; why: string };

/** One connection to the writable server. A query that outlasts its deadline ends the connection: nothing waits for ever. */
export class PostgresLink {
  readonly #client: Client;
  readonly #clock: Clock;
  #lost: string | undefined;
  /** `host:port` */
  readonly host: string;

  private constructor(client: Client, clock: Clock, host: string) {
    this.#client = client;
    this.#clock = clock;
    this.host = host;
    client.on('error', (error) => this.#close(error.message));
    client.on('end', () => this.#close('the connection was closed'));
  }

  /** Connects to the first host that takes writes. Rejects with a StoreError that says why none does. */
  static async open(
    hosts: readonly PostgresHost[],
    clock: Clock,
    applicationName: string,
  ): Promise<PostgresLink> {
    const refused: string[] = [];
    for (const host of hosts) {
      const opened = await PostgresLink.#tryHost(host, clock, applicationName);
      if (typeof opened !== 'string') return opened;
      refused.push(`${host.name}: ${opened}`);
    }
    throw new StoreError('not-writable', `PostgreSQL: ${refused.join('; ')}`);
  }

  static async #tryHost(
    { url, name }: PostgresHost,
    clock: Clock,
    applicationName: string,
  ): Promise<PostgresLink | string> {
    const config: ClientConfig = {
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      types: { getTypeParser },
    };
    // One round trip for a whole transaction: https://node-postgres.com/apis/client
    const client = new Client({ ...config, pipeline: true } as ClientConfig);
    const link = new PostgresLink(client, clock, name);
    try {
      await client.connect();
    } catch (error) {
      link.#close('it could not be opened');
      return whyNot(error);
    }
    const found = await link
      .run(
        [
          {
            text: `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS "isStandby",
            current_setting('server_version_num')::int AS version`,
            values: [],
          },
        ],
        CONNECT_MS,
      )
      .catch((error: unknown) => whyNot(error));
    if (typeof found === 'string' || 'is' in found) {
      link.close();
      return typeof found === 'string' ? found : found.why;
    }
    const { isStandby, version } = found[0]!.rows[0] as { isStandby: boolean; version: number };
    const major = Math.floor(version / 10_000);
    const why =
      major < OLDEST_MAJOR
        ? `PostgreSQL ${major} is too old; ${OLDEST_MAJOR} or later is needed`
        : isStandby
          ? 'it takes no writes (in recovery, or set to read-only); name the primary too, or instead'
          : undefined;
    if (why === undefined) return link;
    link.close();
    return why;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * Runs the statements in order, sent together. Resolves with `lost` when the connection ended before all were
   * answered; rejects with the error of the first that failed, after all were answered.
   */
  async run(statements: readonly PostgresStatement[], deadlineMs: number): Promise<QueryResult[] | Lost> {
    if (this.#lost !== undefined) return { is: 'lost', why: this.#lost };
    const timer = this.#clock.after(deadlineMs, () =>
      this.#close(`no answer within ${deadlineMs / 1_000} s`),
    );
    const asked = statements.map(({ text, values }) =>
      values.length === 0 ? this.#client.query(text) : this.#client.query(text, values as unknown[]),
    );
    const outcomes = await Promise.allSettled(asked);
    timer.cancel();
    const failed = outcomes.find((one) => one.status === 'rejected');
    if (failed === undefined)
      return outcomes.map((one) => (one as PromiseFulfilledResult<QueryResult>).value);
    // The server's answers carry a code; anything else means that there was none.
    const { code } = failed.reason as { code?: unknown };
    const isAnswer = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('57P');
    if (isAnswer && this.#lost === undefined) {
      // A server that has become read-only, or a connection in a state of its own: another one finds the writable server.
      if (OF_CONNECTION.has(code)) this.#close((failed.reason as Error).message);
      throw failed.reason;
    }
    this.#close(failed.reason instanceof Error ? failed.reason.message : String(failed.reason));
    return { is: 'lost', why: this.#lost! };
  }

  close(): void {
    this.#close('it was closed');
  }

  #close(why: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = why;
    const { stream } = (this.#client as unknown as { connection: { stream: { destroy(): void } } })
      .connection;
    // Says goodbye when it can; a socket that hangs is destroyed all the same.
    void this.#client.end().catch(() => {});
    stream.destroy();
  }
}

/** Counts and numbers up to 2^53 are numbers of ours. */
const getTypeParser: typeof types.getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === BIGINT ? Number : types.getTypeParser(oid, format as 'text')) as typeof types.getTypeParser;

/** Why a host was not usable, and what to do. */
function whyNot(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  if (code === '28P01' || code === '28000') return `${message}; check user and password in \`store\``;
  if (code === '3D000') return `${message}; create it first: createdb --owner USER NAME`;
  return message;
}
