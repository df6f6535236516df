import { describe, expect, test } from 'vitest';
import { STEADY } from '../../src/core/flapping.ts';
import type { Prepared } from '../../src/core/check-type.ts';
import { failed, good, type Finding } from '../../src/core/probe-result.ts';
import type { Check, Target } from '../../src/core/target.ts';
import { Field } from '../../src/probing/field.ts';
import type { ProbePorts } from '../../src/probing/ports.ts';
import type { Change } from '../../src/store/store.ts';
import { HandClock } from '../support/hand-clock.ts';

const INTERVAL = 10_000;

function stand(names = ['shop']) {
  const clock = new HandClock(0);
  const starts: { name: string; at: number }[] = [];
  const said: string[] = [];
  const lags: number[] = [];
  let skipped = 0;
  let answer: () => Finding | Promise<Finding> = () => good('ok');
  const written: string[] = [];
  const field = new Field({
    clock,
    probe: { clock } as unknown as ProbePorts,
    commit: async ({ checks = [] }: Change) =>
      void written.push(...checks.map(({ target, state }) => `${target} ${state.health.is}`)),
    changed: async ({ target, state: { health } }) => {
      if (health.is === 'down') said.push(`${target.name} down after ${health.failures}`);
      else if (health.is === 'up' && said.includes(`${target.name} down after 3`))
        said.push(`${target.name} recovered`);
      else written.push(`${target.name} ${health.is}`);
    },
    here: undefined,
    away: { isVoter: () => false, probeSoon() {}, ask: async () => false },
    doubt: () => undefined,
    removed: async (target) => void said.push(`${target} removed`),
    onStart: (lagMs) => lags.push(lagMs),
    onSkipped: (slots) => (skipped += slots),
    onResult: () => {},
    onRefreshed: () => {},
    listen: () => 0,
  });
  const watchlist = (more: (name: string) => Partial<Check> = () => ({}), all = names) => ({
    targets: all.map((name) => target(name, more(name))),
    sharedSecrets: [],
    prepared: new Map(
      all.map((name): [string, Prepared] => [
        `${name}/http`,
        {
          is: 'prepared',
          subject: name,
          secrets: [],
          probe: async () => (starts.push({ name, at: clock.now() }), answer()),
        },
      ]),
    ),
  });
  return {
    clock,
    field,
    watchlist,
    starts,
    said,
    lags,
    written,
    skipped: () => skipped,
    answer: (next: typeof answer) => (answer = next),
  };
}

function target(name: string, more: Partial<Check>): Target {
  const check: Check = {
    name: 'http',
    type: 'http',
    priority: 'urgent',
    subject: name,
    fingerprint: 'one',
    cadence: {
      intervalMs: INTERVAL,
      timeoutMs: INTERVAL,
      retryIntervalMs: 5_000,
      failures: 3,
      recoveries: 2,
    },
    ...more,
  };
  return {
    name,
    kind: 'site',
    dependsOn: [],
    priority: 'urgent',
    tags: [],
    source: { file: '', line: 1 },
    checks: [check],
  };
}

