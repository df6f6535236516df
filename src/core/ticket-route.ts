import { PRIORITIES, type Priority, type Target } from './target.ts';

/** Name of the desk, the built-in helpdesk; it always exists. */
export const DESK = 'desk';

/** The incidents that a helpdesk gets: all given fields must match, of each list any one value. */
export interface TicketScope {
  customers?: readonly string[];
  plans?: readonly string[];
  tags?: readonly string[];
  priorities?: readonly Priority[];
}

/** Settings of a helpdesk besides those of its type. */
export interface HelpdeskRules {
  name: string;
  when?: TicketScope;
  /** After this long without a ticket in the helpdesk, the desk holds it. */
  fallbackAfterMs: number;
  /** Interval between polls for changes. */
  pollMs: number;
  /** Whether a ticket that a human marks urgent pages, whoever opened it. */
  pageUrgent: boolean;
  endedByHuman: 'reopen' | 'accept';
  assignsItself: boolean;
  /** Who tickets are written for; absent: for the customer where they are opened in the customer's name. */
  readBy?: 'team' | 'customer' | undefined;
  /** Our people's names in the helpdesk, for those who can be assigned a ticket. */
  people: ReadonlyMap<string, string>;
}

/** The first helpdesk whose scope matches; one without a scope matches every incident. */
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
