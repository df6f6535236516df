import type { EndedEffect } from './accepted.ts';
import { messageLost, messageReached } from './answer-incident.ts';
import { openAnew, type FreshTicket } from './chores.ts';
import type { Paging } from './directory.ts';
import {
  isMessage,
  isTicketOrder,
  type Effect,
  type EffectKind,
  type Message,
  type TicketOrder,
} from './effect.ts';
import type { EscalationStep } from './escalation.ts';
import { helpdeskTitle, isOpen, ticketName, type Incident, type TicketReference } from './incident.ts';
import { IncidentDraft, type Decision } from './incident-draft.ts';
import { neutraliseLine } from './neutralise.ts';
import { carryOver, heldAtDesk, holdAtDesk } from './stand-in.ts';
import { fullTime } from './wording.ts';
import { say } from '../text/say.ts';

/** The incident does not change, and why. */
export interface NothingFollows {
  is: 'nothing';
  because:
    /** The effect was no longer wanted, and nobody has missed anything. */
    | 'was-moot'
    /** The effect is neither a message nor work on a ticket. */
    | 'no-part-of-the-incident'
    /** The message is neither accepted nor lost. */
    | 'not-at-its-end'
    /** The ticket work is done, and changes nothing that the incident records. */
    | 'done-as-wanted';
}

export interface EndRules extends Paging {
  /** Everybody who may be paged: by the policy at opening or when the ticket was raised, and by the current one. */
  policy: readonly EscalationStep[];
  timeZone: string;
  /** Another effect that opens the incident's ticket is under way. */
  opensTicket: boolean;
  /** The ticket as it would be opened now; undefined when nothing that it is about is monitored any more. */
  freshTicket(): FreshTicket | undefined;
}

/** An effect of the incident has reached its final state: returns what follows for the incident. */
export function effectEnded(
  incident: Incident,
  { effect, accepted }: EndedEffect,
  now: number,
  rules: EndRules,
): Decision | NothingFollows {
  const { state } = effect;
  if (state.is === 'dead' && state.isMoot) return { is: 'nothing', because: 'was-moot' };
  if (isMessage(effect)) {
    const { content } = effect;
    if (state.is === 'dead') return messageLost(incident, effect, state.why, now, rules.policy, rules);
    if (state.is !== 'accepted') return { is: 'nothing', because: 'not-at-its-end' };
    return messageReached(incident, effect, content.person, now, rules, cardFrom(effect, accepted?.card));
  }
  if (!isTicketOrder(effect)) return { is: 'nothing', because: 'no-part-of-the-incident' };
  if (state.is === 'dead') return ticketWorkLost(incident, effect, state.why, now, rules);
  const ticket = accepted?.ticket;
  if (state.is !== 'accepted' || !ticket) return { is: 'nothing', because: 'done-as-wanted' };
  switch (effect.kind) {
    case 'hold.open':
      return heldAtDesk(incident, ticket, now, rules.newCode);
    case 'ticket.sweep':
      return doublesClosed(incident, ticket, now);
    default:
      return ticketOpened(incident, ticket, accepted, now, rules);
  }
}

/** A message that was sent as part of a bundle has no live message of its own. */
const cardFrom = ({ content }: Effect<Message>, card: string | undefined): string | undefined =>
  content.bundledCode === undefined ? card : undefined;

function doublesClosed(incident: Incident, ticket: TicketReference, now: number): Decision {
  const draft = new IncidentDraft(incident, now);
  draft.set({ ticket });
  draft.event('swept', say('timeline.ticket-doubles-closed', { ticket: ticketName(ticket) }));
  return draft.done('swept');
}

function ticketOpened(
  incident: Incident,
  ticket: TicketReference,
  { sweepAfterMs, remarks = [] }: NonNullable<EndedEffect['accepted']>,
  now: number,
  { timeZone }: Pick<EndRules, 'timeZone'>,
): Decision {
  const draft = new IncidentDraft(incident, now);
  draft.set({ ticket });
  draft.event(
    'ticket-opened',
    say('timeline.ticket-opened', {
      ticket: ticketName(ticket),
      helpdesk: helpdeskTitle(ticket.helpdesk, ticket.adapter),
    }),
  );
  const sweep = sweepAfterMs === undefined ? {} : { sweep: { dueAt: now + sweepAfterMs, round: 0 } };
  draft.set({ chores: { ...incident.chores, holdAt: undefined, ...sweep } });
  for (const remark of remarks) draft.event('ticket-remark', remark);
  if (remarks.length > 0) draft.ticket('ticket.note', { body: remarks.join('\n') });
  carryOver(draft, ticket, now, (moment) => fullTime(moment, timeZone));
  return draft.done('reached');
}

/** Work on a ticket has failed for good: its purpose is achieved in another way. */
function ticketWorkLost(
  incident: Incident,
  { kind, content, createdAt }: Effect<TicketOrder>,
  why: string,
  now: number,
  { opensTicket, freshTicket }: Pick<EndRules, 'opensTicket' | 'freshTicket'>,
): Decision {
  const draft = new IncidentDraft(incident, now);
  if (!incident.ticket && (kind === 'ticket.note' || kind === 'ticket.reply')) {
    const word = { at: createdAt, kind, body: content.body };
    draft.set({ unsaid: [...(incident.unsaid ?? []), word].slice(-MOST_UNSAID) });
    return draft.done('unreachable');
  }
  draft.event('effect-dead', say(`timeline.work-lost-${workOf(kind)}`, { why }));
  if (kind === 'ticket.assign') {
    // An earlier note on the ticket claims the assignment, so this one corrects it.
    const body = say('ticket-text.not-assigned', {
      assignee: content.assignee ?? '',
      why: neutraliseLine(why, 200),
    });
    draft.ticket('ticket.note', { body });
  }
  const isHeld = incident.standIn !== undefined && incident.standIn.until === undefined;
  // The desk holds the ticket at once instead of waiting for the helpdesk.
  if (kind === 'ticket.open' && incident.chores.holdAt !== undefined && !isHeld && isOpen(incident)) {
    holdAtDesk(
      draft,
      content,
      say('timeline.ticket-rejected', {
        helpdesk: helpdeskTitle(content.helpdesk),
        why: neutraliseLine(why, 120),
      }),
      now,
    );
  }
  // An outage needs an open ticket: one that cannot be reopened is replaced by a new one.
  const needsOne = kind === 'ticket.reopen' && isOpen(incident) && !opensTicket;
  const fresh = needsOne ? freshTicket() : undefined;
  if (fresh) openAnew(draft, fresh, now);
  return draft.done('unreachable');
}

/** Notes and replies that are kept until there is a ticket. */
const MOST_UNSAID = 100;

type WorkOf<Kind> = Kind extends `ticket.${infer Work}` ? Work : never;

/** `note` for both `ticket.note` (in the helpdesk) and `hold.note` (on the ticket that the desk holds). */
const workOf = (kind: EffectKind): WorkOf<EffectKind> =>
  kind.slice(kind.indexOf('.') + 1) as WorkOf<EffectKind>;
