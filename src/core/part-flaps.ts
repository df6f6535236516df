import { partName, type Incident, type Part } from './incident.ts';
import type { FlapNow } from './flapping.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { flapWords } from './sentence.ts';

/** Good and failed answers take turns: the incident stays one and open, and says why. */
export function partFlaps(incident: Incident, part: Part, flap: FlapNow | undefined, now: number): Decision {
  const draft = new IncidentDraft(incident, now);
  const name = partName(incident, part);
  const text = flap
    ? `${name} is flapping: ${flapWords(flap)}. This incident stays open until it is stable.`
    : `${name} is stable again.`;
  draft.event('flapping', text);
  draft.ticket('ticket.note', { body: text });
  return draft.done(flap ? 'flapping' : 'steady');
}
