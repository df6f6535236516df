import { formatDuration } from './duration.ts';
import { ticketAtHand, ticketName, type Incident } from './incident.ts';
import { neutralise, neutraliseLine } from './neutralise.ts';
import { reasonWords, type Reason } from './reason.ts';
import { clockTimeSeenFrom, listed } from './wording.ts';
import { inLanguage } from '../text/language.ts';
import { say } from '../text/say.ts';

/** Targets that are listed by name. */
const MOST_TARGETS = 10;

/** Texts for customers, with `{placeholders}`. */
export interface CustomerTemplates {
  update_subject: string;
  update: string;
  closing_subject: string;
  closing: string;
  vendor_subject: string;
  vendor: string;
  /** For a ticket that the customer reads. */
  ticket_subject: string;
  ticket: string;
}

/** Names that may stand in braces. */
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

/** Texts for an outage of one target where the config has none of its own, in the current language. */
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

/** `isTicket`: a ticket has become urgent, and no monitored target has failed. */
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

/** `count`: number of targets. */
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
  /** The customer's own targets only, as the customer calls them. */
  targets: readonly string[];
  /** The sender: the company that runs Watchdesk, as its customers know it. */
  provider?: string | undefined;
  now: number;
  timeZone: string;
  /** BCP 47 tag of the customer's language; absent: that of the installation. */
  language?: string | undefined;
  nextAt?: number;
  vendor?: string;
  text?: string;
  /** State of the customer's targets at the end; absent while the outage lasts. */
  standing?: Standing;
}

/** `elsewhere`: the target has a report of its own; `gone`: it is no longer monitored, or no longer this customer's. */
export type Standing = 'works' | 'unknown' | 'elsewhere' | 'gone';

/**
 * Subject and text of a message to a customer or vendor, in their language; `templates`: the texts of the config. A
 * line of which nothing is left once its placeholders are filled in is left out.
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

/** Subject of a note that a human writes to a customer; it names that customer's targets only. */
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

/** The reason as a visitor of the customer's service would see it. */
function reasonForCustomers(reason: Reason, message: string): string {
  const words = reasonWords(reason, message);
  return words.startsWith('HTTP ') ? say('customer.server-returns', { status: words }) : words;
}

/** How the incident ended; only a target that works again is said to. */
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

/** The customer's targets or, without any, what the customer has reported. */
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
