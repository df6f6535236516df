import { chmodSync, cpSync, globSync, readFileSync, rmSync } from 'node:fs';
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

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>;
};
const packages = Object.keys(dependencies);

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
