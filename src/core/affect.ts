import { tellLater } from './chores.ts';
import { isOpen, type Incident } from './incident.ts';
import type { AffectedTarget } from './episode.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { say } from '../text/say.ts';

/** Targets that depend on the incident's target fail: the incident lists them, and they open none of their own. */
export function nowAffected(
  incident: Incident,
  targets: readonly Omit<AffectedTarget, 'until' | 'how'>[],
  now: number,
): Decision | undefined {
  const listed = new Set(
    incident.episode.affected.filter(({ until }) => until === undefined).map(({ target }) => target),
  );
  const fresh = targets.filter(({ target }) => !listed.has(target));
  if (fresh.length === 0 || !isOpen(incident)) return undefined;
  const draft = new IncidentDraft(incident, now);
  const names = new Set(fresh.map(({ target }) => target));
  const others = incident.episode.affected.filter((one) => !names.has(one.target));
  draft.setEpisode({ affected: [...others, ...fresh] });
  for (const { target, customer } of fresh) {
    draft.event(
      'affected',
      customer
        ? say('timeline.affected-of-customer', { target, customer })
        : say('timeline.affected', { target }),
    );
    tellLater(draft, { is: 'affected', target, customer }, now);
  }
  return draft.done('affected');
}

/** A listed target has recovered (`back`) or has got an incident of its own (`own-incident`). */
export function noLongerAffected(
  incident: Incident,
  target: string,
  how: 'back' | 'own-incident',
  now: number,
): Decision | undefined {
  const listed = incident.episode.affected.find((one) => one.target === target && one.until === undefined);
  if (!listed) return undefined;
  const draft = new IncidentDraft(incident, now);
  draft.setEpisode({
    affected: incident.episode.affected.map((one) => (one === listed ? { ...one, until: now, how } : one)),
  });
  draft.event(
    'no-longer-affected',
    how === 'back'
      ? say('timeline.affected-recovered', { target })
      : say('timeline.affected-own-incident', { target }),
  );
  if (isOpen(incident)) tellLater(draft, { is: 'back', target }, now);
  return draft.done('eased');
}
