import type { Effect } from './effect.ts';
import type { TicketReference } from './incident.ts';

/** What the helpdesk, channel or webhook receiver returned when it accepted an effect. */
export interface Accepted {
  remoteId: string;
  /** For an opened ticket: its reference in the helpdesk. */
  ticket?: TicketReference;
  /** Details that the helpdesk did not accept, worded for a note on the ticket. */
  remarks?: string[];
  /** Id of the live message, under which the channel can update it later. */
  card?: string;
  /** Milliseconds until the helpdesk is searched for duplicates of the ticket. */
  sweepAfterMs?: number;
}

/** An effect in its final state, and what the remote system returned for it. */
export interface EndedEffect {
  effect: Effect;
  accepted?: Accepted;
}
