import type { AssignTo } from '../service/alarm.ts';
import type { Severity } from '../service/promise.ts';
import { PRIORITIES, type Priority } from '../target.ts';
import type { DeskStateName, Origin } from './desk-ticket.ts';

/** The ticket type for requests that are no formal ticket. */
export const QUICK = 'quick question';

export interface DeskField {
  name: string;
  label: string;
  /** Ticket types that cannot be opened in the portal without this field. */
  requiredFor: readonly string[];
  choices?: readonly string[];
}

export interface DeskCategory {
  name: string;
  /** Sent with the automatic reply. */
  links: readonly { title: string; url: string }[];
  /** The team that gets its tickets; by default the team that gets all of them. */
  team?: string;
}

/** How the desk works, by policy. Times in milliseconds. */
export interface DeskRules {
  names: Readonly<Partial<Record<DeskStateName, string>>>;
  types: readonly string[];
  categories: readonly DeskCategory[];
  fields: readonly DeskField[];
  /** For tickets that arrive without a priority. */
  defaultPriority: Readonly<Partial<Record<Origin, Priority>>>;
  /** A lower priority is raised to this one. */
  lowestPriority: Priority;
  asksSeverity: boolean;
  /** For tickets that arrive without a severity. */
  defaultSeverity: Readonly<Partial<Record<Origin, Severity>>>;
  /** Sent with every automatic reply. */
  links: readonly { title: string; url: string }[];
  /** Who gets a new ticket; undefined: it stays unassigned until a person takes it. */
  assign?: AssignTo;
  /** Teams of the two tiers. */
  tiers: { 1?: string; 2?: string };
  /** A ticket that has waited on the customer this long is closed; undefined: never. */
  closeWaitingAfterMs?: number;
  /** A resolved ticket is closed after this; a reply reopens it, before and after. */
  closeResolvedAfterMs?: number;
  /** Whether only the assignee may resolve or close an assigned ticket. */
  isEndedByAssignee: boolean;
  asksRating: boolean;
  /** What a requester who is not verified may do. */
  unverified: {
    mayOpen: readonly Priority[];
    /** Ticket types that are only accepted from verified requesters. */
    notFor: readonly string[];
  };
  /** For mails: the origins that open a formal ticket. */
  opensTickets: readonly Origin[];
  /** Name of the helpdesk that bugs are handed over to. */
  bugs?: string;
}

/** The priority of a new ticket. */
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
