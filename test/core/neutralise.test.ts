import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { neutralise, neutraliseLine } from '../../src/core/neutralise.ts';

describe('neutralise', () => {
  test.each([
    ['plain text\nwith lines\tand tabs', 'plain text\nwith lines\tand tabs'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;new title\u0007done', 'done'],
    ['\u001b]8;;http://evil\u001b\\click', 'click'],
    ['a\u0000b', 'a\ufffdb'],
    ['one\r\ntwo\rthree', 'one\ntwo\nthree'],
    ['safe\u202egnp.exe', 'safe\ufffdgnp.exe'],
    ['zero\u200bwidth', 'zero\ufffdwidth'],
    ['half \ud83d pair', 'half \ufffd pair'],
    ['whole 😀 pair', 'whole 😀 pair'],
  ])('%j becomes %j', (hostile, harmless) => {
    expect(neutralise(hostile, 100)).toBe(harmless);
  });

  test('is within its limit, harmless, and the same when done again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.integer({ min: 1, max: 200 }),
        (text, limit) => {
          const clean = neutralise(text, limit);
          expect(clean.length).toBeLessThanOrEqual(limit);
          expect(clean).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
          expect(neutralise(clean, limit)).toBe(clean);
          const line = neutraliseLine(text, limit);
          expect(line.length).toBeLessThanOrEqual(limit);
          expect(line).not.toMatch(/[\n\t]/);
        },
      ),
    );
  });

  test('costs little however large the text', () => {
    const huge = `\u001b]${'x'.repeat(10_000_000)}`;
    expect(neutraliseLine(huge, 80).length).toBeLessThanOrEqual(80);
  });
});
