import { expect, test } from 'vitest';
import { prepare } from '../support/probe-once.ts';
import type { Beat, ProbeContext } from '../../src/core/check-type.ts';

/** What a check says at that time, of that report. */
async function at(
  yaml: string,
  now: string,
  beat: string | undefined,
  watchedSince = '2026-01-01T00:00:00Z',
) {
  const last: Beat | undefined =
    beat === undefined ? undefined : { at: Date.parse(beat), status: 'ok', message: '' };
  const finding = await prepare(yaml).probe({
    now: () => Date.parse(now),
    watchedSince: Date.parse(watchedSince),
    lastBeat: () => last,
    listeningGaps: () => [],
  } as unknown as ProbeContext);
  return finding.verdict === 'good' ? 'good' : finding.reason;
}

const NIGHTLY =
  '{ type: heartbeat, token: "12345678", every: "0 2 * * *", timezone: America/Toronto, grace: 1h }';

// 02:00 in Toronto is 06:00 UTC in summer and 07:00 UTC in winter.
test.each<[string, string | undefined, string, string]>([
  ['2026-07-10T06:59:00Z', '2026-07-09T06:05:00Z', 'good', 'within the grace'],
  ['2026-07-10T07:01:00Z', '2026-07-09T06:05:00Z', 'silent', 'past the grace'],
  ['2026-07-10T07:01:00Z', '2026-07-10T06:30:00Z', 'good', 'reported'],
  ['2026-12-10T07:30:00Z', '2026-12-09T07:05:00Z', 'good', 'winter, within the grace'],
  ['2026-12-10T08:01:00Z', '2026-12-09T07:05:00Z', 'silent', 'winter, past the grace'],
  ['2026-07-10T07:01:00Z', undefined, 'silent', 'never reported'],
])('a report due by cron: at %s after %s it is %s (%s)', async (now, beat, wanted, _why) => {
  expect(await at(NIGHTLY, now, beat)).toBe(wanted);
});

test('a monitor that was started after the report was due does not hold it against the target', async () => {
  expect(await at(NIGHTLY, '2026-07-10T09:00:00Z', undefined, '2026-07-10T08:00:00Z')).not.toBe('silent');
});

test.each(['61 2 * * *', '* * * *', 'daily', '0 2 * * * *', '0 0 31 2 *'])('"%s" is refused', (every) => {
  expect(() => prepare(`{ type: heartbeat, token: "12345678", every: "${every}" }`)).toThrow(/cron|duration/);
});
