import { describe, expect, test } from 'vitest';
import { onCallSpans, whoIsOnCall, type OnCallSchedule } from '../../src/core/on-call.ts';

const weekly: OnCallSchedule = {
  name: 'operations-manager',
  timeZone: 'America/Toronto',
  layers: [
    {
      rotation: ['maria', 'devon'],
      start: Temporal.PlainDateTime.from('2026-11-02T09:00'),
      every: Temporal.Duration.from({ weeks: 1 }),
    },
  ],
  overrides: [
    {
      from: Temporal.PlainDateTime.from('2026-12-24T09:00'),
      to: Temporal.PlainDateTime.from('2026-12-27T09:00'),
      change: { is: 'replace', who: 'maria', with: 'devon' },
    },
  ],
  fallback: 'maria',
};

const at = (local: string, timeZone = weekly.timeZone) =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).toInstant();

describe('who is on call', () => {
  test.each([
    ['2026-11-02T08:59', 'maria', 'fallback'],
    ['2026-11-02T09:00', 'maria', 'layer'],
    ['2026-11-09T08:59', 'maria', 'layer'],
    ['2026-11-09T09:00', 'devon', 'layer'],
    ['2026-12-24T08:59', 'devon', 'layer'],
    ['2026-12-28T09:00', 'maria', 'layer'],
  ])('at %s is %s, by %s', (local, person, because) => {
    expect(whoIsOnCall(weekly, at(local))).toEqual({ person, because, also: [] });
  });

  test('an override replaces only the person it names', () => {
    const other = {
      ...weekly,
      overrides: [
        { ...weekly.overrides[0]!, change: { is: 'replace' as const, who: 'devon', with: 'maria' } },
      ],
    };
    expect(whoIsOnCall(other, at('2026-12-24T09:00'))).toEqual({
      person: 'maria',
      because: 'override',
      also: [],
    });
    expect(whoIsOnCall(weekly, at('2026-12-24T09:00'))).toEqual({
      person: 'devon',
      because: 'layer',
      also: [],
    });
  });

  test('a later layer wins where it applies', () => {
    const later = {
      rotation: ['sam'],
      start: Temporal.PlainDateTime.from('2027-01-01T00:00'),
      every: Temporal.Duration.from({ days: 1 }),
    };
    const layered = { ...weekly, layers: [...weekly.layers, later] };
    expect(whoIsOnCall(layered, at('2026-12-31T23:59')).person).not.toBe('sam');
    expect(whoIsOnCall(layered, at('2027-01-01T00:00')).person).toBe('sam');
  });

  test('a handoff at 09:00 stays at 09:00 across both changes of clocks', () => {
    for (const monday of ['2027-03-08', '2027-03-15', '2027-10-25', '2027-11-01', '2027-11-08']) {
      const before = whoIsOnCall(weekly, at(`${monday}T08:59:59`)).person;
      expect(whoIsOnCall(weekly, at(`${monday}T09:00`)).person).not.toBe(before);
    }
  });

  test.each([
    ['America/Toronto', { weeks: 1 }],
    ['Australia/Lord_Howe', { days: 1 }],
    ['America/St_Johns', { hours: 12 }],
    ['Europe/Dublin', { months: 1 }],
    ['Pacific/Apia', { days: 3 }],
  ])('agrees with counting handoffs one by one over two years in %s', (timeZone, every) => {
    const start = Temporal.PlainDateTime.from('2025-01-31T02:30');
    const schedule: OnCallSchedule = {
      ...weekly,
      timeZone,
      overrides: [],
      layers: [{ rotation: ['a', 'b', 'c'], start, every: Temporal.Duration.from(every) }],
    };
    const handoffs: number[] = [];
    for (let turn = 0; turn < 1_600; turn++) {
      const amount = Object.fromEntries(Object.entries(every).map(([unit, count]) => [unit, count * turn]));
      handoffs.push(start.add(amount).toZonedDateTime(timeZone).epochMilliseconds);
    }
    const from = handoffs[0]!;
    for (let minute = 0; minute < 2 * 365 * 1_440; minute += 61) {
      const moment = from + minute * 60_000;
      let turn = 0;
      while (turn + 1 < handoffs.length && handoffs[turn + 1]! <= moment) turn++;
      if (turn === handoffs.length - 1) break;
      const { person } = whoIsOnCall(schedule, Temporal.Instant.fromEpochMilliseconds(moment));
      if (person !== 'abc'[turn % 3])
        expect.fail(`${new Date(moment).toISOString()}: ${person}, expected ${'abc'[turn % 3]}`);
    }
  });

  test('spans are unbroken, and each is what a look at its middle says', () => {
    const from = at('2026-10-30T00:00');
    const to = at('2027-02-01T00:00');
    const spans = onCallSpans(weekly, from, to);
    expect(spans[0]!.from.equals(from)).toBe(true);
    expect(spans.at(-1)!.to.equals(to)).toBe(true);
    for (const [index, span] of spans.entries()) {
      if (index > 0) expect(span.from.equals(spans[index - 1]!.to)).toBe(true);
      const middle = span.from.add({
        nanoseconds: Math.floor(Number(span.to.epochNanoseconds - span.from.epochNanoseconds) / 2),
      });
      expect(whoIsOnCall(weekly, middle)).toEqual({
        person: span.person,
        because: span.because,
        also: span.also,
      });
    }
    expect(spans.length).toBeGreaterThan(12);
  });
});
