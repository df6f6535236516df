import type { NewCode } from '../new-code.ts';
import { startSteps } from '../escalate.ts';
import type { EscalationStep } from '../escalation.ts';
import { isOpen, ticketName, type Incident } from '../incident.ts';
import type { Occasion } from '../effect.ts';
import { IncidentDraft, type Decision } from '../incident-draft.ts';
import { settleIncident, type ClosingRules } from '../close-incident.ts';
import { ticketTarget } from '../marked-urgent.ts';
import { neutraliseLine } from '../neutralise.ts';
import { newIncident } from '../new-incident.ts';
import { startUpdates, type TellingRules } from '../customer-updates.ts';
import { PRIORITIES, type Priority } from '../target.ts';
import { DESK } from '../ticket-route.ts';
import { reassignOf, type AssignTo, type Ring } from './alarm.ts';
import { dueAt } from './clocks.ts';
import { ringSentence, type RungClock } from './ring-sentence.ts';
import type { ServiceTicket } from './service-ticket.ts';
import { language } from '../../text/language.ts';
import { say } from '../../text/say.ts';

export interface RingRules extends TellingRules {
  ackExpiresMs?: number;
  newId: NewCode;
  /** Mail address of the ticket's requester. */
  requester?: string | undefined;
  /** The ticket's assignee, if a person of the config. */
  assignee?: string;
  /** Steps to take when a ticket becomes urgent, whoever made it so. */
  urgentEscalation: readonly EscalationStep[];
  /** The channel for mails; undefined when there is none. */
  mailVia?: string;
  /** The new assignee, where an alarm reassigns; missing where the helpdesk knows no other person who may get it. */
  newOwner?: NewOwner;
}

/** `there`: the person's name in the ticket's helpdesk. */
export interface NewOwner {
  person: string;
  there: string;
}

const ringOf = ({ clock, alarm }: Ring): RungClock => ({
  clock: clock.clock,
  dueAt: dueAt(clock),
  isOver: alarm.share >= 1,
});

/** Raises alarms for a ticket: on its incident, or on a new one. */
export function alarmsRing(
  incident: Incident | undefined,
  ticket: ServiceTicket,
  rings: readonly Ring[],
  now: number,
  rules: RingRules,
): Decision {
  const last = rings.at(-1)!;
  const sentence = ringSentence(ringOf(last), now, rules.wording.timeZone);
  const draft = new IncidentDraft(incident ?? begun(ticket, sentence, now, rules), now);
  if (!incident) draft.set({ rung: ringOf(last) });
  const name = ticketName(ticket.ticket) || say('timeline.not-opened-yet');
  draft.event('promise', say('timeline.sla-due', { ticket: name, sentence }));
  const capitalised = sentence[0]!.toLocaleUpperCase(language()) + sentence.slice(1);
  draft.ticket('ticket.note', { body: say('ticket-text.sla-due', { sentence: capitalised }) });
  if (incident && incident.reason === 'promise')
    draft.set({ message: aboutTicket(sentence, ticket), rung: ringOf(last) });
  const raise = highest(
    rings.flatMap(({ alarm }) => alarm.raise ?? []),
    ticket.priority,
  );
  const urgent = raise === 'urgent' ? rules.urgentEscalation : [];
  const occasion = { is: 'promise', text: sentence, ring: ringOf(last) } as const;
  const steps = rings.flatMap(({ alarm }) => alarm.steps.flatMap((step) => beside(step, urgent)));
  startSteps(draft, [...urgent, ...steps], occasion, now, rules);
  if (rings.some(({ alarm }) => alarm.mailsAssignee)) mailAssignee(draft, occasion, rules);
  const rule = reassignOf(rings);
  if (rule && ticket.ticket.adapter !== DESK) {
    const { newOwner, directory } = rules;
    const text = newOwner
      ? say('ticket-text.assigned', { person: directory.nameOf(newOwner.person) })
      : pleaseAssign(rule, rules);
    draft.event('note', say('timeline.sla-ticket-given', { ticket: name, text }));
    draft.ticket('ticket.note', { body: text });
    if (newOwner) draft.give(newOwner.there);
  }
  if (raise !== undefined) {
    draft.event(
      'note',
      say('timeline.priority-raised', {
        before: say(`words.priority-${ticket.priority}`),
        after: say(`words.priority-${raise}`),
      }),
    );
    draft.ticket('ticket.raise', { priority: raise });
  }
  if (raise === 'urgent') {
    // Now an urgent ticket like any other: open until it is resolved, with updates for the customer.
    draft.setEpisode({ urgency: 'raised' });
    if (!draft.incident.updates) startUpdates(draft, now, rules, raise);
  }
  return draft.done('promise-rings');
}

