import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statfsSync, writeFileSync, rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeTwilio } from '../fakes/fake-twilio.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { oneSiteConfig } from '../support/one-site-config.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

/** Something that accepts connections, and can be taken away and put back. */
class Anchor {
  readonly port: number;
  #server: Server | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<Anchor> {
    const anchor = new Anchor(await freePort());
    await anchor.up();
    onTestFinished(() => anchor.down());
    return anchor;
  }

  async up(): Promise<void> {
    this.#server = createServer((socket) => socket.end()).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  down(): void {
    this.#server?.close();
  }
}

interface Stand {
  site: ControlledSite;
  monitor: WatchdeskProcess;
  folder: string;
}

async function begin(more: { more?: string; sms?: string; folder?: string } = {}): Promise<Stand> {
  const site = await ControlledSite.start();
  const port = await freePort();
  const files = oneSiteConfig({ port, url: site.url, checks: '[{ type: http }]', ...more });
  const folder = more.folder ?? (await temporaryFolder());
  await writeFiles(folder, files);
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  await until('the first good answer', async () => (await monitor.list('targets'))[0]?.health === 'up');
  return { site, monitor, folder };
}

const targetsOf = async (monitor: WatchdeskProcess) =>
  (await monitor.list('incidents')).map(({ target }) => target);

test('without its anchors the monitor is blind: one incident of its own, and no other', async () => {
  const anchors = [await Anchor.start(), await Anchor.start(), await Anchor.start()];
  const list = anchors.map(({ port }) => `"tcp://127.0.0.1:${port}"`).join(', ');
  const { site, monitor } = await begin({
    more: `connectivity: { anchors: [${list}], interval: 250ms, timeout: 250ms, failures: 2, recoveries: 1 }`,
  });
  anchors[0]!.down();
  anchors[1]!.down();
  site.answer(500);
  await until('the incident', async () => (await targetsOf(monitor)).includes('this-monitor'));
  await site.moreRequests(5);
  const [shop] = await monitor.list('targets');
  expect(shop).toMatchObject({ name: 'shop', health: 'unknown' });
  expect(shop.checks[0].consecutive_failures).toBe(0);
  expect(await monitor.metric('watchdesk_blind')).toBe(1);
  expect(await targetsOf(monitor)).toEqual(['this-monitor']);
  const [page] = await until('its page', async () => monitor.list('pages?state=accepted'));
  expect(page.text).toMatch(/^URGENT this-monitor blind since \d\d:\d\d: the monitor has no network/);
  await anchors[0]!.up();
  await until('the end of it', async () => (await monitor.list('incidents?status=resolved')).length === 1);
  expect(await monitor.metric('watchdesk_blind')).toBe(0);
  // The site is down for real, and now that can be seen.
  await until('the real one', async () => (await targetsOf(monitor)).includes('shop'));
});

test('maintenance is planned by API and command line, listed and ended; bad windows are refused in words', async () => {
  const { site, monitor, folder } = await begin();
  const bad = await monitor.post('/api/v1/maintenance', {
    name: 'x',
    targets: ['shp'],
    cron: '0 2 * *',
    to: 'now',
  });
  expect(bad.status).toBe(400);
  const unknown = await monitor.post('/api/v1/maintenance', { name: 'x', targets: ['shp'], for: '1h' });
  expect(await unknown.json()).toMatchObject({
    status: 422,
    problems: ['targets[0]: there is no target "shp"; did you mean "shop"?'],
  });
  const planned = await monitor.post('/api/v1/maintenance', {
    name: 'patching',
    targets: ['shop'],
    for: '1h',
    by: 'maria',
  });
  expect(planned.status).toBe(201);
  const window = (await planned.json()) as { id: string };
  expect(window).toMatchObject({ name: 'patching', scope: 'shop', open: true, by: 'maria' });
  site.answer(500);
  await until('down', async () => (await monitor.list('targets'))[0].health === 'down');
  await site.moreRequests(3);
  const [shop] = await monitor.list('targets');
  expect(shop.held).toMatchObject([{ check: 'http', because: 'maintenance', by: ['patching'] }]);
  expect(shop.maintenance).toMatchObject([{ name: 'patching' }]);
  expect(await monitor.list('incidents')).toEqual([]);
  const listed = await watchdesk(['maintenance', 'list', '--config', folder]);
  expect(listed.stdout).toContain('patching');
  const second = await watchdesk(
    ['maintenance', 'add', '--name', 'sundays', '--all', '--cron', '0 2 * * SUN', '--for', '2h', '--timezone', 'America/Toronto', '--json', '--config', folder],
  ); // prettier-ignore
  expect(second.code, second.stderr).toBe(0);
  expect(JSON.parse(second.stdout)).toMatchObject({ name: 'sundays', scope: 'everything', open: false });
  const wrong = await watchdesk([
    'maintenance',
    'add',
    '--name',
    'x',
    '--tags',
    'nope',
    '--for',
    '1h',
    '--config',
    folder,
  ]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('there is no tag "nope"')]);
  const ended = await watchdesk(['maintenance', 'end', window.id, '--config', folder]);
  expect(ended.code).toBe(0);
  await until('the incident', async () => (await targetsOf(monitor)).includes('shop'));
  expect((await monitor.list('maintenance')).map(({ name }) => name)).toEqual(['sundays']);
  const gone = await fetch(`${monitor.url}/api/v1/maintenance/nope`, { method: 'DELETE' });
  expect(gone.status).toBe(404);
});

