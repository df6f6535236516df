import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayBounds, historyDays, spansOfMany, uptimeOf, type HistorySpan } from '../../src/core/history.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const down = (from: number, to?: number): HistorySpan => ({
  target: 'shop',
  state: 'down',
  from,
  ...(to !== undefined && { to }),
});
const unknown = (from: number, to?: number): HistorySpan => ({ ...down(from, to), state: 'unknown' });

test('days are those of the zone, 23 and 25 hours long where the clock changes', () => {
  const now = at('2026-11-03T17:00Z');
  const bounds = dayBounds(5, now, 'America/Toronto');
  expect(bounds.map((ms) => new Date(ms).toISOString())).toEqual([
    '2026-10-30T04:00:00.000Z',
    '2026-10-31T04:00:00.000Z',
    '2026-11-01T04:00:00.000Z',
    '2026-11-02T05:00:00.000Z',
    '2026-11-03T05:00:00.000Z',
    '2026-11-03T17:00:00.000Z',
  ]);
});

test('an outage over midnight counts on both days, and one that lasts until now', () => {
  const now = 10 * DAY + 6 * HOUR;
  const bounds = dayBounds(3, now, 'UTC');
  const days = historyDays([down(9 * DAY - HOUR, 9 * DAY + HOUR), down(now - HOUR)], bounds, now);
  expect(days.map(({ downMs, outages }) => [downMs / HOUR, outages])).toEqual([
    [1, 1],
    [1, 1],
    [1, 1],
  ]);
  expect(days.map(({ knownMs }) => knownMs / HOUR)).toEqual([24, 24, 6]);
  expect(uptimeOf(days)).toBeCloseTo(1 - 3 / 54, 10);
});

test('what is not known is neither up nor down, whatever it was before', () => {
  const now = 2 * DAY;
  const bounds = [0, DAY, 2 * DAY];
  const days = historyDays(
    [unknown(0, DAY), unknown(DAY, DAY + 4 * HOUR), down(DAY + 2 * HOUR, DAY + 6 * HOUR)],
    bounds,
    now,
  );
  expect(days.map(({ knownMs, downMs }) => [knownMs / HOUR, downMs / HOUR])).toEqual([
    [0, 0],
    [20, 2],
  ]);
  expect(uptimeOf(days)).toBeCloseTo(1 - 2 / 20, 10);
  expect(uptimeOf(days.slice(0, 1))).toBeUndefined();
});

test('days agree with a look at every minute', () => {
  const minutes = 2 * 24 * 60;
  const span = fc
    .tuple(fc.nat(minutes), fc.nat(minutes), fc.constantFrom('down' as const, 'unknown' as const))
    .map(([a, b, state]): HistorySpan => ({
      target: 'x',
      state,
      from: Math.min(a, b) * 60_000,
      to: Math.max(a, b) * 60_000,
    }));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 8 }), (spans) => {
      const bounds = [0, DAY, 2 * DAY];
      const days = historyDays(spans, bounds, 2 * DAY);
      for (const [index, day] of days.entries()) {
        let downMinutes = 0;
        let unknownMinutes = 0;
        for (let minute = index * 1_440; minute < (index + 1) * 1_440; minute++) {
          const ms = minute * 60_000;
          const holds = (state: string) =>
            spans.some((one) => one.state === state && one.from <= ms && ms < one.to!);
          if (holds('unknown')) unknownMinutes++;
          else if (holds('down')) downMinutes++;
        }
        expect([day.downMs / 60_000, day.knownMs / 60_000]).toEqual([downMinutes, 1_440 - unknownMinutes]);
      }
    }),
    { numRuns: 60 },
  );
});

test('of many, a new one takes nothing from what is known of the others', () => {
  const bounds = [0, DAY, 2 * DAY];
  const days = (own: HistorySpan[][], common: HistorySpan[] = []) =>
    historyDays(spansOfMany(own, common, 2 * DAY), bounds, 2 * DAY).map(({ knownMs, downMs }) => [
      knownMs / HOUR,
      downMs / HOUR,
    ]);
  const old = [down(2 * HOUR, 4 * HOUR)];
  const fresh = [unknown(0, DAY + 12 * HOUR)];
  expect(days([old, fresh])).toEqual([
    [24, 2],
    [24, 0],
  ]);
  expect(days([fresh, fresh])).toEqual([
    [0, 0],
    [12, 0],
  ]);
  // Down of two at once counts once; planned work of one is no downtime of it.
  expect(
    days([old, [down(3 * HOUR, 5 * HOUR)], [{ ...down(8 * HOUR, 9 * HOUR), state: 'planned' }]]),
  ).toEqual([
    [24, 3],
    [24, 0],
  ]);
  expect(days([old], [unknown(0, 3 * HOUR)])).toEqual([
    [21, 1],
    [24, 0],
  ]);
});
