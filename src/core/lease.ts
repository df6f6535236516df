/**
 * One instance at a time decides: the one that holds the lease, a row of the shared database. Who takes it begins a new
 * epoch; each of its commits counts `seq` up by one in the same transaction, so that a commit whose answer was lost is
 * settled by reading the row. All times are by a clock that never jumps, in milliseconds.
 */

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
 * What became of the commit that would have set `seq`, by the row as it stands after the connection was lost or the commit
 * refused.
 */
export function commitVerdict(
  row: LeaseRow,
  mine: { boot: string; epoch: number; seq: number },
): CommitVerdict {
  if (row.epoch !== mine.epoch || row.boot !== mine.boot)
    return { is: 'superseded', epoch: row.epoch, by: row.holder ?? '?' };
  if (row.seq >= mine.seq) return { is: 'done' };
  return row.seq === mine.seq - 1 ? { is: 'not-done' } : { is: 'went-back', seq: row.seq };
}
