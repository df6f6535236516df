import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

// From the probe that crosses the threshold to the accepted ticket and page, while many targets of as many customers
// fail together: `node test/bench/storm.ts [targets]`. The desk and the console take what is sent at once, so what
// is measured is ours.
const TARGETS = Number(process.argv[2] ?? 1_000);
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

let status = 200;
const site = createServer((_request, response) => response.writeHead(status).end('ok'));
site.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
await once(site, 'listening');
const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;

const folder = await mkdtemp(join(tmpdir(), 'watchdesk-storm-'));
await mkdir(join(folder, 'targets'));
const port = 20_000 + (process.pid % 10_000);
await writeFile(
  join(folder, 'watchdesk.yaml'),
  `server: { listen: "127.0.0.1:${port}" }
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
escalation: { urgent: [{ page: maria, via: [sms] }] }
defaults: { interval: 5s, timeout: 4s, failures: 1, recoveries: 1 }
`,
);
for (let n = 0; n < TARGETS; n++) {
  await writeFile(
    join(folder, `targets/t${n}.yaml`),
    `customer: { name: Customer ${n} }\ntargets: [{ name: t${n}, kind: site, url: "${url}", checks: [{ type: http }] }]\n`,
  );
}
const monitor = spawn(process.execPath, [MAIN, 'run', '--config', folder, '--log', 'json'], {
  cwd: folder,
  env: { ...process.env, WATCHDESK_LOG_LEVEL: 'error' },
  stdio: ['ignore', 'ignore', 'inherit'],
});
process.on('exit', () => monitor.kill('SIGKILL'));

type Item = Record<string, any>;

async function list(path: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = `limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}?${query}`);
    const page = (await answer.json()) as { items: Item[]; next: string | null };
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what().catch(() => false))) await sleep(500);
}

await until(async () => (await list('targets')).filter(({ health }) => health === 'up').length === TARGETS);
status = 503;
await until(async () => (await list('pages')).filter(({ state }) => state === 'accepted').length === TARGETS);

const incidents = new Map(
  (await list('incidents')).map((incident) => [incident['id'], Date.parse(incident['opened_at'])]),
);
const waits = (items: Item[], key: string) =>
  items.map((item) => Date.parse(item[key]) - incidents.get(item['incident'])!).sort((a, b) => a - b);
const at = (sorted: number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
for (const [name, sorted] of [
  ['ticket', waits(await list('tickets'), 'created_at')],
  ['page', waits(await list('pages'), 'accepted_at')],
] as const) {
  console.log(
    `${name}: ${sorted.length}, ms from breach p50 ${at(sorted, 0.5)}, p99 ${at(sorted, 0.99)}, max ${sorted.at(-1)}`,
  );
}
const opened = [...incidents.values()];
console.log(`breaches spread over ${Math.max(...opened) - Math.min(...opened)} ms`);
monitor.kill('SIGTERM');
await once(monitor, 'exit');
await rm(folder, { recursive: true });
site.close();
