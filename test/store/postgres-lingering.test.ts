import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openPostgres } from '../../src/store/postgres-database.ts';
import { sqlStore } from '../../src/store/sql-store.ts';
import type { Change } from '../../src/store/store.ts';
import { takeLease } from '../../src/store/take-lease.ts';
import { HandClock } from '../support/hand-clock.ts';
import { noPostgres, sharedPostgres } from '../support/postgres-server.ts';
import { sampleTicketOrder } from '../support/sample-effect.ts';
import { until } from '../support/until.ts';

if (noPostgres) console.log(`Skipped: commits that linger in PostgreSQL; ${noPostgres}.`);

const once = (id: string): Change => ({ newEffects: [{ ...sampleTicketOrder(), id, incident: id }] });

/** A network in which a connection that we have given up lives on at the server: what was sent takes effect when it can. */
async function farNetwork(port: number): Promise<number> {
  const server = createServer((client) => {
    const beyond = connect(port, '127.0.0.1');
    let isGone = false;
    client.on('data', (bytes) => beyond.write(bytes));
    beyond.on('data', (bytes) => {
      if (!isGone) client.write(bytes);
    });
    client.on('close', () => (isGone = true));
    client.on('error', () => {});
    beyond.on('error', () => {});
    beyond.on('close', () => client.destroy());
    onTestFinished(() => void beyond.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function stand() {
  const server = await sharedPostgres();
  const url = await server.database();
  const clock = new HandClock();
  const far = url.replace(`:${server.port}/`, `:${await farNetwork(server.port)}/`);
  const wentBack: number[] = [];
  const database = await openPostgres(far, {
    clock,
    seeker: { holder: 'a', boot: 'boot-a', version: 'test' },
    events: { onStanding() {}, onWentBack: (commits) => void wentBack.push(commits) },
  });
  onTestFinished(() => database.close());
  await takeLease(database, clock);
  const ask = <Row>(sql: string) => server.query<Row>(sql, url);
  const count = async (sql: string) => Number((await ask<{ n: string }>(sql))[0]!.n);
  const kinds: string[] = [];
  const store = sqlStore(database, () => clock.now());
  const attempt = async (change: Change): Promise<string> => {
    const kind = await store.commit(change).then(
      () => 'done',
      (error: { kind: string }) => error.kind,
    );
    kinds.push(kind);
    return kind;
  };
  /** As the journal makes a change: again and again, until it is durable or can never be. */
  const persist = async (change: Change): Promise<string> => {
    for (;;) {
      const kind = await attempt(change);
      if (kind === 'done' || kind === 'conflict') return kind;
      await new Promise<void>((resolve) => clock.after(1_000, resolve));
    }
  };
  return {
    ask,
    clock,
    kinds,
    wentBack,
    attempt,
    persist,
    waiting: () =>
      count(
        `SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      ),
    marks: () => count(`SELECT count(*) AS n FROM marks WHERE name LIKE 'B%'`),
    events: () => count('SELECT count(*) AS n FROM events'),
    ids: async () => (await ask<{ id: string }>('SELECT id FROM effects ORDER BY id')).map(({ id }) => id),
    /** Holds a table, as `ALTER TABLE` or `VACUUM FULL` does; returns how to let it go. */
    async hold(table: string): Promise<() => Promise<void>> {
      const { Client } = await import('pg');
      const client = new Client({ connectionString: url });
      client.on('error', () => {});
      await client.connect();
      await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      return async () => {
        await client.query('COMMIT');
        await client.end();
      };
    },
    async turnUntil(what: string, isSo: () => boolean | Promise<boolean>) {
      await until(what, async () => {
        await clock.turn(100);
        return isSo();
      });
    },
  };
}

const EVENT = { incident: 'A', at: 1, event: 'note', text: 'said once' } as never;

describe.skipIf(noPostgres)('a commit that lingers in the server after it was given up', () => {
  test.each([
    ['once', false],
    ['twice', true],
  ])(
    'counts once, and what came with the second attempt is not lost: given up %s',
    async (_, givenUpTwice) => {
      const { kinds, wentBack, attempt, persist, waiting, marks, events, ids, hold, turnUntil } =
        await stand();
      await persist(once('first'));
      const free = await hold('effects');
      const [A, B]: [Change, Change] = [
        { ...once('A'), events: [EVENT] },
        // It has no key that would be refused.
        { marks: Array.from({ length: 50 }, (_, n) => ({ name: `B${n}`, value: n })) },
      ];
      const first = attempt(A);
      await until('the first attempt waits', async () => (await waiting()) === 1);
      await turnUntil('it is given up', () => kinds.length > 1);
      expect(await first).toBe('unknown');
      // Made again, with another change in the same transaction.
      const second = [attempt(A), attempt(B)];
      await until('the second attempt waits', async () => (await waiting()) >= 2);
      if (givenUpTwice) {
        await turnUntil('it is given up', () => kinds.length > 3);
        await Promise.all(second);
      }
      await free();
      if (!givenUpTwice) for (const kind of await Promise.all(second)) expect(kind).toBe('done');
      await until('nobody waits any more', async () => (await waiting()) === 0);
      const [a, b] = givenUpTwice ? [persist(A), persist(B)] : second;
      let settled: (string | undefined)[] | undefined;
      void Promise.all([a, b]).then((both) => (settled = both));
      await turnUntil('both are settled', () => settled !== undefined);
      expect(settled).toEqual(['done', 'done']);
      expect(kinds).not.toContain('conflict');
      expect(await ids()).toEqual(['A', 'first']);
      expect([await marks(), await events()]).toEqual([50, 1]);
      expect(wentBack).toEqual([]);
    },
  );
});
