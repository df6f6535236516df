import { expect, test } from 'vitest';
import { z } from 'zod';
import { Worker, type Outgoing } from '../../src/agent/worker.ts';
import { newCheckState } from '../../src/core/check-state.ts';
import { failed, good } from '../../src/core/probe-result.ts';
import type { ProbePorts } from '../../src/probing/ports.ts';
import type { LoadedCheckType } from '../../src/probing/registry.ts';
import { HandClock } from '../support/hand-clock.ts';

/** An agent with one check that it probes every second. */
function stand() {
  const clock = new HandClock(0);
  let isWell = true;
  const type = {
    type: 'own',
    options: z.object({}),
    prepare: () => ({
      is: 'prepared',
      subject: 'shop',
      secrets: [],
      probe: async () => (isWell ? good('ok') : failed('refused', 'refused')),
    }),
  } as unknown as LoadedCheckType;
  const worker = new Worker({
    clock,
    probe: { clock } as unknown as ProbePorts,
    types: new Map([['own', type]]),
    boot: 'boot-of-one',
    allowsCommands: false,
    onNews() {},
    onCannot() {},
    onSight() {},
  });
  worker.start();
  const order = {
    type: 'own',
    options: {},
    target: { name: 'shop' },
    identity: 'shop/own',
    cadence: { intervalMs: 1_000, timeoutMs: 500, retryIntervalMs: 1_000, failures: 1, recoveries: 1 },
    fingerprint: 'f',
    state: newCheckState(0),
  };
  worker.ordered({ assignment: 1, of: 1, from: 0, checks: [order] });
  return {
    clock,
    worker,
    order,
    see: async (now: boolean) => {
      isWell = now;
      await clock.turn(1_000);
    },
  };
}

const health = ({ report }: Outgoing) => report.checks.map(({ state }) => state.health.is);

test('what was not taken is said again as it is then, and what came between is the past', async () => {
  const { worker, see } = stand();
  await see(true);
  worker.taken(worker.nextReport(), 1);
  await see(false);
  const lost = worker.nextReport();
  expect(health(lost)).toEqual(['down']);
  worker.failed(lost);
  await see(true);
  const next = worker.nextReport();
  expect(health(next)).toEqual(['up']);
  expect(next.report.past.map(({ to }) => to)).toEqual(['down']);
  expect(next.report.seq).toBe(lost.report.seq + 1);
  worker.taken(next, 1);
  expect(worker.nextReport().report).toMatchObject({ checks: [], past: [] });
});

test('a report under orders that are over is said again under the new ones', async () => {
  const { worker, order, see } = stand();
  await see(false);
  const outgoing = worker.nextReport();
  worker.ordered({ assignment: 2, of: 1, from: 0, checks: [order] });
  worker.taken(outgoing, 2);
  const next = worker.nextReport();
  expect([next.report.assignment, ...health(next)]).toEqual([2, 'down']);
});

test('orders in parts are in force when they are complete', async () => {
  const { worker, order } = stand();
  const other = { ...order, identity: 'blog/own' };
  worker.ordered({ assignment: 2, of: 2, from: 0, checks: [order] });
  expect(worker.checks).toBe(1);
  worker.ordered({ assignment: 2, of: 2, from: 1, checks: [other] });
  expect(worker.checks).toBe(2);
});

test('cut off, it keeps 10,000 changes, and says how many it could not', async () => {
  const { worker, see } = stand();
  for (let n = 0; n < 10_050; n++) await see(n % 2 === 0);
  let past = 0;
  let lost = 0;
  for (;;) {
    const { report } = worker.nextReport();
    lost += report.lostPast;
    past += report.past.length + report.checks.length;
    if (report.past.length === 0) break;
  }
  expect([past, lost]).toEqual([10_000, 50]);
});
