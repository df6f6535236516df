import { formatDuration } from './duration.ts';
import { ticketAtHand, ticketName, type Incident } from './incident.ts';
import { neutralise, neutraliseLine } from './neutralise.ts';
import { reasonWords, type Reason } from './reason.ts';
import { clockTimeSeenFrom } from './wording.ts';

/** Words for customers, with `{placeholders}`. */
export interface CustomerTemplates {
  update_subject: string;
  update: string;
  closing_subject: string;
  closing: string;
  vendor_subject: string;
  vendor: string;
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
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

export const DEFAULT_TEMPLATES: CustomerTemplates = {
  update_subject: '{targets}: unavailable since {since}',
  update: `{targets} has been unavailable since {since}. Cause so far: {reason}.
{status}
{estimate}
Next update by {next}, or as soon as it is fixed.
{ticket}`,
  closing_subject: '{outcome}',
  closing: `{outcome} Duration: {lasted}, from {since}.
{ticket}`,
  vendor_subject: '{targets} down since {since}: please investigate',
  vendor: `{targets} has been down since {since}: {reason}. The cause appears to be on your side.
{text}
Please let us know what you find and when you expect it to be fixed. {ticket}`,
};

export interface CustomerFacts {
  incident: Incident;
  customer?: string;
  /** Theirs, and nobody else's. */
  targets: readonly string[];
  now: number;
  timeZone: string;
  nextAt?: number;
  vendor?: string;
  text?: string;
  /** What has become of their part; absent while it goes on. */
  standing?: Standing;
}

/** `elsewhere`: it has a report of its own; `gone`: it is no longer watched, or no longer theirs. */
export type Standing = 'works' | 'unknown' | 'elsewhere' | 'gone';

/** Subject and text of what somebody outside is told. A line of which nothing is left is left out. */
export function customerText(
  templates: CustomerTemplates,
  which: 'update' | 'closing' | 'vendor',
  facts: CustomerFacts,
): { subject: string; body: string } {
  const values = valuesOf(facts);
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_all, name: string) => values[name as Placeholder] ?? '');
  const body = templates[which]
    .split('\n')
    .map((line) => ({ line, filled: fill(line).trim() }))
    .filter(({ line, filled }) => line.trim() === '' || filled !== '')
    .map(({ filled }) => filled)
    .join('\n');
  return { subject: neutraliseLine(fill(templates[`${which}_subject`]), 200), body: neutralise(body, 8_000) };
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
}: CustomerFacts) {
  const { status, estimate, reason, startedAt } = incident;
  const clock = (at: number) => `${clockTimeSeenFrom(at, now, timeZone)} (${timeZone})`;
  const ticket = ticketAtHand(incident);
  const endedAt = status.is === 'resolved' ? status.at : now;
  const isLate = estimate !== undefined && estimate.at <= now;
  const named = listed(targets.length > 0 ? targets : [whatIsReported(incident)]);
  const values: Record<Placeholder, string> = {
    customer: customer ?? '',
    targets: named,
    reason: reasonForCustomers(reason, incident.message),
    since: clock(startedAt),
    lasted: formatDuration(endedAt - startedAt),
    status: status.is === 'worked' ? 'An engineer is working on it.' : 'Our on-call engineer has been paged.',
    estimate:
      estimate === undefined
        ? "We don't have an estimate yet."
        : isLate
          ? `This is taking longer than our estimate of ${clock(estimate.at)}; a new estimate will follow.`
          : `We expect it to be fixed by ${clock(estimate.at)}.`,
    next: nextAt === undefined ? '' : clock(nextAt),
    ticket: ticket ? `Ticket ${ticketName(ticket)}.` : '',
    vendor: vendor ?? '',
    text: text ?? '',
    outcome: outcomeText(incident, named, standing),
  };
  return values;
}

/** In words of theirs: what a visitor of the service would see. */
function reasonForCustomers(reason: Reason, message: string): string {
  const words = reasonWords(reason, message);
  return words.startsWith('HTTP ') ? `the server returns ${words}` : words;
}

/** How it ended; that it works again is said only of what does. */
function outcomeText({ status, kind }: Incident, named: string, standing: Standing | undefined): string {
  const report = kind === 'ticket' ? named : `The incident affecting ${named}`;
  const how = status.is === 'resolved' ? status.how : undefined;
  if (how === 'lowered') return `${report} is no longer treated as urgent.`;
  if (how === 'removed' || standing === 'gone') return `${report} is closed: we no longer monitor it.`;
  if (how === 'by-hand') return `${report} has been closed by our engineers.`;
  if (standing === 'elsewhere') return `${named} is now handled as a separate incident.`;
  if (standing === 'unknown')
    return `The service that ${named} depends on has recovered; anything still failing is handled as a new incident.`;
  return how === 'recovered' || standing === 'works'
    ? `${named} is available again.`
    : `${report} is no longer treated as urgent.`;
}

function whatIsReported({ kind, reason, message, subject = message }: Incident): string {
  if (reason === 'called-in') return 'What you reported by phone';
  if (reason === 'reported-in') return 'What you reported';
  return kind === 'ticket' ? `"${subject}"` : 'Your service';
}

function listed(targets: readonly string[]): string {
  const shown = targets.slice(0, 10).map((name) => neutraliseLine(name, 80));
  const more = targets.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
