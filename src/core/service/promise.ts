import type { Priority, TargetKind } from '../target.ts';
import { workingDayMs, type ServiceHours } from './business-time.ts';

/**
 * The SLA clocks: a human acknowledges the ticket, a human replies, the customer gets an update, the ticket is
 * resolved.
 */
export const CLOCKS = ['acknowledge', 'respond', 'update', 'resolve'] as const;
export type ClockName = (typeof CLOCKS)[number];

/** Who a ticket waits on. */
export const WAITING_ON = ['customer', 'third-party'] as const;
export type WaitingOn = (typeof WAITING_ON)[number];

/** 1 is the worst: the impact as the requester or support sees it, besides the priority of the work. */
export const SEVERITIES = [1, 2, 3, 4] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One SLA target. `hours` is the name of a calendar, or `always`. */
export interface Promised {
  withinMs: number;
  hours: string;
}

/** The SLA targets of one ticket at one time. */
export interface Terms {
  /** The service level that they come from, for people; empty when there is none. */
  level: string;
  promises: Partial<Record<ClockName, Promised>>;
  /** The clocks pause while the ticket waits on one of these. */
  pausedWhile: readonly WaitingOn[];
}

export const NO_TERMS: Terms = { level: '', promises: {}, pausedWhile: [] };

/** The tickets that a level covers: all given fields must match, of each list any one value. */
export interface LevelScope {
  plans?: readonly string[];
  customers?: readonly string[];
  priorities?: readonly Priority[];
  severities?: readonly Severity[];
  kinds?: readonly TargetKind[];
  types?: readonly string[];
}

/** A time limit as the policy gives it: a duration, or working days of the calendar that applies. */
export type Within = { is: 'time'; ms: number } | { is: 'working-days'; days: number };

export interface ServiceLevel {
  name: string;
  scope: LevelScope;
  /** Name of a calendar, or `always`. */
  hours: string;
  promises: Partial<Record<ClockName, { within: Within; hours?: string }>>;
  pausedWhile: readonly WaitingOn[];
}

/** The fields of a ticket that select its level. */
export interface Promisee {
  customer?: string;
  plan?: string;
  priority: Priority;
  severity?: Severity;
  /** Kind of the target that the ticket is about. */
  kind?: TargetKind;
  /** Ticket type of the desk: an incident, a question, a complaint. */
  type?: string;
}

/** Looks up a calendar by name; `always` is one of them. Undefined when the name no longer exists. */
export type HoursOf = (name: string) => ServiceHours | undefined;

/** The terms of the first level that matches. */
export function termsFor(levels: readonly ServiceLevel[], ticket: Promisee, hoursOf: HoursOf): Terms {
  const level = levels.find(({ scope }) => isInScope(scope, ticket));
  if (!level) return NO_TERMS;
  const promises: Terms['promises'] = {};
  for (const clock of CLOCKS) {
    const promised = level.promises[clock];
    if (!promised) continue;
    const hours = promised.hours ?? level.hours;
    const { within } = promised;
    const dayMs = within.is === 'time' ? 0 : workingDayMs(hoursOf(hours) ?? { is: 'always' });
    promises[clock] = { withinMs: within.is === 'time' ? within.ms : within.days * dayMs, hours };
  }
  return { level: level.name, promises, pausedWhile: level.pausedWhile };
}

/** Whether the scope covers a ticket. */
export function isInScope(scope: LevelScope, ticket: Promisee): boolean {
  const { plans, customers, priorities, severities, kinds, types } = scope;
  return (
    isAmong(plans, ticket.plan) &&
    isAmong(customers, ticket.customer) &&
    isAmong(priorities, ticket.priority) &&
    isAmong(severities, ticket.severity) &&
    isAmong(kinds, ticket.kind) &&
    isAmong(types, ticket.type)
  );
}

const isAmong = <Value>(list: readonly Value[] | undefined, value: Value | undefined): boolean =>
  list === undefined || (value !== undefined && list.includes(value));
