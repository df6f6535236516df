import { startUpdates, type TellingRules } from './customer-updates.ts';
import { startEscalation } from './escalate.ts';
import type { EscalationStep } from './escalation.ts';
import { isOpen, type Incident } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { newIncident, ticketCustomer } from './new-incident.ts';
import type { HelpdeskChoice } from './open-incident.ts';
import type { Customer } from './target.ts';
import { fullTime } from './wording.ts';
import { say } from '../text/say.ts';

export interface PhoneCall {
  /** The caller's number; undefined when it is withheld. */
  number?: string;
  /** The customer that the number belongs to. */
  customer?: Customer;
  /** The number is known, and the caller gave its PIN. */
  isVerified?: boolean;
  /** The provider's id of the call. */
  id: string;
}

export interface CalledInRules extends TellingRules {
  escalation: readonly EscalationStep[];
  ackExpiresMs?: number;
  helpdesk: HelpdeskChoice;
  newId: () => string;
}

/** The key that links a second call from the same people to the first. Stored and compared, so not translated. */
export const callTarget = ({ number, customer, id }: PhoneCall): string =>
  `call from ${customer?.name ?? number ?? `a hidden number (${id.slice(-4)})`}`;

/** A caller has pressed 9: opens an urgent ticket and pages whoever is on call. */
export function calledIn(call: PhoneCall, now: number, rules: CalledInRules): Decision {
  const { number, customer, isVerified } = call;
  const { name: helpdesk, holdAfterMs } = rules.helpdesk;
  const message =
    number === undefined
      ? say('timeline.caller-withheld')
      : isVerified
        ? say('timeline.call-back-verified', { number })
        : say('timeline.call-back', { number });
  const incident = newIncident(
    {
      id: rules.newId(),
      target: callTarget(call),
      kind: 'ticket',
      customer: customer?.name,
      priority: 'urgent',
      startedAt: now,
      reason: 'called-in',
      message,
      reporter: customer?.name ?? number ?? say('words.hidden-number', { id: call.id.slice(-4) }),
      helpdesk,
      ...(customer && { ticketCustomer: ticketCustomer(customer) }),
      escalation: [...rules.escalation],
    },
    { now, holdAfterMs, ackExpiresMs: rules.ackExpiresMs },
  );
  const draft = new IncidentDraft(incident, now);
  const caller = callerOf(customer?.name, customer?.plan);
  const at = fullTime(now, rules.wording.timeZone);
  draft.event('opened', say('timeline.called-in', { at, caller }));
  draft.ticket('ticket.open', calledInTicket(draft.incident, rules.wording, customer?.plan));
  startUpdates(draft, now, rules);
  startEscalation(draft, { is: 'outage' }, now, rules);
  return draft.done('called-in');
}

/** The ticket of a call, also when it must be opened again. */
export function calledInTicket(
  { customer, message, openedAt }: Incident,
  { timeZone }: TellingRules['wording'],
  plan?: string,
): { subject: string; body: string } {
  const priority = say('words.loud-urgent');
  return {
    subject:
      customer === undefined
        ? say('ticket-text.call-subject-unknown', { priority })
        : say('ticket-text.call-subject', { priority, caller: customer }),
    body: say('ticket-text.call-body', {
      message,
      caller: callerOf(customer, plan),
      at: fullTime(openedAt, timeZone),
    }),
  };
}

function callerOf(customer: string | undefined, plan: string | undefined): string {
  if (customer === undefined) return say('timeline.unknown-caller');
  return plan ? say('timeline.caller-with-plan', { customer, plan }) : customer;
}

/** The same people call again: everyone who was paged is paged again. */
export function calledAgain(
  incident: Incident,
  { number }: PhoneCall,
  now: number,
  { newCode }: Pick<TellingRules, 'newCode'>,
): Decision | undefined {
  if (!isOpen(incident)) return undefined;
  const draft = new IncidentDraft(incident, now);
  const text =
    number === undefined ? say('timeline.called-again') : say('timeline.called-again-from', { number });
  draft.event('note', text);
  draft.ticket('ticket.note', { body: text });
  for (const { to, via } of incident.episode.told.filter((one) => one.by === 'page')) {
    draft.message('page', { to, via, code: newCode(), occasion: { is: 'again' } });
  }
  return draft.done('called-in');
}

/** Adds the link to the recording of a call to the timeline and the ticket. */
export function callRecorded(
  incident: Incident,
  { url, seconds }: { url: string; seconds: number },
  now: number,
): Decision {
  const draft = new IncidentDraft(incident, now);
  const text = say('timeline.call-recorded', { seconds, url });
  draft.event('call-recorded', text);
  draft.ticket('ticket.note', { body: text });
  return draft.done('called-in');
}
