import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { Agent, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { cheapHash } from '../support/cheap-hash.ts';
import { makeCertificate } from '../../src/demo/make-certificate.ts';
import { connectionCaps } from '../../src/web/connection-caps.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

const PASSWORD = 'correct horse battery';

const certificateOf = (name: string) =>
  makeCertificate({
    names: [name],
    validFrom: new Date(Date.now() - 86_400_000),
    validTo: new Date(Date.now() + 86_400_000),
  });

async function folderWith(port: number, server: string, more: Record<string, string> = {}, access = '') {
  return temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "0.0.0.0:${port}"${server} }
store: "sqlite:w.db"
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
${access}
`,
    'targets/here.yaml': `targets: [{ name: here, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]\n`,
    ...more,
  });
}

const users = async () =>
  `access: { users: { maria: { role: admin, password: "${cheapHash(PASSWORD)}" } }, tokens: { all: { token: admin-token-of-the-test, scopes: [admin] } } }`;

/** The name in the certificate that is shown there. */
async function shownBy(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

test('TLS of its own: HTTPS, HSTS, secure cookies; a renewed certificate is taken without a restart', async () => {
  const port = await freePort();
  const [first, second] = [certificateOf('first.example'), certificateOf('second.example')];
  const folder = await folderWith(
    port,
    ', tls: { cert: "${TLS}/cert.pem", key: "${TLS}/key.pem" }',
    { 'tls/cert.pem': first.certificate, 'tls/key.pem': first.key },
    await users(),
  );
  const env = { TLS: join(folder, 'tls') };
  const monitor = new WatchdeskProcess(folder, port, env);
  monitor.spawn();
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  onTestFinished(() => dispatcher.close());
  const ask = (path: string, init: object = {}) =>
    request(`https://127.0.0.1:${port}${path}`, { dispatcher, ...init });
  await until('readiness', async () => (await ask('/readyz')).statusCode === 200);
  const page = await ask('/login', { headers: { accept: 'text/html' } });
  expect(page.headers).toMatchObject({
    'strict-transport-security': 'max-age=31536000',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
  });
  const signedIn = await ask('/login', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ login: 'maria', password: PASSWORD }).toString(),
  });
  expect([signedIn.statusCode, String(signedIn.headers['set-cookie'])]).toEqual([
    303,
    expect.stringContaining('; Secure'),
  ]);
  await expect(fetch(`http://127.0.0.1:${port}/readyz`)).rejects.toThrow();
  // The command line talks to it, and to no other certificate.
  const listed = await watchdesk(['maintenance', 'list', '--config', folder, '--json'], env);
  expect([listed.code, listed.stderr]).toEqual([0, '']);

  expect(await shownBy(port)).toBe('first.example');
  await writeFile(join(folder, 'tls/key.pem'), second.key);
  await until('the refusal of a key that does not fit', () =>
    monitor.output.includes('does not belong to the certificate'),
  );
  expect(await shownBy(port)).toBe('first.example');
  await writeFile(join(folder, 'tls/cert.pem'), second.certificate);
  await until('the new certificate', async () => (await shownBy(port)) === 'second.example');
});

test('files of server.tls that hold nothing of use are said with what to do', async () => {
  const port = await freePort();
  const { certificate, key } = certificateOf('a.example');
  const other = certificateOf('b.example');
  const said = async (files: Record<string, string>) => {
    const folder = await folderWith(port, ', tls: { cert: "${TLS}/cert.pem", key: "${TLS}/key.pem" }', files);
    return (await watchdesk(['validate', '--config', folder], { TLS: join(folder, 'tls') })).stderr;
  };
  expect(await said({ 'tls/key.pem': key })).toContain('cert.pem cannot be read');
  expect(await said({ 'tls/cert.pem': 'x', 'tls/key.pem': key })).toContain('holds no certificate');
  expect(await said({ 'tls/cert.pem': certificate, 'tls/key.pem': 'x' })).toContain('holds no private key');
  expect(await said({ 'tls/cert.pem': certificate, 'tls/key.pem': other.key })).toContain(
    'does not belong to',
  );
});

