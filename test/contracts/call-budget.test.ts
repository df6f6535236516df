import { describe, expect, test } from 'vitest';
import { CallBudget } from '../../src/helpdesks/shared/call-budget.ts';

function budgetOf(perMinute: number) {
  let now = 1_000_000;
  const budget = new CallBudget(perMinute, () => now);
  return { budget, pass: (ms: number) => (now += ms) };
}

const takeUntilFull = (budget: CallBudget, use: Parameters<CallBudget['take']>[0]): number => {
  for (let taken = 0; ; taken++) if (budget.take(use) > 0) return taken;
};

describe('a budget of calls', () => {
  test('questions leave room for notes, those for tickets, those for urgent ones', () => {
    const { budget } = budgetOf(100);
    expect(takeUntilFull(budget, 'look')).toBe(60);
    expect(takeUntilFull(budget, 'change')).toBe(25);
    expect(takeUntilFull(budget, 'create')).toBe(10);
    expect(takeUntilFull(budget, 'urgent')).toBe(5);
    expect(budget.take('urgent')).toBeGreaterThan(0);
  });

  test('who has to wait is told until when, and gets through then', () => {
    const { budget, pass } = budgetOf(10);
    takeUntilFull(budget, 'urgent');
    pass(20_000);
    const wait = budget.take('urgent');
    expect(wait).toBe(40_000);
    pass(wait);
    expect(budget.take('urgent')).toBe(0);
  });

  test.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:16:50 GMT' }, 10_000],
    [{ 'retry-after': '86400' }, 300_000],
    [{ 'ratelimit-reset': '31' }, 31_000],
    [{ 'x-ratelimit-reset': '1970-01-01T00:17:00Z' }, 20_000],
    [{}, 30_000],
    [{ 'retry-after': 'soon' }, 30_000],
    [{ 'retry-after': '-5' }, 0],
  ])('a 429 with %o is waited for, within bounds: %i ms', (headers, wait) => {
    const { budget, pass } = budgetOf(100);
    expect(budget.heed(429, headers)).toBe(wait);
    expect(budget.take('urgent')).toBe(wait);
    pass(wait);
    expect(budget.take('urgent')).toBe(0);
  });

  test('what the helpdesk has left is kept for tickets', () => {
    const { budget, pass } = budgetOf(100);
    budget.heed(200, { 'x-ratelimit-total': '200', 'x-ratelimit-remaining': '19' });
    expect(budget.take('look')).toBe(60_000);
    expect(budget.take('change')).toBe(0);
    pass(60_000);
    expect(budget.take('look')).toBe(0);
  });

  test('a clock that is set back holds nothing up for longer than the bound', () => {
    const { budget, pass } = budgetOf(5);
    takeUntilFull(budget, 'urgent');
    budget.heed(429, { 'retry-after': '60' });
    pass(-86_400_000);
    expect(budget.take('urgent')).toBeLessThanOrEqual(300_000);
  });
});
