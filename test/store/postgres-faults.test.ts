import { describe, expect, onTestFinished, test } from 'vitest';
import type { Standing } from '../../src/core/lease.ts';
import { takeLease } from '../../src/store/take-lease.ts';
import { openPostgres, type PostgresDatabase } from '../../src/store/postgres-database.ts';
import { durabilityRisk } from '../../src/store/durability.ts';
import { sqlStore } from '../../src/store/sql-store.ts';
import type { Change } from '../../src/store/store.ts';
import { CuttableProxy } from '../support/cuttable-proxy.ts';
import { HandClock } from '../support/hand-clock.ts';
import { noPostgres, PostgresServer, sharedPostgres } from '../support/postgres-server.ts';
import { sampleTicketOrder } from '../support/sample-effect.ts';
import { until } from '../support/until.ts';

if (noPostgres) console.log(`Skipped: faults of PostgreSQL; ${noPostgres}.`);

/** A change that the database takes only once. */
const once = (id: string): Change => ({ newEffects: [{ ...sampleTicketOrder(), id, incident: id }] });

async function stand() {
  const server = await sharedPostgres();
  const url = await server.database();
  const proxy = await CuttableProxy.to(server.port);
  const viaProxy = url.replace(`:${server.port}/`, `:${proxy.port}/`);
  const clock = new HandClock();
  const standings: Standing['is'][] = [];
  const wentBack: number[] = [];
  const join = async (holder: string, at = viaProxy) => {
    const database = await openPostgres(at, {
      clock,
      seeker: { holder, boot: `boot-of-${holder}`, version: 'test' },
      events: {
        onStanding: ({ is }) => void standings.push(is),
        onWentBack: (commits) => void wentBack.push(commits),
      },
    });
    onTestFinished(async () => {
      proxy.open();
      await database.close();
    });
    return { database, store: sqlStore(database, () => clock.now()), lease: database.lease };
  };
  const ask = <Row>(sql: string) => server.query<Row>(sql, url);
  return {
    server,
    url,
    proxy,
    clock,
    standings,
    wentBack,
    join,
    ask,
    ids: async () => (await ask<{ id: string }>('SELECT id FROM effects ORDER BY seq')).map(({ id }) => id),
    /** By the database's clock, which no test drives, the lease has run out. */
    expire: () => ask(`UPDATE leases SET until = clock_timestamp() - interval '3 seconds'`),
    /** Lets the clock go on until something has come about. */
    async turnUntil(what: string, isSo: () => boolean | Promise<boolean>) {
      await until(what, async () => {
        // Slowly: deadlines of two seconds run by this clock, while the answers come in real time.
        await clock.turn(100);
        return isSo();
      });
    },
  };
}

const kindOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: { kind?: string }) => error.kind ?? String(error),
  );

const take = async ({ database }: { database: PostgresDatabase }, clock: HandClock) =>
  takeLease(database, clock);

describe.skipIf(noPostgres)('a commit whose answer is lost', () => {
  test('had gone through: made again, it is settled by its sequence number and counts once', async () => {
    const { proxy, clock, join, ids } = await stand();
    const a = await join('a');
    await take(a, clock);
    await a.store.commit(once('first'));
    const change = once('second');
    proxy.swallowAnswers();
    const lost = kindOf(a.store.commit(change));
    await until('the row', async () => (await ids()).includes('second'));
    proxy.cut();
    expect(await lost).toBe('unknown');
    proxy.open();
    expect(await kindOf(a.store.commit(change))).toBe('done');
    // The same effect from anywhere else is still a conflict.
    expect(await kindOf(a.store.commit(once('second')))).toBe('conflict');
    expect(await kindOf(a.store.commit(once('third')))).toBe('done');
    expect(await ids()).toEqual(['first', 'second', 'third']);
  });

  test('had not gone through: made again, it is written', async () => {
    const { proxy, clock, join, ids } = await stand();
    const a = await join('a');
    await take(a, clock);
    await a.store.commit(once('first'));
    const change = once('second');
    proxy.swallowAll();
    const lost = kindOf(a.store.commit(change));
    await clock.settle();
    proxy.cut();
    expect(await lost).toBe('unknown');
    proxy.open();
    expect(await ids()).toEqual(['first']);
    expect(await kindOf(a.store.commit(change))).toBe('done');
    expect(await ids()).toEqual(['first', 'second']);
  });

  test('a link that says nothing is ended at the deadline, and what came after waits its turn', async () => {
    const { proxy, clock, join, ids, turnUntil } = await stand();
    const a = await join('a');
    await take(a, clock);
    await a.store.commit(once('first'));
    proxy.swallowAll();
    const outcomes: string[] = [];
    const changes = [once('second'), once('third')];
    for (const change of changes) void kindOf(a.store.commit(change)).then((kind) => outcomes.push(kind));
    await clock.settle();
    const later = kindOf(a.store.commit(once('fourth')));
    await turnUntil('the deadline', () => outcomes.length === 2);
    expect([outcomes, await later]).toEqual([['unknown', 'unknown'], 'unknown']);
    proxy.cut();
    proxy.open();
    await turnUntil('the lease', () => a.lease.isHeld());
    for (const change of changes) await a.store.commit(change);
    expect(await ids()).toEqual(['first', 'second', 'third']);
  });

  test('and another instance has taken over since: it is never written', async () => {
    const { proxy, clock, join, ids, expire, url } = await stand();
    const a = await join('a');
    const b = await join('b', url);
    await take(a, clock);
    await a.store.commit(once('before'));
    const change = once('first');
    proxy.swallowAll();
    const lost = kindOf(a.store.commit(change));
    await clock.settle();
    proxy.cut();
    expect(await lost).toBe('unknown');
    await expire();
    await take(b, clock);
    proxy.open();
    expect(await kindOf(a.store.commit(change))).toBe('superseded');
    expect(await ids()).toEqual(['before']);
    expect([a.lease.isHeld(), a.lease.signal.aborted, a.lease.standing.is]).toEqual([
      false,
      true,
      'superseded',
    ]);
    await b.store.commit(once('of b'));
    expect(await ids()).toEqual(['before', 'of b']);
  });
});

