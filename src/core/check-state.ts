import { consecutiveFailures, neverProbed, type Health } from './health.ts';
import type { FailingCheck } from './incident.ts';
import { judge, type Thresholds, type Transition } from './judge.ts';
import type { Measured, ProbeResult } from './probe-result.ts';
import type { Reason } from './reason.ts';
import type { Check } from './target.ts';

/** What is remembered of a check's last probe. */
export interface LastProbe {
  verdict: ProbeResult['verdict'];
  reason?: Reason;
  message: string;
  durationMs: number;
  measured?: Measured;
  /** Kept for a probe that was not good: the evidence. */
  log: string[];
}

/** All that is known of one check; survives restart and reload. Times are Unix milliseconds. */
export interface CheckState {
  health: Health;
  lastRunAt?: number;
  lastGoodAt?: number;
  /** When the certificate that was last shown ends. */
  certificateExpiresAt?: number;
  last?: LastProbe;
}

export const newCheckState = (now: number): CheckState => ({ health: neverProbed(now) });

export interface Observed {
  state: CheckState;
  transition?: Transition;
}

/** What one probe makes of a check. */
export function observe(state: CheckState, result: ProbeResult, rules: Thresholds, now: number): Observed {
  const { health, transition } = judge(state.health, result.verdict, rules, now);
  const good = result.verdict === 'good';
  return {
    transition,
    state: {
      health,
      lastRunAt: now,
      lastGoodAt: good ? now : state.lastGoodAt,
      certificateExpiresAt: result.measured?.certificateExpiresAt ?? state.certificateExpiresAt,
      last: {
        verdict: result.verdict,
        reason: good ? undefined : (result as { reason: Reason }).reason,
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

/** The evidence that a check brings to an incident. */
export function failingCheck(check: Check, state: CheckState): FailingCheck {
  const { health, last, lastGoodAt } = state;
  const known = health.is === 'unknown' ? health.before : health;
  return {
    check: check.name,
    type: check.type,
    subject: check.subject,
    reason: last?.reason ?? 'internal',
    message: last?.message ?? '',
    firstFailureAt: known && 'firstFailureAt' in known ? known.firstFailureAt : health.since,
    failures: consecutiveFailures(health),
    lastGoodAt,
    log: last?.log ?? [],
  };
}
