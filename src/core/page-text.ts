import { formatDuration } from './duration.ts';
import type { Occasion } from './effect.ts';
import type { FlapNow } from './flapping.ts';
import { flapWords } from './sentence.ts';
import { gsm7Length, toGsm7 } from './gsm7.ts';
import {
  helpdeskTitle,
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
import { clockTimeSeenFrom } from './wording.ts';
import { say } from '../text/say.ts';

/**
 * Characters in one SMS in the GSM-7 alphabet, and in two joined ones:
 * https://www.twilio.com/docs/glossary/what-sms-character-limit
 */
const GSM7_SEGMENTS = [160, 306] as const;
/** The same in UCS-2. */
const UCS2_SEGMENTS = [70, 134] as const;

export interface PageFacts {
  occasion: Occasion;
  incident: Incident;
  now: number;
  timeZone: string;
  /** Link to the page on which to respond. */
  link: string;
  /** An earlier attempt may have arrived, so this one may be a duplicate. */
  perhapsDouble: boolean;
  /** The recipient can reply by typing. */
  takesReplies?: boolean;
  /** Number of messages to the same person that are bundled into this one. */
  bundled?: number;
  /** Display name of a person. */
  nameOf(person: string): string;
  /** Link to the status wall, for what is not in the text. */
  wall: string;
  /** Set when one of the incident's checks is flapping. */
  flap?: FlapNow;
}

/**
 * The text of a page or notice: in one SMS where nothing necessary is lost by it, else in two. First the details of the
 * reason are cut, then the end of the target's name; never its code, the customer, the ticket, the time or the link.
 */
export function pageText(facts: PageFacts): string {
  const { incident } = facts;
  const { name: named } = whatFails(incident);
  const target = withOthers(plain(named, 80), facts);
  const customer = incident.customer ? plain(incident.customer, 60) : undefined;
  const message = plain(incident.message, 120);
  const brief = facts.flap ? flapWords(facts.flap) : reasonWords(incident.reason, incident.message);
  const detail = facts.flap ? flapWords(facts.flap) : reasonAndMessage(incident.reason, message);
  const tries: [name: string, whose: string | undefined, why: string, segments: number][] = [
    [target, customer, detail, 1],
    [target, customer, brief, 1],
    [target, customer, detail, 2],
    [target, customer, brief, 2],
    [withOthers(shortened(named, 40), facts), customer, brief, 2],
    [withOthers(shortened(named, 20), facts), undefined, brief, 2],
  ];
  let text = '';
  for (const [name, whose, why, segments] of tries) {
    text = compose(facts, name, whose, why);
    if (fits(text, segments)) break;
  }
  return text;
}

/** Occasions on which a reported problem only says what was reported. */
const CALLS: ReadonlySet<Occasion['is']> = new Set(['outage', 'again', 'mobilise', 'grown']);

export function testText(person: string, link: string): string {
  return say('page-text.test', { person: plain(person, 40), link });
}

function compose(facts: PageFacts, target: string, customer: string | undefined, why: string): string {
  const { incident, takesReplies, bundled, wall, link } = facts;
  return [
    sentence(facts, target, customer, why),
    ticketText(incident),
    takesReplies && isOpen(incident) ? say('page-text.reply') : '',
    link,
    bundled ? say('page-text.bundled', { count: bundled, wall }) : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function sentence(facts: PageFacts, named: string, customer: string | undefined, why: string): string {
  const { incident, occasion, now, timeZone } = facts;
  const { status, reason, kind } = incident;
  const clock = (at: number) => clockTimeSeenFrom(at, now, timeZone);
  if (occasion.is === 'recovery') return ending(facts, named, customer);
  const target = ofCustomer(named, customer);
  const since = clock(facts.flap?.since ?? incident.startedAt);
  const loud = say(
    `words.loud-${occasion.is === 'marked-urgent' || incident.episode.urgency === 'raised' ? 'urgent' : incident.priority}`,
  );
  const priority = facts.perhapsDouble ? say('page-text.sent-again', { priority: loud }) : loud;
  const state = facts.flap ? say('words.state-flapping') : stateWord(reason);
  if (status.is === 'resolved')
    return say('page-text.was-down', { priority, target, state, since, until: clock(status.at), why });
  if (isReported(reason) && CALLS.has(occasion.is))
    return say('page-text.reported', {
      priority,
      target,
      state,
      since,
      message: plain(incident.message, 60),
    });
  if (reason === 'promise' && occasion.is !== 'nudge') {
    const { rung, message, subject = '' } = incident;
    const known = rung
      ? say('words.sla-about', { sentence: ringSentence(rung, now, timeZone), subject })
      : message;
    const said = occasion.is === 'promise' ? promiseText(occasion, now, timeZone) : known;
    return say('page-text.about', { priority, target, sentence: plain(said, 60) });
  }
  switch (occasion.is) {
    case 'promise': {
      const said = plain(promiseText(occasion, now, timeZone), 60);
      return say('page-text.about', { priority, target, sentence: said });
    }
    case 'again':
      return say('page-text.again', { priority, target, state, since, why });
    case 'reminder':
      return status.is === 'worked'
        ? say('page-text.still-acknowledged', {
            priority,
            target,
            state,
            since,
            person: plain(facts.nameOf(status.by), 30),
            why,
          })
        : say('page-text.still-unacknowledged', { priority, target, state, since, why });
    case 'lapsed':
      return say('page-text.no-update', {
        priority,
        target,
        state,
        since,
        person: plain(occasion.by, 30),
        why,
      });
    case 'nudge':
      return say('page-text.update-due', { priority, target, at: clock(occasion.dueAt) });
    case 'held':
      return say('page-text.held', {
        priority,
        target,
        helpdesk: plain(helpdeskTitle(incident.helpdesk), 30),
      });
    case 'marked-urgent':
      return kind === 'ticket'
        ? say('page-text.about', {
            priority,
            target,
            sentence: plain(incident.message, 60).replace(/\.+$/, ''),
          })
        : say('page-text.raised', { priority, target, state, since, why });
    case 'asked':
      return say('page-text.escalated', {
        priority,
        target,
        state,
        since,
        person: plain(occasion.by, 30),
        why,
      });
    default:
      return say('page-text.down', { priority, target, state, since, why });
  }
}

/** The text when the incident has ended. */
function ending({ incident, now, timeZone, nameOf }: PageFacts, named: string, customer: string | undefined) {
  const { status, kind, startedAt } = incident;
  const end = status.is === 'resolved' ? status.at : now;
  const lasted = formatDuration(end - startedAt);
  const at = clockTimeSeenFrom(end, now, timeZone);
  const how = status.is === 'resolved' ? status.how : 'recovered';
  const subject = kind === 'ticket' ? plain(incident.subject ?? incident.message, 40) : '';
  const about = subject === '' ? named : say('page-text.with-subject', { target: named, subject });
  const target = ofCustomer(named, customer);
  switch (how) {
    case 'by-hand': {
      const by = status.is === 'resolved' ? status.by : undefined;
      const failing = stillFailing(incident).length > 0 ? 'yes' : 'no';
      const what = ofCustomer(about, customer);
      return by
        ? say('page-text.resolved-by', { target: what, person: plain(nameOf(by), 30), at, lasted, failing })
        : say('page-text.resolved-manually', { target: what, at, lasted, failing });
    }
    case 'settled':
      return say('page-text.cleared', { target, at });
    case 'lowered':
      return say('page-text.no-longer-urgent', { target: about, at, lasted });
    case 'removed':
      return say(
        incident.target === OWN_TARGET ? 'page-text.own-test-removed' : 'page-text.no-longer-monitored',
        { target, at },
      );
    case 'recovered':
      return say('page-text.recovered', { target, at, lasted });
  }
}

const ofCustomer = (target: string, customer: string | undefined): string =>
  customer === undefined ? target : say('page-text.of-customer', { target, customer });

/** In the reader's time zone. */
const promiseText = (
  { text, ring }: Extract<Occasion, { is: 'promise' }>,
  now: number,
  timeZone: string,
): string => (ring ? ringSentence(ring, now, timeZone) : text);

/** An incident that is about a ticket already has the ticket in its name. */
function ticketText(incident: Incident): string {
  const found = ticketAtHand(incident);
  if (!found || (incident.kind === 'ticket' && !isReported(incident.reason))) return '';
  const ticket = plain(ticketTitle(found), 40);
  return found === incident.ticket
    ? say('page-text.ticket', { ticket })
    : say('page-text.ticket-in-desk', { ticket, helpdesk: plain(helpdeskTitle(incident.helpdesk), 20) });
}

/** `shop and 14 more` for a storm, `router and 40 dependents` for a parent. */
function withOthers(target: string, { incident, occasion }: PageFacts): string {
  const { more } = whatFails(incident);
  if (more > 0) return say('page-text.and-more', { target, count: more });
  // The dependents are probed again after the recovery: their state is not known yet.
  const affected = occasion.is === 'recovery' ? 0 : stillAffected(incident).length;
  return affected > 0 ? say('page-text.and-dependents', { target, count: affected }) : target;
}

const shortened = (target: string, limit: number): string => neutraliseLine(target, limit).replace('…', '.');

/** A name outside the GSM-7 alphabet keeps its letters and takes more room. */
function fits(text: string, segments: number): boolean {
  const septets = gsm7Length(text);
  if (septets === undefined) return text.length <= UCS2_SEGMENTS[Math.max(segments, 2) - 1]!;
  return septets <= GSM7_SEGMENTS[segments - 1]!;
}

/** In the GSM-7 alphabet where that loses nothing but accents and typography. */
function plain(text: string, limit: number): string {
  const line = neutraliseLine(text, limit);
  const short = toGsm7(line);
  const lost = short.split('?').length > line.split('?').length;
  return lost ? line : short;
}
