import { shiftCheck, shiftEffect, shiftIncident } from '../core/shift.ts';
import type { Mark, Snapshot } from './store.ts';

/** What the clock last said, to know of one that is set back while nobody is there. */
const CLOCK_MARK = 'clock';

/** What the clock says now, to be kept. */
export const clockMark = (now: number): Mark => ({ name: CLOCK_MARK, value: now });

/** What was written before a clock that was set back while we were not there: it lies ahead, and is moved back. */
export function afterClockSetBack(snapshot: Snapshot, now: number): Snapshot {
  const last = snapshot.marks.find(({ name }) => name === CLOCK_MARK)?.value;
  if (typeof last !== 'number' || now >= last) return snapshot;
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
