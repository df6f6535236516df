import { heldUntil, LEASE_MS, mayAct, RENEW_EVERY_MS, type LeaseRow, type Standing } from '../core/lease.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Fence } from '../core/fence.ts';
import type { PostgresLink } from './postgres-link.ts';
import type { PostgresStatement } from './postgres-statements.ts';

/** Who asks for the lease. */
export interface LeaseSeeker {
  /** Name of the instance. */
  holder: string;
  /** Random, of this process: an instance that restarts is another holder. */
  boot: string;
  /** Where its door is, for the other instances. */
  url?: string;
  version: string;
}

export type Taken =
  | { is: 'taken' }
  /** `forMs`: how long the lease still runs, by the database's clock. */
  | { is: 'held'; by: string; url?: string; forMs: number };

/** A renewal that takes longer is as good as none. */
const RENEW_DEADLINE_MS = 2_000;
const RETRY_MS = 100;

const TAKE = `UPDATE leases SET holder = $1, boot = $2, epoch = epoch + 1, seq = 0,
    until = clock_timestamp() + $3 * interval '1 millisecond', url = $4, version = $5, wanted = NULL
  WHERE name = 'decide' AND (until < clock_timestamp() OR boot = $2)
    AND (wanted IS NULL OR wanted = $1 OR boot = $2 OR until < clock_timestamp() - interval '2 seconds')
  RETURNING epoch`;
/** Also after it has run out, as long as nobody has taken it. */
const RENEW = `UPDATE leases SET until = clock_timestamp() + $4 * interval '1 millisecond'
  WHERE name = 'decide' AND holder = $1 AND boot = $2 AND epoch = $3 RETURNING epoch`;
const RELEASE = `UPDATE leases SET until = clock_timestamp(), wanted = $4
  WHERE name = 'decide' AND holder = $1 AND boot = $2 AND epoch = $3`;
const READ = `SELECT holder, boot, epoch, seq, url,
    CASE WHEN until > clock_timestamp() THEN extract(epoch FROM until - clock_timestamp()) * 1000 ELSE 0 END::bigint AS "forMs"
  FROM leases WHERE name = 'decide'`;
/** No row fails the transaction: 1 / 0. It stands last, so that no lock on the row is held while rows are written. */
const FENCE = `WITH fence AS (UPDATE leases SET seq = $4
    WHERE name = 'decide' AND holder = $1 AND boot = $2 AND epoch = $3 AND seq = $5 RETURNING 1)
  SELECT 1 / count(*) FROM fence`;
/** Waits for a commit that has passed its fence, and makes the fence of every earlier one fail. Made twice, it does nothing. */
const CLOSE = `UPDATE leases SET seq = seq | 1
  WHERE name = 'decide' AND holder = $1 AND boot = $2 AND epoch = $3 RETURNING holder, boot, epoch, seq`;
/** SQLSTATE of a division by zero. */
export const FENCE_REFUSED = '22012';

/** The lease of one database, as this process knows it. */
export class PostgresLease implements Fence {
  readonly #connect: () => Promise<PostgresLink>;
  readonly #clock: Clock;
  readonly #seeker: LeaseSeeker;
  readonly #onChange: (standing: Standing) => void;
  #standing: Standing = { is: 'standby' };
  /** The last one that was its own. */
  #epoch = 0;
  #link: PostgresLink | undefined;
  #abort = new AbortController();
  #renewal: Timer | undefined;
  #renewing: Promise<void> | undefined;
  #expiry: Timer | undefined;
  #isEnded = false;

  constructor(
    seeker: LeaseSeeker,
    clock: Clock,
    connect: () => Promise<PostgresLink>,
    onChange: (standing: Standing) => void,
  ) {
    this.#seeker = seeker;
    this.#clock = clock;
    this.#connect = connect;
    this.#onChange = onChange;
  }

  get standing(): Standing {
    return this.#standing;
  }

