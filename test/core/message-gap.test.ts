import { expect, test } from 'vitest';
import { messageGapMs } from '../../src/core/message-gap.ts';

test('in the first five seconds of a storm nobody waits for a second, and after a minute it is quiet', () => {
  const gaps = Array.from({ length: 40 }, (_, sent) => messageGapMs(sent));
  let at = 0;
  for (const gap of gaps) {
    if (at < 5_000) expect(gap).toBeLessThan(1_000);
    at += gap;
  }
  expect(gaps.slice(10).every((gap) => gap === 30_000)).toBe(true);
});
