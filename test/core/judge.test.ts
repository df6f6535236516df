import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { consecutiveFailures, neverProbed, type Health } from '../../src/core/health.ts';
import { judge } from '../../src/core/judge.ts';

type Verdict = 'good' | 'failed' | 'unknown';

const NAMES: Record<string, Verdict> = { g: 'good', f: 'failed', '?': 'unknown' };

/** Health names after each of the verdicts, written as a word of g, f and ?. */
function play(
  word: string,
  failures: number,
  recoveries: number,
): { healths: string[]; whys: string[]; last: Health } {
  let health: Health = neverProbed(0);
  const healths: string[] = [];
  const whys: string[] = [];
  for (const [index, letter] of [...word].entries()) {
    const judged = judge(health, NAMES[letter]!, { failures, recoveries }, index + 1);
    health = judged.health;
    healths.push(health.is);
    whys.push(judged.transition?.why ?? '-');
  }
  return { healths, whys, last: health };
}

describe('judge', () => {
  test.each([
    ['f', 1, 1, 'down'],
    ['fg', 1, 1, 'down up'],
    ['gff', 3, 2, 'up suspect suspect'],
    ['gfff', 3, 2, 'up suspect suspect down'],
    ['gffg', 3, 2, 'up suspect suspect up'],
    ['gfffgg', 3, 2, 'up suspect suspect down recovering up'],
    ['gfffgfgg', 3, 2, 'up suspect suspect down recovering down recovering up'],
    ['gff?f', 3, 2, 'up suspect suspect unknown down'],
    ['gfff?g?g', 3, 2, 'up suspect suspect down unknown recovering unknown up'],
    ['??g', 3, 2, 'unknown unknown up'],
    ['gfffff', 5, 2, 'up suspect suspect suspect suspect down'],
  ])('%s with %i failures and %i recoveries leads to %s', (word, failures, recoveries, expected) => {
    expect(play(word, failures, recoveries).healths.join(' ')).toBe(expected);
  });

  test('names why it moved', () => {
    expect(play('gfffgfgg', 3, 2).whys).toEqual([
      'first-good',
      'first-failure',
      '-',
      'threshold-reached',
      'recovery-began',
      'relapsed',
      'recovery-began',
      'recovered',
    ]);
  });

  test('an outage is dated from the first failed probe, through relapses', () => {
    const { last } = play('gfffgf', 3, 2);
    expect(last).toMatchObject({ is: 'down', firstFailureAt: 2 });
    expect(consecutiveFailures(last)).toBe(1);
  });

  test('agrees with a reference that reads the whole history each time', () => {
    const verdicts = fc.array(fc.constantFrom('g', 'f', '?'), { maxLength: 60 });
    fc.assert(
      fc.property(
        verdicts,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 4 }),
        (letters, failures, recoveries) => {
          const { healths } = play(letters.join(''), failures, recoveries);
          healths.forEach((health, index) => {
            expect(health).toBe(reference(letters.slice(0, index + 1), failures, recoveries));
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** Health from the history alone: counts runs from the end of what was seen. */
function reference(letters: string[], failures: number, recoveries: number): string {
  if (letters.at(-1) === '?') return 'unknown';
  const seen = letters.filter((letter) => letter !== '?').join('');
  if (seen === '') return 'unknown';
  // Down begins where a run of failures reaches the threshold, and ends where a run of good ones does.
  let down = false;
  let run = 0;
  for (let index = 0; index < seen.length; index++) {
    run = index > 0 && seen[index] === seen[index - 1] ? run + 1 : 1;
    if (!down && seen[index] === 'f' && run >= failures) down = true;
    else if (down && seen[index] === 'g' && run >= recoveries) down = false;
  }
  if (down) return seen.endsWith('g') ? 'recovering' : 'down';
  return seen.endsWith('f') ? 'suspect' : 'up';
}
