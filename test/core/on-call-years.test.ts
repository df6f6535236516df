import { expect, test } from 'vitest';
import { whoIsOnCall, type OnCallSchedule } from '../../src/core/on-call.ts';

/*
 * The resolver against a brute force that walks minute by minute and reads the wall clock of the zone from Intl
 * alone: over ten years of changes of clocks, around every change, for handoffs inside gaps and repeated hours.
 * `npm run torture` walks all zones; `npm test` those with the strangest rules.
 */
const isLong = process.env['TORTURE'] === 'long';
const ZONES = isLong
  ? Intl.supportedValuesOf('timeZone')
  : ['America/Toronto', 'Europe/Dublin', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Asia/Gaza', 'Antarctica/Troll', 'America/Santiago', 'Asia/Kolkata']; // prettier-ignore

const HOUR = 3_600_000;
const FROM = Date.UTC(2026, 0, 1);
const TO = Date.UTC(2036, 0, 1);
const PEOPLE = ['maria', 'devon', 'ines'];

/** Minutes by which the zone's wall clock is ahead of UTC, as Intl says it. */
function offsets(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'longOffset' });
  return (at) => {
    const text = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')!.value;
    const [, sign, hours, minutes = '0'] = /GMT(?:([+-])(\d+):?(\d+)?)?/.exec(text)!;
    return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
}

/** Every minute at which the clocks change, by halving. */
function changes(offset: (at: number) => number): number[] {
  const found: number[] = [];
  for (let day = FROM; day < TO; day += 24 * HOUR) {
    let [low, high] = [day, day + 24 * HOUR];
    if (offset(low) === offset(high)) continue;
    while (high - low > 60_000) {
      const middle = low + Math.floor((high - low) / 120_000) * 60_000;
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
}

test.each(ZONES)('%s', { timeout: 120_000 }, (timeZone) => {
  const offset = offsets(timeZone);
  for (const [start, everyHours] of [
    ['2026-01-01T02:30', 24],
    ['2026-01-01T00:15', 12],
  ] as const) {
    const schedule: OnCallSchedule = {
      name: 'x',
      timeZone,
      layers: [
        {
          rotation: PEOPLE,
          start: Temporal.PlainDateTime.from(start),
          every: Temporal.Duration.from({ hours: everyHours }),
        },
      ],
      overrides: [],
      fallback: 'nobody',
    };
    // Local minutes since the epoch, as a wall clock without any zone counts them.
    const startWall = Date.parse(`${start}Z`) / 60_000;
    for (const change of changes(offset)) {
      const before = offset(change - 60_000);
      const gap = Math.max(0, offset(change) - before);
      const span = isLong ? 26 * HOUR : 4 * HOUR;
      // A turn has begun when the wall clock has shown its time; one that falls into a gap begins as if the clocks
      // had not been changed yet.
      const changedWall = change / 60_000 + before;
      let turn = Math.floor((changedWall - span / 60_000 - startWall) / (everyHours * 60)) - 1;
      for (let at = change - span; at < change + span; at += 60_000) {
        const wall = at / 60_000 + offset(at);
        for (;;) {
          const due = startWall + (turn + 1) * everyHours * 60;
          const inGap = due >= changedWall && due < changedWall + gap;
          const reads = inGap && at >= change ? at / 60_000 + before : wall;
          if (reads < due) break;
          turn++;
        }
        const person = PEOPLE[((turn % 3) + 3) % 3];
        const found = whoIsOnCall(schedule, Temporal.Instant.fromEpochMilliseconds(at)).person;
        if (found !== person) {
          expect.fail(
            `${new Date(at).toISOString()}: ${found}, expected ${person} (turn ${turn} of ${start})`,
          );
        }
      }
    }
  }
});
