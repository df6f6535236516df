import type { Priority, TargetKind } from '../target.ts';
import { workingDayMs, type ServiceHours } from './business-time.ts';

/**
 * What a policy can promise: that somebody takes notice, that a human answers, that the customer is told again, that
 * it is over.
 */
export const CLOCKS = ['acknowledge', 'respond', 'update', 'resolve'] as const;
export type ClockName = (typeof CLOCKS)[number];

/** On whom a ticket waits. */
export const WAITING_ON = ['customer', 'third-party'] as const;
export type WaitingOn = (typeof WAITING_ON)[number];

/** 1 is the worst: as the requester or support sees the effect, beside the priority in which it is worked. */
export const SEVERITIES = [1, 2, 3, 4] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One promise. `hours` is the name of a calendar, or `always`. */
export interface Promised {
  withinMs: number;
  hours: string;
}

/** What is promised for one ticket at one time. */
export interface Terms {
  /** Which level of the policy they are of, for people; empty where nothing is promised. */
  level: string;
  promises: Partial<Record<ClockName, Promised>>;
  /** The clocks stand while the ticket waits on one of these. */
  pausedWhile: readonly WaitingOn[];
}

export const NO_TERMS: Terms = { level: '', promises: {}, pausedWhile: [] };

/** Which tickets a level is for: all that is given must hold, of each list any one. */
export interface LevelScope {
  plans?: readonly string[];
  customers?: readonly string[];
  priorities?: readonly Priority[];
  severities?: readonly Severity[];
  kinds?: readonly TargetKind[];
  types?: readonly string[];
}

/** A duration as the policy writes it: of the clock, or in working days of whatever calendar applies. */
export type Within = { is: 'time'; ms: number } | { is: 'working-days'; days: number };

export interface ServiceLevel {
  name: string;
  scope: LevelScope;
  /** Name of a calendar, or `always`. */
  hours: string;
  promises: Partial<Record<ClockName, { within: Within; hours?: string }>>;
  pausedWhile: readonly WaitingOn[];
}

/** What of a ticket decides which level it is on. */
export interface Promisee {
  customer?: string;
  plan?: string;
  priority: Priority;
  severity?: Severity;
  /** Kind of the target that it is about. */
  kind?: TargetKind;
  /** What it is: an incident, a question, a complaint, as the desk calls it. */
  type?: string;
}

/** Calendars by name; `always` is one of them. Undefined when there is none of that name any more. */
export type HoursOf = (name: string) => ServiceHours | undefined;

/** The terms of the first level that fits. */
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

/** Whether a ticket is one of those that it is for. */
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
