import { neutralise } from '../neutralise.ts';
import { notBelow, type DeskRules } from './desk-rules.ts';
import {
  isOver,
  stateName,
  type Actor,
  type Attachment,
  type DeskEntry,
  type DeskEvent,
  type DeskState,
  type DeskTicket,
  type Tier,
} from './desk-ticket.ts';
import type { Severity } from '../service/promise.ts';
import { PRIORITIES, type Priority } from '../target.ts';
import { say } from '../../text/say.ts';

interface Words {
  text: string;
  /** For a mail: the quotation or signature that was trimmed from its text. */
  quoted?: string;
  /** For a mail: its Message-ID. */
  mailId?: string;
  attachments?: Attachment[];
  /** Idempotency key of an entry from outside: a second one with the same key is ignored. */
  key?: string;
}

/** An action on a ticket of the desk, by whatever way it came in. */
export type DeskAction =
  /** A public reply by support; `then`: the state of the ticket after it. */
  | ({ is: 'reply'; then?: 'waiting-customer' | 'resolved' } & Words)
  | ({ is: 'note' } & Words)
  /** A public reply by the requester: reopens a ticket that was over. */
  | ({ is: 'answer' } & Words)
  /** Assigns the ticket to a person, or to nobody. */
  | {
      is: 'assign';
      to: string | undefined;
      /** The assignee took the ticket by their own action elsewhere. */
      isTaken?: boolean;
    }
  | { is: 'change'; change: TicketFields }
  | {
      is: 'state';
      to: 'open' | 'in-progress' | 'waiting-customer' | 'waiting-third-party' | 'resolved' | 'closed';
      text?: string;
    }
  | { is: 'merge'; into: number }
  /** Another ticket was merged into this one. */
  | { is: 'absorb'; other: number }
  | { is: 'link'; kind: string; to: string; url?: string }
  | { is: 'rate'; score: number; text: string }
  /** What the desk sent automatically, or failed to send. */
  | { is: 'said'; event: 'automatic-answer' | 'told' | 'not-told'; text: string; key?: string };

export interface TicketFields {
  subject?: string;
  priority?: Priority;
  severity?: Severity;
  type?: string;
  category?: string;
  team?: string;
  tier?: Tier;
  customer?: string;
  fields?: Record<string, string>;
}

export type DeskDecision =
  | { is: 'done'; ticket: DeskTicket; entries: DeskEntry[]; because: DeskReason }
  | { is: 'refused'; why: string };

/** The named reason of a decision; event webhooks send it to CRM systems under this name. */
export type DeskReason =
  | 'opened'
  | 'replied'
  | 'answered'
  | 'noted'
  | 'assigned'
  | 'changed'
  | 'state-changed'
  | 'resolved'
  | 'closed'
  | 'reopened'
  | 'merged'
  | 'linked'
  | 'rated'
  | 'said'
  | 'nothing-new';

/** For the text of one entry. */
const TEXT_LIMIT = 60_000;

export const SCORES = [1, 2, 3, 4, 5] as const;

