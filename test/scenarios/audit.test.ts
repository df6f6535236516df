import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { cheapHash } from '../support/cheap-hash.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

const PASSWORD = 'correct horse battery';
const ADMIN = { authorization: 'Bearer admin-token-of-the-test' };
const TICKETS = { authorization: 'Bearer tickets-token-of-the-test' };

test('who came in and who changed what is written down, in whose name, and cannot be changed unseen', async () => {
  const port = await freePort();
  const path = join(await temporaryFolder(), 'w.db');
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
store: "sqlite:${path}"
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
access:
  users: { maria: { role: admin, password: "${cheapHash(PASSWORD)}" } }
  tokens: { all: { token: admin-token-of-the-test, scopes: [admin] }, crm: { token: tickets-token-of-the-test, scopes: [tickets] } }
`,
    'targets/here.yaml': `targets: [{ name: here, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]\n`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  const login = (password: string) =>
    fetch(`${monitor.url}/login`, {
      method: 'POST',
      body: new URLSearchParams({ login: 'maria', password }),
      redirect: 'manual',
    });
  expect((await login('not it, not it')).status).toBe(401);
  expect((await login(PASSWORD)).status).toBe(303);
  const post = (path: string, body: unknown, headers: Record<string, string>) =>
    fetch(monitor.url + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  expect((await post('/api/v1/desk/tickets', { subject: 'It burns' }, TICKETS)).status).toBe(201);
  expect(
    (await post('/api/v1/desk/tickets/1/answer', { name: 'Ann Acme', text: 'Still' }, TICKETS)).status,
  ).toBe(200);
  expect((await post('/-/reload', {}, ADMIN)).status).toBe(200);
  // Who may only work on tickets reads no audit log.
  expect((await fetch(`${monitor.url}/api/v1/audit`, { headers: TICKETS })).status).toBe(403);

  const { items } = (await (await fetch(`${monitor.url}/api/v1/audit`, { headers: ADMIN })).json()) as {
    items: { who: string; what: string; about?: string; from?: string }[];
  };
  const lines = items.map(({ who, what, about = '' }) => `${who} ${what} ${about}`.trim()).toReversed();
  expect(lines).toEqual([
    'the system started version 0.1.0',
    'nobody sign-in-failed as maria',
    'user maria signed-in by password',
    'token crm called POST /api/v1/desk/tickets',
    'token crm called POST /api/v1/desk/tickets/1/answer as Ann Acme',
    'the system config-applied 1 targets, 1 checks',
    'token all called POST /-/reload',
  ]);
  expect(items.at(-2)!.from).toBe('127.0.0.1');
  expect(JSON.stringify(items)).not.toContain(PASSWORD);
  const ticket = (await (
    await fetch(`${monitor.url}/api/v1/desk/tickets/1`, { headers: TICKETS })
  ).json()) as {
    trail: { event: string; by: { name: string; via: string | null } }[];
  };
  expect(ticket.trail.find(({ event }) => event === 'answer')!.by).toMatchObject({
    name: 'Ann Acme',
    via: 'token crm',
  });
  await monitor.stop();

  const verify = async () => {
    const ran = await watchdesk(['audit', '--verify', '--json', '--config', folder]);
    return { code: ran.code, ...(JSON.parse(ran.stdout) as { is: string; seq?: number }) };
  };
  expect(await verify()).toMatchObject({ code: 0, is: 'whole', records: 7 });
  const database = new DatabaseSync(path);
  expect(() => database.exec(`UPDATE audit SET who = 'x'`)).toThrow('never changed');
  expect(() => database.exec('DELETE FROM audit')).toThrow('never changed');
  // Whoever owns the file can go around that, and is found out.
  database.exec(
    `INSERT OR REPLACE INTO audit SELECT seq, 'user eve', what, document, hash FROM audit WHERE seq = 3`,
  );
  // A list is searched by what stands beside the document.
  expect(await verify()).toMatchObject({ code: 1, is: 'broken', seq: 3 });
  database.exec(
    `INSERT OR REPLACE INTO audit SELECT seq, json_extract(document, '$.who'), what, document, hash FROM audit WHERE seq = 3`,
  );
  expect(await verify()).toMatchObject({ is: 'whole' });
  // Nor does it help to pass it off as one in which a person was erased.
  database.exec(
    `INSERT OR REPLACE INTO audit SELECT seq, who, what, json_set(document, '$.digest', hash), hash FROM audit WHERE seq = 3`,
  );
  expect(await verify()).toMatchObject({ code: 1, is: 'broken', seq: 3 });
  database.exec(
    `INSERT OR REPLACE INTO audit SELECT seq, who, what, replace(document, 'maria', 'eve'), hash FROM audit WHERE seq = 3`,
  );
  expect(await verify()).toMatchObject({ code: 1, is: 'broken', seq: 3 });
  database.close();
});
