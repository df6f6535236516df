import type { Transition } from '../core/judge.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import type { Sight } from '../core/sight.ts';
import type { MonitorEvents } from '../observe/monitor-events.ts';
import type { WatchedCheck } from '../probing/watched-check.ts';
import type { Components } from './components.ts';

/** Runs after a probe has been judged; the consequences, in this order. A change of health then goes to the gate. */
export function afterProbe(
  { latencies, historyWatch }: Pick<Components, 'latencies' | 'historyWatch'>,
  events: MonitorEvents,
  watched: WatchedCheck,
  result: ProbeResult | undefined,
  transition: Transition | undefined,
): void {
  events.onResult(watched, result, transition);
  if (result)
    latencies.record(watched.identity, {
      at: result.startedAt,
      durationMs: result.durationMs,
      isGood: result.verdict === 'good',
    });
  // A failure can become a warning, or the reverse, without a transition.
  if (transition || result?.verdict === 'failed') historyWatch.note(watched.target);
  if (transition) events.onChange();
}

/** At `at`, the monitor lost or regained its own network or resolver; the consequences, in this order. */
export function afterSight(
  { history, field }: Pick<Components, 'history' | 'field'>,
  events: MonitorEvents,
  { at, now, before }: { at: number; now: Sight; before: Sight | undefined },
): void {
  events.onSight(now, before);
  history.noteSight(now.network === 'blind', at);
  // Probe everything again before anything is judged.
  const sawNot = before?.network === 'blind' || before?.resolver === 'broken';
  if (sawNot && now.network === 'sees' && now.resolver !== 'broken') field.probeAll();
  for (const { identity, target } of field.watched()) {
    if (target.ours) field.probeSoon(identity);
  }
  events.onChange();
}
