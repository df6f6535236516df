import type { Severity, WaitingOn } from '../service/promise.ts';
import type { Priority, TargetKind } from '../target.ts';
import type { TicketStatus } from '../ticket-reading.ts';
import { say } from '../../text/say.ts';

/** Where a ticket stands on its way; how they are called is configurable. */
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
  /** Closes by itself after a while; a word of the requester opens it again. */
  | { is: 'resolved'; at: number }
  | { is: 'closed'; at: number }
  /** It lives on in another one. */
  | { is: 'merged'; into: number; at: number };

/** How a word reached us. */
export const ORIGINS = ['monitor', 'portal', 'mail', 'phone', 'report', 'api', 'agent'] as const;
export type Origin = (typeof ORIGINS)[number];

/** By what we know that somebody is who they say; `no`: nothing but their word. */
export const VERIFIED_BY = ['portal', 'mail', 'phone', 'api', 'agent', 'no'] as const;
export type VerifiedBy = (typeof VERIFIED_BY)[number];

export interface Requester {
  name: string;
  email?: string;
  /** Where they want answers, when that is not the address that they write from. */
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

/** The lowest tier is the front line; the second one is who it escalates to. */
export type Tier = 1 | 2;

export interface DeskTicket {
  number: number;
  /** Our own key, where the monitor opened it. */
  key?: string;
  subject: string;
  body: string;
  /** A question, a complaint, …: what the policy distinguishes. */
  type: string;
  category?: string;
  state: DeskState;
  priority: Priority;
  severity?: Severity;
  /** As the requester saw it first; support's later choice stands beside it. */
  wished: { priority?: Priority; severity?: Severity };
  customer?: string;
  plan?: string;
  kind?: TargetKind;
  requester?: Requester;
  origin: Origin;
  assignee?: string;
  /** A human has given it to them, or they have taken it. */
  isAssignedByHand?: boolean;
  team?: string;
  tier: Tier;
  fields: Record<string, string>;
  links: TicketLink[];
  /** What is asked of the requester on close. */
  rating?: { score: number; text: string; at: number };
  /** Messages and events that have been sent of it: makes the next one unique. */
  sent: number;
  /** A human has said something in public, so an answer is no longer owed. */
  respondedAt?: number;
  createdAt: number;
  updatedAt: number;
}

/** Who does something with a ticket. */
export type Actor =
  /** `via`: who entered it, where that is not themselves: `token deploy`. */
  | { is: 'agent'; id: string; via?: string }
  | { is: 'requester'; name: string; verifiedBy: VerifiedBy; via?: string }
  | { is: 'monitor' }
  /** What the policy does by itself. */
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

/** A file that came with a word; what it holds is kept outside the store under its hash. */
export interface Attachment {
  id: string;
  name: string;
  /** As we see it ourselves, never as we were told. */
  type: string;
  bytes: number;
  sha256: string;
}

/** One line of a ticket's trail. It is written once and never changed. */
export interface DeskEntry {
  ticket: number;
  at: number;
  event: DeskEvent;
  by: Actor;
  text: string;
  /** The requester may read it. */
  isPublic: boolean;
  /** Of what came from outside: a second one of that key is none. */
  key?: string;
  attachments?: Attachment[];
  /** What was left out of a mail's text as a quotation or a signature. */
  quoted?: string;
  /** Message-ID of the mail that it came with, without angle brackets. */
  mailId?: string;
}

export const stateName = (state: DeskState): DeskStateName =>
  state.is === 'waiting' ? `waiting-${state.on}` : state.is;

/** What it means to incidents, as for tickets of every helpdesk. */
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
