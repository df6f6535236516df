import type { CheckState } from './check-state.ts';
import { formatDuration } from './duration.ts';
import { flapNow, type FlapNow } from './flapping.ts';
import { consecutiveFailures, type HealthName } from './health.ts';
import { stillFailing, whatFails, type Incident } from './incident.ts';
import { reasonText, reasonWords, stateWord } from './reason.ts';
import { say } from '../text/say.ts';

/** A state is always shown with its mark and its word: colour alone is not enough. */
export const MARKS: Record<HealthName, string> = {
  up: '●',
  suspect: '◐',
  down: '■',
  recovering: '◑',
  unknown: '◌',
};

/** `Down for 12 min: connection refused (4 consecutive failures)` */
export function checkSentence(state: CheckState, now: number): string {
  const flap = flapNow(state.flap);
  const sentence = healthSentence(state, now);
  if (!flap) return sentence;
  const lasted = formatDuration(now - flap.since);
  return say('words.check-flapping', { sentence, lasted, changes: flapWords(flap) });
}

function healthSentence({ health, last }: CheckState, now: number): string {
  const lasted = formatDuration(now - health.since);
  const why = last?.reason ? reasonWords(last.reason, last.message) : say('words.check-failing');
  const count = consecutiveFailures(health);
  switch (health.is) {
    case 'up':
      return say('words.check-up', { lasted });
    case 'suspect':
      return say('words.check-suspect', { lasted, why, count });
    case 'down':
      return say('words.check-down', { lasted: formatDuration(now - health.firstFailureAt), why, count });
    case 'recovering':
      return say('words.check-recovering', { lasted, count: health.successes });
    case 'unknown':
      if (!last) return say('words.check-not-probed');
      return say('words.check-unknown', {
        lasted,
        why: last.verdict === 'unknown' ? last.message : say('words.check-without-result'),
      });
  }
}

/** `shop`, or `shop and 14 more` for a storm. */
export function incidentName(incident: Incident): string {
  const { name, more } = whatFails(incident);
  return more > 0 ? say('words.target-and-more', { target: name, count: more }) : name;
}

/** `7 changes in the last 21 probes, up right now` */
export const flapWords = ({ changes, of, isGood }: FlapNow): string =>
  say('words.flap-changes', { changes, probes: of, state: isGood ? 'up' : 'down' });

/** `shop down for 12 min: connection refused`; `flap`: set when one of its checks is flapping. */
export function incidentSentence(incident: Incident, now: number, flap?: FlapNow): string {
  const { status, startedAt } = incident;
  const target = incidentName(incident);
  if (status.is === 'resolved') {
    const lasted = formatDuration(status.at - startedAt);
    const isTicket = incident.kind === 'ticket';
    const subject = incident.message;
    if (status.how === 'by-hand') {
      const rest = stillFailing(incident).length > 0 ? 'failing' : isTicket ? 'ticket' : 'none';
      return status.by
        ? say('words.incident-resolved-by', { target, person: status.by, lasted, rest, subject })
        : say('words.incident-resolved-manually', { target, lasted, rest, subject });
    }
    if (status.how === 'lowered') return say('words.incident-lowered', { target, lasted, subject });
    if (isTicket) return say('words.incident-ticket-resolved', { target, lasted, subject });
    const why = reasonText(incident.reason);
    return say(status.how === 'removed' ? 'words.incident-removed' : 'words.incident-recovered', {
      target,
      lasted,
      why,
    });
  }
  if (flap) {
    const lasted = formatDuration(now - flap.since);
    return say('words.incident-flapping', { target, lasted, changes: flapWords(flap) });
  }
  const why = incident.kind === 'ticket' ? incident.message : reasonWords(incident.reason, incident.message);
  return say(incident.episode.number > 1 ? 'words.incident-open-again' : 'words.incident-open', {
    target,
    state: stateWord(incident.reason),
    lasted: formatDuration(now - incident.episode.startedAt),
    why,
  });
}
