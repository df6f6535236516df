import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';
import { stringify } from 'yaml';
import { cpuTimeMs, memoryKiB } from './cpu-time.ts';

// Processor time per check over the whole path (schedule, probe, judge, record, metrics) of the real program, on
// loopback. Figures of one run are comparable with each other; across machines only the ratios are.

type Kind = 'http' | 'https' | 'tcp' | 'ping';

interface Load {
  kind: Kind;
  checks: number;
  intervalMs: number;
  /** What the blueprint wants, µs a check. */
  goal?: number;
}

interface Other {
  plain: number;
  secure: number;
  certificate: string;
}

const PACED: readonly Load[] = [
  { kind: 'http', checks: 1_000, intervalMs: 20_000, goal: 900 },
  { kind: 'http', checks: 100_000, intervalMs: 60_000, goal: 150 },
  { kind: 'https', checks: 60_000, intervalMs: 60_000, goal: 1_000 },
  { kind: 'tcp', checks: 100_000, intervalMs: 60_000, goal: 90 },
  { kind: 'ping', checks: 60_000, intervalMs: 60_000, goal: 30 },
];
const FLAT_OUT: readonly Load[] = [
  { kind: 'http', checks: 10_000, intervalMs: 1_000 },
  { kind: 'https', checks: 2_000, intervalMs: 1_000 },
  { kind: 'tcp', checks: 20_000, intervalMs: 1_000 },
  { kind: 'ping', checks: 40_000, intervalMs: 1_000 },
];
const BLACKBOX = '/usr/bin/prometheus-blackbox-exporter';
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const ANSWERING = fileURLToPath(new URL('answering-process.ts', import.meta.url));

const only = process.argv[2];
const seconds = Number(process.env['BENCH_SECONDS'] ?? 20);

const children: ChildProcess[] = [];
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

const answering = spawn(process.execPath, [ANSWERING], { stdio: ['ignore', 'pipe', 'inherit'] });
children.push(answering);
const other = JSON.parse(await firstLine(answering)) as Other;
const rows: string[][] = [
  ['load', 'checks/s', 'µs CPU/check', 'goal', 'start lag p50', 'p99', 'skipped', 'KiB/check'],
];
for (const [name, loads] of [
  ['paced', PACED],
  ['flat out', FLAT_OUT],
] as const) {
  for (const load of loads) {
    const title = `${load.kind} ${load.checks} per ${load.intervalMs / 1_000} s, ${name}`;
    if (only && !title.includes(only)) continue;
    process.stderr.write(`${title} …\n`);
    rows.push([title, ...(await measure(load))]);
  }
}
if (!only || only === 'blackbox') await measureBlackbox();
process.stdout.write(`${table(rows)}\n`);
process.exit();

async function measure(load: Load): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'watchdesk-bench-'));
  const port = await freePort();
  await writeConfig(folder, port, load);
  const child = spawn(process.execPath, [MAIN, 'run', '--config', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: folder,
  });
  children.push(child);
  const startedAt = performance.now();
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`the monitor ended with ${child.exitCode}`);
    await sleep(50);
  }
  const startMs = performance.now() - startedAt;
  // Every check has been probed and written once: what follows is the steady state.
  await sleep(load.intervalMs * 1.15 + 5_000);
  const before = await sample(url, child.pid!);
  const from = performance.now();
  await sleep(Math.max(seconds * 1_000, Math.min(load.intervalMs, 20_000)));
  const after = await sample(url, child.pid!);
  const tookS = (performance.now() - from) / 1_000;
  const probes = after.probes - before.probes;
  const cpu = ((after.cpuMs - before.cpuMs) * 1_000) / probes;
  child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
  process.stderr.write(
    `  started in ${(startMs / 1_000).toFixed(1)} s, ${after.bad} bad answers, ${Math.round(after.memory / 1024)} MiB\n`,
  );
  const lag = (share: number) => `${(quantile(before.lag, after.lag, share) * 1_000).toFixed(1)} ms`;
  return [
    (probes / tookS).toFixed(0),
    cpu.toFixed(0),
    load.goal ? `≤ ${load.goal}` : '',
    lag(0.5),
    lag(0.99),
    String(after.skipped - before.skipped),
    load.checks >= 60_000 ? ((after.memory - 130_000) / load.checks).toFixed(2) : '',
  ];
}

async function writeConfig(folder: string, port: number, { kind, checks, intervalMs }: Load): Promise<void> {
  await mkdir(join(folder, 'targets'));
  const main = {
    server: { listen: `127.0.0.1:${port}` },
    store: 'sqlite:bench.db',
    defaults: { interval: `${intervalMs}ms`, timeout: `${Math.min(intervalMs, 10_000)}ms` },
  };
  await writeFile(join(folder, 'watchdesk.yaml'), stringify(main));
  // Anchored options would be one object in memory; every check has its own, as in a real config.
  const check = {
    http: `{ type: http, url: "http://127.0.0.1:${other.plain}/", expect: { status: 200 } }`,
    https: `{ type: http, url: "https://127.0.0.1:${other.secure}/", tls: { verify: false }, expect: { status: 200 } }`,
    tcp: `{ type: tcp, port: ${other.plain} }`,
    ping: `{ type: ping }`,
  }[kind];
  const perFile = 5_000;
  for (let file = 0; file * perFile < checks; file++) {
    let text = 'targets:\n';
    for (let index = file * perFile; index < Math.min(checks, (file + 1) * perFile); index++) {
      const last = index % 254;
      text += `  - { name: t${index}, kind: server, address: 127.0.${1 + ((index >> 8) % 254)}.${1 + last}, checks: [${check}] }\n`;
    }
    await writeFile(
      join(folder, 'targets', `${String(file).padStart(4, '0')}.yaml`),
      kind === 'ping' ? text : text.replace(/address: 127[\d.]+/g, 'address: 127.0.0.1'),
    );
  }
}

