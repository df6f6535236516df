import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Calendar, WeeklyHours } from '../../../src/core/hours.ts';
import {
  ALWAYS,
  deadline,
  elapsed,
  workingDayMs,
  type ServiceHours,
  type Stretch,
} from '../../../src/core/service/business-time.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK = [1, 2, 3, 4, 5];

const hours = (days: number[], from: string, to: string): WeeklyHours => ({
  days,
  from: Temporal.PlainTime.from(from),
  to: Temporal.PlainTime.from(to),
});

function open(zone: string, weekly: WeeklyHours[], holidays: string[] = []): ServiceHours {
  const calendar: Calendar = {
    name: 'office',
    timeZone: zone,
    hours: weekly,
    isHoliday: (date) => holidays.includes(date.toString()),
  };
  return { is: 'calendar', calendar };
}

const TORONTO = 'America/Toronto';
const office = open(TORONTO, [hours(WEEK, '08:00', '17:00')], ['2026-12-25', '2026-12-28']);
const split = open(TORONTO, [hours(WEEK, '08:00', '12:00'), hours(WEEK, '13:00', '17:00')]);

const at = (local: string, zone = TORONTO): number =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds;
const local = (ms: number | undefined, zone = TORONTO): string =>
  ms === undefined
    ? 'never'
    : Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDateTime().toString();

describe('a deadline in office hours', () => {
  test.each<[string, string, number, ServiceHours, string]>([
    ['within the day', '2026-11-23T09:00', 4 * HOUR, office, '2026-11-23T13:00:00'],
    ['over the night', '2026-11-23T15:00', 4 * HOUR, office, '2026-11-24T10:00:00'],
    ['over the weekend', '2026-11-27T15:00', 4 * HOUR, office, '2026-11-30T10:00:00'],
    ['to the very end of the day', '2026-11-23T13:00', 4 * HOUR, office, '2026-11-23T17:00:00'],
    ['created before opening', '2026-11-23T03:12', 4 * HOUR, office, '2026-11-23T12:00:00'],
    ['created on a Saturday', '2026-11-28T11:00', 4 * HOUR, office, '2026-11-30T12:00:00'],
    ['over two holidays and a weekend', '2026-12-24T16:00', 2 * HOUR, office, '2026-12-29T09:00:00'],
    ['over lunch', '2026-11-23T11:00', 2 * HOUR, split, '2026-11-23T14:00:00'],
    ['that ends with lunch', '2026-11-23T11:00', HOUR, split, '2026-11-23T12:00:00'],
    ['over the change to winter', '2026-10-30T16:00', 2 * HOUR, office, '2026-11-02T09:00:00'],
    ['over the change to summer', '2026-03-06T16:00', 2 * HOUR, office, '2026-03-09T09:00:00'],
    ['of nothing at all, at night', '2026-11-23T03:00', 0, office, '2026-11-23T03:00:00'],
  ])('%s', (_name, from, ms, calendar, expected) => {
    expect(local(deadline(at(from), ms, calendar))).toBe(expected);
  });

  test('never comes where it is never open', () => {
    const closed = open(TORONTO, [hours([], '08:00', '17:00')]);
    expect(deadline(at('2026-11-23T09:00'), HOUR, closed)).toBeUndefined();
    expect(elapsed(at('2026-11-23T09:00'), at('2027-11-23T09:00'), closed)).toBe(0);
  });

  test('a night of winter has an hour more, a night of summer an hour less', () => {
    const night = open(TORONTO, [hours([1, 2, 3, 4, 5, 6, 7], '22:00', '06:00')]);
    expect(elapsed(at('2026-10-31T22:00'), at('2026-11-01T06:00'), night)).toBe(9 * HOUR);
    expect(elapsed(at('2026-03-07T22:00'), at('2026-03-08T06:00'), night)).toBe(7 * HOUR);
  });

  test('hours that a change of clocks swallows come as long after it as they lie within it', () => {
    const early = open(TORONTO, [hours([7], '02:30', '05:00')]);
    // 02:00 to 03:00 are not there on that day.
    expect(elapsed(at('2026-03-08T00:00'), at('2026-03-08T12:00'), early)).toBe(1.5 * HOUR);
    const gone = open(TORONTO, [hours([7], '02:50', '03:10')]);
    expect(elapsed(at('2026-03-08T00:00'), at('2026-03-08T12:00'), gone)).toBe(0);
  });

  test("yesterday's offset is not today's: a July deadline is worked out in July's", () => {
    expect(new Date(deadline(at('2026-07-03T16:30'), HOUR, office)!).toISOString()).toBe(
      '2026-07-06T12:30:00.000Z',
    );
    expect(new Date(deadline(at('2026-11-27T16:30'), HOUR, office)!).toISOString()).toBe(
      '2026-11-30T13:30:00.000Z',
    );
  });
});

