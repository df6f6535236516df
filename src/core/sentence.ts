import type { CheckState } from './check-state.ts';
import { formatDuration } from './duration.ts';
import { flapNow, type FlapNow } from './flapping.ts';
import { consecutiveFailures, type HealthName } from './health.ts';
import { stillFailing, whatFails, type Incident } from './incident.ts';
import { REASONS, reasonWords, stateWord } from './reason.ts';
import { plural } from './wording.ts';

/** A state always comes with its mark and its word: colour alone says nothing. */
export const MARKS: Record<HealthName, string> = {
  up: '●',
  suspect: '◐',
  down: '■',
  recovering: '◑',
  unknown: '◌',
};

/** `Down for 12 min: connection refused (4th attempt in a row)` */
export function checkSentence(state: CheckState, now: number): string {
  const flap = flapNow(state.flap);
  const flapping = flap ? `; flapping for ${formatDuration(now - flap.since)}: ${flapWords(flap)}` : '';
  return healthSentence(state, now) + flapping;
}

function healthSentence({ health, last }: CheckState, now: number): string {
  const lasted = formatDuration(now - health.since);
  const why = last?.reason ? reasonWords(last.reason, last.message) : undefined;
  const attempts = consecutiveFailures(health);
  const inARow = attempts > 0 ? ` (${plural(attempts, 'consecutive failure')})` : '';
  switch (health.is) {
    case 'up':
      return `Up for ${lasted}`;
    case 'suspect':
      return `Suspect for ${lasted}: ${why ?? 'failing'}${inARow}`;
    case 'down':
      return `Down for ${formatDuration(now - health.firstFailureAt)}: ${why ?? 'failing'}${inARow}`;
    case 'recovering':
      return `Recovering for ${lasted}: ${plural(health.successes, 'consecutive success', 'consecutive successes')}`;
    case 'unknown':
      if (!last) return 'Not probed yet';
      return `Unknown for ${lasted}: ${last.verdict === 'unknown' ? last.message : 'no result'}`;
  }
}

/** `shop`, or `shop and 14 more` of a storm. */
export function incidentName(incident: Incident): string {
  const { name, more } = whatFails(incident);
  return more > 0 ? `${name} and ${more} more` : name;
}

/** `7 changes in the last 21 probes, up right now` */
export const flapWords = ({ changes, of, isGood }: FlapNow): string =>
  `${plural(changes, 'change')} in the last ${plural(of, 'probe')}, ${isGood ? 'up' : 'down'} right now`;

/** `shop down for 12 min: connection refused`; `flap`: one of its checks keeps changing. */
export function incidentSentence(incident: Incident, now: number, flap?: FlapNow): string {
  const { status, startedAt } = incident;
  const target = incidentName(incident);
  if (status.is === 'resolved') {
    const lasted = formatDuration(status.at - startedAt);
    const failing = stillFailing(incident).length > 0;
    if (status.how === 'by-hand') {
      const who = status.by ? ` by ${status.by}` : '';
      const about = incident.kind === 'ticket' ? `: ${incident.message}` : '';
      const still = failing ? ', but is still failing: no pages until it recovers' : '';
      return `${target} was resolved manually${who} after ${lasted}${still}${about}`;
    }
    if (status.how === 'lowered') return `${target} is no longer urgent after ${lasted}: ${incident.message}`;
    if (incident.kind === 'ticket') return `${target} was resolved after ${lasted}: ${incident.message}`;
    const how = status.how === 'removed' ? 'is no longer monitored' : 'recovered';
    return `${target} ${how} after ${lasted}: ${REASONS[incident.reason]}`;
  }
  if (flap) return `${target} flapping for ${formatDuration(now - flap.since)}: ${flapWords(flap)}`;
  const why = incident.kind === 'ticket' ? incident.message : reasonWords(incident.reason, incident.message);
  const again = incident.reopened > 0 ? ' again' : '';
  return `${target} ${stateWord(incident.reason)}${again} for ${formatDuration(now - (incident.reopenedAt ?? startedAt))}: ${why}`;
}
