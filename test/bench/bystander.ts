import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { DeskTicket } from '../../src/core/desk/desk-ticket.ts';
import type { ServiceTicket } from '../../src/core/service/service-ticket.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';

// How long somebody who only wants to know whether we are alive waits while others ask for large things: npm run bench:bystander

const TARGETS = Number(process.env['TARGETS'] ?? 20_000);
const TICKETS = Number(process.env['TICKETS'] ?? 100_000);
const CLOCKS = Number(process.env['CLOCKS'] ?? 50_000);
const CUSTOMERS = 80;
const DAY = 86_400_000;

const folder = await mkdtemp(join(tmpdir(), 'watchdesk-bystander-'));
const free = createServer().listen(0, '127.0.0.1');
await once(free, 'listening');
const { port } = free.address() as AddressInfo;
free.close();
await once(free, 'close');

await mkdir(join(folder, 'targets'));
const path = join(folder, 'w.db');
// Nobody listens on port 1: half of the targets are down.
await writeFile(
  join(folder, 'watchdesk.yaml'),
  `server: { listen: "127.0.0.1:${port}" }\nstore: "sqlite:${path}"\nincidents: { group_at: 100000 }\ndefaults: { failures: 1, interval: 1m, retry_interval: 1m }\n`,
);
for (let customer = 0; customer < CUSTOMERS; customer++) {
  const own = Array.from({ length: TARGETS / CUSTOMERS }, (_, index) => {
    const isDown = index % 2 === 0;
    return `  - { name: c${customer}-h${index}, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${isDown ? 1 : port}, priority: ${isDown && index % 4 === 0 ? 'urgent' : 'low'} }] }`;
  });
  await writeFile(
    join(folder, `targets/${customer}.yaml`),
    `customer: { name: Customer ${customer} }\ntargets:\n${own.join('\n')}\n`,
  );
}
console.log(`filling the store: ${TICKETS} tickets, ${CLOCKS} with clocks`);
const store = sqliteStore(path, { exclusive: true });
const now = Date.now();
for (let from = 0; from < TICKETS; from += 5_000) {
  await store.commit({
    deskTickets: Array.from({ length: Math.min(5_000, TICKETS - from) }, (_, index): DeskTicket => {
      const number = from + index + 1;
      const at = now - (number % 27) * DAY;
      return {
        number,
        subject: `Printer ${number} on floor ${number % 17} is out of paper`,
        body: 'It has been so since this morning, and nobody can print the invoices of the month. '.repeat(6),
        type: 'fault',
        state: { is: 'closed', at },
        priority: 'medium',
        wished: {},
        customer: `Customer ${number % CUSTOMERS}`,
        requester: {
          name: `Ann ${number % 500}`,
          email: `ann${number % 500}@acme.example`,
          verifiedBy: 'mail',
        },
        origin: 'mail',
        tier: 1,
        fields: {},
        links: [],
        sent: 0,
        createdAt: at,
        updatedAt: at,
      };
    }),
  });
}
for (let from = 0; from < CLOCKS; from += 5_000) {
  await store.commit({
    serviceTickets: Array.from({ length: Math.min(5_000, CLOCKS - from) }, (_, index): ServiceTicket => {
      const number = from + index + 1;
      const openedAt = now - (number % 20) * DAY;
      return {
        id: `desk ${number}`,
        ticket: { adapter: 'desk', helpdesk: 'desk', place: 'here', remoteId: String(number), url: '' },
        subject: `Printer ${number}`,
        openedAt,
        priority: 'medium',
        customer: `Customer ${number % CUSTOMERS}`,
        type: 'fault',
        facts: [{ is: 'opened', at: openedAt }],
        rung: [],
        counted: [],
        results: (['acknowledge', 'respond', 'resolve'] as const).map((clock) => ({
          clock,
          round: 1,
          limitMs: 3_600_000,
          usedMs: (number * 7_919) % 7_200_000,
          at: openedAt + 3_600_000,
          missed: number % 9 === 0,
        })),
        status: 'resolved',
        resolvedAt: openedAt + 3_600_000,
      };
    }),
  });
}
await store.close();

