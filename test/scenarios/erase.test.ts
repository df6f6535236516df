import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { cheapHash } from '../support/cheap-hash.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

const PERSON = 'ann.jones@acme.example';
const ADMIN = { authorization: 'Bearer admin-token-of-the-test' };

/** A monitor in which a person has asked, was answered, and is named by others. */
async function stand() {
  const port = await freePort();
  const home = await temporaryFolder();
  const path = join(home, 'w.db');
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
store: "sqlite:${path}"
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
access:
  users: { maria: { role: admin, password: "${cheapHash('correct horse battery')}" } }
  tokens: { all: { token: admin-token-of-the-test, scopes: [admin] } }
`,
    'targets/here.yaml': `targets: [{ name: here, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]\n`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  const post = async (at: string, body: unknown) => {
    const answer = await fetch(monitor.url + at, {
      method: 'POST',
      headers: { ...ADMIN, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  };
  await post('/api/v1/desk/tickets', {
    subject: 'My salary of Ann Jones',
    body: 'I earn 4711 a month',
    requester: { name: 'Ann Jones', email: PERSON },
  });
  await post('/api/v1/desk/tickets/1/answer', { name: 'Ann Jones', text: 'My doctor is Dr. Cee' });
  await post('/api/v1/desk/tickets/1/reply', { by: 'maria', text: 'Dear Ann Jones, we are on it.' });
  await post('/api/v1/desk/tickets', {
    subject: 'Another one',
    body: `As ANN.JONES@acme.example told us; not annabel, nor joanne.jones@acme.example`,
    requester: { name: 'Bob', email: 'bob@acme.example' },
  });
  return { monitor, folder, home, path };
}

function signingKeyIn(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare(`SELECT document FROM marks WHERE name = 'answer-key'`).get() as {
    document: string;
  };
  database.close();
  return JSON.parse(row.document) as string;
}

const everything = (home: string): string =>
  readdirSync(home)
    .filter((name) => /^w\.db/.test(name))
    .map((name) => readFileSync(join(home, name)).toString('latin1'))
    .join('\n');

test('a person is erased everywhere, others are not, and the audit log stays whole and says so', async () => {
  const { monitor, folder, home, path } = await stand();
  const erase = (...more: string[]) =>
    watchdesk(['erase', '--config', folder, '--person', PERSON, '--name', 'Ann Jones', '--json', ...more]);
  const whileRunning = await erase();
  expect([whileRunning.code, whileRunning.stderr]).toEqual([1, expect.stringContaining('Stop it first')]);
  await monitor.stop();
  expect(everything(home)).toContain('Dr. Cee');

  const planned = JSON.parse((await erase('--dry-run')).stdout) as object;
  expect(planned).toMatchObject({ dryRun: true, tickets: 2, messages: 3 });
  expect(everything(home)).toContain('Dr. Cee');

  const { code, stdout, stderr } = await erase();
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ dryRun: false, tickets: 2, messages: 3 });
  for (const trace of ['Dr. Cee', 'Ann Jones', 'salary', '4711 a month']) {
    expect(everything(home).includes(trace), trace).toBe(false);
  }
  expect(everything(home).toLowerCase()).not.toMatch(/(?<!jo)ann\.jones@acme/);
  const store = sqliteStore(path, { exclusive: false });
  expect(await store.desk.ticket(1)).toMatchObject({ subject: '[erased]', requester: { name: '[erased]' } });
  expect((await store.desk.ticket(2))!.body).toBe(
    'As [erased] told us; not annabel, nor joanne.jones@acme.example',
  );
  expect((await store.desk.entries(1)).map(({ text }) => text)).toContain('Dear [erased], we are on it.');
  expect((await store.desk.list({ limit: 9, text: 'doctor' })).items).toEqual([]);
  const verdict = await store.audit.verify();
  expect(verdict).toMatchObject({ is: 'whole', erased: expect.any(Number) });
  const [last] = (await store.audit.list({ limit: 1 })).items;
  expect(last).toMatchObject({ what: 'erased', who: 'the command line' });
  await store.close();

  // It goes on, and nobody can change the trail by the way.
  await monitor.start();
  expect((await fetch(`${monitor.url}/api/v1/desk/tickets/1`, { headers: ADMIN })).status).toBe(200);
  await monitor.stop();
  const raw = new DatabaseSync(path);
  expect(() => raw.exec(`UPDATE desk_entries SET document = '{}'`)).toThrow('never changed');
  expect(() => raw.exec('DELETE FROM audit')).toThrow('never changed');
  // A record that is changed under the cover of an erasure is found.
  raw.exec('DROP TRIGGER audit_stands');
  const row = raw.prepare('SELECT seq, document FROM audit ORDER BY seq LIMIT 1').get() as {
    document: string;
  };
  raw
    .prepare('UPDATE audit SET document = ? WHERE seq = 1')
    .run(
      JSON.stringify({ ...(JSON.parse(row.document) as object), who: 'somebody', digest: 'f'.repeat(64) }),
    );
  raw.close();
  const forged = sqliteStore(path, { exclusive: false });
  expect(await forged.audit.verify()).toMatchObject({ is: 'broken', seq: 1 });
  await forged.close();
});

test('a backup is taken while the monitor runs, is whole, and a monitor starts on it', async () => {
  const { monitor, folder, home } = await stand();
  const into = join(await temporaryFolder(), 'copy');
  const { code, stdout, stderr } = await watchdesk(['backup', into, '--config', folder]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('Backed up');
  const copy = sqliteStore(join(into, 'watchdesk.db'), { exclusive: true });
  expect((await copy.desk.ticket(1))!.subject).toBe('My salary of Ann Jones');
  expect(await copy.audit.verify()).toMatchObject({ is: 'whole' });
  await copy.close();
  // The key with which links are signed is in it only when that was asked for.
  const key = signingKeyIn(join(home, 'w.db'));
  expect(readFileSync(join(into, 'watchdesk.db')).includes(key)).toBe(false);
  const whole = join(await temporaryFolder(), 'whole');
  await watchdesk(['backup', whole, '--with-secrets', '--config', folder]);
  expect(readFileSync(join(whole, 'watchdesk.db')).includes(key)).toBe(true);
  expect((await watchdesk(['backup', into, '--config', folder])).stderr).toContain('is not empty');
  expect(existsSync(join(home, 'w.db'))).toBe(true);
  expect(monitor.isAlive).toBe(true);
});
