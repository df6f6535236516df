import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeShare, judgeFlap, STEADY, type Flap } from '../../src/core/flapping.ts';

const after = (results: readonly boolean[]): Flap =>
  results.reduce((flap, failed, index) => judgeFlap(flap, failed, index), STEADY);

/** Share of changes, reckoned from the whole history, newest last. */
function shareOf(history: readonly boolean[]): number {
  const last = history.slice(-21);
  let sum = 0;
  for (let index = 1; index < last.length; index++) {
    const age = last.length - 1 - index;
    // 1.2 − 0.4 × age / 19, in 190ths.
    if (last[index] !== last[index - 1]) sum += 228 - 4 * age;
  }
  return sum / 3_800;
}

test('share and state equal those of a reference that reads the whole history', () => {
  fc.assert(
    // Runs of the same answer, so that it begins and ceases to flap.
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 40 }), (runs) => {
      const history = runs.flatMap((length, index) => Array<boolean>(length).fill(index % 2 === 0));
      let flapping = false;
      history.forEach((_, index) => {
        const share = shareOf(history.slice(0, index + 1));
        flapping = flapping ? share >= 0.25 : share >= 0.3;
        const flap = after(history.slice(0, index + 1));
        expect(changeShare(flap.recent)).toBeCloseTo(share, 10);
        expect(flap.is).toBe(flapping ? 'flapping' : 'steady');
      });
    }),
    // The last one stands at the limit to a hair; sums of fractions said both.
    { numRuns: 60, examples: [[[1, 1, 3, 4, 2, 6, 1]]] },
  );
});

test('one outage, and another one after it, are no flapping', () => {
  const outage = [...Array<boolean>(4).fill(true), ...Array<boolean>(6).fill(false)];
  expect(after([...outage, ...outage]).is).toBe('steady');
});

test('all change is a share of one, none is zero', () => {
  expect(changeShare(after(Array.from({ length: 40 }, (_, n) => n % 2 === 0)).recent)).toBeCloseTo(1, 10);
  expect(changeShare(after(Array<boolean>(40).fill(true)).recent)).toBe(0);
});
