import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isOpenAt,
  opensAt,
  type Calendar,
  type Restriction,
  type WeeklyHours,
} from '../../src/core/hours.ts';
import { onCallSpans, whoIsOnCall, type OnCallChange, type OnCallSchedule } from '../../src/core/on-call.ts';

const ZONE = 'America/Toronto';
const WEEK = [1, 2, 3, 4, 5];
const hours = (days: number[], from: string, to: string): WeeklyHours => ({
  days,
  from: Temporal.PlainTime.from(from),
  to: Temporal.PlainTime.from(to),
});
const office: Calendar = {
  name: 'office',
  timeZone: ZONE,
  hours: [hours(WEEK, '08:00', '12:00'), hours(WEEK, '13:00', '17:00')],
  isHoliday: (date) => date.toString() === '2026-12-25',
};

const schedule = (only: Restriction[], more: Partial<OnCallSchedule> = {}): OnCallSchedule => ({
  name: 'x',
  timeZone: ZONE,
  layers: [layer(['day']), { ...layer(['night']), only }],
  overrides: [],
  fallback: 'boss',
  ...more,
});

const layer = (rotation: string[]) => ({
  rotation,
  start: Temporal.PlainDateTime.from('2026-01-05T09:00'),
  every: Temporal.Duration.from({ weeks: 1 }),
});

const at = (local: string, zone = ZONE) =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(zone).toInstant();
const who = (of: OnCallSchedule, local: string) => whoIsOnCall(of, at(local, of.timeZone)).person;

describe('a layer that applies only at times', () => {
  test.each<[string, Restriction, string, string]>([
    [
      'nights begin',
      { is: 'hours', hours: hours([1, 2, 3, 4, 5, 6, 7], '17:00', '08:00') },
      '2026-11-24T16:59',
      'day',
    ],
    [
      'nights',
      { is: 'hours', hours: hours([1, 2, 3, 4, 5, 6, 7], '17:00', '08:00') },
      '2026-11-24T17:00',
      'night',
    ],
    [
      'after midnight',
      { is: 'hours', hours: hours([1, 2, 3, 4, 5, 6, 7], '17:00', '08:00') },
      '2026-11-25T07:59',
      'night',
    ],
    [
      'nights end',
      { is: 'hours', hours: hours([1, 2, 3, 4, 5, 6, 7], '17:00', '08:00') },
      '2026-11-25T08:00',
      'day',
    ],
    [
      'a night belongs to the day it begins on',
      { is: 'hours', hours: hours([5], '17:00', '08:00') },
      '2026-11-28T03:00',
      'night',
    ],
    ['and not to the next', { is: 'hours', hours: hours([5], '17:00', '08:00') }, '2026-11-28T17:30', 'day'],
    ['weekends', { is: 'hours', hours: hours([6, 7], '00:00', '00:00') }, '2026-11-29T23:59', 'night'],
    ['Monday is none', { is: 'hours', hours: hours([6, 7], '00:00', '00:00') }, '2026-11-30T00:00', 'day'],
    ['during the office', { is: 'during', calendar: office }, '2026-11-24T09:00', 'night'],
    ['at lunch it is closed', { is: 'during', calendar: office }, '2026-11-24T12:30', 'day'],
    ['outside the office', { is: 'outside', calendar: office }, '2026-11-24T12:30', 'night'],
    ['a holiday is outside', { is: 'outside', calendar: office }, '2026-12-25T10:00', 'night'],
    ['the day before is not', { is: 'outside', calendar: office }, '2026-12-24T10:00', 'day'],
  ])('%s', (_what, only, local, person) => {
    expect(who(schedule([only]), local)).toBe(person);
  });

  test('an hour that the change of clocks swallows begins after it, and one that comes twice is one', () => {
    const early: Restriction = { is: 'hours', hours: hours([7], '02:30', '05:00') };
    // 2027-03-14: 02:00 becomes 03:00 in Toronto.
    expect(whoIsOnCall(schedule([early]), Temporal.Instant.from('2027-03-14T07:15Z')).person).toBe('day');
    expect(whoIsOnCall(schedule([early]), Temporal.Instant.from('2027-03-14T07:30Z')).person).toBe('night');
    // 2026-11-01: 02:00 becomes 01:00.
    const twice: Restriction = { is: 'hours', hours: hours([7], '01:30', '05:00') };
    for (const [utc, person] of [
      ['05:29', 'day'],
      ['05:30', 'night'],
      ['06:15', 'night'],
      ['09:59', 'night'],
      ['10:00', 'day'],
    ]) {
      const moment = Temporal.Instant.from(`2026-11-01T${utc}Z`);
      expect([utc, whoIsOnCall(schedule([twice]), moment).person]).toEqual([utc, person]);
    }
  });

  test('spans change exactly where a look minute by minute sees a change', () => {
    const zones = [
      'America/Toronto',
      'Europe/Dublin',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
      'America/St_Johns',
    ];
    const time = fc.integer({ min: 0, max: 95 }).map((quarter) => {
      const [hour, minute] = [Math.floor(quarter / 4), (quarter % 4) * 15];
      return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
    });
    const window = fc.record({
      days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      from: time,
      to: time,
    });
    const someDay = fc.constantFrom('2026-10-31', '2027-03-13', '2027-03-27', '2027-04-03', '2026-11-24');
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.array(window, { minLength: 1, maxLength: 2 }),
        someDay,
        fc.boolean(),
        (timeZone, windows, day, isOutside) => {
          const all = windows.map(({ days, from, to }) => hours(days, from, to));
          const calendar: Calendar = {
            name: 'c',
            timeZone: 'America/Toronto',
            hours: all,
            isHoliday: (date) => date.day === 1,
          };
          const only: Restriction[] = isOutside
            ? [{ is: 'outside', calendar }]
            : all.map((one) => ({ is: 'hours', hours: one }));
          const of = schedule(only, { timeZone });
          const from = at(`${day}T00:00`, timeZone);
          const to = from.add({ hours: 60 });
          const spans = onCallSpans(of, from, to);
          expect(spans[0]!.from).toEqual(from);
          expect(spans.at(-1)!.to).toEqual(to);
          let index = 0;
          for (
            let moment = from;
            Temporal.Instant.compare(moment, to) < 0;
            moment = moment.add({ minutes: 15 })
          ) {
            while (Temporal.Instant.compare(spans[index]!.to, moment) <= 0) index++;
            expect(whoIsOnCall(of, moment).person).toBe(spans[index]!.person);
          }
        },
      ),
      { numRuns: 120 },
    );
  });
});

