import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configFingerprint } from '../../src/app/config-in-force.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a config is the same wherever it lies and however its folder is spelt, and another when a file of it changes', async () => {
  const files = { 'watchdesk.yaml': 'a: 1\n', 'targets/t.yaml': 'b: 2\n' };
  const [one, two] = [await temporaryFolder(files), await temporaryFolder(files)];
  const names = Object.keys(files);
  const at = (folder: string, given = folder) =>
    configFingerprint(
      given,
      names.map((name) => join(folder, name)),
    );
  const print = await at(one);
  const spelt = [`${one}/`, `${one}/.`, `${one}/../${one.split('/').at(-1)}`];
  for (const folder of spelt) expect(await at(one, folder)).toBe(print);
  expect(await at(two)).toBe(print);
  // What lies beside it is each machine's own, also when its name begins in the same way.
  await writeFile(`${one}-secrets`, 'hush');
  const all = [...names.map((name) => join(one, name)), `${one}-secrets`, '/etc/hostname'];
  expect(await configFingerprint(one, all)).toBe(print);
  await writeFile(join(two, 'targets/t.yaml'), 'b: 3\n');
  expect(await at(two)).not.toBe(print);
  // Text that moves from one file to the next is another config.
  await writeFile(join(two, 'watchdesk.yaml'), 'a: 1\nb');
  await writeFile(join(two, 'targets/t.yaml'), ': 2\n');
  expect(await at(two)).not.toBe(print);
});
