import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';

/** The mark that names the config by which was decided last. */
export const CONFIG_MARK = 'config-in-force';

/**
 * A hash of the files of a config, before `${…}` in them is replaced. Files beside the folder, such as secrets and
 * certificates, are each machine's own; and machines may keep the same config in different places.
 */
export async function configFingerprint(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const inside = files
    .map((file) => ({ file, name: relative(resolve(folder), resolve(file)) }))
    .filter(({ name }) => name !== '' && name !== '..' && !name.startsWith(`..${sep}`) && !isAbsolute(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const { file, name } of inside) {
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    // The length keeps the end of one file from being taken for the beginning of the next.
    hash.update(`${name}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}
