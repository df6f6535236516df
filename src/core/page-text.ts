import { formatDuration } from './duration.ts';
import type { Occasion } from './effect.ts';
import { gsm7Length, toGsm7 } from './gsm7.ts';
import type { Incident } from './incident.ts';
import { neutraliseLine } from './neutralise.ts';
import { REASONS } from './reason.ts';
import { clockTimeSeenFrom } from './wording.ts';

/** What one phone message carries in the GSM-7 alphabet. */
const ONE_SMS = 160;

export interface PageFacts {
  occasion: Occasion;
  incident: Incident;
  now: number;
  timeZone: string;
  /** The answer page. */
  link: string;
  /** An earlier attempt may have arrived. */
  perhapsDouble: boolean;
}

/**
 * The text of a page or notice. Inside one phone message where that can be: first the details of the reason
 * go, then the customer, then the tail of the target's name; never the link, the ticket or the time.
 */
export function pageText(facts: PageFacts): string {
  const { incident } = facts;
  const target = plain(incident.target, 80);
  const customer = incident.customer ? ` (${plain(incident.customer, 60)})` : '';
  const message = plain(incident.message, 120);
  const brief = REASONS[incident.reason];
  const detail = message.toLowerCase().includes(brief) ? message : `${brief}, ${message}`;
  const tries: [string, string, string][] = [
    [target, customer, detail],
    [target, customer, brief],
    [target, '', brief],
    [neutraliseLine(target, 40), '', brief],
    [neutraliseLine(target, 20), '', brief],
  ];
  let text = '';
  for (const [name, whose, why] of tries) {
    text = compose(facts, name, whose, why);
    if ((gsm7Length(text) ?? Infinity) <= ONE_SMS) break;
  }
  return text;
}

export function testText(person: string, link: string): string {
  return `TEST page from Watchdesk for ${plain(person, 40)}. Nothing is wrong, nothing to do. ${link}`;
}

function compose(facts: PageFacts, target: string, customer: string, why: string): string {
  const { incident, occasion, now, timeZone } = facts;
  const since = clockTimeSeenFrom(incident.startedAt, now, timeZone);
  const ticket = incident.ticket ? ` Ticket ${plain(incident.ticket.remoteId, 20)}.` : '';
  const head = `${incident.priority.toUpperCase()}${facts.perhapsDouble ? ' (sent again)' : ''} ${target}${customer}`;
  const tail = `${ticket} ${facts.link}`;
  if (occasion.is === 'recovery') {
    const lasted = formatDuration(endOf(incident, now) - incident.startedAt);
    const at = clockTimeSeenFrom(endOf(incident, now), now, timeZone);
    const how = incident.status.is === 'resolved' ? incident.status.how : 'recovered';
    if (how === 'by-hand') return `RESOLVED ${target}${customer} by hand at ${at} after ${lasted}.${tail}`;
    if (how === 'removed') return `CLOSED ${target}${customer}: no longer watched since ${at}.${tail}`;
    return `RECOVERED ${target}${customer} up since ${at} after ${lasted}.${tail}`;
  }
  if (incident.status.is === 'resolved') {
    const at = clockTimeSeenFrom(incident.status.at, now, timeZone);
    return `${head} was down ${since} to ${at}: ${why}. Over now.${tail}`;
  }
  switch (occasion.is) {
    case 'again':
      return `${head} down again, first at ${since}: ${why}.${tail}`;
    case 'reminder':
      return `${head} still down since ${since}, nobody on it: ${why}.${tail}`;
    default:
      return `${head} down since ${since}: ${why}.${tail}`;
  }
}

const endOf = (incident: Incident, now: number): number =>
  incident.status.is === 'resolved' ? incident.status.at : now;

const plain = (text: string, limit: number): string => toGsm7(neutraliseLine(text, limit));
