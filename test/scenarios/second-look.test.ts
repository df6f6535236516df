import { chmod, mkdir, stat } from 'node:fs/promises';
import { createServer } from 'node:tls';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { cheapHash } from '../support/cheap-hash.ts';
import { trimQuote } from '../../src/core/mail/trim-quote.ts';
import { makeCertificate } from '../../src/demo/make-certificate.ts';
import { htmlWords } from '../../src/mail/html-words.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { hostOfTarget } from '../../src/web/probe-targets.ts';
import { cpuMsOf } from '../support/cpu-time.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

// What an adversary found when they looked a second time, each played as they played it.

/**
 * How much more of the processor it takes with eight times as much of it: eight where it is linear, sixty-four where it is
 * quadratic. The best of three, for others work here too.
 */
function growth(work: (size: number) => void, size: number): number {
  const took = (of: number) => Math.min(...[0, 1, 2].map(() => cpuMsOf(() => work(of))));
  work(size);
  return took(8 * size) / took(size);
}

test('an answer full of heads and of lines that almost repeat the ticket is trimmed in linear time', () => {
  const known = `${'q'.repeat(40_000)}\nFrom: abc\nTo: a\nab`;
  const attack = (size: number) =>
    trimQuote(`${'From: abc\nTo: a\nTo: a\n'.repeat(size)}${'ab\n'.repeat(size * 8)}zzzz`, {
      own: 'help@example.com',
      known,
    });
  expect(growth(attack, 5_000)).toBeLessThan(22);
  // A quotation is still seen as one.
  const text =
    'Thanks!\n\nFrom: Help <help@example.com>\nSent: Monday\nSubject: Printer\n\nHave you tried turning it off?';
  expect(trimQuote(text, { own: 'help@example.com', known: 'Have you tried turning it off?' }).text).toBe(
    'Thanks!',
  );
});

test('a cell over a million columns costs no more than one over two', () => {
  for (const cell of ['colspan="999999999"', 'rowspan=999999999', "colspan='50000'", 'COLSPAN = "1000000"'])
    expect(htmlWords(`<table><tr><td ${cell}>a</td><td>b</td></tr></table>`)).toMatch(/a\s+b/);
});

test.each([
  ['localhost://shop.example/steal', 'localhost'],
  ['evil.example://shop.example/', 'evil.example'],
  ['http://shop.example/', 'shop.example'],
  ['HTTP://shop.example/', 'http'],
  ['shop.example@evil.example/', 'evil.example'],
  ['metadata.google.internal://shop.example/', 'metadata.google.internal'],
])('an http module that is asked for %s asks %s, and that is judged', (target, host) => {
  expect(hostOfTarget(target, 'http')).toBe(host);
  if (target.includes('://') && !/^https?:/i.test(target)) expect(hostOfTarget(target)).toBe(undefined);
});

test('an audit record that was rewritten under the cover of an erasure is found', async () => {
  const path = join(await temporaryFolder(), 'w.db');
  const store = sqliteStore(path, { exclusive: true });
  const record = (who: string) => ({ at: 1, who, what: 'signed-in' as const });
  await store.commit({ audit: [record('user maria'), record('user devon'), record('user ines')] });
  expect(await store.audit.verify()).toMatchObject({ is: 'whole', records: 3 });
  await store.close();
  const rewrite = async (change: (before: object) => object, seq = 2) => {
    const raw = new DatabaseSync(path);
    const { sql } = raw.prepare(`SELECT sql FROM sqlite_schema WHERE name = 'audit_stands'`).get() as { sql: string };
    const { document } = raw.prepare('SELECT document FROM audit WHERE seq = ?').get(seq) as { document: string };
    raw.exec('DROP TRIGGER audit_stands');
    raw.prepare('UPDATE audit SET document = ? WHERE seq = ?').run(JSON.stringify(change(JSON.parse(document) as object)), seq);
    raw.exec(sql);
    raw.close();
    const read = sqliteStore(path, { exclusive: true });
    const verdict = await read.audit.verify();
    await read.close();
    const back = new DatabaseSync(path);
    back.exec('DROP TRIGGER audit_stands');
    back.prepare('UPDATE audit SET document = ? WHERE seq = ?').run(document, seq);
    back.exec(sql);
    back.close();
    return verdict;
  };
  const { recordText } = await import('../../src/core/audit-record.ts');
  const { createHash } = await import('node:crypto');
  const digest = createHash('sha256').update(recordText(record('user devon'))).digest('hex');
  const left = createHash('sha256').update(recordText(record('user vera'))).digest('hex');
  const forged = { ...record('user vera'), digest };
  expect(await rewrite(() => ({ ...forged }))).toEqual({ is: 'broken', seq: 2 });
  // It vouches for itself, or has itself called an erasure.
  expect(await rewrite(() => ({ ...forged, erased: [{ seq: 2, left }] }))).toEqual({ is: 'broken', seq: 2 });
  expect(await rewrite(() => ({ ...forged, what: 'erased', erased: [{ seq: 2, left }] }))).toEqual({ is: 'broken', seq: 2 });

  // After a true erasure what is left cannot be changed again, nor the erasure itself.
  await watchdesk(['erase', '--config', await temporaryFolder({
    'watchdesk.yaml': `store: "sqlite:${path}"\n`,
    'targets/t.yaml': 'targets: [{ name: a, kind: server, address: 127.0.0.1, checks: [{ type: ping }] }]\n',
  }), '--person', 'devon@example.com', '--name', 'devon']);
  const erased = sqliteStore(path, { exclusive: true });
  expect(await erased.audit.verify()).toMatchObject({ is: 'whole', records: 4, erased: 1 });
  await erased.close();
  expect(await rewrite((before) => ({ ...before, who: 'user vera' }))).toEqual({ is: 'broken', seq: 2 });
  expect(await rewrite((before) => ({ ...before, about: 'nothing' }), 4)).toEqual({ is: 'broken', seq: 4 });
}); // prettier-ignore

