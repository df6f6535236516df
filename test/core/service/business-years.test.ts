import { expect, test } from 'vitest';
import type { Calendar, WeeklyHours } from '../../../src/core/hours.ts';
import { deadline, elapsed, type Stretch } from '../../../src/core/service/business-time.ts';

/*
 * Ten years in every zone, minute by minute: the wall clock of the zone (as Intl says it) decides of every minute
 * whether it is open, and a running sum is compared with what is worked out. `npm run torture` walks every minute of
 * all zones; `npm test` every minute of the strangest ones, and the days around every change of clocks of the others.
 */
const isLong = process.env['TORTURE'] === 'long';
const STRANGE = new Set(['America/Toronto', 'Australia/Lord_Howe', 'Africa/Casablanca', 'America/Santiago', 'Asia/Kolkata', 'Pacific/Kiritimati']); // prettier-ignore

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const FROM = Date.UTC(2026, 0, 1);
const TO = Date.UTC(2036, 0, 1);

const weekly = (days: number[], from: string, to: string): WeeklyHours => ({
  days,
  from: Temporal.PlainTime.from(from),
  to: Temporal.PlainTime.from(to),
});
/** Split office hours, a night that runs into Saturday, all of Sunday. */
const HOURS = [
  weekly([1, 2, 3, 4, 5], '08:00', '12:00'),
  weekly([1, 2, 3, 4, 5], '13:00', '16:30'),
  weekly([5], '22:00', '04:00'),
  weekly([7], '00:00', '00:00'),
];
const isHoliday = (month: number, day: number) =>
  (month === 1 && day === 1) || (month === 12 && day >= 25 && day <= 26);

/** The same, read off a wall clock. Days run from 1, Monday, to 7. */
function isOpenOnWall(
  date: { month: number; day: number; weekday: number },
  before: boolean,
  minute: number,
): boolean {
  const { month, day, weekday } = date;
  const onHoliday = isHoliday(month, day);
  if (weekday === 6 && minute < 240) return !before;
  if (onHoliday) return false;
  if (weekday === 7) return true;
  if (weekday === 6) return false;
  if ((minute >= 480 && minute < 720) || (minute >= 780 && minute < 990)) return true;
  return weekday === 5 && minute >= 1_320;
}

/** Minutes by which the wall clock is ahead of UTC. */
function offsets(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'longOffset' });
  return (at) => {
    const text = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')!.value;
    const [, sign, ahead, minutes = '0'] = /GMT(?:([+-])(\d+):?(\d+)?)?/.exec(text)!;
    return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(ahead) * 60 + Number(minutes));
  };
}

/** Stretches of one offset. */
function stretches(offset: (at: number) => number): { from: number; to: number; ahead: number }[] {
  const found: { from: number; to: number; ahead: number }[] = [];
  let from = FROM;
  let ahead = offset(FROM);
  for (let day = FROM; day < TO; day += DAY) {
    if (offset(day + DAY) === ahead) continue;
    let [low, high] = [day, day + DAY];
    while (high - low > MINUTE) {
      const middle = low + Math.floor((high - low) / (2 * MINUTE)) * MINUTE;
      if (offset(middle) === ahead) low = middle;
      else high = middle;
    }
    found.push({ from, to: high, ahead });
    [from, ahead] = [high, offset(high)];
  }
  return [...found, { from, to: TO, ahead }];
}

const openCache = new Map<number, Uint8Array>();
/** For each minute of a local day whether it is open; days are counted from 1970. */
function wallDay(day: number): Uint8Array {
  let minutes = openCache.get(day);
  if (!minutes) {
    const date = new Date(day * DAY);
    const before = new Date((day - 1) * DAY);
    const [month, number] = [date.getUTCMonth() + 1, date.getUTCDate()];
    const weekday = ((date.getUTCDay() + 6) % 7) + 1;
    const wasHoliday = isHoliday(before.getUTCMonth() + 1, before.getUTCDate());
    minutes = Uint8Array.from({ length: 1_440 }, (_, minute) =>
      isOpenOnWall({ month, day: number, weekday }, wasHoliday, minute) ? 1 : 0,
    );
    openCache.set(day, minutes);
  }
  return minutes;
}

test.each(Intl.supportedValuesOf('timeZone'))('%s', { timeout: 120_000 }, (timeZone) => {
  const calendar: Calendar = {
    name: 'x',
    timeZone,
    hours: HOURS,
    isHoliday: ({ month, day }) => isHoliday(month, day),
  };
  const hours = { is: 'calendar', calendar } as const;
  const spans = stretches(offsets(timeZone));
  const isWhole = isLong || STRANGE.has(timeZone);
  const windows = isWhole
    ? [{ from: FROM + DAY, to: TO - 30 * DAY }]
    : spans.slice(1).map(({ from }) => ({ from: from - 2 * DAY, to: Math.min(TO, from + 2 * DAY) }));
  for (const window of windows) {
    // A pause that begins at night and ends at noon, in every window.
    const pause: Stretch = { from: window.from + 26 * HOUR + 7 * MINUTE, to: window.from + 37 * HOUR };
    let sum = 0;
    let counted = 0;
    let compared = window.from;
    for (const span of spans) {
      const end = Math.min(span.to, window.to);
      for (let at = Math.max(span.from, window.from); at < end; at += MINUTE) {
        const local = at + span.ahead * MINUTE;
        const day = Math.floor(local / DAY);
        const isOpen = wallDay(day)[(local - day * DAY) / MINUTE];
        if (isOpen && (at < pause.from || at >= pause.to!)) counted++;
        if (at - compared === 97 * MINUTE || at === end - MINUTE) {
          const here = at + MINUTE;
          sum += elapsed(compared, here, hours, [pause]);
          if (sum !== counted * MINUTE)
            expect({ at: new Date(here).toISOString(), sum }).toEqual({ sum: counted * MINUTE });
          compared = here;
        }
      }
    }
    const whole = elapsed(window.from, window.to, hours, [pause]);
    expect(whole).toBe(counted * MINUTE);
    const found = deadline(window.from, whole, hours, [pause])!;
    expect(found).toBeLessThanOrEqual(window.to);
    expect(elapsed(window.from, found, hours, [pause])).toBe(whole);
  }
});
