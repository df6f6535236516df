import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { oneSiteConfig } from '../support/one-site-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const TOKEN = 'backup-token-1234567890';

test('a target that reports in is up, one that reports a failure or falls silent is down', async () => {
  const port = await freePort();
  const folder = await temporaryFolder(
    oneSiteConfig({
      port,
      checks: `[{ type: heartbeat, token: ${TOKEN}, every: 2s, grace: 500ms, interval: 250ms }]`,
    }),
  );
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  const health = (wanted: string) =>
    until(`health ${wanted}`, async () => (await monitor.list('targets'))[0].health === wanted);
  const check = async () => (await monitor.list('targets'))[0].checks[0];

  await until('a probe', async () => (await check()).last_run_at);
  expect((await check()).health).toBe('unknown');
  expect((await monitor.post('/api/v1/heartbeats/another-token')).status).toBe(404);
  expect((await monitor.post(`/api/v1/heartbeats/${TOKEN}`)).status).toBe(202);
  await health('up');

  const failed = await fetch(`${monitor.url}/api/v1/heartbeats/${TOKEN}`, {
    method: 'POST',
    // As `curl -d` sends it.
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: '{"status":"failed","message":"disk full"}',
  });
  expect(failed.status).toBe(202);
  await health('down');
  expect(await check()).toMatchObject({ reason: 'reported', message: 'disk full' });

  await monitor.post(`/api/v1/heartbeats/${TOKEN}`, { status: 'ok' });
  await health('up');
  // Nothing is posted any more.
  await health('down');
  expect(await check()).toMatchObject({ reason: 'silent' });
  expect(await monitor.list('incidents')).toHaveLength(1);
  // A restart is no excuse for who was silent before it.
  await monitor.stop();
  await monitor.start();
  const before = (await check()).last_run_at;
  await until('another probe', async () => (await check()).last_run_at > before);
  expect(await check()).toMatchObject({ health: 'down', reason: 'silent' });
  expect(await monitor.list('incidents')).toMatchObject([{ status: 'open' }]);
  await monitor.post(`/api/v1/heartbeats/${TOKEN}`);
  await health('up');
  expect(monitor.output).not.toContain(TOKEN);
  expect(JSON.stringify(await monitor.list('targets'))).not.toContain(TOKEN);
});

test('other monitors and cron jobs report in their own ways, and what is not understood is never taken for well', async () => {
  const port = await freePort();
  const folder = await temporaryFolder(
    oneSiteConfig({ port, checks: `[{ type: heartbeat, token: ${TOKEN}, every: 1h, interval: 250ms }]` }),
  );
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  const check = async () => (await monitor.list('targets'))[0].checks[0];
  const health = (wanted: string) => until(`health ${wanted}`, async () => (await check()).health === wanted);
  const beat = (how: string, init?: RequestInit) =>
    fetch(`${monitor.url}/api/v1/heartbeats/${TOKEN}${how}`, init).then(({ status }) => status);

  const ways: [string, RequestInit | undefined, number, 'up' | 'down'][] = [
    ['', undefined, 200, 'up'],
    ['?status=down&msg=disk+full', undefined, 200, 'down'],
    ['', { method: 'HEAD' }, 200, 'up'],
    ['/fail', undefined, 200, 'down'],
    ['?status=up&msg=OK&ping=12', undefined, 200, 'up'],
    ['?status=3', undefined, 200, 'down'],
    ['?status=0', undefined, 200, 'up'],
    ['/fail', { method: 'POST', body: 'no space left' }, 202, 'down'],
    // As healthchecks.io has it.
    ['/0', undefined, 200, 'up'],
    ['/3', undefined, 200, 'down'],
    ['/log', { method: 'POST', body: 'half way' }, 202, 'down'],
    ['/perhaps', undefined, 422, 'down'],
    ['?status=purple', undefined, 422, 'down'],
    ['', { method: 'POST', body: '{"status":"perhaps"}' }, 422, 'down'],
    // More than is read: it has reported in all the same.
    ['', { method: 'POST', body: 'x'.repeat(3_000_000) }, 202, 'up'],
    [
      '',
      {
        method: 'POST',
        body: 'status=failed',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
      202,
      'down',
    ],
    [
      '',
      { method: 'POST', body: '\u0000\u0001', headers: { 'content-type': 'application/octet-stream' } },
      202,
      'up',
    ],
  ];
  for (const [how, init, status, wanted] of ways) {
    expect([how, await beat(how, init)]).toEqual([how, status]);
    await health(wanted);
  }
  expect(await beat('/start')).toBe(200);
  expect(await beat('')).toBe(200);
  await until('how long the job took', async () => /took \d/.test((await check()).message ?? ''));
});
