import type { SqlDatabase } from './sql-database.ts';

/** What an instance tells the others of itself. */
export interface InstanceCard {
  id: string;
  /** Random, of this process. */
  boot: string;
  url?: string;
  location?: string;
  version: string;
  /** Why it could not take over; empty when it could. */
  unfit: readonly string[];
}

export interface HeardInstance extends InstanceCard {
  /** By the database's clock. */
  heardAgoMs: number;
}

export interface Told {
  /** How far this machine's clock is ahead of the database's, in milliseconds. */
  clockAheadMs: number;
}

const TELL = `INSERT INTO instances (id, boot, url, location, version, unfit, heard_at)
  VALUES (?, ?, ?, ?, ?, ?, clock_timestamp())
  ON CONFLICT (id) DO UPDATE SET boot = excluded.boot, url = excluded.url, location = excluded.location,
    version = excluded.version, unfit = excluded.unfit, heard_at = excluded.heard_at
  RETURNING (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at`;
const READ = `SELECT id, boot, url, location, version, unfit,
    (extract(epoch FROM clock_timestamp() - heard_at) * 1000)::bigint AS "heardAgoMs"
  FROM instances ORDER BY id`;

interface Row {
  id: string;
  boot: string;
  url: string | null;
  location: string | null;
  version: string;
  unfit: string;
  heardAgoMs: number;
}

/** The instances that share a PostgreSQL. */
export class Instances {
  readonly #database: Pick<SqlDatabase, 'all'>;
  readonly #now: () => number;

  constructor(database: Pick<SqlDatabase, 'all'>, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Tells the others that it lives. */
  async tell({ id, boot, url, location, version, unfit }: InstanceCard): Promise<Told> {
    const askedAt = this.#now();
    const values = [id, boot, url ?? null, location ?? null, version, JSON.stringify(unfit)];
    const [row] = await this.#database.all<{ at: number }>(TELL, values);
    // The database read its clock about half way between question and answer.
    return { clockAheadMs: Math.round((askedAt + this.#now()) / 2 - row!.at) };
  }

  async all(): Promise<HeardInstance[]> {
    const rows = await this.#database.all<Row>(READ);
    return rows.map(({ url, location, unfit, ...row }) => ({
      ...row,
      ...(url !== null && { url }),
      ...(location !== null && { location }),
      unfit: JSON.parse(unfit) as string[],
    }));
  }

  /** It ends: nobody waits for it. */
  async leave({ id, boot }: Pick<InstanceCard, 'id' | 'boot'>): Promise<void> {
    await this.#database.all('DELETE FROM instances WHERE id = ? AND boot = ?', [id, boot]);
  }
}
