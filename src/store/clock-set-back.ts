import { shiftBeat, shiftCheck, shiftEffect, shiftIncident } from '../core/shift.ts';
import type { Mark, Snapshot } from './store.ts';

/** The mark that stores the last clock reading, to detect a clock that is set back while the monitor is not running. */
const CLOCK_MARK = 'clock';

/** The mark that records the current clock reading. */
export const clockMark = (now: number): Mark => ({ name: CLOCK_MARK, value: now });

/** When the last run was last known to be alive; undefined before the first run. */
export function lastAliveAt(marks: readonly Mark[]): number | undefined {
  const last = marks.find(({ name }) => name === CLOCK_MARK)?.value;
  return typeof last === 'number' ? last : undefined;
}

/** If the clock was set back while the monitor was not running, the stored times lie in the future: moves them back. */
export function afterClockSetBack(snapshot: Snapshot, now: number): Snapshot {
  const last = lastAliveAt(snapshot.marks);
  if (last === undefined || now >= last) return snapshot;
  const byMs = now - last;
  return {
    ...snapshot,
    checks: snapshot.checks.map((one) => ({ ...one, state: shiftCheck(one.state, byMs) })),
    sightings: snapshot.sightings.map((one) => ({ ...one, state: shiftCheck(one.state, byMs) })),
    incidents: snapshot.incidents.map((incident) => shiftIncident(incident, byMs)),
    effects: snapshot.effects.map((effect) => shiftEffect(effect, byMs)),
    receipts: snapshot.receipts.map((effect) => shiftEffect(effect, byMs)),
    beats: snapshot.beats.map(({ token, beat }) => ({ token, beat: shiftBeat(beat, byMs) })),
  };
}
