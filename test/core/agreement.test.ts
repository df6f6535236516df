import { describe, expect, test } from 'vitest';
import { agreed, votesNeeded, type Vote } from '../../src/core/agreement.ts';
import type { Agree, SeenFrom } from '../../src/core/target.ts';
import {
  newCheckState,
  observe,
  standingOf,
  type CheckState,
  type Observed,
} from '../../src/core/check-state.ts';
import { STEADY } from '../../src/core/flapping.ts';
import type { Health, KnownHealth } from '../../src/core/health.ts';
import { failed, good, type ProbeResult } from '../../src/core/probe-result.ts';

const PLACES = ['toronto', 'frankfurt', 'sydney', 'osaka'];
const NAMES = ['up', 'suspect', 'down', 'recovering'] as const;
const NOW = 1_000_000;

const health = (is: KnownHealth['is'], since = 500): KnownHealth =>
  is === 'up'
    ? { is, since }
    : is === 'recovering'
      ? { is, since, successes: 1, firstFailureAt: 400 }
      : { is, since, failures: is === 'down' ? 3 : 1, firstFailureAt: 400 };
const state = (is: KnownHealth['is']): CheckState => ({ health: health(is), flap: STEADY, lastRunAt: 900 });
const votesOf = (names: readonly KnownHealth['is'][]): Vote[] =>
  names.map((is, n) => ({ location: PLACES[n]!, state: state(is) }));
const rule = (agree: Agree, count = 3): SeenFrom => ({ locations: PLACES.slice(0, count), agree });

/** Every way in which so many locations can stand. */
function* everyVote(count: number): Generator<KnownHealth['is'][]> {
  for (let n = 0; n < NAMES.length ** count; n++)
    yield Array.from({ length: count }, (_, place) => NAMES[Math.floor(n / NAMES.length ** place) % 4]!);
}

function* orders<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [n, item] of items.entries())
    for (const rest of orders(items.toSpliced(n, 1))) yield [item, ...rest];
}

const BEFORE: (KnownHealth['is'] | 'never')[] = [...NAMES, 'never'];
const before = (is: KnownHealth['is'] | 'never'): CheckState =>
  is === 'never' ? newCheckState(100) : state(is);

describe('agreement, against brute force', () => {
  test('is down exactly when enough say so, whoever they are and in whatever order they spoke', () => {
    let compared = 0;
    for (const count of [1, 2, 3, 4])
      for (const names of everyVote(count))
        for (const was of BEFORE)
          for (const wanted of [1, 2, 3, 4]) {
            const one = agreed(before(was), votesOf(names), rule(wanted, 4), NOW).state;
            // Told the slow way: is there a set of `need` voters who all say down?
            const need = Math.min(wanted, count);
            const sets = [...everySubset(names)].filter((set) => set.length === need);
            const allIn = (...says: string[]) => sets.some((set) => set.every((is) => says.includes(is)));
            const wasDown = was === 'down' || was === 'recovering';
            const expected = allIn('down')
              ? 'down'
              : wasDown && allIn('down', 'recovering', 'suspect')
                ? 'recovering'
                : !wasDown && allIn('down', 'suspect')
                  ? 'suspect'
                  : 'up';
            expect([names, was, wanted, one.health.is]).toEqual([names, was, wanted, expected]);
            compared++;
          }
    expect(compared).toBe((4 + 16 + 64 + 256) * 5 * 4);
  });

  test('the order of the votes changes no verdict and no time', () => {
    for (const names of everyVote(3))
      for (const was of BEFORE) {
        const said = votesOf(names);
        const verdicts = [...orders(said)].map((votes) => {
          const { health: is, flap } = agreed(before(was), votes, rule(2), NOW).state;
          return JSON.stringify([is, flap]);
        });
        expect(new Set(verdicts).size).toBe(1);
      }
  });

  test('judging the same votes again changes nothing', () => {
    for (const count of [1, 2, 3])
      for (const names of everyVote(count))
        for (const was of BEFORE)
          for (const agree of ['any', 'majority', 'all'] as const) {
            const once = agreed(before(was), votesOf(names), rule(agree), NOW);
            const again = agreed(once.state, votesOf(names), rule(agree), NOW + 60_000);
            expect(again.transition).toBeUndefined();
            expect(again.state.health).toEqual(once.state.health);
          }
  });

  test('one more location that fails never makes it look better', () => {
    const rank = { up: 0, recovering: 1, suspect: 1, down: 2, unknown: -1 };
    for (const names of everyVote(3))
      for (const was of BEFORE)
        for (const [n, is] of names.entries()) {
          if (is === 'down') continue;
          const worse = names.with(n, 'down');
          const [a, b] = [names, worse].map(
            (all) => rank[agreed(before(was), votesOf(all), rule(2), NOW).state.health.is],
          );
          expect(b).toBeGreaterThanOrEqual(a!);
        }
  });
});

