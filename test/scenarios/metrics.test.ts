import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { REGISTRY_FAMILY_NAMES } from '../../src/observe/registry-family-names.ts';
import { SWITCHABLE_FAMILIES } from '../../src/observe/scrape.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { oneSiteConfig } from '../support/one-site-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const PROMTOOL = '/usr/bin/promtool';
if (!existsSync(PROMTOOL))
  console.log(
    'Skipped: promtool’s word on /metrics; to hear it install Prometheus (apt-get install prometheus).',
  );

/** Blueprint, Metrics (Contract). */
const CONTRACT = [
  'watchdesk_check_up',
  'watchdesk_check_consecutive_failures',
  'watchdesk_check_last_run_timestamp_seconds',
  'watchdesk_check_state_change_timestamp_seconds',
  'watchdesk_check_duration_seconds',
  'watchdesk_check_certificate_expiry_timestamp_seconds',
  'watchdesk_target_info',
  'watchdesk_target_health',
  'watchdesk_probes_total',
  'watchdesk_probe_duration_seconds',
  'watchdesk_schedule_lag_seconds',
  'watchdesk_probes_in_flight',
  'watchdesk_probes_skipped_total',
  'watchdesk_incidents_open',
  'watchdesk_incidents_total',
  'watchdesk_tickets_total',
  'watchdesk_pages_total',
  'watchdesk_breach_to_ticket_seconds',
  'watchdesk_breach_to_page_seconds',
  'watchdesk_effects_pending',
  'watchdesk_effects_oldest_timestamp_seconds',
  'watchdesk_blind',
  'watchdesk_build_info',
];

/** What it has to say of our families; undefined where it is not installed. */
function promtool(text: string): string[] | undefined {
  if (!existsSync(PROMTOOL)) return undefined;
  const { stdout, stderr, status } = spawnSync(PROMTOOL, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0 && status !== 3) return [`${stdout}${stderr}`];
  // It has opinions on the names that the Node.js part of the library gives; ours must be without fault.
  return `${stdout}${stderr}`.split('\n').filter((line) => /watchdesk_|probe_/.test(line));
}

async function started({ interval = '5s', more = '' } = {}) {
  const site = await ControlledSite.start();
  const port = await freePort();
  const folder = await temporaryFolder(
    oneSiteConfig({ port, checks: '[{ type: http, name: front-page }]', url: site.url, interval, more }),
  );
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  await until('a good answer', async () => (await monitor.list('targets'))[0].health === 'up');
  return { site, monitor, folder };
}

const textOf = async (monitor: WatchdeskProcess) => (await fetch(`${monitor.url}/metrics`)).text();

test('every family of the contract is there from the start, with zeros, and promtool agrees', async () => {
  const { monitor } = await started();
  const text = await textOf(monitor);
  for (const family of CONTRACT)
    expect(text, family).toMatch(new RegExp(`^# TYPE ${family} (counter|gauge|histogram)$`, 'm'));
  for (const zero of [
    'watchdesk_tickets_total{adapter="desk",outcome="accepted"} 0',
    'watchdesk_pages_total{channel="sms",outcome="dead"} 0',
    'watchdesk_probes_total{type="http",reason="tls-expired"} 0',
    'watchdesk_incidents_open{priority="urgent"} 0',
    'watchdesk_incidents_total{priority="urgent",reason="refused"} 0',
    'watchdesk_blind 0',
    'watchdesk_effects_pending{channel="ticket"} 0',
  ])
    expect(text).toContain(`\n${zero}\n`);
  // Not zero on a machine that is busy with other work.
  expect(text).toMatch(/\nwatchdesk_probes_skipped_total \d+\n/);
  expect(text).toContain(
    'watchdesk_target_info{target="shop",kind="site",priority="urgent",customer="Acme Ltd",plan="vip",',
  );
  const said = promtool(text);
  if (said) expect(said).toEqual([]);
});