describe('a store that takes no writes', () => {
  /** What must be true while nothing can be written, and after it can again. */
  async function goesThrough(stand: Stand, refuse: () => void, allow: () => void, twilio: FakeTwilio) {
    const { site, monitor } = stand;
    refuse();
    site.answer(500);
    await until('loud', () => monitor.output.includes('store-refuses'));
    await site.moreRequests(8);
    expect((await fetch(`${monitor.url}/readyz`)).status).toBe(503);
    expect(twilio.sent).toEqual([]);
    expect(await monitor.list('tickets')).toEqual([]);
    allow();
    await until('the page', () => twilio.sent.length === 1);
    await until('the ticket', async () => (await monitor.list('tickets')).length === 1);
    await until('readiness', async () => (await fetch(`${monitor.url}/readyz`)).ok);
    expect(monitor.output).toContain('store-writes-again');
    expect(twilio.complaints).toEqual([]);
  }

  test('because it is locked: nothing is done outside, it is loud, and goes on by itself', async () => {
    const twilio = await FakeTwilio.start();
    const stand = await begin({ sms: JSON.stringify({ twilio: twilio.settings }) });
    const database = new DatabaseSync(join(stand.folder, 'data/watchdesk.db'));
    onTestFinished(() => database.close());
    await goesThrough(
      stand,
      () => database.exec('BEGIN IMMEDIATE'),
      () => database.exec('ROLLBACK'),
      twilio,
    );
  });

  const smallDisk = async () => {
    const folder = await temporaryFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]);
    if (mounted.status !== 0) return undefined;
    onTestFinished(() => void spawnSync('umount', ['-l', folder]));
    return folder;
  };

  test('because the disk is full', async (context) => {
    const folder = await smallDisk();
    if (!folder) context.skip('skipped: no disk can be filled here; mounting a small one needs root');
    const twilio = await FakeTwilio.start();
    const stand = await begin({ sms: JSON.stringify({ twilio: twilio.settings }), folder: folder! });
    const filler = join(folder!, 'filler');
    await goesThrough(
      stand,
      () => {
        const { bavail, bsize } = statfsSync(folder!);
        writeFileSync(filler, Buffer.alloc(bavail * bsize));
      },
      () => rmSync(filler),
      twilio,
    );
  });
});

test("the dead-man's switch is called while all is in order, and left alone while it is not", async () => {
  let calls = 0;
  const listener = createHttp((_request, response) => {
    calls++;
    response.end('ok');
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/ping/a-secret-token?token=very-secret`;
  const { monitor, folder } = await begin({ more: `watchdog: { ping: "${url}", every: 1s }` });
  await until('two calls', () => calls >= 2);
  const database = new DatabaseSync(join(folder, 'data/watchdesk.db'));
  onTestFinished(() => database.close());
  database.exec('BEGIN IMMEDIATE');
  // A steady monitor writes seldom: a heartbeat nobody listens for is not stored, a window is.
  void monitor.post('/api/v1/maintenance', { name: 'x', all: true, for: '1h' });
  await until(
    'withheld',
    async () => (await monitor.metric('watchdesk_watchdog_pings_total{outcome="withheld"}'))! >= 2,
  );
  const during = calls;
  await until(
    'withheld on',
    async () => (await monitor.metric('watchdesk_watchdog_pings_total{outcome="withheld"}'))! >= 4,
  );
  expect(calls).toBe(during);
  database.exec('ROLLBACK');
  await until('called again', () => calls > during);
  expect(monitor.output).not.toContain('very-secret');
});

test('SIGTERM parks what hangs within ten seconds, a second one ends at once, and nothing is lost', async () => {
  const twilio = await FakeTwilio.start();
  const hanging = createServer(() => {}).listen(0, '127.0.0.1');
  await once(hanging, 'listening');
  onTestFinished(() => void hanging.close());
  const at = (url: string) => JSON.stringify({ twilio: { ...twilio.settings, api_url: url } });
  const stuck = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
  const { site, monitor, folder } = await begin({ sms: at(stuck) });
  site.answer(500);
  await until('sending', async () => (await monitor.list('pages?state=sending')).length === 1);
  const stopping = performance.now();
  const stopped = monitor.stop();
  await until('heard', () => monitor.output.includes('stopping'));
  monitor.signal('SIGTERM');
  expect(await stopped).toBe(1);
  expect(performance.now() - stopping).toBeLessThan(9_000);
  const files = oneSiteConfig({
    port: Number(new URL(monitor.url).port),
    url: site.url,
    checks: '[{ type: http }]',
    sms: at(twilio.url),
  });
  await writeFiles(folder, files);
  await monitor.start();
  // Nobody can know whether the first one arrived: it is looked for, and sent again with a word on it.
  await until('the page', () => twilio.sent.length === 1, 25_000);
  expect(twilio.sent[0]!.body).toContain('(sent again)');
  expect(await monitor.list('tickets')).toHaveLength(1);
});
