import type { Accepted } from '../core/accepted.ts';
import type { Effect, Outcome, Receipt } from '../core/effect.ts';

/** Carries out the effects of one queue: a helpdesk or a channel. */
export interface Deliverer {
  readonly queue: string;
  /** How many effects may run at once. */
  readonly concurrency: number;
  /** An attempt without a response within this time is ambiguous. */
  readonly deadlineMs: number;
  /** How long a completed action may stay invisible to `lookUp`. */
  readonly lagMs: number;
  /** True if nothing can tell whether a message arrived after its response was lost. */
  readonly cannotTell?: boolean;
  /**
   * Fixes what is decided only at the moment of sending; the outbox commits the result before the attempt. `bundled`:
   * how many other incidents this effect stands for.
   */
  prepare(
    effect: Effect,
    bundled: number,
  ): { is: 'ready'; effect: Effect } | Exclude<Outcome<never>, { is: 'done' }>;
  /** Messages with the same key go to the same recipient on the same channel: many due at once are sent as one. */
  bundleKey?(effect: Effect): string | undefined;
  attempt(effect: Effect): Promise<Outcome<Accepted>>;
  /** Looks up, after an ambiguous attempt, whether it was carried out. Undefined when this queue cannot tell. */
  lookUp(effect: Effect): Promise<Outcome<Accepted | null>> | undefined;
  /** Asks whether an accepted message was delivered. Absent if nothing can tell. */
  receipt?(effect: Effect, remoteId: string): Promise<Outcome<Receipt>>;
}
