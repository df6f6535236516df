import { expect, test } from 'vitest';
import type { Effect, Outcome, Receipt } from '../../src/core/effect.ts';
import { Receipts } from '../../src/delivery/receipts.ts';
import { HandClock } from '../support/hand-clock.ts';

function stand(answer: Outcome<Receipt> = { is: 'done', value: { is: 'under-way' } }) {
  const clock = new HandClock();
  const ended: string[] = [];
  const settled: string[] = [];
  let asked = 0;
  const receipts = new Receipts({
    clock,
    ask: () => {
      asked++;
      return Promise.resolve(answer);
    },
    commit: async () => {},
    settled: async (all) => void settled.push(...all.map(({ effect }) => effect.id)),
    onOutcome: ({ id, state }) => void ended.push(`${id} ${state.is}`),
  });
  const accepted = (id: string): Effect => ({
    id,
    incident: 'I',
    kind: 'page',
    n: 1,
    lane: id,
    createdAt: clock.now(),
    attempts: 1,
    state: { is: 'accepted', at: clock.now(), remoteId: `SM-${id}`, askAt: clock.now() + 5_000, asked: 0 },
    content: {
      is: 'message',
      to: { is: 'person', name: 'maria' },
      via: 'sms',
      code: id,
      occasion: { is: 'outage' },
    },
  });
  return { clock, receipts, ended, settled, accepted, asked: () => asked };
}

test('what the provider says by itself is taken once, and it is not asked any more', async () => {
  const { clock, receipts, ended, settled, accepted, asked } = stand();
  receipts.track(accepted('a'));
  await receipts.hear('SM-a', { is: 'under-way' });
  await receipts.hear('SM-a', { is: 'undelivered', why: 'gone' });
  await receipts.hear('SM-a', { is: 'delivered' });
  await clock.turn(60_000);
  expect([ended, settled, asked()]).toEqual([['a dead'], ['a'], 0]);
});

test('a call that overtakes the answer counts when that comes; one that says nothing does not', async () => {
  const { clock, receipts, ended, accepted } = stand();
  await receipts.hear('SM-a', { is: 'delivered' });
  await receipts.hear('SM-b', { is: 'under-way' });
  receipts.track(accepted('a'));
  receipts.track(accepted('b'));
  await clock.settle();
  expect(ended).toEqual(['a confirmed']);
});

test('while it is being asked, what it says by itself comes first', async () => {
  const { clock, receipts, ended, accepted } = stand({ is: 'done', value: { is: 'delivered' } });
  receipts.track(accepted('a'));
  const asking = clock.turn(5_000);
  await receipts.hear('SM-a', { is: 'undelivered', why: 'gone' });
  await asking;
  await clock.turn(5_000);
  expect(ended).toHaveLength(1);
});

test('for as long as a message is worth delivering, it is asked', async () => {
  const { clock, receipts, accepted, asked } = stand();
  receipts.track(accepted('a'));
  await clock.turn(3.5 * 3_600_000);
  expect(asked()).toBeGreaterThanOrEqual(7);
  await receipts.hear('SM-a', { is: 'delivered' });
});