test('how many must agree is never more than there are voters, and never less than one', () => {
  const needed = (agree: Agree, voters: number) => votesNeeded(rule(agree), voters);
  expect([needed('any', 3), needed('majority', 3), needed('all', 3), needed(2, 3)]).toEqual([1, 2, 3, 2]);
  expect([needed('majority', 1), needed('all', 2), needed(3, 1)]).toEqual([1, 2, 1]);
  expect(votesNeeded(rule('majority', 4), 4)).toBe(3);
  expect(votesNeeded(rule('majority', 2), 2)).toBe(2);
});

test('without a vote nothing is known, and what was known goes on when there is one again', () => {
  const down = state('down');
  const lost = agreed(down, [], rule(2), NOW);
  expect(lost.state.health).toEqual({ is: 'unknown', since: NOW, before: down.health });
  expect(lost.transition).toMatchObject({ from: 'down', to: 'unknown', why: 'sight-lost' });
  expect(agreed(lost.state, [], rule(2), NOW + 1).transition).toBeUndefined();
  const back = agreed(lost.state, votesOf(['down', 'down', 'up']), rule(2), NOW + 5_000);
  expect(back.transition).toMatchObject({ from: 'unknown', to: 'down', why: 'sight-back' });
  expect(back.state.health).toEqual(down.health);
  const well = agreed(lost.state, votesOf(['up', 'up', 'up']), rule(2), NOW + 5_000);
  expect(well.transition).toMatchObject({ to: 'up', why: 'recovered' });
});

describe('three locations over time, of which two must agree', () => {
  const RULES = { failures: 3, recoveries: 2 };
  const result = (isGood: boolean, at: number): ProbeResult => ({
    ...(isGood ? good('ok') : failed('refused', 'refused')),
    startedAt: at,
    durationMs: 5,
    log: [],
  });

  /** Plays probes at random places; `answers`: what the place sees. Returns every verdict. */
  function play(seed: number, answers: (place: number, step: number) => boolean, steps = 400) {
    let random = seed;
    const next = () => (random = (random * 48_271) % 2_147_483_647) / 2_147_483_647;
    const sightings = [0, 1, 2].map(() => newCheckState(0));
    let merged = newCheckState(0);
    const verdicts: Observed[] = [];
    for (let step = 1; step <= steps; step++) {
      const place = Math.floor(next() * 3);
      const at = step * 1_000;
      sightings[place] = observe(sightings[place]!, result(answers(place, step), at), RULES, at).state;
      const votes = sightings.flatMap((one, n) =>
        one.health.is === 'unknown' ? [] : [{ location: PLACES[n]!, state: one }],
      );
      const seen = agreed(merged, votes, rule(2), at);
      // A chain without a gap: whoever counts transitions counts each once.
      if (seen.transition) expect(seen.transition.from).toBe(merged.health.is);
      else expect(seen.state.health.is).toBe(merged.health.is);
      merged = seen.state;
      verdicts.push(seen);
    }
    return verdicts;
  }

  test('one that lies opens nothing, whatever it says', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const lies = (place: number, step: number) => place !== 1 || (step * seed) % 7 > 3;
      const ways = [
        lies,
        (place: number) => place !== 1,
        (place: number, step: number) => place !== 1 || step % 2 === 0,
      ];
      for (const answers of ways) {
        const after = play(seed, answers).slice(20);
        expect(after.filter(({ state: one }) => standingOf(one) === 'at-risk')).toEqual([]);
      }
    }
  });

  test('an outage that all see is one, and one that two see is one', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const outage = (sees: number) => (place: number, step: number) =>
        place >= sees || step < 100 || step > 200;
      for (const sees of [2, 3]) {
        const moves = play(seed, outage(sees)).flatMap(({ transition }) => transition ?? []);
        const risk: Health['is'][] = moves.map(({ to }) => to).filter((to) => to === 'down');
        expect(risk.length).toBeGreaterThanOrEqual(1);
        expect(moves.at(-1)).toMatchObject({ to: 'up' });
      }
    }
  });
});

