import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DeskEntry, DeskTicket } from '../../src/core/desk/desk-ticket.ts';
import { copyStore, type CopyEnd } from '../../src/store/copy-store.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { openDatabase } from '../../src/store/open-store.ts';
import { sqlFiles } from '../../src/store/sql-files.ts';
import { sqlStore } from '../../src/store/sql-store.ts';
import { storeAddress } from '../../src/store/store-address.ts';
import { SystemClock } from '../../src/probing/system-clock.ts';
import { noPostgres, sharedPostgres } from '../support/postgres-server.ts';
import { sampleMessage } from '../support/sample-effect.ts';
import { sampleIncident } from '../support/sample-incident.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchdesk } from '../support/watchdesk-process.ts';

if (noPostgres) console.log(`Skipped: copies between stores; ${noPostgres}.`);

const OPTIONS = { exclusive: true, clock: new SystemClock(), version: 'test' };

async function sqliteEnd(): Promise<CopyEnd & { url: string }> {
  const folder = await temporaryFolder();
  const url = `sqlite:${join(folder, 'w.db')}`;
  const database = await openDatabase(storeAddress(url), OPTIONS);
  onTestFinished(() => database.close());
  return {
    url,
    database,
    files: folderFiles(() => ({ folder: join(folder, 'attachments'), keepFreeBytes: 0 })),
  };
}

async function postgresEnd(): Promise<CopyEnd & { url: string }> {
  const url = await (await sharedPostgres()).database();
  const database = await openDatabase(storeAddress(url), OPTIONS);
  onTestFinished(() => database.close());
  return { url, database, files: sqlFiles(database) };
}

const COUNT = 1_203;

/** Some of everything, and enough of one table for several slices. */
async function fill({ database, files }: CopyEnd): Promise<string> {
  const store = sqlStore(database, () => 0);
  const bytes = new TextEncoder().encode('a file');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await files.write(sha256, bytes);
  const state = { is: 'up' } as never;
  await store.commit({
    checks: [
      { target: 'Ärger', check: 'zz', state },
      { target: 'a', check: 'B', state },
    ],
    incidents: [sampleIncident({ id: 'I', customer: 'acme' })],
    newEffects: [sampleMessage({ id: 'e', incident: 'I' })],
    events: Array.from({ length: COUNT }, (_, at) => ({ incident: 'I', at, is: 'opened' }) as never),
    beats: [{ token: 't', beat: {} as never }],
    windows: [{ id: 'w' } as never, { id: 'v' } as never],
    removedWindows: ['w'],
    marks: [{ name: 'm\u{1F600}', value: 'x \u{1F600} \0 \ud800' }],
    tickets: [{ id: 'T', incident: 'I', adapter: 'zammad', status: 'open', createdAt: 1 } as never],
    overrides: [{ id: 'o' } as never],
    inbound: [{ id: `<${'x'.repeat(5_000)}>`, at: 1 }],
    spans: [
      { target: 'a', state: 'down', from: 1 },
      { target: 'a', state: 'down', from: 5, to: 6 },
    ],
    deskTickets: [
      {
        ...{ number: 7, subject: 'Émile', body: '', type: 'q', state: { is: 'open' }, priority: 'low' },
        ...{
          wished: {},
          origin: 'mail',
          tier: 1,
          fields: {},
          links: [],
          sent: 0,
          createdAt: 1,
          updatedAt: 1,
        },
      } as DeskTicket,
    ],
    deskEntries: [
      {
        ...{ ticket: 7, at: 1, event: 'reply', by: { is: 'monitor' }, text: 'the invoice', isPublic: true },
        ...{ key: 'k', mailId: 'm@x', attachments: [{ id: 'f', name: 'n', type: 't', bytes: 6, sha256 }] },
      } as DeskEntry,
    ],
    serviceTickets: [
      { id: 's', status: 'open', openedAt: 1, ticket: { adapter: 'desk', remoteId: '7' } } as never,
    ],
    users: [{ id: 'u', email: 'u@x', name: 'U', role: 'customer' }],
    sessions: [{ id: 's', user: 'u', createdAt: 1, expiresAt: 2, proof: 'p' }],
    subscribers: [{ email: 's@x', token: 't', askedAt: 1 }],
    audit: [
      { at: 1, who: 'w', what: 'called' },
      { at: 2, who: 'w', what: 'called' },
    ],
  });
  return sha256;
}

