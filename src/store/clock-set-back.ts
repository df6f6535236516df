import { shiftCheck, shiftEffect, shiftIncident } from '../core/shift.ts';
import type { Mark, Snapshot } from './store.ts';

/** What the clock last said, to know of one that is set back while nobody is there. */
const CLOCK_MARK = 'clock';

/** What the clock says now, to be kept. */
export const clockMark = (now: number): Mark => ({ name: CLOCK_MARK, value: now });

/** When the last run was seen alive last; undefined before the first. */
export function lastAliveAt(marks: readonly Mark[]): number | undefined {
  const last = marks.find(({ name }) => name === CLOCK_MARK)?.value;
  return typeof last === 'number' ? last : undefined;
}

/** What was written before a clock that was set back while we were not there: it lies ahead, and is moved back. */
export function afterClockSetBack(snapshot: Snapshot, now: number): Snapshot {
  const last = lastAliveAt(snapshot.marks);
  if (last === undefined || now >= last) return snapshot;
  const byMs = now - last;
  return {
    ...snapshot,
    checks: snapshot.checks.map((one) => ({ ...one, state: shiftCheck(one.state, byMs) })),
    incidents: snapshot.incidents.map((incident) => shiftIncident(incident, byMs)),
    effects: snapshot.effects.map((effect) => shiftEffect(effect, byMs)),
    receipts: snapshot.receipts.map((effect) => shiftEffect(effect, byMs)),
    beats: snapshot.beats.map(({ token, beat }) => ({ token, beat: { ...beat, at: beat.at + byMs } })),
  };
}