/** Returns what an action changes on a ticket. The caller has checked the permission before. */
export function decideDesk(
  ticket: DeskTicket,
  by: Actor,
  action: DeskAction,
  now: number,
  rules: Pick<DeskRules, 'lowestPriority' | 'unverified' | 'isEndedByAssignee'>,
): DeskDecision {
  const draft = new DeskDraft(ticket, by, now);
  const { state } = ticket;
  if (state.is === 'merged' && action.is !== 'said') {
    return {
      is: 'refused',
      why: say('desk-action.merged-already', { ticket: ticket.number, other: state.into }),
    };
  }
  if (rules.isEndedByAssignee && isEnd(action) && by.is === 'agent' && isOfAnother(ticket, by.id)) {
    const assignee = ticket.assignee ?? '';
    return { is: 'refused', why: say('desk-action.assignee-closes', { ticket: ticket.number, assignee }) };
  }
  switch (action.is) {
    case 'reply': {
      draft.entry('reply', action.text, true, action);
      if (by.is === 'agent') {
        draft.set({ respondedAt: ticket.respondedAt ?? now });
        draft.worked();
      }
      if (action.then === 'waiting-customer') draft.go({ is: 'waiting', on: 'customer', since: now });
      if (action.then === 'resolved') draft.go({ is: 'resolved', at: now });
      return draft.done(action.then === 'resolved' ? 'resolved' : 'replied');
    }
    case 'note':
      draft.entry('note', action.text, false, action);
      if (by.is === 'agent') draft.worked();
      return draft.done('noted');
    case 'answer': {
      const wasOver = isOver(ticket);
      draft.entry('answer', action.text, true, action);
      if (wasOver || state.is === 'waiting')
        draft.go(ticket.assignee ? { is: 'in-progress' } : { is: 'open' });
      return draft.done(wasOver ? 'reopened' : 'answered');
    }
    case 'assign': {
      const isByHand = by.is === 'agent' || action.isTaken === true;
      if (ticket.assignee === action.to && (ticket.isAssignedByHand ?? false) === isByHand)
        return draft.done('nothing-new');
      draft.set({ assignee: action.to, isAssignedByHand: isByHand });
      draft.entry('assigned', action.to ?? '', false);
      // A ticket that the policy assigns stays new until its assignee looks at it.
      if (state.is === 'new' && isByHand) draft.go({ is: 'open' });
      return draft.done('assigned');
    }
    case 'change':
      if (action.change.type !== ticket.type && isNotFor(ticket, action.change.type, rules)) {
        const type = action.change.type ?? '';
        const why = say('desk-action.requester-not-verified', { ticket: ticket.number, type });
        return { is: 'refused', why };
      }
      return changed(draft, action.change, rules);
    case 'state':
      return moved(draft, action.to, action.text, now);
    case 'merge':
      if (action.into === ticket.number) return { is: 'refused', why: say('desk-action.merge-into-itself') };
      draft.set({ state: { is: 'merged', into: action.into, at: now } });
      draft.entry('merged', `${action.into}`, true);
      return draft.done('merged');
    case 'absorb':
      draft.entry('merged', say('desk-action.merged-into-this', { ticket: action.other }), true);
      draft.link('related', String(action.other), undefined);
      return draft.done('linked');
    case 'link':
      if (ticket.links.some(({ kind, to }) => kind === action.kind && to === action.to))
        return draft.done('nothing-new');
      draft.link(action.kind, action.to, action.url);
      draft.entry('linked', `${action.kind} ${action.to}`, false);
      return draft.done('linked');
    case 'rate':
      if (ticket.rating !== undefined) return draft.done('nothing-new');
      draft.set({ rating: { score: action.score, text: action.text, at: now } });
      draft.entry(
        'rated',
        action.text
          ? say('desk-action.rated-with-text', {
              score: action.score,
              most: SCORES.length,
              text: action.text,
            })
          : say('desk-action.rated', { score: action.score, most: SCORES.length }),
        true,
      );
      return draft.done('rated');
    case 'said':
      draft.entry(action.event, action.text, action.event === 'automatic-answer', action);
      return draft.done('said');
  }
}

const isEnd = (action: DeskAction): boolean =>
  (action.is === 'state' && (action.to === 'resolved' || action.to === 'closed')) ||
  (action.is === 'reply' && action.then === 'resolved');

const isOfAnother = ({ assignee }: DeskTicket, agent: string): boolean =>
  assignee !== undefined && assignee !== agent;

/** Whether the policy refuses tickets of that type from a requester who is not verified. */
export const isNotFor = (
  { requester }: Pick<DeskTicket, 'requester'>,
  type: string | undefined,
  { unverified }: Pick<DeskRules, 'unverified'>,
): boolean => type !== undefined && requester?.verifiedBy === 'no' && unverified.notFor.includes(type);

function changed(
  draft: DeskDraft,
  change: TicketFields,
  rules: Pick<DeskRules, 'lowestPriority'>,
): DeskDecision {
  const { ticket } = draft;
  const wanted: TicketFields = {
    ...change,
    ...(change.priority && { priority: notBelow(change.priority, rules.lowestPriority) }),
  };
  const words: string[] = [];
  for (const key of [
    'subject',
    'priority',
    'severity',
    'type',
    'category',
    'team',
    'tier',
    'customer',
  ] as const) {
    const value = wanted[key];
    if (value === undefined || value === ticket[key]) continue;
    words.push(changeText(say(`desk-action.field-${key}`), shown(key, ticket[key]), shown(key, value)));
    draft.set({ [key]: value });
  }
  for (const [name, value] of Object.entries(wanted.fields ?? {})) {
    if (ticket.fields[name] === value) continue;
    words.push(changeText(name, ticket.fields[name], value));
    draft.set({ fields: { ...draft.ticket.fields, [name]: value } });
  }
  if (words.length === 0) return draft.done('nothing-new');
  draft.entry('changed', words.join('; '), false);
  return draft.done('changed');
}

