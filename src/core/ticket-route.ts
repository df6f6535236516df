import { PRIORITIES, type Priority, type Target } from './target.ts';

/** Name of the built-in helpdesk; it is always there. */
export const DESK = 'desk';

/** Which incidents a helpdesk gets: all that is given must hold, of each list any one. */
export interface TicketScope {
  customers?: readonly string[];
  plans?: readonly string[];
  tags?: readonly string[];
  priorities?: readonly Priority[];
}

/** What is said of a helpdesk beside the settings of its type. */
export interface HelpdeskRules {
  name: string;
  when?: TicketScope;
  /** After that long without a ticket the desk holds it. */
  fallbackAfterMs: number;
  /** How often it is asked what has changed. */
  pollMs: number;
  /** Whether tickets that a human marks urgent page, whoever opened them. */
  pageUrgent: boolean;
  endedByHuman: 'reopen' | 'accept';
  assignsItself: boolean;
  /** For whom tickets are worded; absent: for the customer where it is opened in the customer's name. */
  readBy?: 'team' | 'customer' | undefined;
  /** What our people are called there, where they can be given a ticket. */
  people: ReadonlyMap<string, string>;
}

/** The first helpdesk whose scope fits; one without a scope fits all. */
export function helpdeskFor<Rules extends Pick<HelpdeskRules, 'when'>>(
  helpdesks: readonly Rules[],
  target: Pick<Target, 'customer' | 'tags'>,
  priority: Priority = PRIORITIES[0],
): Rules | undefined {
  return helpdesks.find(({ when }) => when === undefined || fits(when, target, priority));
}

function fits(
  { customers, plans, tags, priorities }: TicketScope,
  { customer, tags: own }: Pick<Target, 'customer' | 'tags'>,
  priority: Priority,
): boolean {
  return (
    (customers === undefined || (customer !== undefined && customers.includes(customer.name))) &&
    (plans === undefined || (customer?.plan !== undefined && plans.includes(customer.plan))) &&
    (tags === undefined || tags.some((tag) => own.includes(tag))) &&
    (priorities === undefined || priorities.includes(priority))
  );
}