describe('the field', () => {
  test('probes at the interval, at the retry interval from the first failure on, and says what it comes to', async () => {
    const { clock, field, watchlist, starts, said, answer } = stand();
    field.watch(watchlist());
    field.start();
    await clock.turn(30_000);
    const steady = starts.map(({ at }) => at).slice(1);
    expect(steady.slice(1).map((at, index) => at - steady[index]!)).toEqual(
      steady.slice(1).map(() => INTERVAL),
    );
    answer(() => failed('refused', 'connection refused'));
    const from = starts.length;
    await clock.turn(INTERVAL + 10_500);
    const failing = starts.slice(from).map(({ at }) => at);
    expect(failing.slice(0, 3).map((at) => at - failing[0]!)).toEqual([0, 5_000, 10_000]);
    expect(said).toEqual(['shop down after 3']);
    answer(() => good('ok'));
    await clock.turn(2 * INTERVAL);
    expect(said).toEqual(['shop down after 3', 'shop recovered']);
  });

  test('never overlaps a check with itself: slots that go by are skipped and counted', async () => {
    const { clock, field, watchlist, starts, skipped, answer } = stand();
    let release: (finding: Finding) => void = () => {};
    answer(() => new Promise((resolve) => (release = resolve)));
    field.watch(
      watchlist(() => ({
        cadence: { intervalMs: 1_000, timeoutMs: 60_000, retryIntervalMs: 1_000, failures: 3, recoveries: 2 },
      })),
    );
    field.start();
    await clock.turn(5_500);
    expect([starts.length, field.inFlight]).toEqual([1, 1]);
    answer(() => good('ok'));
    release(good('ok'));
    await clock.turn(2_000);
    expect(starts.length).toBeGreaterThanOrEqual(2);
    expect(starts.length).toBeLessThanOrEqual(3);
    expect(skipped()).toBeGreaterThanOrEqual(4);
  });

  test('a probe that does not end is cut at its deadline', async () => {
    const { clock, field, watchlist, said, answer } = stand();
    answer(() => new Promise(() => {}));
    field.watch(
      watchlist(() => ({
        cadence: { intervalMs: 1_000, timeoutMs: 500, retryIntervalMs: 1_000, failures: 3, recoveries: 2 },
      })),
    );
    field.start();
    await clock.turn(5_000);
    expect(said).toEqual(['shop down after 3']);
  });

  test('many starts are spread over the interval', async () => {
    const names = Array.from({ length: 1_000 }, (_, n) => `t${n}`);
    const { clock, field, watchlist, starts } = stand(names);
    field.watch(watchlist());
    field.start();
    await clock.turn(INTERVAL);
    const perSecond = Array.from(
      { length: 10 },
      (_, second) => starts.filter(({ at }) => Math.floor(at / 1_000) === second).length,
    );
    for (const count of perSecond) expect(count).toBeGreaterThan(50);
    expect(Math.max(...perSecond)).toBeLessThan(320);
  });

  test('a reload keeps timer, counters and probe of what did not change, and lets go of what is gone', async () => {
    const names = ['a', 'b', 'c'];
    const { clock, field, watchlist, starts, said, answer } = stand(names);
    field.watch(watchlist());
    field.start();
    await clock.turn(20_000);
    answer(() => failed('refused', 'connection refused'));
    await clock.turn(INTERVAL);
    const before = new Map(names.map((name) => [name, { ...field.find(`${name}/http`)! }]));
    expect([...before.values()].map(({ state }) => state.health.is)).toEqual([
      'suspect',
      'suspect',
      'suspect',
    ]);

    field.watch(watchlist((name) => (name === 'b' ? { fingerprint: 'two' } : {}), ['a', 'b']));
    expect(field.find('a/http')!.dueMs).toBe(before.get('a')!.dueMs);
    expect(field.find('b/http')!.state.health).toEqual(before.get('b')!.state.health);
    expect(field.find('c/http')).toBeUndefined();
    expect(said).toEqual(['c removed']);
    const from = starts.length;
    await clock.turn(15_000);
    expect(starts.slice(from).map(({ name }) => name)).not.toContain('c');
    expect(said.filter((what) => what.includes('down')).sort()).toEqual(['a down after 3', 'b down after 3']);
  });

  test('a check that a reload has replaced never writes over its successor', async () => {
    const { clock, field, watchlist, written, answer } = stand();
    field.watch(watchlist());
    field.start();
    await clock.turn(200_000);
    field.watch(watchlist(() => ({ fingerprint: 'two' })));
    answer(() => failed('refused', 'connection refused'));
    await clock.turn(2 * INTERVAL);
    const from = written.length;
    await clock.turn(400_000);
    await field.stop();
    expect(written.slice(from)).not.toContain('shop up');
  });

  test('stored states go on where they stood, and one that nobody watches any more is let go', async () => {
    const { clock, field, watchlist, said, answer } = stand();
    const health = { is: 'suspect', since: -5, failures: 2, firstFailureAt: -10 } as const;
    field.watch(
      watchlist(),
      new Map([
        ['shop/http', { health, flap: STEADY }],
        ['gone/tcp', { health, flap: STEADY }],
      ]),
    );
    answer(() => failed('refused', 'connection refused'));
    field.start();
    await clock.turn(INTERVAL);
    expect(said.slice(0, 2)).toEqual(['gone removed', 'shop down after 3']);
  });

  test('writes steady states in batches, and counts at once', async () => {
    const { clock, field, watchlist, written, answer } = stand();
    field.watch(watchlist());
    field.start();
    await clock.turn(60_000);
    expect(written).toEqual(['shop up']);
    answer(() => failed('refused', 'connection refused'));
    await clock.turn(INTERVAL + 5_000);
    expect(written.slice(1)).toEqual(['shop suspect', 'shop suspect']);
  });
});

test('at most eight commands run at once; the others wait their turn, in the order in which they were due, and none fails', async () => {
  const names = Array.from({ length: 30 }, (_, at) => `host-${at}`);
  const s = stand(names);
  const list = s.watchlist(() => ({ type: 'exec' }));
  for (const prepared of list.prepared.values()) prepared.runsCommand = true;
  const ends: (() => void)[] = [];
  s.answer(() => new Promise((resolve) => ends.push(() => resolve(good('ok')))));
  s.field.watch(list);
  s.field.start();
  await s.clock.turn(INTERVAL - 1);
  expect(s.field.inFlight).toBe(8);
  expect(s.field.stuck()).toEqual([]);
  const due = [...s.field.watched()].toSorted((a, b) => a.dueMs - b.dueMs).map(({ target }) => target.name);
  while (ends.length > 0) {
    ends.shift()!();
    await s.clock.turn(0);
    expect(s.field.inFlight).toBeLessThanOrEqual(8);
  }
  expect(s.starts.slice(0, 30).map(({ name }) => name)).toEqual(due);
  expect(s.said).toEqual([]);
  expect([...s.field.watched()].every(({ state }) => state.health.is === 'up')).toBe(true);
});
