import type { WaitingOn } from './service/promise.ts';
import type { Priority } from './target.ts';

/** What a ticket's state means to us, whatever its helpdesk calls it; `resolved` is everything that is over. */
export type TicketStatus = 'open' | 'pending' | 'resolved';

/** A ticket as it stands in its helpdesk. Times are the helpdesk's, in Unix milliseconds. */
export interface TicketReading {
  remoteId: string;
  /** How people call it, where that is not its id. */
  label?: string;
  url: string;
  /** Our own key, when it carries one. */
  key?: string;
  subject: string;
  status: TicketStatus;
  /** Of a pending one: on whom it waits; absent where the helpdesk does not tell, which is taken for the customer. */
  waitingOn?: WaitingOn;
  /** Whose ticket it is, as far as the listing says: a mail address, and names and ids of companies. */
  requester?: string;
  companies?: readonly (string | number)[];
  /** Undefined when it has one that none of ours stands for. */
  priority?: Priority;
  /** Name or id of the human it is assigned to; never our own user. */
  assignee?: string;
  /** What `people` of the helpdesk calls that human, where the reading says it. */
  assigneeId?: string;
  createdAt: number;
  updatedAt: number;
  /** It lives on in this one. */
  mergedInto?: string;
}

/** Something that a human has done to a ticket; what our own API user does is none. */
export interface HumanAct {
  at: number;
  by: string;
  what: 'replied' | 'noted' | 'assigned' | 'changed';
}

/** What has changed, the oldest change first. */
export interface ChangedTickets {
  tickets: TicketReading[];
  /** False when there is more: to be asked for from the last one on. */
  isComplete: boolean;
}
