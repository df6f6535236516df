import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** The mark that names the config by which was decided last. */
export const CONFIG_MARK = 'config-in-force';

/**
 * A hash of the files of a config, before `${…}` in them is replaced. Files beside the folder, such as secrets and
 * certificates, are each machine's own.
 */
export async function configFingerprint(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files.filter((one) => one.startsWith(folder)).toSorted()) {
    // Machines may keep the same config in different places.
    hash.update(`${file.slice(folder.length)}\n`);
    hash.update(await readFile(file).catch(() => ''));
  }
  return hash.digest('hex');
}
