import { execFile } from 'node:child_process';
import { cp, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeFiles } from '../support/temporary-folder.ts';
import { PROJECT } from '../support/watchdesk-process.ts';

const run = promisify(execFile);

/** The machine's own Node and nothing of this project. */
export const PLAIN = {
  HOME: process.env['HOME'],
  PATH: process.env['PATH']!.split(':')
    .filter((folder) => !folder.includes('node_modules'))
    .join(':'),
};

/** What the package is made of. */
const SOURCES = [
  ...['package.json', 'tsconfig.json', 'rolldown.config.ts', 'README.md', 'LICENSE', 'NOTICE'],
  ...['src', 'checks', 'config', 'docs'],
];

export interface Installed {
  /** Holds everything; to be removed when it is over. */
  home: string;
  /** Where it is installed, with nothing else. */
  folder: string;
  /** Of the files in the package. */
  paths: string[];
}

/** Packs the program and installs the package into an empty folder. */
export async function installPackage(): Promise<Installed> {
  const home = await mkdtemp(join(tmpdir(), 'watchdesk-package-'));
  // Packed from a copy: packing builds anew, and other tests run what is built in the clone.
  const source = join(home, 'source');
  for (const name of SOURCES) await cp(join(PROJECT, name), join(source, name), { recursive: true });
  await symlink(join(PROJECT, 'node_modules'), join(source, 'node_modules'));
  const packed = await run('npm', ['pack', '--json', '--pack-destination', home], {
    cwd: source,
    env: { ...process.env, NODE_ENV: '' },
    maxBuffer: 2 ** 26,
  });
  const [{ filename, files }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[\n'))) as [
    { filename: string; files: { path: string }[] },
  ];
  const folder = join(home, 'installed');
  await writeFiles(folder, { 'package.json': '{ "private": true }' });
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(home, filename)], {
    cwd: folder,
    env: PLAIN,
    maxBuffer: 2 ** 26,
  });
  return { home, folder, paths: files.map(({ path }) => path) };
}
