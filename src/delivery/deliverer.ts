import type { Effect, Outcome } from '../core/effect.ts';
import type { TicketReference } from '../core/incident.ts';

export interface Accepted {
  remoteId: string;
  /** For an opened ticket: where it is. */
  ticket?: TicketReference;
}

/** Does the effects of one queue: a helpdesk or a channel. */
export interface Deliverer {
  readonly queue: string;
  /** Effects under way at once. */
  readonly concurrency: number;
  /** An attempt without an answer by then is ambiguous. */
  readonly deadlineMs: number;
  /** How long something that was done may stay invisible to `lookUp`. */
  readonly lagMs: number;
  /** Settles what is settled at the moment of sending; committed before the attempt. */
  prepare(effect: Effect): { is: 'ready'; effect: Effect } | Exclude<Outcome<never>, { is: 'done' }>;
  attempt(effect: Effect): Promise<Outcome<Accepted>>;
  /** After an ambiguous attempt: was it done? Undefined when this queue cannot tell. */
  lookUp(effect: Effect): Promise<Outcome<Accepted | null>> | undefined;
}