describe.skipIf(noPostgres)('the lease', () => {
  test('only one holds it; a process that knows nothing of its successor writes nothing', async () => {
    const { clock, join, ids, expire, url, standings } = await stand();
    const a = await join('a');
    const b = await join('b', url);
    await take(a, clock);
    expect(await b.lease.take()).toMatchObject({ is: 'held', by: 'a' });
    expect(await kindOf(b.store.commit(once('of b')))).toBe('not-writable');
    await expire();
    expect(await b.lease.take()).toEqual({ is: 'taken' });
    // It was stopped, say, and believes that it still holds it.
    expect(a.lease.isHeld()).toBe(true);
    expect(await kindOf(a.store.commit(once('of a')))).toBe('superseded');
    expect(await kindOf(a.store.commit(once('of a again')))).toBe('superseded');
    expect(await ids()).toEqual([]);
    expect(standings.at(-1)).toBe('superseded');
    expect(b.lease.epoch).toBe(a.lease.epoch + 1);
  });

  test('it is renewed for as long as the process lives', async () => {
    const { clock, join, ask, turnUntil, standings } = await stand();
    const a = await join('a');
    await take(a, clock);
    await ask(`UPDATE leases SET until = clock_timestamp() + interval '1 second'`);
    await turnUntil('the renewal', async () => {
      const [row] = await ask<{ left: number }>(
        'SELECT extract(epoch FROM until - clock_timestamp())::int AS left FROM leases',
      );
      return row!.left > 5;
    });
    for (let n = 0; n < 30; n++) {
      const before = standings.length;
      await clock.turn(2_000);
      await until('a renewal', () => standings.length > before);
      expect(a.lease.isHeld()).toBe(true);
    }
  });

  test('without the database nothing is decided and nothing is lost; with it back, it goes on in the same epoch', async () => {
    const { proxy, clock, join, ids, turnUntil } = await stand();
    const a = await join('a');
    await take(a, clock);
    const { epoch } = a.lease;
    const { signal } = a.lease;
    proxy.refuse();
    await clock.turn(5_900);
    expect([a.lease.isHeld(), signal.aborted]).toEqual([true, false]);
    await clock.turn(200);
    // What is under way ends before anybody else may take the lease.
    expect([a.lease.isHeld(), signal.aborted, a.store.writable()]).toEqual([false, true, false]);
    const change = once('first');
    expect(await kindOf(a.store.commit(change))).toBe('not-writable');
    await clock.turn(34_000);
    proxy.open();
    await turnUntil('the lease', () => a.lease.isHeld());
    await a.store.commit(change);
    expect([a.lease.epoch, a.store.writable(), a.lease.signal.aborted]).toEqual([epoch, true, false]);
    expect(await ids()).toEqual(['first']);
  });

  test('given back, another instance has it at once; the one that is wanted comes first', async () => {
    const { clock, join, url } = await stand();
    const a = await join('a');
    const b = await join('b', url);
    const c = await join('c', url);
    await take(a, clock);
    await a.lease.release('c');
    expect(await b.lease.take()).toMatchObject({ is: 'held' });
    expect(await c.lease.take()).toEqual({ is: 'taken' });
  });

  test('a second monitor waits for a lease that may run out, and says who has it when it does not', async () => {
    const { clock, join, url, turnUntil } = await stand();
    const a = await join('a');
    const b = await join('b', url);
    await take(a, clock);
    let said: string | undefined;
    takeLease(b.database, clock).catch((error: Error) => (said = error.message));
    await turnUntil('the error', () => said !== undefined);
    expect(said).toBe('another monitor, "a", decides on this database; stop it first');
  });

  test('a database that has lost commits is noticed, said, and written on', async () => {
    const { clock, join, ask, ids, wentBack } = await stand();
    const a = await join('a');
    await take(a, clock);
    for (const id of ['1', '2', '3']) await a.store.commit(once(id));
    // As after a failover to a server that lagged two commits behind.
    await ask(`DELETE FROM effects WHERE id IN ('2', '3'); UPDATE leases SET seq = seq - 4`);
    const change = once('4');
    expect(await kindOf(a.store.commit(change))).toBe('not-writable');
    expect(await kindOf(a.store.commit(change))).toBe('done');
    expect(wentBack).toEqual([2]);
    expect(await ids()).toEqual(['1', '4']);
  });
});

