import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlledSite } from '../support/controlled-site.ts';
import { writeFiles } from '../support/temporary-folder.ts';
import { installPackage, PLAIN, type Installed } from './install-package.ts';
import { systemdMachine, whyNoSystemd } from '../support/systemd-machine.ts';
import { until } from '../support/until.ts';
import { PROJECT, WatchdeskProcess } from '../support/watchdesk-process.ts';

const run = promisify(execFile);

/**
 * Modules that a start with the first config reads; more of them make every start slower. Packages that only some
 * configs need are not among them.
 */
const MOST_MODULES = 500;
const NOT_AT_START = [
  'pg',
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

let installed: Promise<Installed>;
beforeAll(() => (installed = installPackage()), 300_000);
afterAll(async () => rm((await installed).home, { recursive: true, force: true }));

test('the package, installed into an empty folder with nothing else, monitors a site and opens a ticket', async () => {
  const { folder, home, paths } = await installed;
  // Built code with types and source maps, and nothing that only developers need.
  expect(paths).toEqual(
    expect.arrayContaining(['dist/watchdesk', 'dist/src/main.js', 'dist/src/main.js.map']),
  );
  expect(paths).toContain('dist/types/src/plugins/check.d.ts');
  const isForDevelopers = (path: string) =>
    /^(src|checks|test|dashboards)\/|^\.|package-lock/.test(path) || /(?<!\.d)\.ts$/.test(path);
  expect(paths.filter(isForDevelopers)).toEqual([]);

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

const whyNot = whyNoSystemd();
if (whyNot !== undefined) console.log(`Skipped: the service under a real systemd; ${whyNot}.`);

test.skipIf(whyNot !== undefined)(
  'it becomes a service that says how it stands, is reloaded, restarted when it stands still, and removed',
  async () => {
    const { folder } = await installed;
    const machine = await systemdMachine(folder);
    const program = '/opt/node_modules/.bin/watchdesk';
    const asked = await machine.run(program, 'service', 'install');
    expect(asked).toContain('Type=notify');
    expect(asked).toContain('Nothing was changed.');
    expect(await machine.ask('ls', '/etc/systemd/system')).toBe('');

    const done = await machine.ask(program, 'service', 'install', '--yes');
    expect(done).toContain('Watchdesk runs.');
    const shown = async (property: string) =>
      (await machine.run('systemctl', 'show', '-P', property, 'watchdesk')).trim();
    expect(await shown('ActiveState')).toBe('active');
    expect(await shown('StatusText')).toMatch(/^Monitoring 1 target, /);
    const pid = await shown('MainPID');
    expect((await machine.run('ps', '-o', 'user:20=', '-p', pid)).trim()).toBe('watchdesk');
    const page = (path: string) => machine.ask('curl', '-s', `http://127.0.0.1:8080${path}`);
    expect(await page('/readyz')).toContain('ready');
    // Ping works without root, and nothing else is allowed.
    expect(await machine.run('grep', 'CapEff', `/proc/${pid}/status`)).toMatch(/0{12}2000$/m);
    const exposure = await machine.ask('systemd-analyze', 'security', '--no-pager', 'watchdesk');
    expect(Number(/Overall exposure level for watchdesk.service: ([\d.]+)/.exec(exposure)?.[1])).toBeLessThan(
      3,
    );
    expect((await machine.run('stat', '-c', '%U:%G %a', '/etc/watchdesk/watchdesk.yaml')).trim()).toBe(
      'root:watchdesk 640',
    );
    expect((await machine.run('stat', '-c', '%U %a', '/etc/watchdesk/secrets.env')).trim()).toBe('root 600');

    // What root changes is in force after a reload; a second installation leaves it as it is.
    await machine.run('sh', '-c', `sed -i 's/name: .*/name: renamed/' /etc/watchdesk/targets/first.yaml`);
    await machine.run('systemctl', 'reload', 'watchdesk');
    await until('the new name', async () => (await page('/api/v1/targets')).includes('"renamed"'));
    await machine.run(program, 'service', 'install', '--yes');
    expect(await page('/api/v1/targets')).toContain('"renamed"');
    expect(await shown('NRestarts')).toBe('0');

    // A process that stands still is started anew.
    await machine.run('mkdir', '/etc/systemd/system/watchdesk.service.d');
    const dropIn = '/etc/systemd/system/watchdesk.service.d/soon.conf';
    await machine.run('sh', '-c', `printf '[Service]\\nWatchdogSec=1\\nRestartSec=100ms\\n' > ${dropIn}`);
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'restart', 'watchdesk');
    const before = await shown('MainPID');
    await machine.run('kill', '-STOP', before);
    await until(
      'the restart',
      async () => (await shown('NRestarts')) === '1' && (await page('/readyz')).includes('ready'),
    );
    expect(await shown('MainPID')).not.toBe(before);

    const removed = await machine.run(program, 'service', 'uninstall', '--yes');
    expect(removed).toContain('still there');
    expect(await machine.ask('systemctl', 'is-active', 'watchdesk')).toContain('inactive');
    expect(await machine.ask('ls', '/etc/systemd/system/watchdesk.service')).toContain('No such file');
    expect(await machine.ask('ls', '/etc/watchdesk', '/var/lib/watchdesk')).toMatch(
      /watchdesk\.yaml[^]*watchdesk\.db/,
    );
  },
);
