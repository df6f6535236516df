import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SystemClock } from '../../src/probing/system-clock.ts';
import { openDatabase } from '../../src/store/open-store.ts';
import { sqlStore } from '../../src/store/sql-store.ts';
import { storeAddress } from '../../src/store/store-address.ts';
import { freePort } from '../support/free-port.ts';
import { noPostgres, sharedPostgres } from '../support/postgres-server.ts';
import { sampleTicketOrder } from '../support/sample-effect.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const PROGRAM = '/usr/sbin/pgbouncer';
const missing =
  noPostgres ?? (existsSync(PROGRAM) ? undefined : 'no pgbouncer here; apt-get install pgbouncer');
if (missing) console.log(`Skipped: a store behind pgbouncer; ${missing}.`);

describe.skipIf(missing)('behind pgbouncer in transaction mode', () => {
  test('with fewer connections to the server than to the store, nothing depends on a session', async () => {
    const server = await sharedPostgres();
    const url = new URL(await server.database());
    const port = await freePort();
    const folder = await temporaryFolder({
      'users.txt': `"watchdesk" "${decodeURIComponent(url.password)}"\n`,
      'pgbouncer.ini': `
[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = users.txt
pool_mode = transaction
default_pool_size = 2
`,
    });
    for (const name of ['', '/users.txt', '/pgbouncer.ini']) await chmod(folder + name, 0o755);
    const asUser = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
    const bouncer = spawn(PROGRAM, [...asUser, 'pgbouncer.ini'], { cwd: folder, stdio: 'ignore' });
    onTestFinished(() => void bouncer.kill('SIGKILL'));
    const direct = url.href;
    url.port = String(port);
    await until('pgbouncer', () => server.query('SELECT 1', url.href).then(() => true));
    const database = await openDatabase(storeAddress(url.href), {
      exclusive: true,
      clock: new SystemClock(),
      version: 'test',
    });
    onTestFinished(() => database.close());
    const store = sqlStore(database, Date.now);
    const ids = Array.from({ length: 300 }, (_, n) => `e${n}`);
    const reads: Promise<unknown>[] = [];
    for (const id of ids) {
      reads.push(store.commit({ newEffects: [{ ...sampleTicketOrder(), id, incident: id }] }));
      reads.push(store.load(0), store.incidents({ limit: 5 }));
      if (reads.length > 30) await Promise.all(reads.splice(0));
    }
    await Promise.all(reads);
    expect((await store.load(0)).effects.map(({ id }) => id)).toEqual(ids);
    const [row] = await server.query<{ seq: string }>('SELECT seq FROM leases', direct);
    expect(Number(row!.seq)).toBeGreaterThan(20);
    expect(database.fence.isHeld()).toBe(true);
    // A retention that may change trails leaves that right behind for nobody else.
    await database.write([{ op: 'run', sql: 'DELETE FROM desk_entries', values: [] }], {
      changesTrails: true,
    });
    await store.commit({
      deskTickets: [],
      audit: [{ at: 1, who: 'w', what: 'called' }],
    });
    const refused = await database
      .write([{ op: 'run', sql: 'DELETE FROM audit', values: [] }])
      .catch((error: Error) => error.message);
    expect(refused).toContain('audit is never changed');
  });
});