  get boot(): string {
    return this.#seeker.boot;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  isHeld(): boolean {
    return mayAct(this.#standing, this.#clock.sinceBoot());
  }

  /** Takes the lease when it has run out. Rejects when the database cannot be asked. */
  async take(): Promise<Taken> {
    const { holder, boot, url, version } = this.#seeker;
    const link = await this.#connected();
    const sentAt = this.#clock.sinceBoot();
    const values = [holder, boot, LEASE_MS, url ?? null, version];
    const taken = await link.run([{ text: TAKE, values }], RENEW_DEADLINE_MS);
    if ('is' in taken) throw new Error(taken.why);
    const [row] = taken[0]!.rows as { epoch: number }[];
    if (row === undefined) return this.#held(await this.read(link));
    this.#epoch = row.epoch;
    this.#stand({ is: 'holder', epoch: row.epoch, heldUntil: heldUntil(sentAt) });
    this.#renewLater();
    return { is: 'taken' };
  }

  /** Who holds the lease, without asking for it. Rejects when the database cannot be asked. */
  async look(): Promise<Extract<Taken, { is: 'held' }>> {
    return this.#held(await this.read(await this.#connected()));
  }

  #held({
    holder,
    url,
    forMs,
  }: LeaseRow & { url: string | null; forMs: number }): Extract<Taken, { is: 'held' }> {
    return { is: 'held', by: holder ?? 'another instance', ...(url !== null && { url }), forMs };
  }

  /** The row as it stands, read on that connection. Rejects when it cannot be read. */
  async read(link: PostgresLink): Promise<LeaseRow & { url: string | null; forMs: number }> {
    const read = await link.run([{ text: READ, values: [] }], RENEW_DEADLINE_MS);
    if ('is' in read) throw new Error(read.why);
    return read[0]!.rows[0] as LeaseRow & { url: string | null; forMs: number };
  }

  /** The last statement of a commit that moves `seq` on: no row, no commit. */
  fence(before: number, seq: number): PostgresStatement {
    return { text: FENCE, values: [this.#seeker.holder, this.#seeker.boot, this.epoch, seq, before] };
  }

  /**
   * The row after no commit that was begun before can take effect any more; as it stands, when another instance has it.
   * Rejects when that cannot be told yet.
   */
  async close(link: PostgresLink): Promise<LeaseRow> {
    const values = [this.#seeker.holder, this.#seeker.boot, this.epoch];
    const closed = await link.run([{ text: CLOSE, values }], RENEW_DEADLINE_MS);
    if ('is' in closed) throw new Error(closed.why);
    return (closed[0]!.rows[0] as LeaseRow | undefined) ?? this.read(link);
  }

  /** Another instance has taken the lease: nothing goes out any more. */
  supersede(by: string, epoch: number): void {
    if (this.#standing.is === 'superseded') return;
    this.#stand({ is: 'superseded', epoch, by });
    this.#renewal?.cancel();
  }

  /** Gives the lease back, so that another instance takes over at once; `to`: only that one, for 2 s. */
  async release(to?: string): Promise<void> {
    this.#isEnded = true;
    this.#renewal?.cancel();
    if (this.#standing.is === 'holder') {
      const { epoch } = this.#standing;
      this.#stand({ is: 'standby' });
      const { holder, boot } = this.#seeker;
      const statement = { text: RELEASE, values: [holder, boot, epoch, to ?? null] };
      // When it cannot be told, the lease runs out.
      await this.#renewing;
      const link = await this.#connected().catch(() => undefined);
      await link?.run([statement], RENEW_DEADLINE_MS).catch(() => {});
    }
    this.#link?.close();
  }

  async #connected(): Promise<PostgresLink> {
    if (this.#link === undefined || this.#link.isLost) this.#link = await this.#connect();
    return this.#link;
  }

  #renewLater(waitMs = RENEW_EVERY_MS): void {
    this.#renewal = this.#clock.after(waitMs, () => {
      this.#renewing = this.#renew();
    });
  }

  async #renew(): Promise<void> {
    if (this.#standing.is !== 'holder') return;
    const { epoch } = this.#standing;
    try {
      const link = await this.#connected();
      if (this.#isEnded) return;
      const sentAt = this.#clock.sinceBoot();
      const values = [this.#seeker.holder, this.#seeker.boot, epoch, LEASE_MS];
      const renewed = await link.run([{ text: RENEW, values }], RENEW_DEADLINE_MS);
      if ('is' in renewed) throw new Error(renewed.why);
      if (this.#isEnded) return;
      if (renewed[0]!.rowCount === 1) this.#stand({ is: 'holder', epoch, heldUntil: heldUntil(sentAt) });
      else {
        const row = await this.read(link);
        this.supersede(row.holder ?? 'another instance', row.epoch);
        return;
      }
    } catch {
      // Asked again at once: one dropped connection must not cost the right to act.
      if (!this.#isEnded && this.#standing.is === 'holder') this.#renewLater(RETRY_MS);
      return;
    }
    if (!this.#isEnded && this.#standing.is === 'holder') this.#renewLater();
  }

  #stand(standing: Standing): void {
    this.#standing = standing;
    this.#expiry?.cancel();
    const isHeld = this.isHeld();
    if (isHeld && this.#abort.signal.aborted) this.#abort = new AbortController();
    if (!isHeld) this.#abort.abort(new Error('this instance may no longer act'));
    if (isHeld && standing.is === 'holder') {
      const forMs = standing.heldUntil - this.#clock.sinceBoot();
      this.#expiry = this.#clock.after(forMs, () => this.#stand(this.#standing));
    }
    this.#onChange(standing);
  }
}
