import { STEADY, type Flap } from './flapping.ts';
import type { CheckState, LastProbe, Observed } from './check-state.ts';
import { consecutiveFailures, type Health, type KnownHealth } from './health.ts';
import type { Transition, TransitionWhy } from './judge.ts';
import type { SeenFrom } from './target.ts';
import { LOG_LINES } from './probe-result.ts';
import { say } from '../text/say.ts';
import { listed } from './wording.ts';

/** What a location says of a check: one that is heard, sees its own network, and has judged the check. */
export interface Vote {
  location: string;
  state: CheckState;
}

/** How many of the voters must say the same: never more than there are, so that a lost location cannot hide an outage. */
export function votesNeeded({ locations, agree }: SeenFrom, voters: number): number {
  const wanted =
    agree === 'any'
      ? 1
      : agree === 'majority'
        ? Math.floor(locations.length / 2) + 1
        : agree === 'all'
          ? locations.length
          : agree;
  return Math.min(wanted, voters);
}

/**
 * What is known of a check, given what each location says. Depends on the votes and on whether it was down before, not
 * on the order in which the locations spoke; judging again changes nothing. `before` gives the times that go on.
 */
export function agreed(before: CheckState, votes: readonly Vote[], rule: SeenFrom, now: number): Observed {
  if (votes.length === 0) return nobodyKnows(before, now);
  const need = votesNeeded(rule, votes.length);
  const known = before.health.is === 'unknown' ? before.health.before : before.health;
  const is = agreedName(known?.is, votes, need);
  const health = withTimes(is, known, votes, now);
  const why = whyOf(before.health, health.is);
  const transition: Transition | undefined = why && { from: before.health.is, to: health.is, why };
  const flap = agreedFlap(before.flap, votes, need, now);
  return {
    ...(transition && { transition }),
    flapChanged: flap.is !== before.flap.is,
    state: { health, flap, ...evidence(is, votes) },
  };
}

function nobodyKnows(before: CheckState, now: number): Observed {
  if (before.health.is === 'unknown') return { state: before, flapChanged: false };
  const transition = { from: before.health.is, to: 'unknown', why: 'sight-lost' } as const;
  const health: Health = { is: 'unknown', since: now, before: before.health };
  return { state: { ...before, health }, transition, flapChanged: false };
}

const counted = (votes: readonly Vote[], ...names: readonly Health['is'][]): number =>
  votes.filter(({ state }) => names.includes(state.health.is)).length;

function agreedName(
  known: KnownHealth['is'] | undefined,
  votes: readonly Vote[],
  need: number,
): KnownHealth['is'] {
  if (counted(votes, 'down') >= need) return 'down';
  const wasDown = known === 'down' || known === 'recovering';
  // It is up again when even those in doubt could no longer agree that it is down.
  if (wasDown && counted(votes, 'down', 'recovering', 'suspect') >= need) return 'recovering';
  // One location that fails for days does not leave the others' verdict in doubt for days.
  if (!wasDown && counted(votes, 'down', 'suspect') >= need) return 'suspect';
  return 'up';
}

function withTimes(
  is: KnownHealth['is'],
  known: KnownHealth | null,
  votes: readonly Vote[],
  now: number,
): KnownHealth {
  const since = known?.is === is ? known.since : now;
  if (is === 'up') return { is, since };
  const failing = votes.flatMap(({ state: { health } }) => ('firstFailureAt' in health ? [health] : []));
  const before = known && 'firstFailureAt' in known ? [known.firstFailureAt] : [];
  const firstFailureAt = Math.min(...before, ...failing.map((one) => one.firstFailureAt));
  if (is === 'recovering') {
    const successes = Math.max(0, ...failing.map((one) => ('successes' in one ? one.successes : 0)));
    return { is, since, successes, firstFailureAt };
  }
  return { is, since, failures: Math.max(...failing.map(consecutiveFailures)), firstFailureAt };
}

/** Undefined: nothing has changed. */
function whyOf(from: Health, to: KnownHealth['is']): TransitionWhy | undefined {
  const known = from.is === 'unknown' ? from.before?.is : from.is;
  if (known === to) return from.is === 'unknown' ? 'sight-back' : undefined;
  switch (to) {
    case 'down':
      return known === 'recovering' ? 'relapsed' : 'threshold-reached';
    case 'recovering':
      return 'recovery-began';
    case 'suspect':
      return 'first-failure';
    case 'up':
      return known === undefined ? 'first-good' : known === 'suspect' ? 'cleared' : 'recovered';
  }
}

/** Locations of which some flap and some are down agree that something is wrong, if not on what. */
function agreedFlap(before: Flap, votes: readonly Vote[], need: number, now: number): Flap {
  const flapping = votes.flatMap(({ state: { flap } }) => (flap.is === 'flapping' ? [flap] : []));
  const wrong = votes.filter(({ state }) => state.flap.is === 'flapping' || state.health.is === 'down');
  if (flapping.length === 0 || wrong.length < need) return STEADY;
  const since = before.is === 'flapping' ? before.since : now;
  return { is: 'flapping', since, recent: flapping[0]!.recent };
}

function evidence(is: KnownHealth['is'], votes: readonly Vote[]): Omit<CheckState, 'health' | 'flap'> {
  const latest = (key: 'lastRunAt' | 'lastGoodAt', of = votes): number | undefined =>
    of.reduce<number | undefined>(
      (most, { state }) => (state[key] === undefined ? most : Math.max(most ?? -Infinity, state[key])),
      undefined,
    );
  const against = votes.filter(({ state }) => state.health.is === 'down' || state.health.is === 'suspect');
  const telling = is === 'up' || against.length === 0 ? votes : against;
  const last = telling
    .toSorted((a, b) => (b.state.lastRunAt ?? 0) - (a.state.lastRunAt ?? 0))
    .find(({ state }) => (is === 'up' ? state.health.is === 'up' : true) && state.last)?.state.last;
  const lastRunAt = latest('lastRunAt');
  const lastGoodAt = latest('lastGoodAt', is === 'down' ? telling : votes);
  const expiries = votes.flatMap(({ state }) => state.certificateExpiresAt ?? []);
  return {
    ...(lastRunAt !== undefined && { lastRunAt }),
    ...(lastGoodAt !== undefined && { lastGoodAt }),
    ...(expiries.length > 0 && { certificateExpiresAt: Math.min(...expiries) }),
    ...(last && { last: is === 'up' ? last : placed(last, against, votes) }),
  };
}

/** The evidence says from where it fails and from where not. */
function placed(last: LastProbe, against: readonly Vote[], votes: readonly Vote[]): LastProbe {
  if (against.length === 0) return last;
  const others = votes.filter((vote) => !against.includes(vote));
  const from = listed(against.map(({ location }) => location));
  const message =
    others.length === 0
      ? say('probe.fails-from', { from, message: last.message })
      : say('probe.fails-from-not-from', {
          from,
          others: listed(others.map(({ location }) => location)),
          message: last.message,
        });
  const log = against.flatMap(({ location, state }) =>
    (state.last?.log ?? []).map((line) => `${location}  ${line}`),
  );
  return { ...last, message, log: log.slice(0, LOG_LINES) };
}