const url = `http://127.0.0.1:${port}`;
const flags = (process.env['NODE_FLAGS'] ?? '').split(' ').filter(Boolean);
const child = spawn(process.execPath, [...flags, 'src/main.ts', 'run', '--config', folder, '--log', 'json'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
const dispatcher = new Agent({ connections: 1, headersTimeout: 0, bodyTimeout: 0 });
const asker = new Agent({ connections: 1, headersTimeout: 0, bodyTimeout: 0 });
const get = async (at: string, by = asker) => {
  const answer = await request(url + at, { dispatcher: by });
  const bytes = (await answer.body.arrayBuffer()).byteLength;
  return { status: answer.statusCode, bytes };
};
try {
  const startUntil = performance.now() + 60_000;
  const isThere = () =>
    get('/healthz').then(
      ({ status }) => status === 200,
      () => false,
    );
  while (performance.now() < startUntil && !(await isThere()))
    await new Promise((resolve) => setTimeout(resolve, 100));
  /** Waits of a bystander while something is done. */
  const watched = async (work: () => Promise<{ status: number; bytes: number }>) => {
    let isOver = false;
    const waits: number[] = [];
    const bystander = (async () => {
      while (!isOver) {
        const begun = performance.now();
        await get('/healthz', dispatcher);
        waits.push(performance.now() - begun);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    const begun = performance.now();
    const { status, bytes } = await work();
    const tookMs = performance.now() - begun;
    isOver = true;
    await bystander;
    waits.sort((a, b) => a - b);
    return { status, bytes, tookMs, p99: waits[Math.floor(waits.length * 0.99)]!, worst: waits.at(-1)! };
  };
  const month = new Date().toISOString().slice(0, 7);
  /** Every probe once, and everything that follows from it: half of the targets go down. */
  const outage = async () => {
    const roundUntil = performance.now() + 120_000;
    while (performance.now() < roundUntil) {
      const answer = await request(`${url}/api/v1/targets?health=unknown&limit=1`, { dispatcher: asker });
      const { items } = (await answer.body.json()) as { items: unknown[] };
      if (items.length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    return { status: 200, bytes: 0 };
  };
  const things: [string, () => Promise<{ status: number; bytes: number }>][] = [
    ['half of the targets go down', outage],
    [
      'nothing for two seconds',
      async () => (await new Promise((resolve) => setTimeout(resolve, 2_000)), { status: 200, bytes: 0 }),
    ],
    ...[
      '/',
      '/?show=all',
      '/?show=all&page=20',
      '/?q=h7',
      '/incidents',
      '/tickets?view=all',
      '/tickets?view=all&q=zzzzqq',
      '/tickets?view=all&q=printer+floor',
      '/api/v1/desk/tickets?q=invoices&limit=500',
      '/api/v1/targets?limit=500',
      '/reports',
      '/reports/service.csv',
      '/reports/uptime.csv',
      `/api/v1/reports/${month}`,
      '/reports/review?customer=Customer%201',
      '/metrics',
      '/oncall',
      '/audit',
      '/monitor',
    ].map((at): [string, () => Promise<{ status: number; bytes: number }>] => [at, () => get(at)]),
    [
      'reload',
      async () => {
        const answer = await request(`${url}/-/reload`, { method: 'POST', dispatcher: asker });
        return { status: answer.statusCode, bytes: (await answer.body.arrayBuffer()).byteLength };
      },
    ],
  ];
  console.log(
    'what                                             status      bytes      took    p99   worst (ms)',
  );
  for (const [name, work] of things) {
    const { status, bytes, tookMs, p99, worst } = await watched(work);
    const numbers = [tookMs, p99, worst].map((ms) => ms.toFixed(0).padStart(7)).join(' ');
    console.log(`${name.padEnd(48)} ${status} ${String(bytes).padStart(12)} ${numbers}`);
  }
} finally {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  await dispatcher.close();
  await asker.close();
  await rm(folder, { recursive: true, force: true });
}
