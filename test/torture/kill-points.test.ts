import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { Random } from './random.ts';
import { isLong, SEED } from './rounds.ts';
import { TortureStand } from './stand.ts';

/** Installed, and allowed to trace here. */
const hasStrace = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true']).status === 0;

describe.skipIf(!hasStrace)('kill -9 at the nth write or sync of the store', () => {
  // The file is made with six syncs and some fifty writes; an outage up to its page takes nine and a hundred more.
  const points = isLong
    ? [
        ...Array.from({ length: 15 }, (_, n) => ['fsync', n + 4] as const),
        ...Array.from({ length: 31 }, (_, n) => ['pwrite64', 5 * n + 20] as const),
      ]
    : ([
        ['fsync', 8],
        ['fsync', 10],
        ['fsync', 12],
        ['fsync', 14],
        ['pwrite64', 70],
        ['pwrite64', 110],
      ] as const);

  test.each(points)('%s %i, and again while it recovers', async (call, nth) => {
    const random = new Random(SEED + nth);
    const stand = await TortureStand.build({ targets: 1, lagMs: 200, indexLag: '500ms' });
    const { sites, monitor } = stand;
    const underStrace = (when: number) => {
      const inject = `inject=${call}:signal=SIGKILL:when=${when}`;
      return ['strace', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
    };
    /** Killed by the call that was chosen, or by us when what should have made it has come about without. */
    const killedAt = async (when: number, what: string, hasComeAbout: () => boolean | Promise<boolean>) => {
      monitor.spawn(underStrace(when));
      await until(what, async () => !monitor.isAlive || (await hasComeAbout()));
      if (await monitor.ended(300)) stand.kills++;
      else await stand.kill();
    };
    sites.set('t1', true);
    await killedAt(nth, 'the page', () => stand.twilio.sent.length > 0 && stand.freshdesk.tickets.length > 0);
    await killedAt(1 + random.below(call === 'fsync' ? 8 : 30), 'the restart', async () => {
      return (await fetch(`${monitor.url}/readyz`)).ok;
    });
    await stand.settle();
    sites.set('t1', false);
    await stand.settle();
    expect(await stand.broken()).toEqual([]);
    expect(stand.kills).toBe(2);
  });
});

if (!hasStrace)
  console.log(
    'skipped: kills at the nth write; strace is missing (apt-get install strace), or tracing is not allowed here',
  );