function pleaseAssign(rule: AssignTo, { directory }: RingRules): string {
  switch (rule.is) {
    case 'person':
      return say('ticket-text.please-assign', { person: directory.nameOf(rule.name) });
    case 'on-call':
      return say('ticket-text.please-assign-on-call', { schedule: rule.schedule });
    default:
      return say('ticket-text.please-assign-member', { team: rule.team });
  }
}

const aboutTicket = (sentence: string, { subject }: ServiceTicket): string =>
  say('words.sla-about', { sentence, subject: neutraliseLine(subject, 120) });

/** A recipient who is already paged by the urgent escalation is not paged twice, but still gets the reminders. */
function beside(step: EscalationStep, urgent: readonly EscalationStep[]): EscalationStep[] {
  const isPaged = urgent.some(
    ({ act, to, afterMs }) =>
      act === step.act && afterMs === 0 && to.is === step.to.is && to.name === step.to.name,
  );
  if (!isPaged) return [step];
  const isReminded = urgent.some(({ repeatMs }) => repeatMs !== undefined);
  return step.repeatMs === undefined || isReminded ? [] : [{ ...step, afterMs: step.repeatMs }];
}

/** The SLA target has been met, or no longer applies: nobody needs a reminder any more. */
export function promiseSettled(incident: Incident, now: number, rules: ClosingRules): Decision | undefined {
  if (!isOpen(incident) || incident.reason !== 'promise' || incident.episode.urgency === 'raised')
    return undefined;
  return settleIncident(incident, now, rules);
}

function begun(ticket: ServiceTicket, sentence: string, now: number, rules: RingRules): Incident {
  const { customer, priority, ticket: reference, subject } = ticket;
  return newIncident(
    {
      id: rules.newId(),
      target: ticketTarget(reference),
      kind: 'ticket',
      customer,
      priority,
      // For the requester the wait began with the ticket.
      startedAt: ticket.openedAt,
      reason: 'promise',
      message: aboutTicket(sentence, ticket),
      subject: neutraliseLine(subject, 200),
      ...(rules.requester !== undefined && { requester: rules.requester }),
      helpdesk: reference.helpdesk,
      ticket: reference,
      ticketNews: {
        status: 'open',
        priority,
        carriedOver: 'assignee',
        actedAt: Math.max(ticket.openedAt, ...ticket.facts.map(({ at }) => at)),
        broughtBack: 0,
      },
      escalation: [] satisfies EscalationStep[],
    },
    { now, ackExpiresMs: rules.ackExpiresMs },
  );
}

function mailAssignee(
  draft: IncidentDraft,
  occasion: Occasion,
  { assignee, mailVia, newCode }: RingRules,
): void {
  if (assignee === undefined || mailVia === undefined) return;
  const to = { is: 'person', name: assignee } as const;
  draft.message('notice', { to, via: mailVia, code: newCode(), occasion });
}

/** The highest wanted priority, when it is higher than the ticket's present one. */
function highest(wanted: readonly Priority[], now: Priority): Priority | undefined {
  const rank = Math.min(...wanted.map((one) => PRIORITIES.indexOf(one)));
  return rank < PRIORITIES.indexOf(now) ? PRIORITIES[rank] : undefined;
}
