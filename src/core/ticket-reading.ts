import type { WaitingOn } from './service/promise.ts';
import type { Priority } from './target.ts';

/** A ticket's state in our terms, whatever its helpdesk calls it; `resolved` covers every ended state. */
export type TicketStatus = 'open' | 'pending' | 'resolved';

/** A ticket as read from its helpdesk. Times are on the helpdesk's clock, in Unix milliseconds. */
export interface TicketReading {
  remoteId: string;
  /** The name that people use, where that is not its id. */
  label?: string;
  url: string;
  /** Our idempotency key, if the ticket carries one. */
  key?: string;
  subject: string;
  status: TicketStatus;
  /** For a pending ticket: who it waits on; when the helpdesk does not say, the customer is assumed. */
  waitingOn?: WaitingOn;
  /** The ticket's owner, as far as the listing says: a mail address, and names and ids of companies. */
  requester?: string;
  companies?: readonly (string | number)[];
  /** Undefined when none of our priorities corresponds to its own. */
  priority?: Priority;
  /** Name or id of the human assignee; never our own API user. */
  assignee?: string;
  /** The assignee as named in `people` of the helpdesk, where the reading has it. */
  assigneeId?: string;
  createdAt: number;
  updatedAt: number;
  /** Id of the ticket into which it was merged. */
  mergedInto?: string;
}

/** An action of a human on a ticket; actions of our own API user do not count. */
export interface HumanAct {
  at: number;
  by: string;
  what: 'replied' | 'noted' | 'assigned' | 'changed';
}

/** The changed tickets, the oldest change first. */
export interface ChangedTickets {
  tickets: TicketReading[];
  /** False when there are more changes: the next poll continues from the last one. */
  isComplete: boolean;
}