describe('pauses', () => {
  const friday = at('2026-11-27T15:00');

  test('over a weekend count in office hours, not in hours of the clock', () => {
    // Friday 16:00 to Monday 09:00 is two hours of the office, and 65 of the clock.
    const pause = [{ from: at('2026-11-27T16:00'), to: at('2026-11-30T09:00') }];
    expect(local(deadline(friday, 4 * HOUR, office, pause))).toBe('2026-11-30T12:00:00');
  });

  test('that begin and end outside hours', () => {
    const pause = [{ from: at('2026-11-27T20:00'), to: at('2026-11-29T03:00') }];
    expect(local(deadline(friday, 4 * HOUR, office, pause))).toBe('2026-11-30T10:00:00');
  });

  test('set on a holiday hold until they end', () => {
    const pause = [{ from: at('2026-12-25T10:00'), to: at('2026-12-29T10:00') }];
    expect(local(deadline(at('2026-12-24T16:00'), 2 * HOUR, office, pause))).toBe('2026-12-29T11:00:00');
  });

  test('that go on have no deadline, and use up nothing', () => {
    const pause = [{ from: at('2026-11-27T16:00') }];
    expect(deadline(friday, 4 * HOUR, office, pause)).toBeUndefined();
    expect(elapsed(friday, at('2027-01-01T00:00'), office, pause)).toBe(HOUR);
  });

  test('that overlap count once', () => {
    const pauses = [
      { from: at('2026-11-27T15:30'), to: at('2026-11-27T16:30') },
      { from: at('2026-11-27T15:45'), to: at('2026-11-27T16:00') },
      { from: at('2026-11-27T16:30'), to: at('2026-11-27T16:45') },
    ];
    expect(elapsed(friday, at('2026-11-27T17:00'), office, pauses)).toBe(45 * MINUTE);
  });
});

test('a working day is as long as the longest day of the week', () => {
  const halifax = open('America/Halifax', [
    hours([1, 2, 3, 4], '08:00', '16:30'),
    hours([5], '08:00', '12:00'),
  ]);
  expect(workingDayMs(halifax)).toBe(8.5 * HOUR);
  expect(workingDayMs(split)).toBe(8 * HOUR);
  expect(workingDayMs(ALWAYS)).toBe(24 * HOUR);
  expect(local(deadline(at('2026-11-23T10:20'), 2 * workingDayMs(office), office))).toBe(
    '2026-11-25T10:20:00',
  );
});

const moment = fc.integer({ min: at('2025-01-01T00:00') / MINUTE, max: at('2027-12-31T00:00') / MINUTE });
const anyHours = fc.constantFrom(
  ALWAYS,
  office,
  split,
  open('Asia/Kolkata', [hours([6, 7], '20:00', '04:30')]),
  open('Australia/Lord_Howe', [hours([1, 2, 3, 4, 5, 6, 7], '00:00', '00:00')], ['2026-01-01']),
);
const pauseList = fc
  .array(fc.tuple(moment, fc.integer({ min: 0, max: 20_000 })), { maxLength: 4 })
  .map((list) =>
    list.map(([from, minutes]): Stretch => ({ from: from * MINUTE, to: (from + minutes) * MINUTE })),
  );

test('what has gone by until the deadline is the duration, and a moment before it is less', () => {
  fc.assert(
    fc.property(
      moment,
      fc.integer({ min: 1, max: 20_000 }),
      anyHours,
      pauseList,
      (start, minutes, of, pauses) => {
        const from = start * MINUTE + 137;
        const end = deadline(from, minutes * MINUTE, of, pauses)!;
        expect(elapsed(from, end, of, pauses)).toBe(minutes * MINUTE);
        expect(elapsed(from, end - 1, of, pauses)).toBe(minutes * MINUTE - 1);
      },
    ),
    { numRuns: 300 },
  );
});

test('time never runs backwards, and what is split adds up', () => {
  fc.assert(
    fc.property(moment, moment, moment, anyHours, pauseList, (a, b, c, of, pauses) => {
      const [first, second, third] = [a, b, c].map((one) => one * MINUTE).sort((x, y) => x - y) as [
        number,
        number,
        number,
      ];
      const whole = elapsed(first, third, of, pauses);
      expect(whole).toBe(elapsed(first, second, of, pauses) + elapsed(second, third, of, pauses));
      expect(elapsed(first, second, of, pauses)).toBeLessThanOrEqual(whole);
      const [short, long] = [deadline(first, HOUR, of, pauses)!, deadline(first, 2 * HOUR, of, pauses)!];
      expect(short).toBeLessThanOrEqual(long);
      const later = deadline(second, HOUR, of, pauses)!;
      expect(short).toBeLessThanOrEqual(later);
    }),
    { numRuns: 300 },
  );
});
