/**
 * Whether this process may still decide. Several instances share a database, and only the one that holds the lease acts;
 * what it has begun is aborted when it may no longer act.
 */
export interface Fence {
  /** Asked immediately before anything goes out. */
  isHeld(): boolean;
  /** Aborted when it is no longer held; a new one when it is held again. */
  readonly signal: AbortSignal;
  /** Of the current term of office; 0 where there is only one process alone. */
  readonly epoch: number;
}

const never = new AbortController().signal;

/** Of a store that only one process can open. */
export const ALWAYS_HELD: Fence = { isHeld: () => true, signal: never, epoch: 0 };
