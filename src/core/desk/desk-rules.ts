import type { AssignTo } from '../service/alarm.ts';
import type { Severity } from '../service/promise.ts';
import { PRIORITIES, type Priority } from '../target.ts';
import type { DeskStateName, Origin } from './desk-ticket.ts';

/** The type of what is no formal ticket. */
export const QUICK = 'quick question';

export interface DeskField {
  name: string;
  label: string;
  /** Types of tickets that cannot be opened in the portal without it. */
  requiredFor: readonly string[];
  choices?: readonly string[];
}

export interface DeskCategory {
  name: string;
  /** Sent with the automatic answer. */
  links: readonly { title: string; url: string }[];
  /** Who gets its tickets; by default whoever gets all. */
  team?: string;
}

/** How the built-in helpdesk works, by policy. Times in milliseconds. */
export interface DeskRules {
  names: Readonly<Partial<Record<DeskStateName, string>>>;
  types: readonly string[];
  categories: readonly DeskCategory[];
  fields: readonly DeskField[];
  /** Of what comes without one. */
  defaultPriority: Readonly<Partial<Record<Origin, Priority>>>;
  /** Whatever is lower is treated as this. */
  lowestPriority: Priority;
  asksSeverity: boolean;
  /** Of what comes without one. */
  defaultSeverity: Readonly<Partial<Record<Origin, Severity>>>;
  /** Sent with every automatic answer. */
  links: readonly { title: string; url: string }[];
  /** Who gets a new ticket; undefined: whoever takes it. */
  assign?: AssignTo;
  /** Teams of the two tiers. */
  tiers: { 1?: string; 2?: string };
  /** A ticket that has waited on the customer for so long closes; undefined: never. */
  closeWaitingAfterMs?: number;
  /** A resolved ticket closes after that; a word until then, or behind it, opens it again. */
  closeResolvedAfterMs?: number;
  /** Whether only whoever has a ticket ends it. */
  isEndedByAssignee: boolean;
  asksRating: boolean;
  /** What a requester may do of whom we know nothing but their word. */
  unverified: {
    mayOpen: readonly Priority[];
    /** Types of tickets that are worked on for those alone whom we know. */
    notFor: readonly string[];
  };
  /** Of mails: which origin opens a formal ticket. */
  opensTickets: readonly Origin[];
  /** Name of the helpdesk where bugs are kept. */
  bugs?: string;
}

/** The priority in which a new ticket is worked. */
export function priorityFor(
  rules: Pick<DeskRules, 'defaultPriority' | 'lowestPriority'>,
  origin: Origin,
  wished: Priority | undefined,
): Priority {
  const wanted = wished ?? rules.defaultPriority[origin] ?? 'medium';
  return notBelow(wanted, rules.lowestPriority);
}

export const notBelow = (priority: Priority, lowest: Priority): Priority =>
  PRIORITIES.indexOf(priority) > PRIORITIES.indexOf(lowest) ? lowest : priority;
