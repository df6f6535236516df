import { createServer } from 'node:net';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { oneSiteConfig } from '../support/one-site-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { CLONE_MAIN, PROJECT, watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

const checks = '[{ type: tcp, port: 9 }]';
const folderWith = async (more: string, port = 0) => temporaryFolder(oneSiteConfig({ port, checks, more }));

describe('a start that cannot be says why and ends', () => {
  test('bad config: exit 2, every problem with its line', async () => {
    const { code, stderr } = await watchdesk(['run', '--config', await folderWith('foo: 1')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /watchdesk\.yaml:11: foo: unknown key; known here: .*\n1 problem in the config\.\n$/s,
    );
  });

  test('port in use: exit 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { port: number };
    const folder = await folderWith(`store: "sqlite:${join(await temporaryFolder(), 'w.db')}"`, port);
    const { code, stderr } = await watchdesk(['run', '--config', folder]);
    expect([code, stderr]).toEqual([
      1,
      `127.0.0.1:${port} is in use by another program; stop it, or set server.listen to another port\n`,
    ]);
  });

  test.each<[string, (path: string) => Promise<void>, RegExp]>([
    [
      'a database from a newer version',
      async (path) => {
        const database = new DatabaseSync(path);
        database.exec('PRAGMA user_version = 99');
        database.close();
      },
      /w\.db was written by a newer Watchdesk \(format 99, this one knows up to \d+\); start that one, or give this one another `store`\n$/,
    ],
    [
      'a corrupt database',
      (path) => writeFile(path, 'no database at all '.repeat(300)),
      /w\.db is damaged or no database \(.*\); move it away to start afresh, or put a backup in its place\n$/,
    ],
    [
      'a data folder that cannot be written',
      async (path) => mkdir(path),
      /w\.db cannot be written \(.*\); check that folder and file may be written\n$/,
    ],
  ])('%s: exit 1', async (_what, make, said) => {
    const path = join(await temporaryFolder(), 'w.db');
    await make(path);
    const { code, stderr } = await watchdesk([
      'run',
      '--config',
      await folderWith(`store: "sqlite:${path}"`, await freePort()),
    ]);
    expect(stderr).toMatch(said);
    expect(code).toBe(1);
  });
});

test('SIGTERM in the middle of a probe ends in order, with exit 0', async () => {
  const site = await ControlledSite.start();
  const port = await freePort();
  const folder = await temporaryFolder(oneSiteConfig({ port, checks: '[{ type: http }]', url: site.url }));
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  await site.moreRequests(2);
  expect(await monitor.stop()).toBe(0);
  expect(monitor.output).toContain('"msg":"stopped"');
});

test.each(['json', 'text'])(
  'a reader of the %s log that goes away neither ends the watch nor keeps it from ending',
  async (format) => {
    const { spawn } = await import('node:child_process');
    const { until } = await import('../support/until.ts');
    const port = await freePort();
    const cwd = await temporaryFolder(oneSiteConfig({ port, checks: '[{ type: tcp, port: 9 }]' }));
    const child = spawn(process.execPath, [CLONE_MAIN, 'run', '--config', cwd, '--log', format], {
      cwd,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    await until('something to have been logged into nothing', async () => {
      const answer = (await (await fetch(`http://127.0.0.1:${port}/api/v1/incidents`)).json()) as {
        items: unknown[];
      };
      return answer.items.length > 0;
    });
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  },
);

test('what is shipped starts without a false incident and says what it does in at most ten lines', async () => {
  const port = await freePort();
  const cwd = await temporaryFolder();
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [CLONE_MAIN, 'run', '--config', join(PROJECT, 'config')], {
    cwd,
    env: { ...process.env, WATCHDESK_PORT: String(port), NO_COLOR: '1' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (piece) => (output += piece));
  const { until } = await import('../support/until.ts');
  const targets = await until('every check to be known', async () => {
    const answer = (await (await fetch(`http://127.0.0.1:${port}/api/v1/targets`)).json()) as {
      items: { health: string; checks: { last_run_at: string | null }[] }[];
    };
    return answer.items.every(({ checks: all }) => all.every((check) => check.last_run_at)) && answer.items;
  });
  expect(targets.map(({ health }) => health)).not.toContain('down');
  expect(targets.map(({ health }) => health)).not.toContain('suspect');
  expect(output.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
  expect(output).toContain(`http://127.0.0.1:${port}/`);
  expect(output).toContain('not sent to anyone');
});
