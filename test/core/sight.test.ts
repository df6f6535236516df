import { describe, expect, test } from 'vitest';
import { doubtOf, isDecided, sightOf, type AnchorFinding } from '../../src/core/sight.ts';

const NUMBERS = ['tcp://1.1.1.1:53', 'tcp://[2606:4700::1111]:53', 'tcp://8.8.8.8:53'];
const NAMES = ['tcp://one.example:443', 'tcp://two.example:443'];
/** `s`een, `u`nseen, `n`ot resolved; three by number first, then two by name. */
const findings = (marks: string): AnchorFinding[] =>
  [...marks].map((mark, index) => ({
    anchor: [...NUMBERS, ...NAMES][index]!,
    is: mark === 's' ? 'seen' : mark === 'u' ? 'unseen' : 'not-resolved',
  }));

describe('what the anchors say', () => {
  test.each([
    ['sssss', 'sees', 'works'],
    ['ussss', 'sees', 'works'],
    ['uusss', 'sees', 'works'],
    ['uuuss', 'blind', 'not-known'],
    ['uuunn', 'blind', 'not-known'],
    ['sssnn', 'sees', 'broken'],
    ['sssns', 'sees', 'works'],
    ['suunn', 'blind', 'not-known'],
    ['ssunn', 'sees', 'broken'],
    ['sss', 'sees', 'not-known'],
    ['ssu', 'sees', 'not-known'],
    ['suu', 'blind', 'not-known'],
  ])('%s: %s, resolver %s', (marks, network, resolver) => {
    expect(sightOf(findings(marks))).toMatchObject({ network, resolver });
  });

  test('names alone that do not resolve are blindness: nothing could be asked', () => {
    const all = NAMES.map((anchor) => ({ anchor, is: 'not-resolved' as const }));
    expect(sightOf(all)).toMatchObject({ network: 'blind' });
  });

  test('half of the numbers seen decides, but names are waited for', () => {
    expect(isDecided(findings('ss'), NUMBERS)).toBe(true);
    expect(isDecided(findings('su'), NUMBERS)).toBe(false);
    expect(isDecided(findings('sss'), [...NUMBERS, ...NAMES])).toBe(false);
    expect(isDecided(findings('sssss'), [...NUMBERS, ...NAMES])).toBe(true);
  });
});

describe('a failed probe is doubted', () => {
  const never = { blindAt: -Infinity, resolverBrokenAt: -Infinity };
  const failed = (reason: string) => ({ verdict: 'failed' as const, reason });

  test('when the monitor was blind at any time since it began', () => {
    expect(doubtOf(failed('timeout'), 100, { ...never, blindAt: 100 })).toContain('no network');
    expect(doubtOf(failed('timeout'), 101, { ...never, blindAt: 100 })).toBeUndefined();
  });

  test('by name only, when the resolver was broken', () => {
    const broken = { ...never, resolverBrokenAt: 200 };
    expect(doubtOf(failed('dns-error'), 100, broken)).toContain('resolver');
    expect(doubtOf(failed('dns-nxdomain'), 100, broken)).toContain('resolver');
    expect(doubtOf(failed('refused'), 100, broken)).toBeUndefined();
  });

  test('and a good one never', () => {
    expect(doubtOf({ verdict: 'good' }, 0, { blindAt: 10, resolverBrokenAt: 10 })).toBeUndefined();
  });
});