test('over plain HTTP there is no HSTS; unencrypted cookies and a proxy that is not trusted are warned of', async () => {
  const port = await freePort();
  const monitor = new WatchdeskProcess(await folderWith(port, '', {}, await users()), port);
  await monitor.start();
  expect((await fetch(`${monitor.url}/login`)).headers.get('strict-transport-security')).toBe(null);
  expect(monitor.output).toContain('sign-in cookies travel without encryption');
  for (let n = 0; n < 3; n++)
    await fetch(`${monitor.url}/readyz`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
  await until('the warning', () => monitor.output.includes('proxy-not-trusted'));
  expect(monitor.output.split('proxy-not-trusted')).toHaveLength(2);
  // A flood of forged calls is one line a minute.
  for (let n = 0; n < 6; n++)
    await fetch(`${monitor.url}/login`, {
      method: 'POST',
      body: new URLSearchParams({ login: `nobody${n}`, password: 'wrong' }),
    });
  expect(monitor.output.split('call-refused').length).toBeLessThanOrEqual(2);
});

test('a form field that is too long is refused, not cut', async () => {
  const port = await freePort();
  const monitor = new WatchdeskProcess(await folderWith(port, '', {}, await users()), port);
  await monitor.start();
  const signedIn = await fetch(`${monitor.url}/login`, {
    method: 'POST',
    body: new URLSearchParams({ login: 'maria', password: PASSWORD }),
    redirect: 'manual',
  });
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  await monitor.post('/api/v1/desk/tickets', { subject: 'x' });
  const created = await fetch(`${monitor.url}/api/v1/desk/tickets`, {
    method: 'POST',
    headers: { authorization: 'Bearer admin-token-of-the-test', 'content-type': 'application/json' },
    body: JSON.stringify({ subject: 'x' }),
  });
  expect(created.status).toBe(201);
  const form = new FormData();
  form.set('act', 'reply');
  form.set('text', 'y'.repeat(400_000));
  const answer = await fetch(`${monitor.url}/tickets/1`, {
    method: 'POST',
    headers: { cookie, accept: 'text/html' },
    body: form,
    redirect: 'manual',
  });
  expect([answer.status, await answer.text()]).toEqual([413, expect.stringContaining('too long')]);
});

test.runIf(process.platform === 'linux')(
  'with a full disk a change is answered 503 at once, and reading goes on',
  async () => {
    const port = await freePort();
    const job = `targets: [{ name: backup, kind: server, checks: [{ type: heartbeat, token: token-of-the-backup, every: 1h }] }]`;
    const monitor = new WatchdeskProcess(await folderWith(port, '', { 'targets/job.yaml': job }), port);
    // No file may grow beyond 3 MB, and the signal that tells so is ignored: to the store the disk is full.
    monitor.spawn(['bash', '-c', `trap '' XFSZ; ulimit -f 3000; exec "$0" "$@"`]);
    await until('readiness', async () => (await fetch(`${monitor.url}/readyz`)).ok);
    const statuses: number[] = [];
    for (let n = 0; n < 120 && statuses.at(-1) !== 503; n++)
      statuses.push(
        (await monitor.post('/api/v1/desk/tickets', { subject: `n ${n}`, body: 'z'.repeat(59_000) })).status,
      );
    expect(statuses[0]).toBe(201);
    expect(statuses.at(-1)).toBe(503);
    const begun = performance.now();
    const answer = await monitor.post('/api/v1/desk/tickets', { subject: 'one more' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect((await fetch(`${monitor.url}/tickets`)).status).toBe(200);
    expect((await fetch(`${monitor.url}/readyz`)).status).toBe(503);
    // A job that reports in is heard: our own disk is no reason to call it dead.
    const beats = `${monitor.url}/api/v1/heartbeats/token-of-the-backup`;
    expect((await monitor.post('/api/v1/heartbeats/token-of-the-backup', {})).status).toBe(202);
    const health = async () =>
      ((await (await fetch(`${monitor.url}/api/v1/targets/backup`)).json()) as { health: string }).health;
    await until('the heartbeat', async () => (await health()) === 'up');
    expect((await fetch(`${beats}/fail`)).status).toBe(200);
    await until('the failure', async () => (await health()) !== 'up');
  },
);

test('connections are bounded by the files that the process may open', async () => {
  expect(connectionCaps('Max open files            96                   96                   files')).toEqual(
    {
      main: 24,
      status: 12,
    },
  );
  expect(connectionCaps('Max open files            1048576              1048576              files')).toEqual(
    {
      main: 4_000,
      status: 1_000,
    },
  );
  expect(connectionCaps('').main).toBe(4_000);
});
