import { createServer } from 'node:net';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { gatewayIn, initialConfig } from '../../src/cli/initial-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

test('an empty folder becomes a monitor that runs, without a question', async () => {
  const folder = join(await temporaryFolder({}), 'new', 'config');
  const { code, stdout, stderr } = await watchdesk(['init', '--config', folder, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  const { files, url, next } = JSON.parse(stdout) as { files: string[]; url: string; next: string[] };
  expect(files).toEqual([join(folder, 'watchdesk.yaml'), join(folder, 'targets/first.yaml')]);
  expect(next[0]).toBe(`watchdesk run --config ${folder}`);
  expect((await watchdesk(['validate', '--config', folder])).code).toBe(0);
  const monitor = new WatchdeskProcess(folder, Number(new URL(url).port));
  await monitor.start();
  expect(await monitor.list('targets')).toHaveLength(1);
});

test('the site that is given is the first target, and its certificate is watched', async () => {
  const folder = await temporaryFolder({});
  const { code, stdout } = await watchdesk([
    'init',
    '--config',
    folder,
    '--url',
    'https://shop.example/health',
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain('watchdesk probe shop.example');
  const { targets } = parse(await readFile(join(folder, 'targets/first.yaml'), 'utf8')) as {
    targets: { checks: { type: string }[] }[];
  };
  expect(targets[0]!.checks.map(({ type }) => type)).toEqual(['http', 'tls']);
});

test('what is there is left as it is', async () => {
  const folder = await temporaryFolder({});
  await writeFile(join(folder, 'watchdesk.yaml'), '# mine\n');
  const { code, stderr } = await watchdesk(['init', '--config', folder]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('exists already and was left as it is')]);
  expect(await readFile(join(folder, 'watchdesk.yaml'), 'utf8')).toBe('# mine\n');
});

test.each(['shop.example', 'ftp://shop.example', '', 'https://'])('%j is no site', async (url) => {
  const folder = await temporaryFolder({});
  const { code, stderr } = await watchdesk(['init', '--config', folder, '--url', url]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('expected a URL that starts with')]);
});

test('a port that is taken is passed over', async () => {
  const taken = createServer();
  taken.on('error', () => {});
  taken.listen(8080, '127.0.0.1');
  await Promise.race([once(taken, 'listening'), once(taken, 'error')]);
  onTestFinished(() => void taken.close());
  const folder = await temporaryFolder({});
  const { stdout } = await watchdesk(['init', '--config', folder, '--json']);
  expect((JSON.parse(stdout) as { url: string }).url).not.toContain(':8080/');
});

describe('whoever calls it', () => {
  const people = (userName: string) => {
    const { 'watchdesk.yaml': text } = initialConfig({
      timeZone: 'America/Toronto',
      userName,
      port: 8080,
      first: { is: 'this-machine' },
      now: Date.parse('2026-11-30T12:00:00Z'),
    });
    return (parse(text!) as { people: Record<string, { name: string }> }).people;
  };
  test.each([
    ['maria', 'maria', 'Maria'],
    ['ACME\\m.chen', 'acme-m-chen', 'ACMEm.chen'],
    ['Jürgen Groß', 'ju-rgen-gro', 'Jürgen Groß'],
    ['42', 'me', '42'],
    ['"; rm -rf /\n', 'rm-rf', 'Rm -rf'],
    ['李', 'me', '李'],
  ])('%j', (userName, id, name) => {
    expect(people(userName)).toEqual({ [id]: expect.objectContaining({ name }) as object });
  });
});

test.each([
  ['eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000', '192.168.1.1'],
  ['eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF', undefined],
  ['tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000', undefined],
  ['tun0\t00000000\t00000000\t0001\neth0\t00000000\tFE0010AC\t0003', '172.16.0.254'],
  ['', undefined],
  ['nonsense', undefined],
])('the router of %j', (line, gateway) => {
  expect(gatewayIn(`Iface\tDestination\tGateway\tFlags\n${line}\n`)).toBe(gateway);
});
