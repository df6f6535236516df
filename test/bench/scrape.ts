import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'undici';

// What a scrape of very many checks costs the real program: how long Prometheus waits, and how long everything
// else has to wait meanwhile, told by small requests on another connection.

const CHECKS = Number(process.argv[2] ?? 100_000);
const ROUNDS = 5;
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const answering = createServer((socket) => socket.on('error', () => {}).end());
answering.listen(0, '127.0.0.1');
const folder = await mkdtemp(join(tmpdir(), 'watchdesk-scrape-'));
await mkdir(join(folder, 'targets'));
const free = createServer().listen(0, '127.0.0.1');
await new Promise((resolve) => free.once('listening', resolve));
const { port } = free.address() as AddressInfo;
free.close();
await writeFile(
  join(folder, 'watchdesk.yaml'),
  `server: { listen: "127.0.0.1:${port}" }\nstore: sqlite:bench.db\ndefaults: { interval: 2m, timeout: 5s }\n`,
);
let text = 'targets:\n';
for (let index = 0; index < CHECKS; index++) {
  const address = `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${1 + (index % 254)}`;
  text += `  - { name: target-${index}, kind: server, address: ${address}, checks: [{ type: ping }] }\n`;
  if (index % 5_000 < 4_999 && index < CHECKS - 1) continue;
  await writeFile(join(folder, `targets/${String(index).padStart(7, '0')}.yaml`), text);
  text = 'targets:\n';
}
const child = spawn(process.execPath, [MAIN, 'run', '--config', folder], {
  stdio: ['ignore', 'ignore', 'inherit'],
  cwd: folder,
});
process.on('exit', () => child.kill('SIGKILL'));

const url = `http://127.0.0.1:${port}`;
const scraper = new Client(url);
const bystander = new Client(url);
const ready = async () => {
  const { statusCode, body } = await bystander.request({ path: '/readyz', method: 'GET' });
  await body.dump();
  return statusCode === 200;
};
while (!(await ready().catch(() => false))) {
  if (child.exitCode !== null) throw new Error(`the monitor ended with ${child.exitCode}`);
  await sleep(200);
}
process.stderr.write('started; every check is probed once …\n');
await sleep(130_000);

async function scrapeOnce(encoding: string): Promise<{ ms: number; bytes: number }> {
  const from = performance.now();
  const { body } = await scraper.request({
    path: '/metrics',
    method: 'GET',
    headers: { 'accept-encoding': encoding },
  });
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) bytes += piece.length;
  return { ms: performance.now() - from, bytes };
}

async function waitsDuring<Value>(work: Promise<Value>): Promise<{ value: Value; waits: number[] }> {
  const waits: number[] = [];
  let isDone = false;
  const done = work.finally(() => (isDone = true));
  while (!isDone) {
    const from = performance.now();
    const { body } = await bystander.request({ path: '/healthz', method: 'GET' });
    await body.dump();
    waits.push(performance.now() - from);
    await sleep(1);
  }
  return { value: await done, waits: waits.sort((a, b) => a - b) };
}

const told = (waits: number[]) =>
  `p50 ${waits[waits.length >> 1]!.toFixed(1)} ms, p99 ${waits[Math.floor(waits.length * 0.99)]!.toFixed(1)} ms, most ${waits.at(-1)!.toFixed(1)} ms`;

const idle = await waitsDuring(sleep(3_000));
process.stdout.write(`no scrape: a bystander waits ${told(idle.waits)}\n`);
for (const encoding of ['identity', 'gzip']) {
  for (let round = 0; round < ROUNDS; round++) {
    const { value, waits } = await waitsDuring(scrapeOnce(encoding));
    const size = (value.bytes / 1_048_576).toFixed(1);
    process.stdout.write(
      `${encoding}: ${value.ms.toFixed(0)} ms, ${size} MiB; a bystander waits ${told(waits)}\n`,
    );
    await sleep(1_000);
  }
}
child.kill('SIGTERM');
await once(child, 'exit');
await rm(folder, { recursive: true, force: true });
process.exit();
