import type { Effect } from './effect.ts';
import type { TicketReference } from './incident.ts';

/** What the outside said when it accepted an effect. */
export interface Accepted {
  remoteId: string;
  /** For an opened ticket: where it is. */
  ticket?: TicketReference;
  /** What the helpdesk would not take, in words for a note on the ticket. */
  remarks?: string[];
  /** It is a live message, which can be brought up to date under this id. */
  card?: string;
  /** After that many milliseconds doubles are to be looked for. */
  sweepAfterMs?: number;
}

/** An effect at its end, and what the outside said of it. */
export interface EndedEffect {
  effect: Effect;
  accepted?: Accepted;
}
