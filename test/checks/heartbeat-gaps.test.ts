import { expect, test } from 'vitest';
import type { Beat, ProbeContext } from '../../src/core/check-type.ts';
import { gapBetween, withGap, type ListeningGap } from '../../src/core/listening.ts';
import { prepare } from '../support/probe-once.ts';

const HOUR = 3_600_000;
const DAILY = '{ type: heartbeat, token: "12345678", every: 1d, grace: 2h }';
const NIGHTLY = '{ type: heartbeat, token: "12345678", every: "0 2 * * *", timezone: UTC, grace: 1h }';

/** Hours since the midnight before the first day. */
const hours = (at: number): number => Date.parse('2026-07-01T00:00:00Z') + at * HOUR;
const gap = (from: number, to: number): ListeningGap => ({ from: hours(from), to: hours(to) });

async function verdict(
  yaml: string,
  now: number,
  { beat, since = 0, gaps = [] }: { beat?: number; since?: number; gaps?: ListeningGap[] },
): Promise<string> {
  const last: Beat | undefined =
    beat === undefined ? undefined : { at: hours(beat), status: 'ok', message: '' };
  const finding = await prepare(yaml).probe({
    now: () => hours(now),
    watchedSince: hours(since),
    lastBeat: () => last,
    listeningGaps: () => gaps,
  } as unknown as ProbeContext);
  return finding.verdict;
}

test.each<[why: string, now: number, facts: Parameters<typeof verdict>[2], wanted: string]>([
  ['silent for a day', 27, { beat: 0 }, 'failed'],
  ['within the grace', 25, { beat: 0 }, 'good'],
  ['a restart just before it was due', 27, { beat: 0, gaps: [gap(25.9, 26)] }, 'unknown'],
  ['and nothing came for another day', 53, { beat: 0, gaps: [gap(25.9, 26)] }, 'failed'],
  [
    'many restarts do not excuse it again and again',
    53,
    { beat: 0, gaps: [gap(25.9, 26), gap(50, 51)] },
    'failed',
  ],
  ['a restart after it was silent already', 40, { beat: 0, gaps: [gap(30, 31)] }, 'failed'],
  ['a restart before its last report', 27, { beat: 0, gaps: [gap(-5, -4)] }, 'failed'],
  ['three days away, then heard', 100, { beat: 99, gaps: [gap(1, 73)] }, 'good'],
  ['three days away, still within a day of that', 74, { beat: 0, gaps: [gap(1, 73)] }, 'unknown'],
  ['three days away, and a day of silence', 100, { beat: 0, gaps: [gap(1, 73)] }, 'failed'],
  [
    'never heard, over many restarts',
    60,
    { since: 0, gaps: [gap(10, 11), gap(30, 31), gap(50, 51)] },
    'failed',
  ],
  ['never heard, just listened for', 5, { since: 0 }, 'unknown'],
])('every day: %s', async (_why, now, facts, wanted) => {
  expect(await verdict(DAILY, now, facts)).toBe(wanted);
});

test.each<[why: string, now: number, facts: Parameters<typeof verdict>[2], wanted: string]>([
  ['reported', 28, { beat: 26.5 }, 'good'],
  ['silent', 28, { beat: 2.1 }, 'failed'],
  ['away when it was due', 28, { beat: 2.1, gaps: [gap(25.9, 26.1)] }, 'unknown'],
  ['away within the grace', 28, { beat: 2.1, gaps: [gap(26.9, 27.5)] }, 'unknown'],
  ['a restart in the afternoon does not end an outage', 40, { beat: 2.1, gaps: [gap(38, 38.1)] }, 'failed'],
  ['away the night before only', 52, { beat: 2.1, gaps: [gap(25.9, 26.1)] }, 'failed'],
  ['listened for since noon', 40, { since: 36 }, 'unknown'],
  ['never heard', 52, { since: 36 }, 'failed'],
])('at two in the night: %s', async (_why, now, facts, wanted) => {
  expect(await verdict(NIGHTLY, now, facts)).toBe(wanted);
});

test('gaps that touch are one, and only the latest are kept', () => {
  let gaps: readonly ListeningGap[] = [];
  gaps = withGap(gaps, { from: 10, to: 20 });
  gaps = withGap(gaps, { from: 15, to: 30 });
  gaps = withGap(gaps, { from: 40, to: 50 });
  gaps = withGap(gaps, { from: 60, to: 55 });
  expect(gaps).toEqual([
    { from: 10, to: 30 },
    { from: 40, to: 50 },
  ]);
  expect(withGap(gaps, { from: 30, to: 40 })).toEqual([{ from: 10, to: 50 }]);
  expect([gapBetween(gaps, 30, 39), gapBetween(gaps, 0, 10), gapBetween(gaps, 29, 60)]).toEqual([
    undefined,
    { from: 10, to: 30 },
    { from: 10, to: 30 },
  ]);
  for (let at = 100; at < 1_000; at += 10) gaps = withGap(gaps, { from: at, to: at + 1 });
  expect([gaps.length, gaps.at(-1)]).toEqual([50, { from: 990, to: 991 }]);
});