test('the evidence says from where it fails and from where not', () => {
  const at = (is: KnownHealth['is'], message: string, lastRunAt: number): CheckState => ({
    ...state(is),
    lastRunAt,
    lastGoodAt: is === 'up' ? lastRunAt : 300,
    last: {
      verdict: is === 'up' ? 'good' : 'failed',
      ...(is !== 'up' && { reason: 'timeout' as const }),
      message,
      durationMs: 5,
      log: is === 'up' ? [] : ['+1 ms  connecting'],
    },
  });
  const votes = [
    { location: 'toronto', state: at('down', 'no answer', 800) },
    { location: 'frankfurt', state: at('up', 'ok', 950) },
    { location: 'sydney', state: at('down', 'no route', 900) },
  ];
  const { state: two } = agreed(state('up'), votes, rule(2), NOW);
  expect(two.last).toMatchObject({
    reason: 'timeout',
    message: 'from toronto and sydney, not from frankfurt: no route',
    log: ['toronto  +1 ms  connecting', 'sydney  +1 ms  connecting'],
  });
  expect(two).toMatchObject({
    lastRunAt: 950,
    lastGoodAt: 300,
    health: { failures: 3, firstFailureAt: 400 },
  });
  const { state: one } = agreed(state('up'), votes, rule('all'), NOW);
  expect(one.health.is).toBe('up');
  expect(one.last).toMatchObject({ verdict: 'good', message: 'ok' });
  expect(agreed(state('up'), [votes[0]!, votes[2]!], rule(2), NOW).state.last?.message).toBe(
    'from toronto and sydney: no route',
  );
});

test('locations of which one flaps and one is down agree that something is wrong', () => {
  const flapping: CheckState = {
    ...state('up'),
    flap: { is: 'flapping', since: 700, recent: { bits: 0b1010, count: 4 } },
  };
  const votes = [
    { location: 'toronto', state: flapping },
    { location: 'frankfurt', state: state('down') },
    { location: 'sydney', state: state('up') },
  ];
  const seen = agreed(state('up'), votes, rule(2), NOW);
  expect(seen.state.health.is).toBe('up');
  expect(seen).toMatchObject({ flapChanged: true, state: { flap: { is: 'flapping', since: NOW } } });
  expect(standingOf(seen.state)).toBe('at-risk');
  const alone = agreed(
    state('up'),
    [votes[0]!, votes[2]!, { location: 'osaka', state: state('up') }],
    rule(2),
    NOW,
  );
  expect(alone.flapChanged).toBe(false);
  expect(standingOf(alone.state)).toBe('well');
});

function* everySubset<T>(items: readonly T[]): Generator<T[]> {
  for (let n = 0; n < 2 ** items.length; n++) yield items.filter((_, place) => (n >> place) & 1);
}