describe.skipIf(noPostgres)('the server', () => {
  test('ends in a crash and comes back: reads and commits go on', async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server.stop());
    const clock = new HandClock();
    const database = await openPostgres(await server.database(), {
      clock,
      seeker: { holder: 'a', boot: 'b', version: 'test' },
      events: { onStanding: () => {}, onWentBack: () => {} },
    });
    const store = sqlStore(database, () => clock.now());
    await takeLease(database, clock);
    await store.commit(once('first'));
    await store.load(0);
    await server.crash();
    expect(await kindOf(store.load(0))).toBe('not-writable');
    const change = once('second');
    expect(['unknown', 'not-writable']).toContain(await kindOf(store.commit(change)));
    await server.boot();
    await store.commit(change);
    expect((await store.load(0)).effects.map(({ id }) => id)).toEqual(['first', 'second']);
    await database.close();
  });

  test('says in one sentence what is wrong, with what to do, and never the password', async () => {
    const server = await sharedPostgres();
    const url = await server.database();
    const clock = new HandClock();
    const seeker = { holder: 'a', boot: 'b', version: 'test' };
    const why = async (at: string) => {
      const said = await openPostgres(at, {
        clock,
        seeker,
        events: { onStanding: () => {}, onWentBack: () => {} },
      }).then(
        (database) => database.close().then(() => 'opened'),
        (error: Error) => error.message,
      );
      expect(said).not.toContain('p@ss');
      expect(said).not.toContain(encodeURIComponent('p@ss'));
      return said;
    };
    const host = `127.0.0.1:${server.port}`;
    expect(await why(url.replace('p%40ss', 'wrong'))).toBe(
      `PostgreSQL: ${host}: password authentication failed for user "watchdesk"; check user and password in \`store\``,
    );
    expect(await why(url.replace(/\/\w+$/, '/nowhere'))).toBe(
      `PostgreSQL: ${host}: database "nowhere" does not exist; create it first: createdb --owner USER NAME`,
    );
    await server.query(`ALTER DATABASE ${url.split('/').at(-1)} SET default_transaction_read_only = on`);
    expect(await why(url)).toBe(
      `PostgreSQL: ${host}: it takes no writes (in recovery, or set to read-only); name the primary too, or instead`,
    );
    await server.query(`ALTER DATABASE ${url.split('/').at(-1)} RESET default_transaction_read_only`);
    // Of several hosts the one that takes writes is found.
    expect(await why(url.replace('127.0.0.1:', '127.0.0.1:1,127.0.0.1:'))).toBe('opened');
    expect(await why(url.replace(`:${server.port}`, ':1'))).toMatch(
      /^PostgreSQL: 127\.0\.0\.1:1: .*ECONNREFUSED/,
    );
    const other = await server.database();
    await server.query(
      `CREATE ROLE guest LOGIN PASSWORD 'guest'; REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
      other,
    );
    expect(await why(other.replace(/\/\/[^@]*@/, '//guest:guest@'))).toMatch(
      /^PostgreSQL: permission denied .*; the user of `store` must own the database or have CREATE on its schema: GRANT CREATE ON SCHEMA public TO …$/,
    );
    const newer = await server.database();
    await why(newer);
    await server.query('UPDATE store_format SET format = 99, readable_from = 98', newer);
    expect(await why(newer)).toMatch(
      /was written by a newer Watchdesk \(format 99, readable from 98; this one knows up to 12\)/,
    );
    // Expanded by a newer version, but still readable for this one.
    await server.query('UPDATE store_format SET readable_from = 11', newer);
    expect(await why(newer)).toBe('opened');
  });

  test('says when commits that it has acknowledged can be lost', async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server.stop());
    const risk = async (...settings: string[]) => {
      await server.crash();
      await server.boot(...settings);
      const database = await openPostgres(await server.database(), {
        clock: new HandClock(),
        seeker: { holder: 'a', boot: 'b', version: 'test' },
        events: { onStanding: () => {}, onWentBack: () => {} },
      });
      const why = await durabilityRisk(database);
      await database.close();
      return why;
    };
    expect(await risk()).toBeUndefined();
    expect(await risk('synchronous_commit=off')).toMatch(
      /^PostgreSQL acknowledges commits before they are on disk/,
    );
  });
});
