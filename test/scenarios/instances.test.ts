import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeFreshdesk } from '../fakes/fake-freshdesk.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { noPostgres, sharedPostgres } from '../support/postgres-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

if (noPostgres) console.log(`Skipped: several instances; ${noPostgres}.`);

interface Page {
  subject: string;
  agent: string;
}

/** A pager that accepts everything and keeps its own books. */
async function startPager() {
  const pages: Page[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => (text += piece));
    request.on('end', () => {
      const { subject, kind } = JSON.parse(text) as { subject: string; kind: string };
      if (kind === 'page') pages.push({ subject, agent: String(request.headers['user-agent']) });
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"id":"1"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return { pages, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** Instances that share a PostgreSQL, each with a door of its own; a helpdesk, a pager and two sites. */
async function stand() {
  const url = await (await sharedPostgres()).database();
  const [shop, blog] = [await ControlledSite.start(), await ControlledSite.start()];
  const helpdesk = await new FakeFreshdesk().start();
  onTestFinished(() => helpdesk.stop());
  const pager = await startPager();
  const config = {
    'watchdesk.yaml': `
server: { listen: "\${LISTEN}", public_url: "http://watch.example.com" }
store: \${DATABASE_URL}
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
on_call:
  operations-manager: { timezone: America/Toronto, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: maria }
escalation: { urgent: [{ page: operations-manager, via: [pager] }] }
channels: { pager: { type: webhook, url: "${pager.url}", secret: hush-hush } }
helpdesk: { type: freshdesk, url: "${helpdesk.url}", api_key: ${helpdesk.apiKey}, requester: ops@example.com, poll: 5s }
defaults: { interval: 250ms, timeout: 250ms, failures: 2, recoveries: 1 }
`,
    'targets/acme.yaml': `
customer: { name: Acme Ltd, plan: vip }
targets:
  - { name: shop, kind: site, url: "${shop.url}", checks: [{ type: http, expect: { status: 200 } }] }
  - { name: blog, kind: site, url: "${blog.url}", checks: [{ type: http, expect: { status: 200 } }] }
`,
  };
  const instance = async (
    name: string,
    change: (text: string) => string = (text) => text,
    location = 'here',
  ) => {
    const port = await freePort();
    const folder = await temporaryFolder({ ...config, 'watchdesk.yaml': change(config['watchdesk.yaml']) });
    const at = `http://127.0.0.1:${port}`;
    const env = { LISTEN: `127.0.0.1:${port}`, DATABASE_URL: url };
    const options = ['--instance', name, '--advertise', at, '--location', location];
    return { folder, env, process: new WatchdeskProcess(folder, port, env, undefined, options), port };
  };
  const decider = async () =>
    (
      await (
        await sharedPostgres()
      ).query<{ holder: string; epoch: number }>(
        `SELECT holder, epoch::int FROM leases WHERE until > clock_timestamp()`,
        url,
      )
    )[0];
  return { url, shop, blog, helpdesk, pager, instance, decider };
}

/** Asks for exactly that, which `fetch` would put right first. */
const rawStatus = (port: number, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
    );
    let text = '';
    socket.on('data', (piece) => (text += String(piece)));
    socket.on('end', () => resolve(Number(text.split(' ')[1])));
    socket.on('error', reject);
  });

const readyText = async ({ url }: WatchdeskProcess) => (await fetch(`${url}/readyz`)).text();

/** Whoever acts in an epoch, nobody of an earlier one acts after that. */
function expectOneEpochAtATime(callers: readonly string[]): void {
  const epochs = callers.map((agent) => Number(/^watchdesk\/\S+ \(\w+; (\d+)\)$/.exec(agent)?.[1]));
  expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
  expect(epochs.every((epoch) => epoch > 0)).toBe(true);
}

describe.skipIf(noPostgres)('two instances', () => {
  test('one decides and the other takes over when it is killed: each outage has one ticket and one page', async () => {
    const { shop, blog, helpdesk, pager, instance, decider } = await stand();
    const [a, b] = [await instance('a'), await instance('b')];
    await a.process.start();
    await until('a decides', async () => (await decider())?.holder === 'a');
    await b.process.start();
    expect(await readyText(b.process)).toBe('ready: stands by\n');
    shop.answer(500);
    await until('the ticket', () => helpdesk.tickets.length === 1);
    await until('the page', () => pager.pages.length === 1);
    // The standby shows what the decider knows.
    const incidents = await b.process.list('incidents');
    expect(incidents).toMatchObject([{ target: 'shop', status: 'open' }]);

    await a.process.kill();
    const killedAt = performance.now();
    await until('b decides', async () => (await decider())?.holder === 'b');
    await until('b is ready', async () => (await readyText(b.process)).startsWith('ready\n'));
    console.log(`takeover after a kill: ${Math.round(performance.now() - killedAt)} ms`);
    blog.answer(500);
    await until('the second ticket', () => helpdesk.tickets.length === 2);
    await until('the second page', () => pager.pages.length === 2);
    shop.answer(200);
    await until('the end of the first', async () =>
      (await b.process.list('incidents')).some((one) => one.target === 'shop' && one.status === 'resolved'),
    );
    expect((await b.process.list('incidents')).map(({ target }) => target).sort()).toEqual(['blog', 'shop']);
    expect([helpdesk.tickets.length, pager.pages.length, helpdesk.complaints]).toEqual([2, 2, []]);
    // What was killed comes back as a standby.
    await a.process.start();
    expect(await readyText(a.process)).toBe('ready: stands by\n');
    expectOneEpochAtATime(helpdesk.callers);
    expectOneEpochAtATime(pager.pages.map(({ agent }) => agent));
  });

  test('a stopped decider that goes on after its successor took over ends with one sentence, and does nothing', async () => {
    const { shop, helpdesk, pager, instance, decider } = await stand();
    const [a, b] = [await instance('a'), await instance('b')];
    await a.process.start();
    await b.process.start();
    a.process.signal('SIGSTOP');
    await until('b decides', async () => (await decider())?.holder === 'b');
    shop.answer(500);
    a.process.signal('SIGCONT');
    expect(await a.process.ended(10_000)).toBe(true);
    expect(a.process.output).toContain(
      'Instance "b" has taken over. This process ends, to start anew as a standby.',
    );
    await until('the page', () => pager.pages.length === 1);
    await until('the ticket', () => helpdesk.tickets.length === 1);
    expect(pager.pages[0]!.agent).toMatch(/\(b; 2\)$/);
    expectOneEpochAtATime(helpdesk.callers);
  });

  test('a decider that is asked to stop hands over at once', async () => {
    const { instance, decider } = await stand();
    const [a, b] = [await instance('a'), await instance('b')];
    await a.process.start();
    await b.process.start();
    const askedAt = performance.now();
    expect(await a.process.stop()).toBe(0);
    await until('b decides', async () => (await decider())?.holder === 'b');
    const tookMs = performance.now() - askedAt;
    console.log(`hand-over at a stop: ${Math.round(tookMs)} ms`);
    // The lease would have lasted for 6 s more at least.
    expect(tookMs).toBeLessThan(6_000);
  });

  test('every door leads to the decider: pages, changes, streams; and the caller is believed', async () => {
    const { shop, instance } = await stand();
    const [a, b] = [await instance('a'), await instance('b')];
    await a.process.start();
    await b.process.start();
    const through = (path: string, init?: RequestInit) => fetch(b.process.url + path, init);
    expect(await (await through('/')).text()).toContain('shop');
    expect((await through('/assets/style.css')).headers.get('content-type')).toMatch(/^text\/css/);
    expect(await (await through('/healthz')).text()).toBe('ok\n');
    expect(await (await through('/metrics')).text()).toContain('watchdesk_instance_info{instance_name="b"');
    expect((await through('/nowhere')).status).toBe(404);
    shop.answer(500);
    const [{ id }] = await until('the incident', async () => {
      const found = await b.process.list('incidents');
      return found.length === 1 && found;
    });
    const acted = await b.process.post(`/api/v1/incidents/${id}/acknowledge`, { by: 'maria' });
    expect(acted.status).toBe(200);
    expect((await a.process.list('incidents'))[0]).toMatchObject({ status: 'worked' });
    // A stream of events comes through as it is written.
    const live = await through('/live');
    const reader = live.body!.getReader();
    const { value } = await reader.read();
    expect(Buffer.from(value!).toString()).toContain('event: tick');
    await reader.cancel();
    // Nobody else can vouch for a caller.
    const forged = await fetch(`${a.process.url}/`, {
      headers: { 'x-watchdesk-hop': `${Date.now()} 1.2.3.4 00` },
    });
    expect(forged.status).toBe(200);
    // A path is never another host's address.
    for (const path of ['//127.0.0.1:1/x', '/\\127.0.0.1:1/x'])
      expect(await rawStatus(b.port, path), path).toBe(404);
    const withBody = await new Promise<string>((resolve) => {
      const socket = connect(b.port, '127.0.0.1', () =>
        socket.write(
          'GET /healthz-not HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi',
        ),
      );
      socket.once('data', (piece) => resolve(String(piece)));
    });
    expect(withBody).toMatch(/^HTTP\/1.1 404/);
    const misdirected = await through('/', { headers: { 'x-watchdesk-hop': 'x' } });
    expect(misdirected.status).toBe(421);
  });

  test('without a decider a page waits, then says so and tries again by itself', async () => {
    const { instance } = await stand();
    const [a, b] = [
      await instance('a'),
      await instance('b', (text) => text.replace('failures: 2', 'failures: 3')),
    ];
    await a.process.start();
    const other = b.process.spawn();
    await until('why it cannot take over', async () =>
      (await readyText(b.process)).includes('Its config differs from the one in force'),
    );
    expect(other.exitCode).toBeNull();
    await a.process.kill();
    const page = await fetch(`${b.process.url}/`, { headers: { accept: 'text/html' } });
    await until('nobody', async () => {
      const answer = await fetch(`${b.process.url}/`, { headers: { accept: 'text/html' } });
      return answer.status === 503;
    });
    const answer = await fetch(`${b.process.url}/`, { headers: { accept: 'text/html' } });
    expect([answer.headers.get('retry-after'), answer.headers.get('refresh')]).toEqual(['5', '5']);
    expect(await answer.text()).toContain('No instance decides at present');
    expect(page.status).toBe(503);
    // With the files of the other one it takes over.
    await b.process.rewrite('watchdesk.yaml', (text) => text.replace('failures: 3', 'failures: 2'));
    await until('b decides', async () => (await readyText(b.process)).startsWith('ready\n'));
  });

  test('a config that was changed while nobody ran is taken; a broken file beside the good ones never brings old ones back', async () => {
    const { shop, instance, decider } = await stand();
    const [a, b] = [await instance('a'), await instance('b')];
    await a.process.start();
    await a.process.stop();
    // Changed between a stop and a start: whoever starts alone means these files.
    for (const { process: one } of [a, b])
      await one.rewrite('watchdesk.yaml', (text) => text.replace('failures: 2', 'failures: 1'));
    await a.process.start();
    await until('a decides', async () => (await decider())?.holder === 'a');
    await b.process.start();
    expect(await readyText(b.process)).toBe('ready: stands by\n');
    // A target is added on both, and is down; then somebody leaves a broken file on the standby.
    const more = `targets:\n  - { name: extra, kind: site, url: "${shop.url}", checks: [{ type: http, expect: { status: 200 } }] }\n`;
    shop.answer(500);
    for (const { folder } of [a, b]) await writeFile(join(folder, 'targets/more.yaml'), more);
    await until('its incident', async () =>
      (await a.process.list('incidents')).some(({ target }) => target === 'extra'),
    );
    await until('b has it too', async () => (await readyText(b.process)) === 'ready: stands by\n');
    await writeFile(join(b.folder, 'targets/broken.yaml'), 'targets: [ { name: ');
    await a.process.stop();
    await until('b says why not', async () =>
      (await readyText(b.process)).includes('Its config has problems'),
    );
    expect(await decider()).toBeUndefined();
    await rm(join(b.folder, 'targets/broken.yaml'));
    await until('b decides', async () => (await decider())?.holder === 'b');
    await until('b is ready', async () => (await readyText(b.process)).startsWith('ready\n'));
    expect((await b.process.list('incidents')).find(({ target }) => target === 'extra')).toMatchObject({
      status: 'open',
    });
  });

  test('a standby probes for its location, and goes on with it when it takes over', async () => {
    const { shop, instance, decider, helpdesk } = await stand();
    const two = (text: string) =>
      text
        .replace('defaults: {', 'defaults: { from: all, agree: all,')
        .replace(
          'helpdesk:',
          'locations: { toronto: { lost_after: 5s }, frankfurt: { lost_after: 5s } }\nhelpdesk:',
        );
    const [a, b] = [await instance('a', two, 'toronto'), await instance('b', two, 'frankfurt')];
    await a.process.start();
    await until('a decides', async () => (await decider())?.holder === 'a');
    await b.process.start();
    const seen = async (): Promise<string> => {
      const { checks } = await b.process.json('/api/v1/targets/shop');
      const all = checks[0].locations as { location: string; health: string; counts: boolean }[];
      return all
        .map(({ location, health, counts }) => `${location} ${counts ? health : 'not heard'}`)
        .join(', ');
    };
    await until('both see it', async () => (await seen()) === 'toronto up, frankfurt up');
    await a.process.kill();
    await until('b decides', async () => (await decider())?.holder === 'b');
    await until('b is ready', async () => (await readyText(b.process)).startsWith('ready\n'));
    // The location of the one that was killed is lost with it, and the other one goes by what it sees itself.
    await until('Toronto is lost', async () => (await seen()) === 'toronto not heard, frankfurt up');
    shop.answer(500);
    await until('the outage', async () =>
      (await b.process.list('incidents')).some(({ target }) => target === 'shop'),
    );
    await until('their tickets', () => helpdesk.tickets.length === 2);
    expect((await b.process.list('incidents')).map(({ target }) => target).toSorted()).toEqual([
      'location-toronto',
      'shop',
    ]);
  });

  test('a change that comes while the decider is dead waits at the standby for the takeover', async () => {
    const { shop, instance, decider } = await stand();
    const [a, b] = [await instance('a'), await instance('b')];
    await a.process.start();
    await b.process.start();
    shop.answer(500);
    const [{ id }] = await until('the incident', async () => {
      const found = await b.process.list('incidents');
      return found.length === 1 && found;
    });
    await a.process.kill();
    // An API call waits for 5 s, a takeover takes longer: whoever is told to come again is heard then.
    const acknowledged = async (): Promise<number> => {
      const { status } = await b.process.post(`/api/v1/incidents/${id}/acknowledge`, { by: 'maria' });
      return status;
    };
    const statuses: number[] = [];
    await until('it is heard', async () => {
      statuses.push(await acknowledged());
      return statuses.at(-1) === 200;
    });
    expect((await decider())?.holder).toBe('b');
    // At most the first one was in vain, and none was refused at once.
    expect(statuses.length).toBeLessThanOrEqual(2);
  });

  test('a name that runs already, and options that need a shared store, are refused in one sentence', async () => {
    const { instance } = await stand();
    const a = await instance('a');
    await a.process.start();
    const again = await instance('a');
    const { code, stderr } = await watchdesk(['run', '--config', again.folder, '--instance', 'a'], again.env);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(
        `instance "a" runs at http://127.0.0.1:${a.port} already; give this one another name with --instance`,
      ),
    ]);
    const alone = await instance('a', (text) => text.replace('${DATABASE_URL}', 'sqlite:w.db'));
    const misused = await watchdesk(['run', '--config', alone.folder, '--instance', 'a'], alone.env);
    expect([misused.code, misused.stderr]).toEqual([
      2,
      expect.stringContaining('--instance: several instances need a store that they share'),
    ]);
  });
});
