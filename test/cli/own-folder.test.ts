import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hiddenPart, whyUnfit } from '../../src/cli/own-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const EMPTY = {};

test.each<[what: string, files: Record<string, string>, name: string, why?: RegExp]>([
  ['a new folder', EMPTY, 'new', undefined],
  ['a new folder within a new one', EMPTY, 'new/er', undefined],
  ['a config folder', { 'wd/watchdesk.yaml': 'x', 'wd/notes.txt': 'x' }, 'wd', undefined],
  ['secrets that were put there first', { 'wd/secrets.env': 'x' }, 'wd', undefined],
  ['secrets and targets', { 'wd/secrets.env': 'x', 'wd/targets/a.yaml': 'x' }, 'wd', undefined],
  ['other files', { 'wd/passwd': 'x' }, 'wd', /^holds other files/],
  ['other files beside the secrets', { 'wd/secrets.env': 'x', 'wd/shadow': 'x' }, 'wd', /^holds other files/],
  ['a file', { wd: 'x' }, 'wd', /^is no folder/],
  ['below a file', { wd: 'x' }, 'wd/config', /^is no folder/],
])('%s', async (_what, files, name, why) => {
  const found = whyUnfit(join(await temporaryFolder(files), name), '');
  if (why) expect(found).toMatch(why);
  else expect(found).toBeUndefined();
});

test.each(['/', '/etc', '/var', '/lib64', '/home', '/home/ann', '/root', '/proc'])('%s', (folder) => {
  expect(whyUnfit(folder, '')).toMatch(/^(belongs to the system|holds other files)/);
});

test('an empty folder may be one that another program needs', async () => {
  const home = join(await temporaryFolder(), 'var/spool');
  await mkdir(join(home, 'mail'), { recursive: true });
  await mkdir(join(home, 'watchdesk'));
  expect(whyUnfit(join(home, 'mail'), '')).toMatch(/^is empty .*watchdesk init --config .*mail$/);
  expect(whyUnfit(join(home, 'watchdesk'), '')).toBeUndefined();
});

test('a link is what it leads to', async () => {
  const home = await temporaryFolder({ 'closed/wd/watchdesk.yaml': 'x' });
  await symlink('/etc', join(home, 'system'));
  expect(whyUnfit(join(home, 'system'), '')).toMatch(/^belongs to the system/);
  await chmod(join(home, 'closed'), 0o700);
  await symlink(join(home, 'closed/wd'), join(home, 'open'));
  expect(hiddenPart(join(home, 'open'))).toBe(join(home, 'closed'));
});

test('a line feed would be another line of the unit', () => {
  expect(whyUnfit('/etc/watch\ndesk', '')).toMatch(/^has a control character/);
});

test('below another root, its own folders count', async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, 'x'), '');
  expect(whyUnfit('/etc/watchdesk', root)).toBeUndefined();
  expect(whyUnfit('/etc', root)).toMatch(/^belongs to the system/);
});
