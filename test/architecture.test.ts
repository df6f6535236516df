import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from './support/watchdesk-process.ts';

interface Import {
  from: string;
  to: string;
}

const SHELLS = [
  'config',
  'blackbox',
  'probing',
  'tickets',
  'paging',
  'delivery',
  'store',
  'observe',
  'incidents',
  'maintenance',
  'watchdog',
  'on-call',
  'history',
  'hotline',
  'answering',
  'outside',
  'simulation',
  'status',
  'access',
  'desk',
  'mail',
  'service',
  'web',
];

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
  expect(imports).toContainEqual({ from: 'src/app.ts', to: 'src/core/redact.ts' });
  expect(imports).toContainEqual({ from: 'src/main.ts', to: 'src/cli/program.ts' });
});

test('the core imports nothing outside the core but texts', () => {
  const isAllowed = (to: string) => to.startsWith('src/core/') || to.startsWith('src/text/');
  expect(offenders(({ from, to }) => from.startsWith('src/core/') && !isAllowed(to))).toEqual([]);
});

test('texts import nothing of ours but texts', () => {
  const isOurs = (to: string) => to.startsWith('src/') || to.startsWith('checks/');
  expect(
    offenders(({ from, to }) => from.startsWith('src/text/') && isOurs(to) && !to.startsWith('src/text/')),
  ).toEqual([]);
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

test('no shell imports what stands above it: app, commands, demo, main', () => {
  const isShell = (file: string) => SHELLS.some((shell) => file.startsWith(`src/${shell}/`));
  const isAbove = (to: string) =>
    to === 'src/app.ts' ||
    to === 'src/engine.ts' ||
    to === 'src/main.ts' ||
    to.startsWith('src/cli/') ||
    to.startsWith('src/demo/');
  expect(offenders(({ from, to }) => isShell(from) && isAbove(to))).toEqual([]);
});

test('every folder of src is known to this test', () => {
  const folders = new Set(
    files.filter((file) => file.split('/').length > 2).map((file) => file.split('/')[1]),
  );
  folders.delete('shared');
  expect([...folders].sort()).toEqual([...SHELLS, 'cli', 'core', 'demo', 'text'].sort());
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
