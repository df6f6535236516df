import { formatDuration } from './duration.ts';
import { ticketAtHand, ticketName, type Incident } from './incident.ts';
import { neutralise, neutraliseLine } from './neutralise.ts';
import { reasonWords, type Reason } from './reason.ts';
import { clockTimeSeenFrom, listed } from './wording.ts';
import { inLanguage } from '../text/language.ts';
import { say } from '../text/say.ts';

/** Named one by one. */
const MOST_TARGETS = 10;

/** Words for customers, with `{placeholders}`. */
export interface CustomerTemplates {
  update_subject: string;
  update: string;
  closing_subject: string;
  closing: string;
  vendor_subject: string;
  vendor: string;
  /** Of a ticket that the customer reads. */
  ticket_subject: string;
  ticket: string;
}

/** What may stand in braces. */
export const PLACEHOLDERS = [
  'customer',
  'targets',
  'reason',
  'since',
  'lasted',
  'status',
  'estimate',
  'next',
  'ticket',
  'vendor',
  'text',
  'outcome',
  'provider',
  'signature',
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** What is said of an outage of one target where the config has no words of its own, in the language of the moment. */
export const DEFAULT_TEMPLATES: CustomerTemplates = {
  get update_subject() {
    return subjectTemplate('update', false);
  },
  get update() {
    return bodyTemplate('update', false, 1);
  },
  get closing_subject() {
    return subjectTemplate('closing', false);
  },
  get closing() {
    return bodyTemplate('closing', false, 1);
  },
  get vendor_subject() {
    return subjectTemplate('vendor', false);
  },
  get vendor() {
    return bodyTemplate('vendor', false, 1);
  },
  get ticket_subject() {
    return subjectTemplate('ticket', false);
  },
  get ticket() {
    return bodyTemplate('ticket', false, 1);
  },
};

type Which = 'update' | 'closing' | 'vendor' | 'ticket';

/** `isTicket`: a ticket has become urgent, and nothing that we watch has failed. */
function subjectTemplate(which: Which, isTicket: boolean): string {
  switch (which) {
    case 'update':
      return isTicket
        ? say('customer.ticket-update-subject', { targets: '{targets}' })
        : say('customer.update-subject', { targets: '{targets}', since: '{since}' });
    case 'closing':
      return say('customer.closing-subject', { outcome: '{outcome}' });
    case 'vendor':
      return say('customer.vendor-subject', { targets: '{targets}', since: '{since}' });
    case 'ticket':
      return say('customer.opening-subject', { targets: '{targets}' });
  }
}

/** `count`: of the targets. */
function bodyTemplate(which: Which, isTicket: boolean, count: number): string {
  switch (which) {
    case 'update':
      if (isTicket)
        return say('customer.ticket-update-text', {
          targets: '{targets}',
          status: '{status}',
          estimate: '{estimate}',
          next: '{next}',
          ticket: '{ticket}',
          signature: '{signature}',
        });
      return say('customer.update-text', {
        count,
        targets: '{targets}',
        since: '{since}',
        reason: '{reason}',
        status: '{status}',
        estimate: '{estimate}',
        next: '{next}',
        ticket: '{ticket}',
        signature: '{signature}',
      });
    case 'ticket':
      return say('customer.opening-text', {
        count,
        targets: '{targets}',
        since: '{since}',
        reason: '{reason}',
        status: '{status}',
        signature: '{signature}',
      });
    case 'closing':
      return say('customer.closing-text', {
        outcome: '{outcome}',
        lasted: '{lasted}',
        since: '{since}',
        ticket: '{ticket}',
        signature: '{signature}',
      });
    case 'vendor':
      return say('customer.vendor-text', {
        count,
        targets: '{targets}',
        since: '{since}',
        reason: '{reason}',
        text: '{text}',
        ticket: '{ticket}',
        signature: '{signature}',
      });
  }
}

export interface CustomerFacts {
  incident: Incident;
  customer?: string;
  /** Theirs, and nobody else's, as they call them. */
  targets: readonly string[];
  /** Who writes: the company that runs Watchdesk, as its customers know it. */
  provider?: string | undefined;
  now: number;
  timeZone: string;
  /** BCP 47 tag of the language in which they are written to; absent: that of the installation. */
  language?: string | undefined;
  nextAt?: number;
  vendor?: string;
  text?: string;
  /** What has become of their part; absent while it goes on. */
  standing?: Standing;
}

/** `elsewhere`: it has a report of its own; `gone`: it is no longer watched, or no longer theirs. */
export type Standing = 'works' | 'unknown' | 'elsewhere' | 'gone';

/**
 * Subject and text of what somebody outside is told, in their language; `templates`: the words of the config. A line of
 * which nothing is left is left out.
 */
export function customerText(
  templates: Partial<CustomerTemplates>,
  which: Which,
  facts: CustomerFacts,
): { subject: string; body: string } {
  return inLanguage(facts.language, () => {
    const values = valuesOf(facts);
    const fill = (text: string) =>
      text.replace(/\{(\w+)\}/g, (_all, name: string) => values[name as Placeholder] ?? '');
    const isTicket = facts.incident.kind === 'ticket';
    const body = (templates[which] ?? bodyTemplate(which, isTicket, Math.max(1, facts.targets.length)))
      .split('\n')
      .map((line) => ({ line, filled: fill(line).trim() }))
      .filter(({ line, filled }) => line.trim() === '' || filled !== '')
      .map(({ filled }) => filled)
      .join('\n')
      .trim();
    const subject = fill(templates[`${which}_subject`] ?? subjectTemplate(which, isTicket));
    return { subject: neutraliseLine(subject, 200), body: neutralise(body, 8_000) };
  });
}

/** What somebody writes to a customer by hand is about their own targets, and nobody else's. */
export function noteSubject(
  incident: Incident,
  { targets, language }: Pick<CustomerFacts, 'targets' | 'language'>,
): string {
  return inLanguage(language, () => {
    const ticket = ticketAtHand(incident);
    const named = namedFor(incident, targets);
    return ticket
      ? say('customer.note-subject-with-ticket', { targets: named, ticket: ticketName(ticket) })
      : say('customer.note-subject', { targets: named });
  });
}

function valuesOf({
  incident,
  customer,
  targets,
  now,
  timeZone,
  nextAt,
  vendor,
  text,
  standing,
  provider,
}: CustomerFacts) {
  const { status, reason, startedAt } = incident;
  const { estimate } = incident.episode;
  const clock = (at: number) => `${clockTimeSeenFrom(at, now, timeZone)} (${timeZone})`;
  const ticket = ticketAtHand(incident);
  const endedAt = status.is === 'resolved' ? status.at : now;
  const isLate = estimate !== undefined && estimate.at <= now;
  const values: Record<Placeholder, string> = {
    customer: customer ?? '',
    targets: namedFor(incident, targets),
    reason: reasonForCustomers(reason, incident.message),
    since: clock(startedAt),
    lasted: formatDuration(endedAt - startedAt),
    status: say(status.is === 'worked' ? 'customer.status-worked' : 'customer.status-paged'),
    estimate:
      estimate === undefined
        ? say('customer.estimate-none')
        : say(isLate ? 'customer.estimate-passed' : 'customer.estimate', { at: clock(estimate.at) }),
    next: nextAt === undefined ? '' : clock(nextAt),
    ticket: ticket ? say('customer.ticket', { ticket: ticketName(ticket) }) : '',
    vendor: vendor ?? '',
    text: text ?? '',
    outcome: outcomeText(incident, targets, standing),
    provider: provider ?? '',
    signature: provider ? say('customer.signature', { provider }) : say('customer.signature-without-name'),
  };
  return values;
}

/** In words of theirs: what a visitor of the service would see. */
function reasonForCustomers(reason: Reason, message: string): string {
  const words = reasonWords(reason, message);
  return words.startsWith('HTTP ') ? say('customer.server-returns', { status: words }) : words;
}

/** How it ended; that it works again is said only of what does. */
function outcomeText(incident: Incident, targets: readonly string[], standing: Standing | undefined): string {
  const named = namedFor(incident, targets);
  const count = Math.max(1, targets.length);
  const how = incident.status.is === 'resolved' ? incident.status.how : undefined;
  const ended = (what: 'lowered' | 'removed' | 'closed') =>
    incident.kind === 'ticket'
      ? say(`customer.ticket-ended-${what}`, { targets: named })
      : say(`customer.ended-${what}`, { targets: named });
  if (how === 'lowered') return ended('lowered');
  if (how === 'removed' || standing === 'gone') return ended('removed');
  if (how === 'by-hand') return ended('closed');
  if (standing === 'elsewhere') return say('customer.outcome-elsewhere', { targets: named, count });
  if (standing === 'unknown') return say('customer.outcome-unknown', { targets: named, count });
  return how === 'recovered' || standing === 'works'
    ? say('customer.outcome-available', { targets: named, count })
    : ended('lowered');
}

/** Their targets, or in other words what they have told us of. */
function namedFor(incident: Incident, targets: readonly string[]): string {
  if (targets.length === 0) return whatIsReported(incident);
  const shown = targets.slice(0, MOST_TARGETS).map((name) => neutraliseLine(name, 80));
  const more = targets.length - shown.length;
  return listed(more > 0 ? [...shown, say('customer.more', { count: more })] : shown);
}

function whatIsReported({ kind, reason, message, subject = message }: Incident): string {
  if (reason === 'called-in') return say('customer.reported-by-phone');
  if (reason === 'reported-in') return say('customer.reported');
  return kind === 'ticket'
    ? say('customer.your-ticket', { subject: neutraliseLine(subject, 80) })
    : say('customer.your-service');
}
