import { formatDuration } from './duration.ts';
import type { Occasion } from './effect.ts';
import type { FlapNow } from './flapping.ts';
import { flapWords } from './sentence.ts';
import { gsm7Length, toGsm7 } from './gsm7.ts';
import {
  isOpen,
  stillAffected,
  stillFailing,
  ticketAtHand,
  ticketTitle,
  whatFails,
  type Incident,
} from './incident.ts';
import { neutraliseLine } from './neutralise.ts';
import { isReported, reasonAndMessage, reasonWords, stateWord } from './reason.ts';
import { ringSentence } from './service/ring-sentence.ts';
import { OWN_TARGET } from './target.ts';
import { clockTimeSeenFrom, plural } from './wording.ts';

/** What one phone message carries in the GSM-7 alphabet, and what two carry that are joined: https://www.twilio.com/docs/glossary/what-sms-character-limit */
const GSM7_SEGMENTS = [160, 306] as const;
/** The same in UCS-2. */
const UCS2_SEGMENTS = [70, 134] as const;

export interface PageFacts {
  occasion: Occasion;
  incident: Incident;
  now: number;
  timeZone: string;
  /** The answer page. */
  link: string;
  /** An earlier attempt may have arrived. */
  perhapsDouble: boolean;
  /** It can be answered by typing. */
  takesReplies?: boolean;
  /** Messages to the same person that this one stands for too. */
  bundled?: number;
  /** As people are called. */
  nameOf(person: string): string;
  /** The status wall, for what is not in the text. */
  wall: string;
  /** One of its checks keeps changing between up and down. */
  flap?: FlapNow;
}

/**
 * The text of a page or notice, in one phone message where nothing that is needed is lost by it, else in two: first the
 * details of the reason go, then the tail of the target's name; never its code, the customer, the ticket, the time or
 * the link.
 */
export function pageText(facts: PageFacts): string {
  const { incident } = facts;
  const { name: named } = whatFails(incident);
  const more = behind(facts);
  const target = plain(named, 80) + more;
  const customer = incident.customer ? ` (${plain(incident.customer, 60)})` : '';
  const message = plain(incident.message, 120);
  const brief = facts.flap ? flapWords(facts.flap) : reasonWords(incident.reason, incident.message);
  const detail = facts.flap ? flapWords(facts.flap) : reasonAndMessage(incident.reason, message);
  const tries: [name: string, whose: string, why: string, segments: number][] = [
    [target, customer, detail, 1],
    [target, customer, brief, 1],
    [target, customer, detail, 2],
    [target, customer, brief, 2],
    [shortened(named, 40) + more, customer, brief, 2],
    [shortened(named, 20) + more, '', brief, 2],
  ];
  let text = '';
  for (const [name, whose, why, segments] of tries) {
    text = compose(facts, name, whose, why);
    if (fits(text, segments)) break;
  }
  return text;
}

/** What says nothing but that somebody has called. */
const CALLS: ReadonlySet<Occasion['is']> = new Set(['outage', 'again', 'mobilise', 'grown']);

export function testText(person: string, link: string): string {
  return `TEST page from Watchdesk for ${plain(person, 40)}. No action needed. ${link}`;
}

