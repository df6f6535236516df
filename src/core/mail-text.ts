import { stillFailing, type Incident } from './incident.ts';
import { neutralise } from './neutralise.ts';
import { evidence } from './ticket-text.ts';
import { incidentUrl, type Wording } from './wording.ts';
import { say } from '../text/say.ts';

const LIMIT = 8_000;
const MOST_PARTS = 5;

/** The text of a page by mail: the sentence, how to respond, and what the probes saw. */
export function mailText(sentence: string, incident: Incident, link: string, wording: Wording): string {
  const failing = stillFailing(incident);
  const more = failing.length - MOST_PARTS;
  const lines = [
    sentence,
    '',
    say('page-text.respond', { link }),
    say('page-text.details', { link: incidentUrl(wording, incident.id) }),
    ...failing.slice(0, MOST_PARTS).flatMap((part) => ['', ...evidence(part, wording)]),
    ...(more > 0 ? ['', say('page-text.and-more-checks', { count: more })] : []),
  ];
  return neutralise(lines.join('\n'), LIMIT);
}

/** Turns a text message into a mail subject: without links, and without the reply instructions. */
export const subjectOf = (text: string): string =>
  text
    .replace(` ${say('page-text.reply')}`, '')
    .replace(/ https?:\/\/\S+/g, '')
    .trim();