describe('overrides', () => {
  const during = (...changes: OnCallChange[]): OnCallSchedule =>
    schedule([], {
      layers: [layer(['devon']), layer(['maria'])],
      overrides: changes.map((change) => ({
        from: Temporal.PlainDateTime.from('2026-11-24T09:00'),
        to: Temporal.PlainDateTime.from('2026-11-24T17:00'),
        change,
      })),
    });
  test.each<[string, OnCallChange[], object]>([
    ['nothing', [], { person: 'maria', because: 'layer', also: [] }],
    [
      'in place of whoever',
      [{ is: 'replace', with: 'ines' }],
      { person: 'ines', because: 'override', also: [] },
    ],
    [
      'in place of somebody else',
      [{ is: 'replace', who: 'devon', with: 'ines' }],
      { person: 'maria', because: 'layer', also: [] },
    ],
    ['too', [{ is: 'add', who: 'ines' }], { person: 'maria', because: 'layer', also: ['ines'] }],
    [
      'too, twice',
      [
        { is: 'add', who: 'ines' },
        { is: 'add', who: 'ines' },
        { is: 'add', who: 'maria' },
      ],
      { person: 'maria', because: 'layer', also: ['ines'] },
    ],
    [
      'away: the layer below',
      [{ is: 'remove', who: 'maria' }],
      { person: 'devon', because: 'layer', also: [] },
    ],
    [
      'both away: the fallback',
      [
        { is: 'remove', who: 'maria' },
        { is: 'remove', who: 'devon' },
      ],
      { person: 'boss', because: 'fallback', also: [] },
    ],
    [
      'all away: somebody must be',
      [
        { is: 'remove', who: 'maria' },
        { is: 'remove', who: 'devon' },
        { is: 'remove', who: 'boss' },
      ],
      { person: 'boss', because: 'fallback', also: [] },
    ],
    [
      'who stands in is away',
      [
        { is: 'replace', with: 'ines' },
        { is: 'remove', who: 'ines' },
      ],
      { person: 'maria', because: 'layer', also: [] },
    ],
    [
      'a swap is a swap',
      [
        { is: 'replace', who: 'maria', with: 'devon' },
        { is: 'replace', who: 'devon', with: 'maria' },
      ],
      { person: 'devon', because: 'override', also: [] },
    ],
    [
      'the later one wins',
      [
        { is: 'replace', with: 'ines' },
        { is: 'replace', with: 'sam' },
      ],
      { person: 'sam', because: 'override', also: [] },
    ],
  ])('%s', (_what, changes, expected) => {
    expect(whoIsOnCall(during(...changes), at('2026-11-24T10:00'))).toEqual(expected);
    expect(whoIsOnCall(during(...changes), at('2026-11-24T17:00')).person).toBe('maria');
  });
});

test('who stands in is stood in for', () => {
  const span = (from: string, to: string) => ({
    from: Temporal.PlainDateTime.from(from),
    to: Temporal.PlainDateTime.from(to),
  });
  const of = schedule([], {
    layers: [layer(['maria'])],
    overrides: [
      {
        ...span('2026-12-24T09:00', '2026-12-27T09:00'),
        change: { is: 'replace', who: 'maria', with: 'devon' },
      },
      {
        ...span('2026-12-25T00:00', '2026-12-26T00:00'),
        change: { is: 'replace', who: 'devon', with: 'lee' },
      },
    ],
  });
  expect(['2026-12-24T10:00', '2026-12-25T10:00', '2026-12-26T10:00'].map((local) => who(of, local))).toEqual(
    ['devon', 'lee', 'devon'],
  );
});

describe('opening hours', () => {
  test.each([
    ['open now', '2026-11-24T09:00', '2026-11-24T09:00'],
    ['at lunch', '2026-11-24T12:10', '2026-11-24T13:00'],
    ['on Friday evening', '2026-11-27T18:00', '2026-11-30T08:00'],
    ['before a holiday at the end of a week', '2026-12-24T17:00', '2026-12-28T08:00'],
  ])('%s', (_what, now, opens) => {
    expect(opensAt(office, at(now))).toEqual(at(opens));
    expect(isOpenAt(office, at(opens))).toBe(true);
  });

  test('one that never opens says so', () => {
    expect(opensAt({ ...office, isHoliday: () => true }, at('2026-11-24T09:00'))).toBeUndefined();
  });
});
