import { failingCheck } from '../core/check-state.ts';
import { isAtRisk } from '../core/health.ts';
import { stillFailing } from '../core/incident.ts';
import type { Monitor } from '../probing/monitor.ts';
import type { Store } from '../store/store.ts';
import type { IncidentKeeper } from './incident-keeper.ts';

/**
 * At start: what the checks say and what the incidents say must agree. State and incident are written as one, so
 * they do; should they not, an outage without incident opens one, and a part that is well again is let go.
 */
export async function reconcile(
  monitor: Monitor,
  keeper: IncidentKeeper,
  store: Pick<Store, 'incidents'>,
): Promise<void> {
  for (const incident of keeper.open()) {
    for (const { check } of stillFailing(incident)) {
      const watched = monitor.find(`${incident.target}/${check}`);
      if (!watched || isAtRisk(watched.state.health)) continue;
      if (watched.state.health.is === 'unknown' && watched.state.health.before === null) continue;
      await keeper.recovered(incident.target, check, {
        target: incident.target,
        check,
        state: watched.state,
      });
    }
  }
  for (const { target, check, state } of monitor.watched()) {
    if (!isAtRisk(state.health) || keeper.holds(target.name, check.name)) continue;
    const [last] = (await store.incidents({ target: target.name, priority: check.priority, limit: 1 })).items;
    // A human has said that this outage is over; it stays so until the target has been well.
    if (last?.status.is === 'resolved' && last.status.how === 'by-hand') continue;
    const stored = { target: target.name, check: check.name, state };
    await keeper.wentDown(target, check.priority, failingCheck(check, state), stored);
  }
}
