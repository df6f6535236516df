import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from './support/watchdesk-process.ts';

interface Import {
  from: string;
  to: string;
}

/**
 * The rooms of the house, top to bottom: a room imports only what stands below it. Whoever adds a room says here where it
 * stands; there are no exceptions.
 */
const ROOMS: readonly { room: string; holds: string }[] = [
  { room: 'main', holds: 'the process' },
  { room: 'demo', holds: 'a show of what happens, with sites of its own' },
  { room: 'cli', holds: 'people at a terminal' },
  { room: 'app', holds: 'how the parts are put together, started, given new settings and ended' },
  { room: 'agent', holds: 'a process that probes for one location' },
  { room: 'simulation', holds: 'the decisions that a run would make' },
  { room: 'web', holds: 'pages, forms, the API, what others ask over HTTP' },
  { room: 'planning', holds: 'maintenance and overrides that people plan while it runs' },
  { room: 'config', holds: 'the files of the operator, as settings of each room' },
  { room: 'plugins', holds: 'check types, channels and helpdesks of the operator, and what they may import' },
  { room: 'blackbox', holds: 'modules of blackbox_exporter' },
  { room: 'observe', holds: 'metrics and logs' },
  { room: 'hotline', holds: 'calls of customers' },
  { room: 'mail', holds: 'mails that become tickets' },
  { room: 'answering', holds: 'what people answer to pages' },
  { room: 'watchdog', holds: 'who watches the monitor' },
  { room: 'desk', holds: 'the built-in helpdesk' },
  { room: 'service', holds: 'SLA clocks and their alarms' },
  { room: 'status', holds: 'the public page' },
  { room: 'incidents', holds: 'from a check at risk to an incident and its ticket' },
  { room: 'on-call', holds: 'schedules and whom they reach' },
  { room: 'delivery', holds: 'what is sent, until it is known to have arrived' },
  { room: 'locations', holds: 'who probes from elsewhere, and what they report' },
  { room: 'maintenance', holds: 'when targets are worked on' },
  { room: 'history', holds: 'what was up and down' },
  { room: 'probing', holds: 'what is due, asked and judged' },
  { room: 'access', holds: 'who comes in' },
  { room: 'channels', holds: 'channels, one file each' },
  { room: 'helpdesks', holds: 'helpdesks, one file each' },
  { room: 'checks', holds: 'check types, one file each' },
  { room: 'store', holds: 'what is kept' },
  { room: 'outside', holds: 'signatures and inspections that channels and helpdesks share' },
  { room: 'core', holds: 'decisions: pure functions of state, input and now' },
  { room: 'text', holds: 'what people read, by language' },
  { room: 'program-folder', holds: 'where the files of the program are, in the clone and in the package' },
];

/** `checks`, `web`, `main`: the folder below src, or the file beside them. */
function roomOf(file: string): string {
  const [top, first = ''] = file.split('/');
  return top === 'checks' ? 'checks' : first.replace(/\.ts$/, '');
}

const files = ['src', 'checks'].flatMap((folder) =>
  readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

const imports: Import[] = files.flatMap((from) => {
  const text = readFileSync(join(PROJECT, from), 'utf8');
  const named = [...text.matchAll(/(?:from\s+|import\(\s*)'([^']+)'/g)].map(([, specifier]) => specifier!);
  return named.map((specifier) => ({
    from,
    to: specifier.startsWith('.') ? relative(PROJECT, resolve(PROJECT, dirname(from), specifier)) : specifier,
  }));
});

const offenders = (isForbidden: (one: Import) => boolean): string[] =>
  imports.filter(isForbidden).map(({ from, to }) => `${from} imports ${to}`);

test('the reading of imports works', () => {
  expect(imports).toContainEqual({ from: 'src/app/run-monitor.ts', to: 'src/core/redact.ts' });
  expect(imports).toContainEqual({ from: 'src/main.ts', to: 'src/cli/program.ts' });
});

test('the core imports nothing outside the core but texts', () => {
  const isAllowed = (to: string) => to.startsWith('src/core/') || to.startsWith('src/text/');
  expect(offenders(({ from, to }) => from.startsWith('src/core/') && !isAllowed(to))).toEqual([]);
});

test('texts import nothing of ours but texts and where they lie', () => {
  const isOurs = (to: string) => to.startsWith('src/') || to.startsWith('checks/');
  const isAllowed = (to: string) => to.startsWith('src/text/') || to === 'src/program-folder.ts';
  expect(offenders(({ from, to }) => from.startsWith('src/text/') && isOurs(to) && !isAllowed(to))).toEqual(
    [],
  );
});

test('the core knows no clock, no randomness and no outside', () => {
  const forbidden =
    /Date\.now|new Date\(\)|performance\.|Math\.random|process\.|Temporal\.Now|setTimeout|fetch\(/;
  const found = files.filter(
    (file) => file.startsWith('src/core/') && forbidden.test(readFileSync(join(PROJECT, file), 'utf8')),
  );
  expect(found).toEqual([]);
});

test('checks import the core, their shared parts, and packages', () => {
  const isOurs = (to: string) => to.startsWith('src/') || to.startsWith('checks/');
  const isAllowed = (to: string) => to.startsWith('src/core/') || to.startsWith('checks/shared/');
  expect(offenders(({ from, to }) => from.startsWith('checks/') && isOurs(to) && !isAllowed(to))).toEqual([]);
});

test('a room imports only what stands below it', () => {
  const order = ROOMS.map(({ room }) => room);
  const upward = offenders(({ from, to }) => {
    const isOurs = to.startsWith('src/') || to.startsWith('checks/');
    return isOurs && order.indexOf(roomOf(to)) < order.indexOf(roomOf(from));
  });
  expect(upward).toEqual([]);
});

test('every file stands in a room, and every room has files', () => {
  const there = new Set(files.map(roomOf));
  expect([...there].sort()).toEqual(ROOMS.map(({ room }) => room).sort());
});

test('a file above 350 lines says in its head why it is one file', () => {
  const long = files
    .map((file) => ({ file, text: readFileSync(join(PROJECT, file), 'utf8') }))
    .filter(({ text }) => text.split('\n').length > 351)
    .filter(({ text }) => !/long because|One file although it is long/.test(text.slice(0, 6_000)));
  expect(long.map(({ file }) => file)).toEqual([]);
});

test('between single files there is no circle', () => {
  const graph = new Map<string, string[]>();
  for (const { from, to } of imports) graph.set(from, [...(graph.get(from) ?? []), to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, trail: string[]) => {
    if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
    if (done.has(file) || trail.includes(file)) return;
    for (const to of graph.get(file) ?? []) visit(to, [...trail, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
