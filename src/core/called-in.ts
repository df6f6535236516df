import { startUpdates, type TellingRules } from './customer-updates.ts';
import { startEscalation } from './escalate.ts';
import type { EscalationStep } from './escalation.ts';
import { isOpen, type Incident } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { newIncident, ticketCustomer } from './new-incident.ts';
import type { HelpdeskChoice } from './open-incident.ts';
import type { Customer } from './target.ts';
import { fullTime } from './wording.ts';

export interface PhoneCall {
  /** As it is shown to us; undefined when the caller hides it. */
  number?: string;
  /** Whose number it is. */
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

/** How the incident of a call is named: a second call of the same people belongs to the first. */
export const callTarget = ({ number, customer, id }: PhoneCall): string =>
  `call from ${customer?.name ?? number ?? `a hidden number (${id.slice(-4)})`}`;

/** Somebody has called and pressed 9: an urgent ticket, and whoever is on call is paged. */
export function calledIn(call: PhoneCall, now: number, rules: CalledInRules): Decision {
  const { number, customer, isVerified } = call;
  const { name: helpdesk, holdAfterMs } = rules.helpdesk;
  const proof = isVerified ? ', PIN verified' : '';
  const message = number === undefined ? 'caller ID withheld' : `call back ${number}${proof}`;
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
      helpdesk,
      ...(customer && { ticketCustomer: ticketCustomer(customer) }),
      escalation: [...rules.escalation],
    },
    { now, holdAfterMs, ackExpiresMs: rules.ackExpiresMs },
  );
  const draft = new IncidentDraft(incident, now);
  const who = callerOf(customer?.name, customer?.plan);
  draft.event(
    'opened',
    `Urgent call received at ${fullTime(now, rules.wording.timeZone)} (9 pressed): ${who}.`,
  );
  draft.ticket('ticket.open', calledInTicket(draft.incident, rules.wording, customer?.plan));
  startUpdates(draft, now, rules);
  startEscalation(draft, { is: 'outage' }, now, rules);
  return draft.done('called-in');
}

/** The ticket of a call, also for one that has to be opened anew. */
export function calledInTicket(
  { customer, message, openedAt }: Incident,
  { timeZone }: TellingRules['wording'],
  plan?: string,
): { subject: string; body: string } {
  return {
    subject: `URGENT: ${customer ?? 'Unknown caller'} reports an urgent problem by phone`,
    body: [
      `An urgent problem was reported by phone (9 pressed): ${message}.`,
      '',
      `Customer: ${callerOf(customer, plan)}`,
      `At:       ${fullTime(openedAt, timeZone)}`,
      '',
      'If the caller leaves a message, the recording follows.',
    ].join('\n'),
  };
}

const callerOf = (customer: string | undefined, plan: string | undefined): string =>
  customer === undefined ? 'unknown caller' : `${customer}${plan ? `, plan ${plan}` : ''}`;

/** The same people call again: whoever was paged hears of it. */
export function calledAgain(
  incident: Incident,
  { number }: PhoneCall,
  now: number,
  { newCode }: Pick<TellingRules, 'newCode'>,
): Decision | undefined {
  if (!isOpen(incident)) return undefined;
  const draft = new IncidentDraft(incident, now);
  const text = `Called again and pressed 9${number === undefined ? '' : `: ${number}`}.`;
  draft.event('note', text);
  draft.ticket('ticket.note', { body: text });
  for (const { to, via } of incident.told.filter((one) => one.by === 'page')) {
    draft.message('page', { to, via, code: newCode(), occasion: { is: 'again' } });
  }
  return draft.done('called-in');
}

/** What a caller has said. */
export function callRecorded(
  incident: Incident,
  { url, seconds }: { url: string; seconds: number },
  now: number,
): Decision {
  const draft = new IncidentDraft(incident, now);
  const text = `Recorded message (${seconds} s): ${url}`;
  draft.event('call-recorded', text);
  draft.ticket('ticket.note', { body: text });
  return draft.done('called-in');
}
