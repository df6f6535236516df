import { describe, expect, test } from 'vitest';
import { place, type PlacementFacts } from '../../src/core/placement.ts';

const T = 1_000_000;
const rules = { groupWindowMs: 30_000, groupAt: 5 };
const facts = (more: Partial<PlacementFacts> = {}): PlacementFacts => ({
  now: T,
  target: 'shop',
  priority: 'urgent',
  traits: ['customer Acme Ltd'],
  breachedAt: T,
  hasOwnIncident: false,
  isDismissed: false,
  windows: [],
  parents: [],
  coolMs: 45_000,
  heads: [],
  waiting: [],
  inDoubt: [],
  ...more,
});
const placed = (more?: Partial<PlacementFacts>) => place(facts(more), rules);
const well = (wellSince = 0) => ({ name: 'router', is: 'well' as const, wellSince });
const parent = (is: 'at-risk' | 'in-doubt' | 'unseen', name = 'router') => ({ name, is });
const head = (more = {}) => ({
  incident: 'I1',
  target: 'other',
  priority: 'urgent' as const,
  breachedAt: T - 5_000,
  traits: ['customer Acme Ltd'],
  size: 1,
  ...more,
});
const sharer = (n: number, breachedAt = T - 1_000) => ({
  target: `t${n}`,
  priority: 'urgent' as const,
  breachedAt,
  traits: ['customer Acme Ltd'],
});

describe('where a check at risk belongs', () => {
  test.each<[string, Partial<PlacementFacts>, string, string]>([
    ['nothing stands around it', {}, 'open', 'no-reason-to-wait'],
    ['its target has an incident', { hasOwnIncident: true, windows: [{ name: 'w', until: T + 1 }] }, 'open', 'own-incident'],
    ['a human has ended it', { isDismissed: true }, 'hold', 'resolved-by-hand'],
    ['in maintenance', { windows: [{ name: 'w', until: T + 1 }] }, 'hold', 'maintenance'],
    ['its parent is down', { parents: [[parent('at-risk')]] }, 'hold', 'behind'],
    ['its parent is suspect', { parents: [[parent('in-doubt')]] }, 'hold', 'behind'],
    ['one of two redundant parents is down', { parents: [[parent('at-risk'), well()]], askedSince: T }, 'open', 'no-reason-to-wait'],
    ['both redundant parents fail', { parents: [[parent('at-risk'), parent('in-doubt', 'b')]] }, 'hold', 'behind'],
    ['one of two needed parents is down', { parents: [[well()], [parent('at-risk')]] }, 'hold', 'behind'],
    ['a parent that nobody can see is asked', { parents: [[parent('unseen')]] }, 'hold', 'asking-parents'],
    ['and holds nothing back after that', { parents: [[parent('unseen')]], askedSince: T }, 'open', 'no-reason-to-wait'],
    ['parents are asked after the breach', { parents: [[well()]], askedSince: T - 1 }, 'hold', 'asking-parents'],
    ['its parent came back a moment ago', { parents: [[well(T - 1_000)]], askedSince: T }, 'hold', 'cooling-down'],
    ['a redundant parent was well all the time', { parents: [[well(T - 1_000), { ...well(), name: 'b' }]], askedSince: T }, 'open', 'no-reason-to-wait'],
    ['the first of a storm', { inDoubt: [1, 2, 3, 4, 5].map((n) => sharer(n)) }, 'open', 'no-reason-to-wait'],
    ['signs of a storm', { heads: [head()], inDoubt: [1, 2, 3].map((n) => sharer(n)) }, 'hold', 'grouping'],
    ['the fifth of a storm', { heads: [head()], waiting: [1, 2, 3].map((n) => sharer(n)) }, 'join-group', 'common-trait'],
    ['one more of a group', { heads: [head({ group: { trait: 'customer Acme Ltd', lastJoinedAt: T - 20_000 }, breachedAt: T - 90_000 })] }, 'join-group', 'common-trait'],
    ['a group that is full', { heads: [head({ size: 200, group: { trait: 'customer Acme Ltd', lastJoinedAt: T } })] }, 'open', 'no-reason-to-wait'],
    ['another priority', { heads: [head({ priority: 'high' })], waiting: [1, 2, 3].map((n) => sharer(n)) }, 'open', 'no-reason-to-wait'],
    ['before the window', { heads: [head({ breachedAt: T - 31_000 })], waiting: [1, 2, 3].map((n) => sharer(n)) }, 'open', 'no-reason-to-wait'],
    ['without a common trait', { heads: [head({ traits: ['customer Other'] })], waiting: [1, 2, 3].map((n) => sharer(n)) }, 'open', 'no-reason-to-wait'],
  ])('%s', (_what, more, is, because) => {
    expect(placed(more)).toMatchObject({ is, because });
  }); // prettier-ignore

  test('after the cool-down itself and its parents are asked anew, and only newer answers count', () => {
    const parents = [[well(T - 45_000)]];
    const placement = placed({ breachedAt: T - 300_000, parents, askedSince: T - 300_000 });
    expect(placement).toMatchObject({ because: 'asking-parents', ask: { itself: true, since: T } });
    expect(placed({ breachedAt: T - 300_000, parents, askedSince: T })).toMatchObject({ is: 'open' });
  });

  test('where there are no signs of a storm, half a second is all that is waited', () => {
    expect(placed({ heads: [head()] })).toMatchObject({ because: 'grouping', until: T + 500 });
    expect(placed({ heads: [head()], now: T + 500 })).toMatchObject({ is: 'open' });
  });

  test('with signs of one, it waits to the end of the window and no longer', () => {
    const signs = { heads: [head()], inDoubt: [1, 2, 3].map((n) => sharer(n)) };
    expect(placed(signs)).toMatchObject({ until: T + 25_000 });
    expect(placed({ ...signs, now: T + 25_000 })).toMatchObject({ is: 'open' });
  });
});
