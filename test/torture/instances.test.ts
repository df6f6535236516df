import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeFreshdesk } from '../fakes/fake-freshdesk.ts';
import { CuttableProxy } from '../support/cuttable-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { noPostgres, PostgresServer } from '../support/postgres-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const isLong = process.env['TORTURE'] === 'long';
const SEEDS = (process.env['TORTURE_SEEDS'] ?? '1,2,3').split(',').map(Number);
const NAMES = ['a', 'b', 'c'] as const;
const OUTAGES = 24;
/** A takeover takes up to 15 s, and one may follow another. */
const TICKET_WITHIN_MS = 90_000;

interface Call {
  /** Of the process of the tests. */
  at: number;
  instance: string;
  epoch: number;
  what: string;
}

const callerOf = (agent: string): Pick<Call, 'instance' | 'epoch'> => {
  const [, instance = '?', epoch = '0'] = /^watchdesk\/\S+ \(([^;]+); (\d+)\)$/.exec(agent) ?? [];
  return { instance, epoch: Number(epoch) };
};

/** Every run of a seed does the same, as far as processes let it. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed * 7_919;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Sites that fail one after the other, a helpdesk and a pager that keep their own books. */
async function outside(calls: Call[]) {
  const down = new Set<string>();
  const pages = new Map<string, string[]>();
  /** Of every message that has arrived. */
  const codes = new Set<string>();
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(down.has(request.url!.slice(1)) ? 500 : 200).end('x');
      return;
    }
    let text = '';
    request.on('data', (piece) => (text += piece));
    request.on('end', () => {
      const { id, kind, incident } = JSON.parse(text) as {
        id: string;
        kind: string;
        incident?: { target: string };
      };
      codes.add(id);
      calls.push({ at: performance.now(), ...callerOf(String(request.headers['user-agent'])), what: kind });
      const target = incident?.target ?? '?';
      if (kind === 'page')
        pages.set(target, [...(pages.get(target) ?? []), String(request.headers['idempotency-key'])]);
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"id":"1"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  const helpdesk = await new FakeFreshdesk().start();
  helpdesk.instead = (call) => {
    const what = `${call.method} ${call.path}`;
    calls.push({ at: performance.now(), ...callerOf(String(call.headers['user-agent'])), what });
    return undefined;
  };
  onTestFinished(() => helpdesk.stop());
  return { down, pages, codes, helpdesk, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function stand(calls: Call[]) {
  const database = await PostgresServer.start();
  onTestFinished(() => database.stop());
  const url = await database.database();
  const world = await outside(calls);
  const names = Array.from({ length: OUTAGES }, (_, n) => `site-${String(n).padStart(2, '0')}`);
  const config = {
    'watchdesk.yaml': `
server: { listen: "\${LISTEN}", public_url: "http://watch.example.com" }
store: \${DATABASE_URL}
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
on_call:
  operations-manager: { timezone: America/Toronto, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: maria }
escalation: { urgent: [{ page: operations-manager, via: [pager] }] }
channels: { pager: { type: webhook, url: "${world.url}", secret: hush-hush } }
helpdesk: { type: freshdesk, url: "${world.helpdesk.url}", api_key: ${world.helpdesk.apiKey}, requester: ops@example.com, poll: 30s, calls_per_minute: 600 }
incidents: { group_at: 100 }
defaults: { interval: 500ms, timeout: 400ms, failures: 2, recoveries: 1 }
`,
    'targets/acme.yaml': `
customer: { name: Acme Ltd, plan: vip }
targets:
${names.map((name) => `  - { name: ${name}, kind: site, url: "${world.url}/${name}", checks: [{ type: http, path: /${name}, expect: { status: 200 } }] }`).join('\n')}
`,
  };
  const instances = await Promise.all(
    NAMES.map(async (name) => {
      const port = await freePort();
      const proxy = await CuttableProxy.to(database.port);
      const folder = await temporaryFolder(config);
      const env = {
        LISTEN: `127.0.0.1:${port}`,
        DATABASE_URL: url.replace(`:${database.port}/`, `:${proxy.port}/`),
      };
      const options = ['--instance', name, '--advertise', `http://127.0.0.1:${port}`];
      return { name, proxy, process: new WatchdeskProcess(folder, port, env, undefined, options) };
    }),
  );
  const holder = async (): Promise<string | undefined> =>
    (
      await database
        .query<{ holder: string }>('SELECT holder FROM leases WHERE until > clock_timestamp()', url)
        .catch(() => [])
    )[0]?.holder;
  return { database, world, names, instances, holder };
}

if (!isLong || noPostgres)
  console.log(`Skipped: torture of instances; ${noPostgres ?? 'it takes minutes: npm run torture'}.`);

describe.skipIf(!isLong || noPostgres)('instances under torture', () => {
  test.each(SEEDS)(
    'seed %i: each outage has one ticket and one page, and no epoch acts after the next',
    async (seed) => {
      const random = randomFrom(seed);
      const calls: Call[] = [];
      const { database, world, names, instances, holder } = await stand(calls);
      for (const { process } of instances) await process.start();
      const said: string[] = [];
      const begun = performance.now();
      const note = (text: string) =>
        said.push(`${((performance.now() - begun) / 1_000).toFixed(1)} s: ${text}`);
      let isOver = false;

      /** Whoever ended is started again, as its supervisor would. */
      const supervise = async () => {
        while (!isOver) {
          for (const { name, process } of instances)
            if (!process.isAlive) {
              note(`${name} is started again`);
              process.spawn();
            }
          await pause(2_000);
        }
      };
      /** When nobody held the lease, and for how long. */
      const gaps: number[] = [];
      const watchLease = async () => {
        let since: number | undefined;
        while (!isOver) {
          const now = performance.now();
          if ((await holder()) === undefined) since ??= now;
          else if (since !== undefined) {
            gaps.push(now - since);
            since = undefined;
          }
          await pause(100);
        }
      };
      let databaseAway = 0;
      const harm = async () => {
        while (!isOver) {
          await pause(1_000 + random(5_000));
          const decider = instances.find(({ name }) => name === said.at(-1)) ?? instances[random(3)]!;
          const holding = await holder();
          const one = random(3) > 0 ? (instances.find(({ name }) => name === holding) ?? decider) : decider;
          const forMs = 1_000 + random(14_000);
          switch (random(6)) {
            case 0:
              note(`${one.name} is killed`);
              await one.process.kill();
              break;
            case 1:
              note(`${one.name} is stopped for ${forMs} ms`);
              one.process.signal('SIGSTOP');
              await pause(forMs);
              one.process.signal('SIGCONT');
              break;
            case 2:
              note(`${one.name} loses the database for ${forMs} ms`);
              one.proxy.refuse();
              await pause(forMs);
              one.proxy.open();
              break;
            case 3:
              note(`${one.name} hears nothing of the database for ${forMs} ms`);
              one.proxy.swallowAnswers();
              await pause(forMs);
              one.proxy.cut();
              one.proxy.open();
              break;
            case 4:
              note(`the database is away for ${forMs} ms`);
              databaseAway += forMs;
              await database.crash();
              await pause(forMs);
              await database.boot();
              break;
            case 5:
              note(`${one.name} is asked to stop`);
              await Promise.race([one.process.stop(), pause(15_000)]);
          }
        }
      };
      const background = [supervise(), watchLease(), harm()];

      const missing: string[] = [];
      for (const name of names) {
        note(`${name} fails`);
        world.down.add(name);
        const failedAt = performance.now();
        const tickets = () =>
          world.helpdesk.tickets.filter(({ fields }) => String(fields['subject']).includes(name));
        while (tickets().length === 0 && performance.now() - failedAt < TICKET_WITHIN_MS) await pause(50);
        if (tickets().length === 0) missing.push(name);
        else note(`${name} has its ticket after ${Math.round(performance.now() - failedAt)} ms`);
        await pause(random(2_000));
        world.down.delete(name);
      }
      isOver = true;
      await Promise.all(background);
      for (const { proxy, process } of instances) {
        proxy.open();
        process.signal('SIGCONT');
        if (!process.isAlive) process.spawn();
      }
      await until('one decides', async () => (await holder()) !== undefined);
      const last = await holder();
      const one = instances.find(({ name }) => name === last)!;
      await until(
        'all pages',
        async () => {
          const lost = names.filter((name) => !missing.includes(name) && !world.pages.has(name));
          if (lost.length === 0) return true;
          // Many pages at once to one person are one message, which names the first and counts the others.
          const [incidents, effects] = [
            await one.process.list('incidents'),
            await one.process.list('effects'),
          ];
          return lost.every((name) => {
            const { id } = incidents.find(({ target }) => target === name) ?? {};
            const page = effects.find(({ incident, kind }) => incident === id && kind === 'page');
            return page?.state === 'accepted' && world.codes.has(page.remote_id);
          });
        },
        60_000,
      );
      await until(
        'all incidents resolved',
        async () => {
          const open = await one.process.list('incidents?status=open');
          return open.length === 0;
        },
        60_000,
      );

      // F: no call of an older epoch after the first of a newer one.
      let newest = 0;
      let newestAt = 0;
      const late: string[] = [];
      for (const { epoch, at, instance, what } of calls) {
        if (epoch < newest)
          late.push(
            `${instance} (${epoch}) ${what}, ${Math.round(at - newestAt)} ms after epoch ${newest} began`,
          );
        if (epoch > newest) [newest, newestAt] = [epoch, at];
      }
      const doubled = names.flatMap((name) => {
        const found = world.helpdesk.tickets.filter(({ fields }) => {
          const subject = String(fields['subject']);
          return subject.includes(`${name} `) || subject.endsWith(name);
        });
        const keys = new Set(world.pages.get(name));
        return found.length > 1 || keys.size > 1
          ? [`${name}: ${found.length} tickets, ${keys.size} pages`]
          : [];
      });
      const repeated = [...world.pages.values()].filter((keys) => keys.length > new Set(keys).size).length;
      const sorted = gaps.toSorted((x, y) => x - y);
      const at = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
      console.log(
        `seed ${seed}: ${said.length} events, epoch ${newest}, database away ${databaseAway} ms; without a decider p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms of ${gaps.length}; pages sent again under their key: ${repeated}; late calls: ${late.length}`,
      );
      if (late.length + doubled.length + missing.length > 0) console.log(said.join('\n'));
      expect({ late, doubled, missing, complaints: world.helpdesk.complaints }).toEqual({
        late: [],
        doubled: [],
        missing: [],
        complaints: [],
      });
    },
    900_000,
  );
});
