import { describe, expect, test } from 'vitest';
import { cautionMs, MOST_DOUBTS, type Effect, type Outcome } from '../../src/core/effect.ts';
import { inDoubt, inDoubtForEver } from '../../src/core/in-doubt.ts';
import { sampleMessage, sampleTicketOrder } from '../support/sample-effect.ts';

const T = 1_000_000;
const LAG = 30_000;
const ambiguous = { is: 'ambiguous', dueAt: T, since: T, why: 'no answer' } as const;
type InDoubt = Effect & { state: typeof ambiguous };
const ticket = (doubts = 1) => sampleTicketOrder('ticket.open', { doubts, state: ambiguous }) as InDoubt;
const message = (doubts = 1) => sampleMessage({ doubts, state: ambiguous }) as InDoubt;

const nothing: Outcome<string | null> = { is: 'done', value: null };
const failed: Outcome<string | null> = { is: 'temporary', why: 'HTTP 503' };
const refused: Outcome<string | null> = { is: 'permanent', why: 'HTTP 403' };

describe('a ticket in doubt', () => {
  test('that is found is recorded, however soon', () => {
    expect(inDoubt(ticket(), { is: 'done', value: '4711' }, T, LAG)).toEqual({
      do: 'record',
      outcome: { is: 'done', value: '4711' },
      because: 'found',
    });
  });

  test('that is not found may not be visible yet, and is sent only after that', () => {
    expect(inDoubt(ticket(), nothing, T + LAG - 1, LAG)).toEqual({
      do: 'look-again',
      dueAt: T + LAG,
      because: 'may-not-be-visible-yet',
    });
    expect(inDoubt(ticket(), nothing, T + LAG, LAG)).toEqual({ do: 'send', because: 'not-there' });
  });

  test('the more often its answer was lost, the longer it is looked for', () => {
    for (const doubts of [2, 3, 4, 5, 9]) {
      const visibleAt = T + LAG + cautionMs({ doubts });
      expect(inDoubt(ticket(doubts), nothing, visibleAt - 1, LAG)).toMatchObject({
        do: 'look-again',
        dueAt: visibleAt,
      });
      expect(inDoubt(ticket(doubts), nothing, visibleAt, LAG).do).toBe('send');
    }
  });

  test('is never sent while the helpdesk cannot be asked, whatever the time', () => {
    for (const after of [0, LAG, 86_400_000]) {
      for (const trouble of [failed, { is: 'ambiguous', why: 'no answer' } as const]) {
        const verdict = inDoubt(ticket(), trouble, T + after, LAG);
        expect(verdict).toMatchObject({ do: 'look-again', because: 'look-up-failed' });
      }
    }
  });

  test('is looked for at growing intervals, from a second to a minute', () => {
    const waits = [0, 1_000, 10_000, 60_000, 600_000].map((after) => {
      const verdict = inDoubt(ticket(), failed, T + after, LAG);
      return verdict.do === 'look-again' && verdict.dueAt - T - after;
    });
    expect(waits).toEqual([1_000, 1_000, 5_000, 30_000, 60_000]);
  });

  test('of which it can never be known is given up with that answer', () => {
    expect(inDoubt(ticket(), refused, T, LAG)).toEqual({
      do: 'record',
      outcome: refused,
      because: 'can-never-be-known',
    });
  });

  test('that cannot be looked up is told apart by its key', () => {
    expect(inDoubtForEver(ticket(99))).toEqual({ do: 'send', because: 'is-told-apart-by-its-key' });
  });
});

describe('a message in doubt', () => {
  test('that was looked for and not found is sent again, but not for ever', () => {
    expect(inDoubt(message(), nothing, T + LAG, LAG)).toEqual({ do: 'send-again', because: 'not-found' });
    expect(inDoubt(message(2 * MOST_DOUBTS - 1), nothing, T + LAG, LAG).do).toBe('send-again');
    expect(inDoubt(message(2 * MOST_DOUBTS), nothing, T + LAG, LAG)).toEqual({
      do: 'give-up',
      doubts: 2 * MOST_DOUBTS,
      because: 'sent-too-often',
    });
  });

  test('goes out again though it cannot be looked up: a second one is better than none', () => {
    for (const trouble of [failed, refused])
      expect(inDoubt(message(), trouble, T + LAG, LAG)).toMatchObject({ do: 'send-again' });
    expect(inDoubt(message(), failed, T + LAG - 1, LAG).do).toBe('look-again');
  });

  test('on a channel that cannot tell is repeated a few times, then takes another way', () => {
    for (let doubts = 0; doubts < MOST_DOUBTS; doubts++)
      expect(inDoubtForEver(message(doubts))).toEqual({
        do: 'send-again',
        because: 'cannot-be-looked-up',
      });
    expect(inDoubtForEver(message(MOST_DOUBTS))).toEqual({
      do: 'give-up',
      doubts: MOST_DOUBTS,
      because: 'sent-too-often',
    });
  });
});
