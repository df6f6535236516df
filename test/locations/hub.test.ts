import { expect, test } from 'vitest';
import { newCheckState, type CheckState } from '../../src/core/check-state.ts';
import { STEADY } from '../../src/core/flapping.ts';
import { Hub } from '../../src/locations/hub.ts';
import type { AgentOrder, OrderEvents, Report } from '../../src/locations/protocol.ts';
import { reportSchema } from '../../src/locations/protocol.ts';
import { Roster, type EnrolledAgent } from '../../src/locations/roster.ts';
import type { Seen } from '../../src/probing/field.ts';
import type { WatchedCheck } from '../../src/probing/watched-check.ts';
import { StoreError, type Change } from '../../src/store/store.ts';
import { HandClock } from '../support/hand-clock.ts';

type Said = { [Name in keyof OrderEvents]: [Name, OrderEvents[Name]] }[keyof OrderEvents];

/** A hub with one check that is probed from Frankfurt; what it tells the field is written down. */
function stand() {
  const clock = new HandClock(1_000_000);
  const commits: Change[] = [];
  const seen: { identity: string; state: CheckState }[] = [];
  const odd: string[] = [];
  const standings: string[] = [];
  let refuses = false;
  const commit = async (change: Change) => {
    if (refuses) throw new StoreError('not-writable', 'the disk is full');
    commits.push(change);
  };
  const watched = {
    identity: 'shop/http',
    cadence: { timeoutMs: 1_000 },
    check: { name: 'http', fingerprint: 'f' },
    target: { name: 'shop' },
    redact: (text: string) => text.replaceAll('hush', '***'),
    gone: false,
    sightings: new Map([['frankfurt', { state: newCheckState(0) }]]),
  } as unknown as WatchedCheck;
  let secrets = 0;
  const roster = new Roster({
    now: () => clock.now(),
    newSecret: () => `secret-${++secrets}`,
    newId: () => `agent-${++secrets}`,
    commit,
    instanceKey: () => undefined,
  });
  const hub = new Hub({
    clock,
    roster,
    field: {
      sighted: (_location: string, identity: string, { state }: Seen) => void seen.push({ identity, state }),
      locationChanged() {},
      *lookedAtFrom() {
        yield watched;
      },
      refreshed() {},
    },
    here: undefined,
    standingHere: () => ({ is: 'sees' }),
    locations: () => new Map([['frankfurt', { lostAfterMs: 15_000, priority: 'urgent' }]]),
    orders: () => new Map([['shop/http', { type: 'http', options: {}, target: { name: 'shop' } }]]),
    anchors: () => ({ anchors: [], intervalMs: 1_000, timeoutMs: 1_000 }),
    commit,
    onStanding: (location, { is }) => void standings.push(`${location} ${is}`),
    onOddReport: (_agent, why) => void odd.push(why),
    onPast() {},
    onConnected() {},
  });
  hub.start();
  const agentNamed = (id: string): EnrolledAgent => ({ id, location: 'frankfurt', host: id });
  const listen = (id: string, boot: string) => {
    const said: Said[] = [];
    let isEnded = false;
    const leave = hub.connect(agentNamed(id), boot, {
      send: (...event) => void said.push(event as Said),
      end: () => (isEnded = true),
    });
    return {
      leave,
      said,
      isEnded: () => isEnded,
      orders: () => said.findLast(([name]) => name === 'orders')![1] as OrderEvents['orders'],
      last: () => said.at(-1),
    };
  };
  const report = (id: string, boot: string, seq: number, more: Partial<Report>) =>
    hub.report(agentNamed(id), reportSchema.parse({ protocol: 1, boot, seq, assignment: 0, ...more }));
  return {
    clock,
    commits,
    hub,
    listen,
    odd,
    report,
    seen,
    standings,
    refuse: (now: boolean) => (refuses = now),
  };
}

const BOOT = 'boot-of-one';
const OTHER = 'boot-of-another';
const down = (since: number): CheckState => ({
  health: { is: 'down', since, failures: 3, firstFailureAt: since },
  flap: STEADY,
  lastRunAt: since,
  last: { verdict: 'failed', reason: 'timeout', message: 'hush \u001b[31mno', durationMs: 1, log: ['hush'] },
});
const says = (state: CheckState, at = 0) => [{ at, state: state as never }];

