import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ControlledSite } from '../support/controlled-site.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { PROJECT, WatchdeskProcess } from '../support/watchdesk-process.ts';

const run = promisify(execFile);

/** The machine's own Node and nothing of this project. */
const PLAIN = {
  HOME: process.env['HOME'],
  PATH: process.env['PATH']!.split(':')
    .filter((folder) => !folder.includes('node_modules'))
    .join(':'),
};

/**
 * Modules that a start with the first config reads; more of them make every start slower. Packages that only some
 * configs need are not among them.
 */
const MOST_MODULES = 1_150;
const NOT_AT_START = [
  'twilio',
  '@slack/web-api',
  '@slack/socket-mode',
  'openid-client',
  'imapflow',
  'nodemailer',
  'date-holidays',
  'html-to-text',
  'libmime',
  'iconv-lite',
];

const COUNT_MODULES = `
import { registerHooks } from 'node:module';
import { writeFileSync } from 'node:fs';
const urls = [];
registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
process.on('exit', () => writeFileSync(process.env.MODULES_FILE, JSON.stringify(urls)));
`;

test('the package, installed into an empty folder with nothing else, monitors a site and opens a ticket', async () => {
  const home = await temporaryFolder();
  const packed = await run('npm', ['pack', '--json', '--pack-destination', home], {
    cwd: PROJECT,
    env: { ...process.env, NODE_ENV: '' },
    maxBuffer: 2 ** 26,
  });
  const [{ filename, files }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[\n'))) as [
    { filename: string; files: { path: string }[] },
  ];
  const paths = files.map(({ path }) => path);
  // Built code with types and source maps, and nothing that only developers need.
  expect(paths).toEqual(
    expect.arrayContaining(['dist/watchdesk', 'dist/src/main.js', 'dist/src/main.js.map']),
  );
  expect(paths).toContain('dist/types/src/plugins/check.d.ts');
  const isForDevelopers = (path: string) =>
    /^(src|checks|test|dashboards)\/|^\.|package-lock/.test(path) || /(?<!\.d)\.ts$/.test(path);
  expect(paths.filter(isForDevelopers)).toEqual([]);

  const folder = join(home, 'installed');
  await writeFiles(folder, { 'package.json': '{ "private": true }' });
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(home, filename)], {
    cwd: folder,
    env: PLAIN,
    maxBuffer: 2 ** 26,
  });
  const program = join(folder, 'node_modules/.bin/watchdesk');
  const called = (...args: string[]) => run(program, args, { cwd: folder, env: PLAIN });

  const { version } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect((await called('--version')).stdout.trim()).toBe(version);

  const site = await ControlledSite.start();
  const made = await called('init', '--url', site.url, '--json');
  const { url, next } = JSON.parse(made.stdout) as { url: string; next: string[] };
  expect(next[0]).toBe('watchdesk run');
  expect((await called('validate')).stdout).toMatch(/^Config is valid \(2 files\): 1 target/);

  // Quicker than a first config is, so that the test need not wait for minutes.
  const settings = join(folder, 'config/watchdesk.yaml');
  const text = await readFile(settings, 'utf8');
  await writeFile(
    settings,
    text.replace('interval: 60s', 'interval: 300ms').replace('failures: 3', 'failures: 2'),
  );
  const counter = join(home, 'count.mjs');
  await writeFile(counter, COUNT_MODULES);
  const modulesFile = join(home, 'modules.json');
  const env = { ...PLAIN, NODE_OPTIONS: `--import ${counter}`, MODULES_FILE: modulesFile };
  const monitor = new WatchdeskProcess(join(folder, 'config'), Number(new URL(url).port), env, [program]);
  await monitor.start();
  expect(await (await fetch(`${url}`)).text()).toContain('<title>');
  expect((await fetch(`${url}assets/style.css`)).status).toBe(200);
  site.answer(500);
  const ticket = await until('the ticket', async () => (await monitor.list('tickets'))[0]);
  expect(ticket).toMatchObject({ adapter: 'desk', status: 'open' });
  site.answer(200);
  await until('the end', async () => (await monitor.list('incidents?status=resolved'))[0]);
  expect(await monitor.stop()).toBe(0);

  const modules = JSON.parse(await readFile(modulesFile, 'utf8')) as string[];
  const loaded = NOT_AT_START.filter((name) => modules.some((at) => at.includes(`/node_modules/${name}/`)));
  expect(loaded).toEqual([]);
  expect(modules.length).toBeLessThan(MOST_MODULES);

  // A plugin, written with the types of the package and run by it.
  await writeFiles(folder, {
    'config/plugins/checks/answers.ts': `
import { defineCheck, failed, good, z } from 'watchdesk/check';
export default defineCheck({
  type: 'answers',
  summary: 'It gives the answer that is expected.',
  options: z.strictObject({ expect: z.strictObject({ answer: z.int() }) }),
  prepare: ({ expect: { answer } }) => ({
    is: 'prepared',
    subject: \`the answer \${answer}\`,
    secrets: [],
    probe: async () => (answer === 42 ? good('it is 42') : failed('status', 'it is not 42')),
  }),
});
`,
    'config/targets/second.yaml': `targets: [{ name: deep, kind: server, checks: [{ type: answers, expect: { answer: 42 } }] }]`,
    'tsconfig.json': `{ "compilerOptions": { "strict": true, "noEmit": true, "target": "esnext", "lib": ["esnext", "esnext.temporal"],
      "module": "nodenext", "typeRoots": ["${join(PROJECT, 'node_modules/@types')}"], "types": ["node"] },
      "include": ["config/plugins"] }`,
  });
  await writeFile(settings, `${await readFile(settings, 'utf8')}\nplugins: ./plugins\n`);
  const compiler = join(PROJECT, 'node_modules/.bin/tsc');
  const typed = await run(compiler, ['-p', folder]).catch((error: { stdout: string }) => error);
  expect(typed.stdout).toBe('');
  expect((await called('probe', 'deep')).stdout).toContain('it is 42');
});
