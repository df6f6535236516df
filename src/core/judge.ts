import type { Health, KnownHealth } from './health.ts';

/** How many consecutive probes a change takes, each way. Both at least 1. */
export interface Thresholds {
  failures: number;
  recoveries: number;
}

export type TransitionWhy =
  | 'first-good'
  | 'first-failure'
  | 'threshold-reached'
  | 'cleared'
  | 'recovery-began'
  | 'recovered'
  | 'relapsed'
  | 'sight-lost'
  | 'sight-back';

export interface Transition {
  from: Health['is'];
  to: Health['is'];
  why: TransitionWhy;
}

export interface Judgement {
  health: Health;
  transition?: Transition;
}

/**
 * The next health of a check after one probe. `unknown` freezes the counters: they continue when sight is back, and
 * nothing is opened or resolved in between.
 */
export function judge(
  health: Health,
  verdict: 'good' | 'failed' | 'unknown',
  rules: Thresholds,
  now: number,
): Judgement {
  if (verdict === 'unknown') {
    if (health.is === 'unknown') return { health };
    return moved(health, { is: 'unknown', since: now, before: health }, 'sight-lost');
  }
  if (health.is !== 'unknown') return judgeKnown(health, verdict, rules, now);
  if (health.before === null) {
    if (verdict === 'good') return moved(health, { is: 'up', since: now }, 'first-good');
    return moved(health, afterFirstFailure(rules, now), firstFailureWhy(rules));
  }
  const seen = judgeKnown(health.before, verdict, rules, now);
  return moved(health, seen.health, seen.transition?.why ?? 'sight-back');
}

function judgeKnown(
  health: KnownHealth,
  verdict: 'good' | 'failed',
  rules: Thresholds,
  now: number,
): Judgement {
  switch (health.is) {
    case 'up':
      if (verdict === 'good') return { health };
      return moved(health, afterFirstFailure(rules, now), firstFailureWhy(rules));
    case 'suspect': {
      if (verdict === 'good') return moved(health, { is: 'up', since: now }, 'cleared');
      const failures = health.failures + 1;
      if (failures < rules.failures) return { health: { ...health, failures } };
      const { firstFailureAt } = health;
      return moved(health, { is: 'down', since: now, failures, firstFailureAt }, 'threshold-reached');
    }
    case 'down': {
      if (verdict === 'failed') return { health: { ...health, failures: health.failures + 1 } };
      if (rules.recoveries <= 1) return moved(health, { is: 'up', since: now }, 'recovered');
      const { firstFailureAt } = health;
      return moved(health, { is: 'recovering', since: now, successes: 1, firstFailureAt }, 'recovery-began');
    }
    case 'recovering': {
      if (verdict === 'failed') {
        const { firstFailureAt } = health;
        return moved(health, { is: 'down', since: now, failures: 1, firstFailureAt }, 'relapsed');
      }
      const successes = health.successes + 1;
      if (successes < rules.recoveries) return { health: { ...health, successes } };
      return moved(health, { is: 'up', since: now }, 'recovered');
    }
  }
}

function afterFirstFailure(rules: Thresholds, now: number): KnownHealth {
  const is = rules.failures <= 1 ? 'down' : 'suspect';
  return { is, since: now, failures: 1, firstFailureAt: now };
}

const firstFailureWhy = (rules: Thresholds): TransitionWhy =>
  rules.failures <= 1 ? 'threshold-reached' : 'first-failure';

function moved(from: Health, health: Health, why: TransitionWhy): Judgement {
  return { health, transition: { from: from.is, to: health.is, why } };
}
