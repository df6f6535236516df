import { changeShare, judgeFlap, STEADY, type Flap } from './flapping.ts';
import { consecutiveFailures, neverProbed, type Health } from './health.ts';
import type { FailingCheck } from './incident.ts';
import { judge, type Thresholds, type Transition } from './judge.ts';
import type { Measured, ProbeResult } from './probe-result.ts';
import type { Reason } from './reason.ts';
import type { Check } from './target.ts';
import { say } from '../text/say.ts';

/** What is remembered of a check's last probe. */
export interface LastProbe {
  verdict: ProbeResult['verdict'];
  reason?: Reason;
  /** Set when the failure is only a warning. */
  level?: 'warning';
  message: string;
  durationMs: number;
  measured?: Measured;
  /** Evidence: the log of a probe that was not good; empty for a good one. */
  log: string[];
}

/** The state of one check; survives restart and reload. Times are Unix milliseconds. */
export interface CheckState {
  health: Health;
  flap: Flap;
  lastRunAt?: number;
  lastGoodAt?: number;
  /** When the certificate that was last presented expires. */
  certificateExpiresAt?: number;
  last?: LastProbe;
}

export const newCheckState = (now: number): CheckState => ({
  health: neverProbed(now),
  flap: STEADY,
});

export interface Observed {
  state: CheckState;
  transition?: Transition;
  /** Whether the check has just started or stopped flapping. */
  flapChanged: boolean;
}

/** Returns the state of a check after one more probe. */
export function observe(state: CheckState, result: ProbeResult, rules: Thresholds, now: number): Observed {
  const { health, transition } = judge(state.health, result.verdict, rules, now);
  const good = result.verdict === 'good';
  const flap = result.verdict === 'unknown' ? state.flap : judgeFlap(state.flap, !good, now);
  return {
    transition,
    flapChanged: flap.is !== state.flap.is,
    state: {
      health,
      flap,
      lastRunAt: now,
      lastGoodAt: good ? now : state.lastGoodAt,
      certificateExpiresAt: result.measured?.certificateExpiresAt ?? state.certificateExpiresAt,
      last: {
        verdict: result.verdict,
        reason: good ? undefined : (result as { reason: Reason }).reason,
        ...(result.verdict === 'failed' && result.level && { level: result.level }),
        message: result.message,
        durationMs: result.durationMs,
        measured: result.measured,
        log: good ? [] : logLines(result),
      },
    },
  };
}

/** `+12 ms  connected to 192.0.2.1:80` */
export function logLines({ log }: Pick<ProbeResult, 'log'>): string[] {
  return log.map(({ atMs, text }) => `+${Math.round(atMs)} ms  ${text}`);
}

/**
 * What a check says about its target. `at-risk` opens an incident and `well` resolves one; `undecided` (in between, or
 * without sight) does neither.
 */
export type Standing = 'at-risk' | 'well' | 'undecided';

export function standingOf({ health, flap }: CheckState): Standing {
  if (health.is === 'unknown') return 'undecided';
  if (health.is === 'down' || flap.is === 'flapping') return 'at-risk';
  return health.is === 'up' ? 'well' : 'undecided';
}

/** When a check at risk became so: the time of the probe that reached the threshold. */
export const breachedAt = ({ health, flap }: CheckState): number =>
  health.is !== 'down' && flap.is === 'flapping' ? flap.since : health.since;

/** The evidence that a check brings to an incident. */
export function failingCheck(target: string, check: Check, state: CheckState): FailingCheck {
  const { health, flap, last, lastGoodAt } = state;
  const known = health.is === 'unknown' ? health.before : health;
  const flapping = flap.is === 'flapping' && known?.is !== 'down';
  return {
    target,
    check: check.name,
    type: check.type,
    subject: check.subject,
    reason: flapping ? 'flapping' : (last?.reason ?? 'internal'),
    message: flapping ? say('probe.flapping', { share: changeShare(flap.recent) }) : (last?.message ?? ''),
    firstFailureAt: known && 'firstFailureAt' in known ? known.firstFailureAt : breachedAt(state),
    breachedAt: breachedAt(state),
    failures: consecutiveFailures(health),
    lastGoodAt,
    log: last?.log ?? [],
  };
}
