import type { Accepted } from '../core/accepted.ts';
import type { Effect, Outcome, Receipt } from '../core/effect.ts';

/** Does the effects of one queue: a helpdesk or a channel. */
export interface Deliverer {
  readonly queue: string;
  /** Effects under way at once. */
  readonly concurrency: number;
  /** An attempt without an answer by then is ambiguous. */
  readonly deadlineMs: number;
  /** How long something that was done may stay invisible to `lookUp`. */
  readonly lagMs: number;
  /** Nobody can say of a message whose answer was lost whether it has arrived. */
  readonly cannotTell?: boolean;
  /** `bundled`: how many other incidents this one stands for. Settles what is settled at the moment of sending; committed before the attempt. */
  prepare(
    effect: Effect,
    bundled: number,
  ): { is: 'ready'; effect: Effect } | Exclude<Outcome<never>, { is: 'done' }>;
  /** Messages with the same key go to the same person the same way: many at once go as one. */
  bundleKey?(effect: Effect): string | undefined;
  attempt(effect: Effect): Promise<Outcome<Accepted>>;
  /** After an ambiguous attempt: was it done? Undefined when this queue cannot tell. */
  lookUp(effect: Effect): Promise<Outcome<Accepted | null>> | undefined;
  /** Whether an accepted message has arrived. Absent: nobody can tell. */
  receipt?(effect: Effect, remoteId: string): Promise<Outcome<Receipt>>;
}