function compose(facts: PageFacts, target: string, customer: string, why: string): string {
  const { incident, occasion, now, timeZone } = facts;
  const since = clockTimeSeenFrom(facts.flap?.since ?? incident.startedAt, now, timeZone);
  const ticket = ticketText(incident);
  const priority = occasion.is === 'marked-urgent' || incident.isRaised ? 'urgent' : incident.priority;
  const head = `${priority.toUpperCase()}${facts.perhapsDouble ? ' (sent again)' : ''} ${target}${customer}`;
  const bundled = facts.bundled ? ` And ${facts.bundled} more: ${facts.wall}` : '';
  const reply = facts.takesReplies && isOpen(incident) ? ' Reply 1 to acknowledge.' : '';
  const tail = `${ticket}${reply} ${facts.link}${bundled}`;
  const state = facts.flap ? 'flapping' : stateWord(incident.reason);
  const subject = incident.kind === 'ticket' ? ` (${plain(incident.subject ?? incident.message, 40)})` : '';
  if (occasion.is === 'recovery') {
    const lasted = formatDuration(endOf(incident, now) - incident.startedAt);
    const at = clockTimeSeenFrom(endOf(incident, now), now, timeZone);
    const how = incident.status.is === 'resolved' ? incident.status.how : 'recovered';
    if (how === 'by-hand') {
      const still = stillFailing(incident).length > 0 ? ', still failing' : '';
      const by = incident.status.is === 'resolved' ? incident.status.by : undefined;
      const hand = by ? plain(facts.nameOf(by), 30) : 'hand';
      return `RESOLVED ${target}${subject}${customer} by ${hand} at ${at} after ${lasted}${still}.${tail}`;
    }
    if (how === 'settled') return `CLEARED ${target}${customer} at ${at}.${tail}`;
    if (how === 'lowered') return `NO LONGER URGENT ${target}${subject} since ${at} after ${lasted}.${tail}`;
    if (how === 'removed') {
      const what =
        incident.target === OWN_TARGET ? 'its test was removed from the config' : 'no longer monitored';
      return `CLOSED ${target}${customer}: ${what} since ${at}.${tail}`;
    }
    return `RECOVERED ${target}${customer} up since ${at} after ${lasted}.${tail}`;
  }
  if (incident.status.is === 'resolved') {
    const at = clockTimeSeenFrom(incident.status.at, now, timeZone);
    return `${head} was ${state} ${since} to ${at}: ${why}. Resolved.${tail}`;
  }
  if (isReported(incident.reason) && CALLS.has(occasion.is)) {
    return `${head} ${state} at ${since}: ${plain(incident.message, 60)}.${tail}`;
  }
  if (incident.reason === 'promise' && occasion.is !== 'nudge') {
    const { rung, message, subject: about = '' } = incident;
    const known = rung ? `${ringSentence(rung, now, timeZone)}: ${about}` : message;
    const said = occasion.is === 'promise' ? promiseText(occasion, now, timeZone) : known;
    return `${head}: ${plain(said, 60)}.${tail}`;
  }
  switch (occasion.is) {
    case 'promise':
      return `${head}: ${plain(promiseText(occasion, now, timeZone), 60)}.${tail}`;
    case 'again':
      return `${head} ${state} again, first failed ${since}: ${why}.${tail}`;
    case 'reminder': {
      const who =
        incident.status.is === 'worked'
          ? `acknowledged by ${plain(facts.nameOf(incident.status.by), 30)}`
          : 'unacknowledged';
      return `${head} still ${state} since ${since}, ${who}: ${why}.${tail}`;
    }
    case 'lapsed':
      return `${head} ${state} since ${since}, no update from ${plain(occasion.by, 30)}: ${why}.${tail}`;
    case 'nudge':
      return `${head}: customer update goes out at ${clockTimeSeenFrom(occasion.dueAt, now, timeZone)}, nothing new to report yet.${tail}`;
    case 'held':
      return `${head}: ticket not accepted by ${plain(incident.helpdesk, 30)}, held in the desk.${tail}`;
    case 'marked-urgent':
      return incident.kind === 'ticket'
        ? `${head}: ${plain(incident.message, 60).replace(/\.+$/, '')}.${tail}`
        : `${head} ${state} since ${since}, ticket raised to urgent: ${why}.${tail}`;
    case 'asked':
      return `${head} ${state} since ${since}, escalated by ${plain(occasion.by, 30)}: ${why}.${tail}`;
    default:
      return `${head} ${state} since ${since}: ${why}.${tail}`;
  }
}

/** In the zone of whoever reads it. */
const promiseText = (
  { text, ring }: Extract<Occasion, { is: 'promise' }>,
  now: number,
  timeZone: string,
): string => (ring ? ringSentence(ring, now, timeZone) : text);

/** A ticket that is an incident by itself stands in the name already. */
function ticketText(incident: Incident): string {
  const ticket = ticketAtHand(incident);
  if (!ticket || (incident.kind === 'ticket' && !isReported(incident.reason))) return '';
  const id = plain(ticketTitle(ticket), 40);
  return ticket === incident.ticket
    ? ` Ticket ${id}.`
    : ` Ticket ${id}, not yet in ${plain(incident.helpdesk, 20)}.`;
}

/** ` and 14 more` of a storm, ` and 40 behind it` of what depends on it. */
function behind({ incident, occasion }: PageFacts): string {
  const { more } = whatFails(incident);
  if (more > 0) return ` and ${more} more`;
  // What stood behind it is probed afresh when it is back: nobody knows yet how that is.
  const affected = occasion.is === 'recovery' ? 0 : stillAffected(incident).length;
  return affected > 0 ? ` and ${plural(affected, 'dependent')}` : '';
}

const shortened = (target: string, limit: number): string => neutraliseLine(target, limit).replace('…', '.');

/** Names that the alphabet of phones cannot write keep their letters and take more room. */
function fits(text: string, segments: number): boolean {
  const septets = gsm7Length(text);
  if (septets === undefined) return text.length <= UCS2_SEGMENTS[Math.max(segments, 2) - 1]!;
  return septets <= GSM7_SEGMENTS[segments - 1]!;
}

const endOf = (incident: Incident, now: number): number =>
  incident.status.is === 'resolved' ? incident.status.at : now;

/** In the alphabet of phones where that loses nothing but accents and typography. */
function plain(text: string, limit: number): string {
  const line = neutraliseLine(text, limit);
  const short = toGsm7(line);
  const lost = short.split('?').length > line.split('?').length;
  return lost ? line : short;
}
