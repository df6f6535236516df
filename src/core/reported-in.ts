import { startUpdates } from './customer-updates.ts';
import { startEscalation } from './escalate.ts';
import type { CalledInRules } from './called-in.ts';
import { isOpen, whatFails, type Incident } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { neutralise, neutraliseLine } from './neutralise.ts';
import { newIncident } from './new-incident.ts';
import type { TellingRules } from './customer-updates.ts';
import { fullTime } from './wording.ts';
import { say } from '../text/say.ts';

/** A report from the form for critical problems. Only the fact that it was sent is trusted, nothing in it. */
export interface CriticalReport {
  /** The name that the sender claims. */
  name: string;
  /** Mail address or number. */
  contact: string;
  /** The component of the status page that it is about. */
  component?: string;
  text: string;
}

const NAME_LIMIT = 60;
const CONTACT_LIMIT = 120;
const LINE_LIMIT = 300;
const TEXT_LIMIT = 4_000;

/** The key that links a second report by the same people to the first. Stored and compared, so not translated. */
export const reportTarget = (report: CriticalReport): string => `report from ${senderOf(report)}`;

function senderOf({ name, contact }: CriticalReport): string {
  // Distinguishes two senders with the same first name; the ticket has the whole contact.
  const end = contact.replace(/[^\p{L}\p{N}]/gu, '').slice(-4);
  return `${neutraliseLine(name, NAME_LIMIT)}${end ? ` (…${end})` : ''}`;
}

/** Starts with the problem: a page only has room for the beginning. */
const oneLine = ({ component, text, contact }: CriticalReport): string => {
  const about = neutraliseLine(`${component ? `${component}: ` : ''}${text}`, LINE_LIMIT);
  return say('ticket-text.report-line', { text: about, contact: neutraliseLine(contact, CONTACT_LIMIT) });
};

/** A critical problem reported on the status page: opens an urgent ticket and pages whoever is on call. */
export function reportedIn(report: CriticalReport, now: number, rules: CalledInRules): Decision {
  const { name: helpdesk, holdAfterMs } = rules.helpdesk;
  const incident = newIncident(
    {
      id: rules.newId(),
      target: reportTarget(report),
      kind: 'ticket',
      priority: 'urgent',
      startedAt: now,
      reason: 'reported-in',
      message: oneLine(report),
      reporter: senderOf(report),
      helpdesk,
      escalation: [...rules.escalation],
    },
    { now, holdAfterMs, ackExpiresMs: rules.ackExpiresMs },
  );
  const draft = new IncidentDraft(incident, now);
  draft.event('opened', say('timeline.reported-in', { at: fullTime(now, rules.wording.timeZone) }));
  draft.event('note', neutralise(report.text, TEXT_LIMIT));
  draft.ticket('ticket.open', {
    ...reportedInTicket(draft.incident, rules.wording),
    body: ticketBody(
      draft.incident,
      rules.wording,
      say('ticket-text.report-text', {
        text: neutralise(report.text, TEXT_LIMIT),
        contact: neutraliseLine(report.contact, CONTACT_LIMIT),
      }),
    ),
  });
  startUpdates(draft, now, rules);
  startEscalation(draft, { is: 'outage' }, now, rules);
  return draft.done('reported-in');
}

/** The ticket of a report, also when it must be opened again. */
export function reportedInTicket(
  incident: Incident,
  wording: TellingRules['wording'],
): { subject: string; body: string } {
  return {
    subject: neutraliseLine(
      say('ticket-text.report-subject', {
        priority: say('words.loud-urgent'),
        report: whatFails(incident).name,
        message: incident.message,
      }),
      200,
    ),
    body: ticketBody(incident, wording, incident.message),
  };
}

function ticketBody(
  { target, reporter, openedAt }: Incident,
  { timeZone }: TellingRules['wording'],
  text: string,
): string {
  return say('ticket-text.report-body', {
    sender: reporter ?? target,
    at: fullTime(openedAt, timeZone),
    text,
  });
}

/** A further report by the same people: a note on the ticket and, with `isLoud`, everyone is paged again. */
export function reportedAgain(
  incident: Incident,
  report: CriticalReport,
  now: number,
  { newCode }: Pick<TellingRules, 'newCode'>,
  isLoud: boolean,
): Decision | undefined {
  if (!isOpen(incident)) return undefined;
  const draft = new IncidentDraft(incident, now);
  const sender = senderOf(report);
  const said = neutralise(report.text, TEXT_LIMIT);
  const contact = neutraliseLine(report.contact, CONTACT_LIMIT);
  const text = report.component
    ? say('timeline.reported-again-about', {
        sender,
        component: neutraliseLine(report.component, NAME_LIMIT),
        text: said,
        contact,
      })
    : say('timeline.reported-again', { sender, text: said, contact });
  draft.event('note', text);
  draft.ticket('ticket.note', { body: text });
  for (const { to, via } of isLoud ? incident.episode.told.filter((one) => one.by === 'page') : []) {
    draft.message('page', { to, via, code: newCode(), occasion: { is: 'again' } });
  }
  return draft.done('reported-in');
}
