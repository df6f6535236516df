import type { Severity, WaitingOn } from '../service/promise.ts';
import type { Priority, TargetKind } from '../target.ts';
import type { TicketStatus } from '../ticket-reading.ts';
import { say } from '../../text/say.ts';

/** The states of a ticket; their display names are configurable. */
export const DESK_STATES = [
  'new',
  'open',
  'in-progress',
  'waiting-customer',
  'waiting-third-party',
  'resolved',
  'closed',
  'merged',
] as const;
export type DeskStateName = (typeof DESK_STATES)[number];

export type DeskState =
  | { is: 'new' }
  | { is: 'open' }
  | { is: 'in-progress' }
  | { is: 'waiting'; on: WaitingOn; since: number }
  /** Is closed automatically after some time; a reply of the requester reopens it. */
  | { is: 'resolved'; at: number }
  | { is: 'closed'; at: number }
  /** Its conversation goes on in another ticket. */
  | { is: 'merged'; into: number; at: number };

/** The way by which a request came in. */
export const ORIGINS = ['monitor', 'portal', 'mail', 'phone', 'report', 'api', 'agent'] as const;
export type Origin = (typeof ORIGINS)[number];

/** What verified the requester's identity; `no`: nothing but their own word. */
export const VERIFIED_BY = ['portal', 'mail', 'phone', 'api', 'agent', 'no'] as const;
export type VerifiedBy = (typeof VERIFIED_BY)[number];

export interface Requester {
  name: string;
  email?: string;
  /** Where the requester wants replies, when that is not the address they write from. */
  replyTo?: string;
  phone?: string;
  verifiedBy: VerifiedBy;
}

export interface TicketLink {
  /** `related`: another ticket of the desk; others are names of helpdesks, such as jira. */
  kind: string;
  /** Number or id. */
  to: string;
  url?: string;
}

/** Tier 1 is the front line; it escalates to tier 2. */
export type Tier = 1 | 2;

export interface DeskTicket {
  number: number;
  /** Our idempotency key, for a ticket that the monitor opened. */
  key?: string;
  subject: string;
  body: string;
  /** A ticket type of the policy: a question, a complaint, … */
  type: string;
  category?: string;
  state: DeskState;
  priority: Priority;
  severity?: Severity;
  /** The requester's original choice, kept beside the values that support may have changed. */
  wished: { priority?: Priority; severity?: Severity };
  customer?: string;
  plan?: string;
  kind?: TargetKind;
  requester?: Requester;
  origin: Origin;
  assignee?: string;
  /** A human assigned the ticket, or the assignee took it. */
  isAssignedByHand?: boolean;
  team?: string;
  tier: Tier;
  fields: Record<string, string>;
  links: TicketLink[];
  /** The requester's rating, asked for on close. */
  rating?: { score: number; text: string; at: number };
  /** Number of messages and events sent for the ticket: makes the next effect id unique. */
  sent: number;
  /** When a human first replied in public, after which no first response is owed. */
  respondedAt?: number;
  createdAt: number;
  updatedAt: number;
}

/** Who acts on a ticket. */
export type Actor =
  /** `via`: who entered the action on the agent's behalf: `token deploy`. */
  | { is: 'agent'; id: string; via?: string }
  | { is: 'requester'; name: string; verifiedBy: VerifiedBy; via?: string }
  | { is: 'monitor' }
  /** Automatic actions of the policy. */
  | { is: 'policy' };

export const DESK_EVENTS = [
  'opened',
  'reply',
  'answer',
  'note',
  'automatic-answer',
  'assigned',
  'changed',
  'state',
  'merged',
  'linked',
  'rated',
  'told',
  'not-told',
] as const;
export type DeskEvent = (typeof DESK_EVENTS)[number];

/** A file that came with an entry; its content is kept outside the store under its hash. */
export interface Attachment {
  id: string;
  name: string;
  /** Detected from the content, never taken from the sender. */
  type: string;
  bytes: number;
  sha256: string;
}

/** One entry of a ticket's history. It is written once and never changed. */
export interface DeskEntry {
  ticket: number;
  at: number;
  event: DeskEvent;
  by: Actor;
  text: string;
  /** Whether the requester may read it. */
  isPublic: boolean;
  /** Idempotency key of an entry from outside: a second one with the same key is ignored. */
  key?: string;
  attachments?: Attachment[];
  /** The quotation or signature that was trimmed from a mail's text. */
  quoted?: string;
  /** Message-ID of the mail that the entry came with, without angle brackets. */
  mailId?: string;
}

export const stateName = (state: DeskState): DeskStateName =>
  state.is === 'waiting' ? `waiting-${state.on}` : state.is;

/** The state as incidents see it, common to all helpdesks. */
export function ticketStatus({ is }: DeskState): TicketStatus {
  if (is === 'waiting') return 'pending';
  return is === 'resolved' || is === 'closed' || is === 'merged' ? 'resolved' : 'open';
}

export const isOver = ({ state }: Pick<DeskTicket, 'state'>): boolean => ticketStatus(state) === 'resolved';

export const actorName = (actor: Actor): string => {
  switch (actor.is) {
    case 'agent':
      return actor.id;
    case 'requester':
      return actor.name;
    case 'monitor':
      return 'Watchdesk';
    case 'policy':
      return say('words.policy');
  }
};
