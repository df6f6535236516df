import { partName, type Incident, type Part } from './incident.ts';
import type { FlapNow } from './flapping.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { flapWords } from './sentence.ts';
import { say } from '../text/say.ts';

/** A check in the incident starts or stops flapping: the incident stays open as one, and a note says why. */
export function partFlaps(incident: Incident, part: Part, flap: FlapNow | undefined, now: number): Decision {
  const draft = new IncidentDraft(incident, now);
  const name = partName(incident, part);
  const text = flap
    ? say('timeline.flapping', { check: name, changes: flapWords(flap) })
    : say('timeline.stable', { check: name });
  draft.event('flapping', text);
  draft.ticket('ticket.note', { body: text });
  return draft.done(flap ? 'flapping' : 'steady');
}
