import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installPlan, uninstallPlan, type ServiceFacts } from '../../src/cli/service-plan.ts';
import { unitFile } from '../../src/cli/unit-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchdesk } from '../support/watchdesk-process.ts';

const facts: ServiceFacts = {
  program: ['/usr/lib/node_modules/watchdesk/dist/watchdesk'],
  configFolder: '/etc/watchdesk',
  secretsFile: '/etc/watchdesk/secrets.env',
  user: 'watchdesk',
  capabilities: [],
  root: '',
  firstConfig: { 'watchdesk.yaml': 'x' },
};
const lines = (more: Partial<ServiceFacts> = {}) =>
  installPlan({ ...facts, ...more }).map((step) =>
    step.is === 'run' ? step.command.join(' ') : `${step.is} ${step.path}`,
  );

test('an installation writes user, config, secrets and unit, and then starts it', () => {
  expect(lines()).toEqual([
    'write /etc/sysusers.d/watchdesk.conf',
    'systemd-sysusers /etc/sysusers.d/watchdesk.conf',
    'write /etc/watchdesk/watchdesk.yaml',
    'write /etc/watchdesk/secrets.env',
    'chown -R root:watchdesk /etc/watchdesk',
    'chmod -R g+rX,g-w,o-rwx /etc/watchdesk',
    'chmod 600 /etc/watchdesk/secrets.env',
    'write /etc/systemd/system/watchdesk.service',
    'systemctl daemon-reload',
    'systemctl enable watchdesk.service',
    'systemctl restart watchdesk.service',
  ]);
});

test('in the image of a system nothing is started, and nothing of this system is touched', () => {
  expect(lines({ root: '/image', firstConfig: {} })).toEqual([
    'write /image/etc/sysusers.d/watchdesk.conf',
    'systemd-sysusers --root=/image /etc/sysusers.d/watchdesk.conf',
    'write /image/etc/watchdesk/secrets.env',
    'write /image/etc/systemd/system/watchdesk.service',
    'systemctl --root=/image enable watchdesk.service',
  ]);
  expect(uninstallPlan('/image').map((step) => (step.is === 'run' ? step.command[1] : step.is))).toEqual([
    '--root=/image',
    'remove',
    'remove',
  ]);
});

test('config and secrets that are there are left as they are', () => {
  const kept = installPlan(facts).flatMap((step) =>
    step.is === 'write' && step.ifMissing ? [step.path] : [],
  );
  expect(kept).toEqual(['/etc/watchdesk/watchdesk.yaml', '/etc/watchdesk/secrets.env']);
});

test.each([
  ['/opt/a b/watchdesk', '"/opt/a b/watchdesk"'],
  ['/opt/50%/watchdesk', '/opt/50%%/watchdesk'],
  ['/opt/$HOME/watchdesk', '/opt/$$HOME/watchdesk'],
  ['/opt/"x"/watchdesk', '"/opt/\\"x\\"/watchdesk"'],
])('systemd reads the path %s as it is meant', (program, written) => {
  expect(unitFile({ ...facts, program: [program] })).toContain(
    `ExecStart=${written} run --config /etc/watchdesk\n`,
  );
});

test('a capability is asked for only where pings need one', () => {
  expect(unitFile(facts)).toContain('\nAmbientCapabilities=\n');
  const unit = unitFile({ ...facts, capabilities: ['CAP_NET_RAW'] });
  expect(unit).toContain('\nCapabilityBoundingSet=CAP_NET_RAW\nAmbientCapabilities=CAP_NET_RAW\n');
});

test('without --yes it is shown and nothing is written; with it, below the folder that is named', async () => {
  const root = await temporaryFolder();
  const shown = await watchdesk(['service', 'install', '--root', root]);
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  expect(shown.stdout).toContain('WatchdogSec=60');
  expect(shown.stdout).toContain('Nothing was changed.');
  await expect(stat(join(root, 'etc'))).rejects.toThrow('ENOENT');
  const json = await watchdesk(['service', 'install', '--root', root, '--json']);
  const { done, steps } = JSON.parse(json.stdout) as { done: boolean; steps: { is: string }[] };
  expect([done, steps[0]!.is, steps.at(-1)!.is]).toEqual([false, 'write', 'run']);
  const bad = await watchdesk(['service', 'install', '--root', root, '--user', 'no one']);
  expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('expected a name such as watchdesk')]);
});

test.each(['/etc', '/', '/home/maria', '/var/../etc'])('%s is not given to the service', async (config) => {
  const { code, stderr, stdout } = await watchdesk(['service', 'install', '--config', config]);
  expect([code, stderr, stdout]).toEqual([2, expect.stringContaining('expected a folder of its own'), '']);
});

test('nor is a folder that holds something else, or has a name of two lines', async () => {
  const folder = await temporaryFolder({ 'deep/notes.txt': 'mine' });
  const other = await watchdesk(['service', 'install', '--config', join(folder, 'deep')]);
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('holds other files')]);
  const two = await watchdesk(['service', 'install', '--config', '/etc/watchdesk\nExecStartPre=/bin/sh']);
  expect([two.code, two.stderr]).toEqual([2, expect.stringContaining('a control character')]);
});

test('the unit has no key that systemd does not know', async () => {
  const folder = await temporaryFolder();
  const { execFile } = await import('node:child_process');
  const { writeFile } = await import('node:fs/promises');
  const path = join(folder, 'watchdesk.service');
  await writeFile(path, unitFile({ ...facts, program: [process.execPath] }));
  const said = await new Promise<string | undefined>((tell) =>
    execFile('systemd-analyze', ['verify', path], (error, _out, complaints) =>
      tell((error as NodeJS.ErrnoException | null)?.code === 'ENOENT' ? undefined : complaints),
    ),
  );
  if (said === undefined) return console.log('Skipped: systemd’s own check of the unit; install systemd.');
  expect(said.split('\n').filter((line) => line.includes('watchdesk.service'))).toEqual([]);
  expect(await readFile(path, 'utf8')).toContain('Type=notify');
});
