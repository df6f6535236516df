import type { SqlDatabase } from './sql-database.ts';

interface Row {
  commit: string;
  names: string;
  standbys: number;
}

/**
 * Why a PostgreSQL may lose commits that it has acknowledged, in one sentence for the operator; undefined when it does
 * not: https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT
 */
export async function durabilityRisk(database: Pick<SqlDatabase, 'all'>): Promise<string | undefined> {
  const [row] = await database.all<Row>(
    `SELECT current_setting('synchronous_commit') AS commit, current_setting('synchronous_standby_names') AS names,
       (SELECT count(*) FROM pg_stat_replication) AS standbys`,
  );
  const { commit, names, standbys } = row!;
  if (commit === 'off')
    return 'PostgreSQL acknowledges commits before they are on disk (synchronous_commit = off): a crash of the server loses what was decided last.';
  const waits = names !== '' && commit !== 'local';
  return standbys > 0 && !waits
    ? 'PostgreSQL has standbys and waits for none of them (synchronous_standby_names): a failover loses what was decided last.'
    : undefined;
}