test('what is reported is durable before it is taken; the same report again changes nothing', async () => {
  const { clock, commits, listen, report, seen, refuse } = stand();
  const { assignment, checks } = listen('a', BOOT).orders();
  expect(checks.map(({ identity }: AgentOrder) => identity)).toEqual(['shop/http']);
  const first = { assignment, checks: says(down(-5_000)) };
  refuse(true);
  await expect(report('a', BOOT, 1, first)).rejects.toThrow('the disk is full');
  expect(seen).toEqual([]);
  refuse(false);
  expect(await report('a', BOOT, 1, first)).toEqual({ is: 'taken', assignment });
  expect(await report('a', BOOT, 1, first)).toEqual({ is: 'taken', assignment });
  expect([commits.length, seen.length]).toEqual([1, 1]);
  // Ages are told, times are kept; texts are cleaned and redacted.
  expect(seen[0]!.state).toMatchObject({
    health: { since: clock.now() - 5_000 },
    last: { message: '*** no', log: ['***'] },
  });
});

test('a time from the future counts as now', async () => {
  const { clock, listen, report, seen } = stand();
  const { assignment } = listen('a', BOOT).orders();
  await report('a', BOOT, 1, { assignment, checks: says(down(3_600_000)) });
  expect(seen[0]!.state.health.since).toBe(clock.now());
});

test('reports of other checks, and of orders that are over, are dropped and said once', async () => {
  const { listen, odd, report, seen } = stand();
  const { assignment } = listen('a', BOOT).orders();
  for (const seq of [1, 2]) await report('a', BOOT, seq, { assignment, checks: says(down(-1), 7) });
  for (const seq of [3, 4]) await report('a', BOOT, seq, { assignment: 999, checks: says(down(-1)) });
  expect(seen).toEqual([]);
  expect(odd).toEqual([
    'it reports checks that it was not given',
    'it reports under an assignment that is over',
  ]);
});

test('a second agent stands by, and probes when the first one is silent or gone', async () => {
  const { clock, listen, report } = stand();
  const first = listen('a', BOOT);
  const second = listen('b', OTHER);
  expect([first.orders().of, second.orders().of]).toEqual([1, 0]);
  for (let n = 1; n <= 7; n++) {
    await clock.turn(1_000);
    await report('b', OTHER, n, {});
  }
  expect([first.orders().of, second.orders().of]).toEqual([0, 1]);
  second.leave!();
  expect(first.orders().of).toBe(1);
});

test('of two with one credential the later one stays, and the first one is never heard again', async () => {
  const { hub, listen, report } = stand();
  const first = listen('a', BOOT);
  const second = listen('a', OTHER);
  expect([first.last(), first.isEnded()]).toEqual([['bye', { why: 'superseded' }], true]);
  expect(second.orders().of).toBe(1);
  expect(await report('a', BOOT, 1, {})).toEqual({ is: 'superseded' });
  expect(listen('a', BOOT).leave).toBeUndefined();
  expect(hub.agentsOf('frankfurt')).toHaveLength(1);
});

test('a location is lost when it is silent, blind when it says so, and back with its next report', async () => {
  const { clock, hub, listen, report, standings } = stand();
  listen('a', BOOT);
  await report('a', BOOT, 1, { blindBecause: '2 of 2 anchors' });
  expect(hub.isVoter('frankfurt')).toBe(false);
  await report('a', BOOT, 2, {});
  expect(hub.isVoter('frankfurt')).toBe(true);
  await clock.turn(17_000);
  expect(hub.isVoter('frankfurt')).toBe(false);
  await report('a', BOOT, 3, {});
  expect(standings).toEqual(['frankfurt blind', 'frankfurt sees', 'frankfurt lost', 'frankfurt sees']);
});

test('a question is answered by the agent, by its leaving, or not at all', async () => {
  const { clock, hub, listen, report } = stand();
  const { said, leave, orders } = listen('a', BOOT);
  const { assignment } = orders();
  const answered = hub.ask('frankfurt', 'shop/http');
  expect(said.at(-1)).toEqual(['ask', { n: 1, checks: [0] }]);
  await report('a', BOOT, 1, { assignment, answers: [[1, 0, true]] });
  expect(await answered).toBe(true);
  const late = hub.ask('frankfurt', 'shop/http');
  await clock.turn(6_100);
  expect(await late).toBe(false);
  const left = hub.ask('frankfurt', 'shop/http');
  leave!();
  expect(await left).toBe(false);
  expect(await hub.ask('frankfurt', 'shop/http')).toBe(false);
});