interface Sample {
  cpuMs: number;
  probes: number;
  bad: number;
  skipped: number;
  memory: number;
  lag: Map<number, number>;
}

async function sample(url: string, pid: number): Promise<Sample> {
  // What the scrape itself costs falls before the first reading and after the last.
  const cpuBefore = cpuTimeMs(pid);
  const text = await (await fetch(`${url}/metrics`)).text();
  const cpuAfter = cpuTimeMs(pid);
  const found: Sample = {
    cpuMs: measured ? cpuBefore : cpuAfter,
    probes: 0,
    bad: 0,
    skipped: 0,
    memory: memoryKiB(pid),
    lag: new Map(),
  };
  measured = !measured;
  for (const line of text.split('\n')) {
    const value = Number(line.slice(line.lastIndexOf(' ') + 1));
    if (line.startsWith('watchdesk_probes_total{')) {
      found.probes += value;
      if (!line.includes('reason="ok"')) found.bad += value;
    }
    if (line.startsWith('watchdesk_probes_skipped_total ')) found.skipped = value;
    const bucket = /^watchdesk_schedule_lag_seconds_bucket\{le="([^"]+)"\}/.exec(line);
    if (bucket) found.lag.set(bucket[1] === '+Inf' ? Infinity : Number(bucket[1]), value);
  }
  return found;
}
var measured = false;

/** Upper bound of the bucket that holds the quantile, interpolated within it as Prometheus does. */
function quantile(before: Map<number, number>, after: Map<number, number>, share: number): number {
  const counts = [...after]
    .map(([le, count]) => [le, count - (before.get(le) ?? 0)] as const)
    .sort((a, b) => a[0] - b[0]);
  const wanted = counts.at(-1)![1] * share;
  let low = 0;
  let below = 0;
  for (const [le, count] of counts) {
    if (count >= wanted)
      return le === Infinity ? low : low + ((le - low) * (wanted - below)) / Math.max(1, count - below);
    low = le;
    below = count;
  }
  return low;
}

async function measureBlackbox(): Promise<void> {
  if (!existsSync(BLACKBOX)) {
    process.stderr.write(
      'blackbox_exporter is not installed (apt-get install prometheus-blackbox-exporter): not compared.\n',
    );
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'watchdesk-bench-'));
  const config = join(folder, 'blackbox.yml');
  await writeFile(
    config,
    stringify({
      modules: {
        http: { prober: 'http', timeout: '5s' },
        https: { prober: 'http', timeout: '5s', http: { tls_config: { insecure_skip_verify: true } } },
        tcp: { prober: 'tcp', timeout: '5s' },
        icmp: { prober: 'icmp', timeout: '5s' },
      },
    }),
  );
  const port = await freePort();
  const child = spawn(
    BLACKBOX,
    [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'],
    { stdio: 'ignore' },
  );
  children.push(child);
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/-/healthy`).then(
      (answer) => answer.ok,
      () => false,
    ))
  )
    await sleep(50);
  const agent = new Agent({ connections: 16 });
  const targets = {
    http: `http://127.0.0.1:${other.plain}/`,
    https: `https://127.0.0.1:${other.secure}/`,
    tcp: `127.0.0.1:${other.plain}`,
    icmp: '127.0.0.1',
  };
  for (const [module, target] of Object.entries(targets)) {
    const path = `${url}/probe?module=${module}&target=${encodeURIComponent(target)}`;
    const count = module === 'https' ? 2_000 : 5_000;
    const run = async (times: number) => {
      let left = times;
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          while (left-- > 0) {
            const { body } = await request(path, { dispatcher: agent });
            const text = await body.text();
            if (!text.includes('probe_success 1'))
              throw new Error(`blackbox_exporter failed: ${text.slice(-300)}`);
          }
        }),
      );
    };
    await run(200);
    const before = cpuTimeMs(child.pid!);
    const from = performance.now();
    await run(count);
    const cpu = ((cpuTimeMs(child.pid!) - before) * 1_000) / count;
    const rate = count / ((performance.now() - from) / 1_000);
    const kind = module === 'icmp' ? 'ping' : module;
    const ours = rows
      .filter(([title]) => title!.startsWith(`${kind} `))
      .map(
        ([title, , own]) =>
          `${(cpu / Number(own)).toFixed(1)}× ours at ${title!.split(', ')[0]!.replace(`${kind} `, '')} ${title!.endsWith('flat out') ? 'flat out' : 'paced'}`,
      );
    rows.push([
      `blackbox_exporter ${module}, flat out`,
      rate.toFixed(0),
      cpu.toFixed(0),
      '',
      '',
      '',
      '',
      ours.join('; '),
    ]);
  }
  child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout!.once('data', (piece: Buffer) => resolve(piece.toString())));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function table(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
