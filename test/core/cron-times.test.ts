import { describe, expect, test } from 'vitest';
import { cronWalls } from '../../checks/shared/cron.ts';
import { cronTimesAround } from '../../src/core/cron-times.ts';
import { spanAt } from '../../src/maintenance/recurrence.ts';

const TORONTO = 'America/Toronto';
const shown = (moment: number, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(moment)
    .toZonedDateTimeISO(zone)
    .toString({ smallestUnit: 'minute', timeZoneName: 'never' });

/** Every start within these hours, as asked at every minute of them: a reload may come at any. */
function starts(cron: string, zone: string, from: string, hours: number): string[] {
  const begin = Temporal.ZonedDateTime.from(`${from}[${zone}]`).epochMilliseconds;
  const found = new Set<number>();
  for (let minute = 0; minute < hours * 60; minute += 5) {
    const now = begin + minute * 60_000;
    const { last, next } = cronTimesAround(cronWalls(cron), zone, now);
    expect(last).toBeLessThanOrEqual(now);
    expect(next).toBeGreaterThan(now);
    if (last >= begin) found.add(last);
    if (next < begin + hours * 3_600_000) found.add(next);
  }
  return [...found].toSorted((a, b) => a - b).map((moment) => shown(moment, zone));
}

describe('times of cron expressions in the nights in which the clocks change', () => {
  test.each<[string, string, string, number, string[]]>([
    // Spring: what is skipped comes after.
    ['30 2 * * SUN', TORONTO, '2026-03-08T00:00', 8, ['2026-03-08T03:30-04:00']],
    ['0 2 * * *', TORONTO, '2026-03-08T00:00', 8, ['2026-03-08T03:00-04:00']],
    ['0 3 * * *', TORONTO, '2026-03-08T00:00', 8, ['2026-03-08T03:00-04:00']],
    ['0 0 * * *', 'Africa/Cairo', '2026-04-23T22:00', 6, ['2026-04-24T01:00+03:00']],
    ['15 1 * * *', 'Europe/London', '2026-03-29T00:00', 5, ['2026-03-29T02:15+01:00']],
    // Autumn: what is shown twice comes once.
    ['30 1 * * *', TORONTO, '2026-11-01T00:00', 8, ['2026-11-01T01:30-04:00']],
    ['0 2 * * *', TORONTO, '2026-11-01T00:00', 8, ['2026-11-01T02:00-05:00']],
    ['0 2 * * *', 'Europe/Berlin', '2026-10-25T00:00', 6, ['2026-10-25T02:00+02:00']],
    ['0 23 * * *', 'Africa/Cairo', '2026-10-29T20:00', 6, ['2026-10-29T23:00+03:00']],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-05T00:00', 5, ['2026-04-05T01:45+11:00']],
    // What comes every hour comes in both.
    ['30 * * * *', TORONTO, '2026-11-01T00:00', 3, ['2026-11-01T00:30-04:00', '2026-11-01T01:30-04:00', '2026-11-01T01:30-05:00']],
    ['30 * * * *', TORONTO, '2026-03-08T00:00', 4, ['2026-03-08T00:30-05:00', '2026-03-08T01:30-05:00', '2026-03-08T03:30-04:00', '2026-03-08T04:30-04:00']],
    // An ordinary night.
    ['30 2 * * *', TORONTO, '2026-06-10T00:00', 8, ['2026-06-10T02:30-04:00']],
  ])('%s in %s on %s', (cron, zone, from, hours, wanted) => {
    expect(starts(cron, zone, from, hours)).toEqual(wanted);
  }); // prettier-ignore

  test('a window that the clocks skipped is open after it, also for who asks for the first time then', () => {
    const window = { is: 'recurring', cron: '30 2 * * SUN', forMs: 7_200_000, timeZone: TORONTO } as const;
    const now = Date.parse('2026-03-08T04:00-04:00');
    const span = spanAt(window, now)!;
    expect([shown(span.from, TORONTO), shown(span.to, TORONTO)]).toEqual([
      '2026-03-08T03:30-04:00',
      '2026-03-08T05:30-04:00',
    ]);
  });

  test('a window in the hour that comes twice is open once', () => {
    const window = { is: 'recurring', cron: '30 1 * * *', forMs: 1_800_000, timeZone: TORONTO } as const;
    expect(spanAt(window, Date.parse('2026-11-01T01:45-04:00'))!.from).toBe(
      Date.parse('2026-11-01T01:30-04:00'),
    );
    expect(spanAt(window, Date.parse('2026-11-01T01:45-05:00'))!.from).toBe(
      Date.parse('2026-11-02T01:30-05:00'),
    );
  });
});
