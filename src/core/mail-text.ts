import { stillFailing, type Incident } from './incident.ts';
import { neutralise } from './neutralise.ts';
import { evidence } from './ticket-text.ts';
import { incidentUrl, type Wording } from './wording.ts';

const LIMIT = 8_000;
const MOST_PARTS = 5;

/** A page with room: the sentence, how to answer, and what the probes saw. */
export function mailText(sentence: string, incident: Incident, link: string, wording: Wording): string {
  const failing = stillFailing(incident);
  const more = failing.length - MOST_PARTS;
  const lines = [
    sentence,
    '',
    `Respond:  ${link}`,
    `Details:  ${incidentUrl(wording, incident.id)}`,
    ...failing.slice(0, MOST_PARTS).flatMap((part) => ['', ...evidence(part, wording)]),
    ...(more > 0 ? ['', `And ${more} more.`] : []),
  ];
  return neutralise(lines.join('\n'), LIMIT);
}

/** A text message as a subject: without links, and without how to reply. */
export const subjectOf = (text: string): string =>
  text
    .replace(' Reply 1 to acknowledge.', '')
    .replace(/ https?:\/\/\S+/g, '')
    .trim();
