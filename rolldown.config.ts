import { chmodSync, cpSync, globSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'rolldown';

/** The package: JavaScript in as few files as a start needs to read, beside the files that are read as they are. */
const DIST = 'dist';

/** Loaded by their names, so each stays a file: the program, its worker, every type, what plugins import. */
const ENTRIES = [
  'src/main.ts',
  'src/mail/parse-worker.ts',
  ...['check', 'channel', 'helpdesk'].map((face) => `src/plugins/${face}.ts`),
  ...globSync(['checks/*.ts', 'src/channels/*.ts', 'src/helpdesks/*.ts']),
];

/**
 * Packages that every start reads are part of the build: a start then reads a tenth of the files. What brings binaries or
 * workers, and what only some configs need, stays a package of its own.
 */
const BUILT_IN = [
  ...['@fastify/multipart', '@fastify/rate-limit', 'fastify'],
  ...['commander', 'cookie', 'cron-parser', 'intl-messageformat', 'json-p3', 'prom-client', 're2js'],
  ...['tough-cookie', 'undici', 'uqr', 'yaml', 'zod'],
];

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>;
};
const packages = Object.keys(dependencies).filter((name) => !BUILT_IN.includes(name));

/** Licences of what is built in, as they ask for it. */
function licencesOf(modules: Iterable<string>): string {
  const folders = new Set<string>();
  for (const id of modules) {
    const inPackage = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0];
    if (inPackage !== undefined) folders.add(inPackage);
  }
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name: string;
        version: string;
        license: string;
      };
      const file = readdirSync(folder).find((one) => /^(licen[cs]e|copying)/i.test(one));
      const text = file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8');
      return `${name} ${version}\n\n${text.trim()}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

export default defineConfig({
  input: Object.fromEntries(ENTRIES.map((file) => [file.replace(/\.ts$/, ''), file])),
  platform: 'node',
  external: (name) => packages.some((known) => name === known || name.startsWith(`${known}/`)),
  output: {
    dir: DIST,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'src/parts/[name]-[hash].js',
    sourcemap: true,
  },
  plugins: [
    {
      name: 'clean',
      buildStart: () => rmSync(DIST, { recursive: true, force: true }),
    },
    {
      name: 'licences',
      generateBundle(_options, bundle) {
        const modules = Object.values(bundle).flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []));
        this.emitFile({ type: 'asset', fileName: 'LICENCES.txt', source: licencesOf(modules) });
      },
    },
    {
      name: 'files-that-are-read-as-they-are',
      closeBundle() {
        for (const path of globSync(['src/text/*/', 'src/web/assets/']))
          cpSync(path, join(DIST, path), { recursive: true });
        cpSync('src/watchdesk.sh', join(DIST, 'watchdesk'));
        chmodSync(join(DIST, 'watchdesk'), 0o755);
      },
    },
  ],
});
