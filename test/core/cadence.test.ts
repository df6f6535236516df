import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  defaultRetryIntervalMs,
  firstDueMs,
  nextDue,
  phaseMs,
  type Cadence,
} from '../../src/core/cadence.ts';

const cadence = (intervalMs: number, retryIntervalMs = defaultRetryIntervalMs(intervalMs)): Cadence => ({
  intervalMs,
  retryIntervalMs,
  timeoutMs: intervalMs,
  failures: 3,
  recoveries: 2,
});

describe('retry interval', () => {
  test.each([
    [60_000, 15_000],
    [20_000, 5_000],
    [10_000, 5_000],
    [4_000, 4_000],
    [300_000, 75_000],
  ])('of %i ms is %i ms by default', (interval, retry) => {
    expect(defaultRetryIntervalMs(interval)).toBe(retry);
  });
});

describe('next due time', () => {
  const intervals = fc.integer({ min: 100, max: 3_600_000 });

  test('lies after now, less than one interval away, and on the grid of the check', () => {
    fc.assert(
      fc.property(
        fc.string(),
        intervals,
        fc.nat(10_000_000),
        fc.nat(10_000_000),
        (name, interval, last, late) => {
          const now = last + late;
          const { dueMs } = nextDue(name, cadence(interval), 'up', last, now);
          expect(dueMs).toBeGreaterThan(now);
          expect(dueMs - now).toBeLessThanOrEqual(interval);
          expect((dueMs - phaseMs(name, interval)) % interval).toBe(0);
        },
      ),
    );
  });

  test('counts every slot that went by, and bunches none', () => {
    const rules = cadence(1_000);
    const first = nextDue('a', rules, 'up', 0, 0).dueMs;
    expect(nextDue('a', rules, 'up', first, first + 500)).toEqual({ dueMs: first + 1_000, skipped: 0 });
    expect(nextDue('a', rules, 'up', first, first + 3_500)).toEqual({ dueMs: first + 4_000, skipped: 3 });
  });

  test('in doubt counts from the last start, at the retry interval', () => {
    expect(nextDue('a', cadence(60_000), 'suspect', 1_234, 1_300)).toEqual({ dueMs: 16_234, skipped: 0 });
    expect(nextDue('a', cadence(60_000), 'down', 1_234, 1_300).dueMs % 60_000).toBe(phaseMs('a', 60_000));
  });
});

describe('starts', () => {
  test('of many checks are spread evenly over the interval', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 10_000; index++)
      counts[Math.floor(firstDueMs(`t${index}/http`, 60_000, 10_000, 0) / 6_000)]!++;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  test('of a few checks come soon', () => {
    for (let index = 0; index < 10; index++)
      expect(firstDueMs(`t${index}/http`, 60_000, 10, 0)).toBeLessThan(200);
  });
});
