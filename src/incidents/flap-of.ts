import { flapNow, type FlapNow } from '../core/flapping.ts';
import { stillFailing, type Incident } from '../core/incident.ts';
import { checkIdentity } from '../core/target.ts';
import type { Field } from '../probing/field.ts';

/** How a check that still fails in the incident is flapping now; undefined when none is. */
export function flapOf(incident: Incident, field: Pick<Field, 'find'>): FlapNow | undefined {
  for (const { target, check } of stillFailing(incident)) {
    const flap = field.find(checkIdentity(target, check))?.state.flap;
    const now = flap && flapNow(flap);
    if (now) return now;
  }
  return undefined;
}