test('OpenMetrics is spoken where it is asked for, and a slow probe leads to its incident', async () => {
  const { site, monitor } = await started({ interval: '250ms' });
  const scraped = async (headers: Record<string, string>) => {
    const answer = await fetch(`${monitor.url}/metrics`, { headers });
    return { type: answer.headers.get('content-type'), text: await answer.text() };
  };
  site.answer(500);
  await until('an incident', async () => (await monitor.list('incidents')).length === 1);
  await site.moreRequests(2);
  const [{ id }] = await monitor.list('incidents');
  const open = await scraped({ accept: 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2' });
  expect(open.type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(open.text.endsWith('\n# EOF\n')).toBe(true);
  expect(open.text).toContain('# TYPE watchdesk_probes counter\n');
  expect(open.text).toMatch(/^watchdesk_probes_total\{type="http",reason="status"\} [1-9]/m);
  expect(open.text).toMatch(
    new RegExp(
      `^watchdesk_probe_duration_seconds_bucket\\{.*type="http"\\} \\d+ # \\{incident="${id}"\\} 0\\.\\d+ \\d+`,
      'm',
    ),
  );
  const plain = await scraped({ accept: 'text/plain' });
  expect(plain.type).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(plain.text).toContain('# TYPE watchdesk_probes_total counter\n');
  expect(plain.text).not.toContain('incident="' + id + '"} 0.');
});

test('a scrape is packed when asked, and tells the same', async () => {
  const { monitor } = await started();
  const packed = await new Promise<{ encoding?: string; text: string }>((resolve, reject) => {
    get(`${monitor.url}/metrics`, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () =>
        resolve({
          encoding: answer.headers['content-encoding'],
          text: gunzipSync(Buffer.concat(pieces)).toString(),
        }),
      );
    }).on('error', reject);
  });
  expect(packed.encoding).toBe('gzip');
  const names = (text: string) => text.match(/^# TYPE \S+/gm);
  const refused = await fetch(`${monitor.url}/metrics`, { headers: { 'accept-encoding': 'gzip;q=0' } });
  expect(refused.headers.get('content-encoding')).toBeNull();
  expect(names(packed.text)).toEqual(names(await refused.text()));
});

test('families that nobody wants are left out by name, and a name that is none is refused', async () => {
  const { monitor, folder } = await started({
    more: 'metrics: { without: [probe_http_*, watchdesk_target_info] }',
  });
  const text = await textOf(monitor);
  expect(text).toMatch(/^probe_success\{instance=/m);
  expect(text).not.toMatch(/probe_http_|watchdesk_target_info/);
  const path = join(folder, 'watchdesk.yaml');
  await writeFile(path, (await readFile(path, 'utf8')).replace('probe_http_*', 'probe_htpp_*'));
  const answer = await monitor.post('/-/reload');
  expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining('probe_htpp_*')]);
});

test('every family can be left out by name', async () => {
  const { monitor } = await started();
  const told = [...(await textOf(monitor)).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
  expect(told.filter((name) => !SWITCHABLE_FAMILIES.includes(name))).toEqual([]);
  expect(REGISTRY_FAMILY_NAMES.filter((name) => !told.includes(name))).toEqual([]);
});

test('every check is told in the names of blackbox_exporter too', async () => {
  const { site, monitor } = await started();
  const text = await textOf(monitor);
  const labels = `instance="${site.url}/",module="http",target="shop",check="front-page"`;
  for (const line of [
    `probe_success{${labels}} 1`,
    `probe_http_status_code{${labels}} 200`,
    `probe_http_version{${labels}} 1.1`,
    `probe_ip_protocol{${labels}} 4`,
    `probe_ip_addr_hash{${labels}} 3668918509`,
    `probe_http_ssl{${labels}} 0`,
    `probe_http_redirects{${labels}} 0`,
    `probe_http_uncompressed_body_length{${labels}} 9`,
  ])
    expect(text).toContain(`\n${line}\n`);
  expect(text).toMatch(/^probe_http_duration_seconds\{phase="processing",instance=.*\} 0\.\d+$/m);
});

test('series vanish with their target', async () => {
  const { monitor, folder } = await started();
  expect(await textOf(monitor)).toContain('target="shop"');
  const path = join(folder, 'targets/acme.yaml');
  await writeFile(path, (await readFile(path, 'utf8')).replace('name: shop', 'name: store'));
  await monitor.post('/-/reload');
  const text = await textOf(monitor);
  expect(text).not.toContain('target="shop"');
  expect(text).toContain('target="store"');
});

test('the API keeps its word about lists, errors and origins', async () => {
  const { monitor } = await started();
  const openapi = await monitor.json('/api/openapi.json');
  expect(openapi.openapi).toBe('3.1.0');
  for (const path of Object.keys(openapi.paths).filter(
    (one) => openapi.paths[one].get && !one.includes('{'),
  )) {
    expect(Object.keys(await monitor.json(path)), path).toEqual(['items', 'next']);

    expect((await fetch(`${monitor.url}${path}?limit=0`)).status, path).toBe(400);
    const wrong = await fetch(`${monitor.url}${path}?frobnicate=1`);
    expect([wrong.status, wrong.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
    ]);
  }
  const missing = await fetch(`${monitor.url}/api/v1/incidents/NOTTHERE`);
  expect([missing.status, await missing.json()]).toEqual([
    404,
    { type: 'about:blank', title: 'Not found', status: 404, detail: 'There is no incident NOTTHERE.' },
  ]);
  const reload = (headers: Record<string, string>) =>
    fetch(`${monitor.url}/-/reload`, { method: 'POST', headers }).then(({ status }) => status);
  expect(await reload({})).toBe(200);
  expect(await reload({ origin: monitor.url })).toBe(200);
  expect(await reload({ origin: 'https://evil.example' })).toBe(403);
  expect(await reload({ origin: 'null' })).toBe(403);
  expect(await reload({ 'sec-fetch-site': 'cross-site' })).toBe(403);
});
