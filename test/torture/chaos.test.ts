import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { FAULTS } from './fault-proxy.ts';
import { Random } from './random.ts';
import { isLong, ROUNDS, SEED } from './rounds.ts';
import { TortureStand } from './stand.ts';

const STEPS = isLong ? 40 : 18;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('chaos', () => {
  const seeds = Array.from({ length: ROUNDS }, (_, round) => SEED + round);

  test.each(seeds)('seed %i: one ticket, at least one page, whatever breaks', async (seed) => {
    const random = new Random(seed);
    const stand = await TortureStand.build({ targets: 8, lagMs: 300, indexLag: '1s' });
    const { sites, monitor, names } = stand;
    await monitor.start();
    await until('all up', async () => (await monitor.list('targets')).every(({ health }) => health === 'up'));
    // Within the window of the listing nothing may be doubled; requests that the network doubles are another test.
    const faults = FAULTS.filter((fault) => fault !== 'duplicate');
    for (const proxy of stand.proxies) {
      proxy.decide = () => (random.chance(0.35) ? random.pick(faults) : undefined);
      proxy.onMoment = () => {
        if (random.chance(0.06) && monitor.isAlive) {
          stand.kills++;
          monitor.signal('SIGKILL');
        }
      };
    }
    const busyUntil = new Map<string, number>();
    for (let step = 0; step < STEPS; step++) {
      const name = random.pick(names);
      const now = performance.now();
      // A site that keeps changing would be one flapping ticket, which is a test of its own.
      if ((busyUntil.get(name) ?? 0) < now) {
        sites.set(name, !sites.isDown(name));
        busyUntil.set(name, now + 3_000);
      }
      await pause(200 + random.below(600));
      if (random.chance(0.15)) await stand.kill();
      if (!monitor.isAlive) {
        monitor.spawn();
        await pause(300 + random.below(700));
      }
    }
    await stand.settle();
    console.log(`torture, seed ${seed}: ${await stand.summary()}`);
    expect(await stand.broken()).toEqual([]);
  });
});

describe('requests that the network doubles', () => {
  test('and an index that lags longer than its window: one open ticket after the sweep', async () => {
    const random = new Random(SEED);
    const stand = await TortureStand.build({ targets: 4, lagMs: 3_000, indexLag: '500ms' });
    const { sites, monitor, names } = stand;
    await monitor.start();
    await until('all up', async () => (await monitor.list('targets')).every(({ health }) => health === 'up'));
    stand.toFreshdesk.decide = () =>
      random.chance(0.9) ? random.pick(['duplicate', 'accept-then-fail']) : undefined;
    for (const name of names) sites.set(name, true);
    await until('tickets', async () => stand.freshdesk.tickets.length > names.length, 20_000);
    await stand.settle();
    // The ticket that is kept is the one that the incident names, once the sweep has come to its end.
    await until(
      'the sweep',
      async () =>
        (await monitor.list('incidents')).every(({ id, ticket }) => {
          const open = stand.freshdesk.withKey(id).filter(({ status }) => status === 2);
          return open.length === 1 && ticket.id === String(open[0]!.id);
        }),
      30_000,
    );
    await stand.settle();
    console.log(`torture, doubled requests: ${await stand.summary()}`);
    expect(await stand.broken({ doublesUntilSweep: true })).toEqual([]);
  });
});