function changeText(field: string, before: string | undefined, after: string | undefined): string {
  return before === undefined
    ? say('desk-action.changed-from-none', { field, after: after ?? '' })
    : say('desk-action.changed', { field, before, after: after ?? '' });
}

/** A priority is translated; other values are shown as people or the config wrote them. */
function shown(key: string, value: string | number | undefined): string | undefined {
  const priority = key === 'priority' ? PRIORITIES.find((one) => one === value) : undefined;
  if (priority !== undefined) return say(`words.priority-${priority}`);
  return value === undefined ? undefined : String(value);
}

function moved(
  draft: DeskDraft,
  to: Extract<DeskAction, { is: 'state' }>['to'],
  text: string | undefined,
  now: number,
): DeskDecision {
  const { ticket, by } = draft;
  if (stateName(ticket.state) === to) return draft.done('nothing-new');
  const wasOver = isOver(ticket);
  if (text) draft.entry(by.is === 'policy' ? 'told' : 'reply', text, true);
  if (text && by.is === 'agent') draft.set({ respondedAt: ticket.respondedAt ?? now });
  draft.go(stateAt(to, now));
  const isBack = wasOver && !isOver(draft.ticket);
  if (isBack) return draft.done('reopened');
  return draft.done(to === 'resolved' || to === 'closed' ? to : 'state-changed');
}

function stateAt(to: Extract<DeskAction, { is: 'state' }>['to'], now: number): DeskState {
  switch (to) {
    case 'waiting-customer':
      return { is: 'waiting', on: 'customer', since: now };
    case 'waiting-third-party':
      return { is: 'waiting', on: 'third-party', since: now };
    case 'resolved':
    case 'closed':
      return { is: to, at: now };
    default:
      return { is: to };
  }
}

/** Collects the changes of one action to a ticket and its history. */
export class DeskDraft {
  #ticket: DeskTicket;
  readonly by: Actor;
  readonly #now: number;
  readonly #entries: DeskEntry[] = [];

  constructor(ticket: DeskTicket, by: Actor, now: number) {
    this.#ticket = { ...ticket };
    this.by = by;
    this.#now = now;
  }

  get ticket(): DeskTicket {
    return this.#ticket;
  }

  set(fields: Partial<DeskTicket>): void {
    this.#ticket = { ...this.#ticket, ...fields };
  }

  entry(event: DeskEvent, text: string, isPublic: boolean, more: Partial<Words> = {}): void {
    const { key, attachments, quoted, mailId } = more;
    this.#entries.push({
      ticket: this.#ticket.number,
      at: this.#now,
      event,
      by: this.by,
      text: neutralise(text, TEXT_LIMIT),
      isPublic,
      ...(key !== undefined && { key }),
      ...(attachments && attachments.length > 0 && { attachments }),
      ...(quoted !== undefined && { quoted: neutralise(quoted, TEXT_LIMIT) }),
      ...(mailId !== undefined && { mailId }),
    });
  }

  link(kind: string, to: string, url: string | undefined): void {
    this.set({ links: [...this.#ticket.links, { kind, to, ...(url !== undefined && { url }) }] });
  }

  /** A human has started to work on the ticket. */
  worked(): void {
    const { state } = this.#ticket;
    if (state.is === 'new' || state.is === 'open') this.go({ is: 'in-progress' });
  }

  go(state: DeskState): void {
    if (stateName(state) === stateName(this.#ticket.state)) return;
    this.set({ state });
    this.entry('state', stateName(state), true);
  }

  done(because: DeskReason): DeskDecision {
    const isNew = this.#entries.length > 0;
    const ticket = isNew ? { ...this.#ticket, updatedAt: this.#now } : this.#ticket;
    return {
      is: 'done',
      ticket,
      entries: this.#entries,
      because: isNew || because === 'nothing-new' ? because : 'nothing-new',
    };
  }
}