const PASSWORD = 'correct horse battery';

async function guarded() {
  const port = await freePort();
  const home = await temporaryFolder();
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
store: "sqlite:${home}/w.db"
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
access:
  users: { maria: { role: admin, password: "${cheapHash(PASSWORD)}" } }
  tokens: { all: { token: admin-token-of-the-test, scopes: [admin] } }
`,
    'targets/here.yaml': `customer: { name: Acme }\ntargets: [{ name: here, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]\n`,
  });
  return { port, folder, monitor: new WatchdeskProcess(folder, port) };
}

const form = (fields: Record<string, string>, cookie?: string): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields),
  redirect: 'manual',
  ...(cookie !== undefined && { headers: { cookie } }),
});

const cookieOf = (answer: Response): string => answer.headers.get('set-cookie')!.split(';')[0]!;

test('a session that goes on being used ends when it is signed out', async () => {
  const { monitor } = await guarded();
  await monitor.start();
  for (let round = 0; round < 3; round++) {
    const cookie = cookieOf(
      await fetch(`${monitor.url}/login`, form({ login: 'maria', password: PASSWORD })),
    );
    const page = await (await fetch(`${monitor.url}/account`, { headers: { cookie } })).text();
    const token = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    let isOver = false;
    const loops = [0, 1, 2, 3].map(async () => {
      while (!isOver) await (await fetch(`${monitor.url}/monitor`, { headers: { cookie } })).text();
    });
    const out = await fetch(`${monitor.url}/logout`, form({ csrf: token }, cookie));
    expect(out.status).toBe(303);
    isOver = true;
    await Promise.all(loops);
    const after = await fetch(`${monitor.url}/monitor`, { headers: { cookie }, redirect: 'manual' });
    expect(after.status).not.toBe(200);
  }
});

test('the command line gives its token to the certificate of the config alone', async () => {
  const port = await freePort();
  const [validFrom, validTo] = [new Date(Date.now() - 86_400_000), new Date(Date.now() + 86_400_000)];
  const issuer = makeCertificate({
    names: [],
    commonName: 'Issuer',
    isAuthority: true,
    validFrom,
    validTo,
  });
  const [own, other] = ['watch.example', 'evil.example'].map((name) =>
    makeCertificate({ names: [name], issuer, validFrom, validTo }),
  );
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}", tls: { cert: "\${TLS}/cert.pem", key: "\${TLS}/key.pem" } }
access:
  users: { maria: { role: admin, password: "${cheapHash(PASSWORD)}" } }
  tokens: { all: { token: admin-token-of-the-test, scopes: [admin] } }
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
`,
    'targets/t.yaml': 'targets: [{ name: a, kind: server, address: 127.0.0.1, checks: [{ type: ping }] }]\n',
    'tls/cert.pem': own!.certificate + issuer.certificate,
    'tls/key.pem': own!.key,
  });
  let heard = '';
  const impostor = createServer(
    { cert: other!.certificate + issuer.certificate, key: other!.key },
    (socket) =>
      socket.on('data', (piece) => {
        heard += piece.toString();
        socket.end(
          'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 25\r\n\r\n{"items":[],"next":null}\n',
        );
      }),
  );
  impostor.on('tlsClientError', () => {});
  impostor.listen(port, '127.0.0.1');
  await once(impostor, 'listening');
  onTestFinished(() => void impostor.close());
  const { code, stderr } = await watchdesk(['maintenance', 'list', '--config', folder], {
    TLS: join(folder, 'tls'),
  });
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('its certificate is not the one in server.tls'),
  ]);
  expect(heard).not.toContain('admin-token');
});

test('a backup is for its owner alone, whatever the folder was', async () => {
  const { folder, monitor } = await guarded();
  await monitor.start();
  const into = join(await temporaryFolder(), 'bk');
  await mkdir(into);
  await chmod(into, 0o755);
  expect((await watchdesk(['backup', into, '--config', folder])).code).toBe(0);
  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
  expect([await modeOf(into), await modeOf(join(into, 'watchdesk.db'))]).toEqual(['700', '600']);
});
