/**
 * One instance at a time decides: the one that holds the lease, a row of the shared database. Who takes it begins a new
 * epoch; each of its commits moves `seq` to the next even number in the same transaction. A commit whose answer was lost is
 * settled by a write that closes the row, moving `seq` to the odd number above: it waits for a commit that is still under
 * way in the server, and refuses one that comes later. No number is ever used for two attempts. All times are by a clock
 * that never jumps, in milliseconds.
 */

/** The number of the last commit. */
export const committedSeq = (seq: number): number => seq - (seq % 2);

/** The number of the commit after that. */
export const nextSeq = (seq: number): number => committedSeq(seq) + 2;

/** How long a lease lasts after it was taken or renewed, by the database's clock. */
export const LEASE_MS = 8_000;
export const RENEW_EVERY_MS = 2_000;
/** The holder stops acting so much before the lease runs out: what it has begun must end meanwhile. */
export const LEASE_MARGIN_MS = 2_000;

export type Standing =
  | { is: 'standby' }
  /** It acts until `heldUntil`, unless the lease is renewed before. */
  | { is: 'holder'; epoch: number; heldUntil: number }
  /** Another instance has taken the lease, in that epoch: this process never acts again. */
  | { is: 'superseded'; epoch: number; by: string };

/** Until when a holder may act after the lease was taken or renewed by a request that was sent at that moment. */
export const heldUntil = (sentAt: number): number => sentAt + LEASE_MS - LEASE_MARGIN_MS;

export const mayAct = (standing: Standing, now: number): boolean =>
  standing.is === 'holder' && now < standing.heldUntil;

/** The row of the lease. */
export interface LeaseRow {
  holder: string | null;
  boot: string | null;
  epoch: number;
  seq: number;
}

export type CommitVerdict =
  /** The commit took effect. */
  | { is: 'done' }
  /** It did not; it can be made again. */
  | { is: 'not-done' }
  /** Another instance has taken the lease; nothing of the commit was written, or it was written before that. */
  | { is: 'superseded'; epoch: number; by: string }
  /** The database lost commits that it had acknowledged: it was restored, or failed over to a server that lagged. */
  | { is: 'went-back'; seq: number };

/**
 * What became of the commit that would have moved `seq` on from `before`, by the row after it was closed, or as it stands
 * when another instance has it.
 */
export function commitVerdict(
  row: LeaseRow,
  mine: { boot: string; epoch: number; before: number; seq: number },
): CommitVerdict {
  if (row.epoch !== mine.epoch || row.boot !== mine.boot)
    return { is: 'superseded', epoch: row.epoch, by: row.holder ?? '?' };
  const committed = committedSeq(row.seq);
  if (committed >= mine.seq) return { is: 'done' };
  return committed === committedSeq(mine.before) ? { is: 'not-done' } : { is: 'went-back', seq: row.seq };
}
