import { expect, test } from 'vitest';
import { availabilityOf, isWarning, type CountedCheck } from '../../src/core/availability.ts';
import type { Health } from '../../src/core/health.ts';
import { measuredFrom } from '../../src/core/history.ts';
import type { Reason } from '../../src/core/reason.ts';

const HEALTHS: Record<string, Health> = {
  up: { is: 'up', since: 0 },
  suspect: { is: 'suspect', since: 0, failures: 1, firstFailureAt: 0 },
  down: { is: 'down', since: 0, failures: 3, firstFailureAt: 0 },
  recovering: { is: 'recovering', since: 0, successes: 1, firstFailureAt: 0 },
  unknown: { is: 'unknown', since: 0, before: null },
};

const check = (
  health: keyof typeof HEALTHS,
  {
    reason,
    level,
    counts = true,
    wasOut = false,
  }: { reason?: Reason; level?: 'warning'; counts?: boolean; wasOut?: boolean } = {},
): CountedCheck => ({
  state: {
    health: HEALTHS[health]!,
    last: {
      verdict: 'failed',
      message: '',
      durationMs: 1,
      log: [],
      ...(reason && { reason }),
      ...(level && { level }),
    },
  },
  counts,
  wasOut,
});

test.each<[string, CountedCheck[], string]>([
  ['all is well', [check('up'), check('up')], 'up'],
  ['one proves that it is out', [check('up'), check('down', { reason: 'status' })], 'down'],
  ['a certificate with days left', [check('up'), check('down', { reason: 'tls-expiring' })], 'up'],
  ['an expired certificate', [check('up'), check('down', { reason: 'tls-expired' })], 'down'],
  ["a plugin's WARNING", [check('down', { reason: 'exit-warning' })], 'up'],
  ["a plugin's CRITICAL", [check('down', { reason: 'exit-critical' })], 'down'],
  ['what a check marks as a warning', [check('down', { reason: 'answer', level: 'warning' })], 'up'],
  ['a check that does not count', [check('up'), check('down', { reason: 'status', counts: false })], 'up'],
  ['none that counts', [check('up', { counts: false })], 'unknown'],
  ['not down yet', [check('suspect', { reason: 'status' })], 'up'],
  ['coming back from an outage', [check('recovering', { wasOut: true })], 'down'],
  ['coming back from a warning', [check('recovering')], 'up'],
  ['no sight', [check('up'), check('unknown')], 'unknown'],
  ['no sight of one, and another is out', [check('down', { reason: 'refused' }), check('unknown')], 'down'],
  ['nothing at all', [], 'unknown'],
])('%s', (_name, checks, expected) => {
  expect(availabilityOf(checks)).toBe(expected);
});

test('a reason alone makes a warning only where it is one', () => {
  expect(isWarning({ reason: 'tls-expiring' })).toBe(true);
  expect(isWarning({ reason: 'slow' })).toBe(false);
  expect(isWarning({})).toBe(false);
});

test('a figure says from when it was measured', () => {
  const unknown = (from: number, to?: number) => ({
    target: 'x',
    state: 'unknown' as const,
    from,
    ...(to && { to }),
  });
  expect(measuredFrom([], 100, 200)).toBe(100);
  expect(measuredFrom([unknown(0, 169)], 100, 200)).toBe(169);
  expect(measuredFrom([unknown(0, 120), unknown(120, 150)], 100, 200)).toBe(150);
  expect(measuredFrom([unknown(150, 160)], 100, 200)).toBe(100);
  expect(measuredFrom([unknown(0)], 100, 200)).toBeUndefined();
});
