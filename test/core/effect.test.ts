import { describe, expect, test } from 'vitest';
import {
  afterCrash,
  claim,
  hurry,
  isSettled,
  MAX_ATTEMPTS,
  settle,
  type Effect,
  type Outcome,
} from '../../src/core/effect.ts';

const page: Effect = {
  id: 'I:page:1',
  incident: 'I',
  kind: 'page',
  n: 1,
  lane: 'sms/I',
  createdAt: 1_000,
  attempts: 0,
  state: { is: 'pending', dueAt: 1_250 },
  content: {
    is: 'message',
    to: { is: 'person', name: 'maria' },
    via: 'sms',
    code: 'K7Q2M9',
    occasion: { is: 'outage' },
  },
};

describe('an effect', () => {
  const sending = claim(page, 2_000, 30_000);

  test('is claimed with a lease and a count', () => {
    expect(sending).toMatchObject({
      attempts: 1,
      state: { is: 'sending', since: 2_000, leaseUntil: 32_000 },
    });
  });

  test.each<[Outcome<string>, string]>([
    [{ is: 'done', value: 'SM1' }, 'accepted'],
    [{ is: 'permanent', why: 'no' }, 'dead'],
    [{ is: 'temporary', why: 'busy' }, 'retrying'],
    [{ is: 'ambiguous', why: 'lost' }, 'ambiguous'],
  ])('%j makes it %s', (outcome, state) => {
    expect(settle(sending, outcome, 3_000, 0.5).state.is).toBe(state);
  });

  test('waits longer from try to try, never over a minute unless it is told to, and not for ever', () => {
    let effect = page;
    const waits: number[] = [];
    for (let now = 0; !isSettled(effect); now += 1_000_000) {
      effect = settle(claim(effect, now, 1), { is: 'temporary', why: 'busy' }, now, 0.5);
      if (effect.state.is === 'retrying') waits.push(effect.state.dueAt - now);
    }
    expect(waits.slice(0, 8)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    // An uplink that is gone for hours must not lose a page.
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(4 * 3_600_000);
    expect(effect).toMatchObject({ attempts: MAX_ATTEMPTS.page, state: { is: 'dead' } });
    const told = settle(claim(page, 0, 1), { is: 'temporary', why: 'busy', retryAfterMs: 90_000 }, 0, 0.5);
    expect(told.state).toMatchObject({ dueAt: 90_000 });
    const absurd = settle(claim(page, 0, 1), { is: 'temporary', why: 'busy', retryAfterMs: 1e12 }, 0, 0.5);
    expect(absurd.state).toMatchObject({ dueAt: 300_000 });
  });

  test('is ambiguous after a crash only when it was being sent', () => {
    expect(afterCrash(sending, 9_000).state).toMatchObject({ is: 'ambiguous', dueAt: 9_000, since: 2_000 });
    expect(afterCrash(page, 9_000)).toBe(page);
  });

  test('can be hurried while it waits', () => {
    expect(hurry(page, 1_100).state).toEqual({ is: 'pending', dueAt: 1_100 });
    expect(hurry(page, 1_300)).toBe(page);
    expect(hurry(sending, 1_100)).toBe(sending);
  });
});