describe.skipIf(noPostgres)('a copy', () => {
  test('goes to PostgreSQL and back without losing a thing, and both go on from there', async () => {
    const [first, middle, last] = [await sqliteEnd(), await postgresEnd(), await sqliteEnd()];
    const sha256 = await fill(first);
    const tables: string[] = [];
    const there = await copyStore(first, middle, (table, rows) => rows > 0 && tables.push(table));
    expect(there).toMatchObject({ is: 'copied', files: 1, missingFiles: 0 });
    expect(tables).toHaveLength(20);
    expect(await copyStore(middle, last, () => {})).toMatchObject({ is: 'copied', files: 1 });
    for (const end of [middle, last]) {
      const store = sqlStore(end.database, () => 0);
      expect(await store.load(0)).toEqual(await sqlStore(first.database, () => 0).load(0));
      expect(await store.events('I')).toHaveLength(COUNT);
      expect((await store.desk.list({ limit: 9, text: 'emile' })).items).toHaveLength(1);
      expect((await store.desk.list({ limit: 9, text: 'invoice' })).items).toHaveLength(1);
      expect(await store.audit.verify()).toMatchObject({ is: 'whole', records: 2 });
      expect(Buffer.from((await end.files.read(sha256))!).toString()).toBe('a file');
      // What comes next is numbered behind what was copied.
      await store.commit({
        windows: [{ id: 'next' } as never],
        newEffects: [sampleMessage({ id: 'f', incident: 'J' }, { code: 'C2' })],
      });
      expect((await store.load(0)).windows.map(({ id }) => id)).toEqual(['v', 'next']);
      expect((await store.effects({ limit: 9 })).items.map(({ id }) => id)).toEqual(['f', 'e']);
    }
  });

  test('goes only into an empty store, and is found out when it is not the same', async () => {
    const [from, to] = [await sqliteEnd(), await postgresEnd()];
    await fill(from);
    await sqlStore(to.database, () => 0).commit({ marks: [{ name: 'm', value: 1 }] });
    expect(await copyStore(from, to, () => {})).toEqual({ is: 'not-empty', table: 'marks', rows: 1 });
    const other = await postgresEnd();
    const url = other.url;
    // Somebody changes the copy while it is made.
    await (
      await sharedPostgres()
    ).query(
      `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.document = '{}'; RETURN NEW; END $$;
       CREATE TRIGGER spoil BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION spoil()`,
      url,
    );
    expect(await copyStore(from, other, () => {})).toEqual({
      is: 'differs',
      table: 'users',
      rows: 1,
      rowsThere: 1,
    });
  });

  test('as a command it says what it does, and refuses what runs, is full, or is nowhere', async () => {
    const from = await sqliteEnd();
    await fill(from);
    const server = await sharedPostgres();
    const to = await server.database();
    const copy = (...args: string[]) => watchdesk(['store', 'copy', ...args]);
    const running = await copy('--from', from.url, '--to', to);
    expect([running.code, running.stderr]).toEqual([1, expect.stringContaining('another monitor runs on')]);
    await from.database.close();
    const done = await copy('--from', from.url, '--to', to);
    expect([done.code, done.stderr]).toEqual([0, '']);
    expect(done.stdout).toContain(`  events: ${COUNT.toLocaleString('en')} rows`.replace(',', ''));
    expect(done.stdout).toMatch(
      /Copied \d+ rows and 1 attachment to postgres:\/\/127.0.0.1:\d+\/\w+, and compared: both hold the same/,
    );
    // The password may stay out of the command line, which everybody on the machine can read.
    const without = new URL(to);
    const PGPASSWORD = decodeURIComponent(without.password);
    without.password = '';
    const again = await watchdesk(['store', 'copy', '--from', from.url, '--to', without.href, '--json'], {
      PGPASSWORD,
    });
    expect([again.code, JSON.parse(again.stdout)]).toMatchObject([1, { is: 'not-empty' }]);
    expect((await copy('--from', from.url, '--to', 'mysql://x')).code).toBe(2);
    expect((await copy('--from', 'sqlite:/nowhere/w.db', '--to', to)).stderr).toContain(
      'There is no store at',
    );
    expect((await copy('--from', to, '--to', to)).stderr).toContain('the same store');
    expect(done.stdout + running.stderr + again.stderr).not.toContain('p%40ss');
  });
});
