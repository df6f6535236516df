import { watch, type FSWatcher } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Editors save in several steps: wait until they are done. */
const SETTLE_MS = 300;
/** Finds changes without a notification (a network drive, a replaced folder, a mounted ConfigMap). */
const POLL_MS = 3_000;

const FOLDERS = ['.', 'targets', 'policies'];

/**
 * Calls back when anything that the config was read from has changed: its folders, and `files` beside them such as
 * secrets. Notifications make it fast; polling makes it reliable, however the files are replaced. `since`: how they stood when
 * they were read, so that a change during the start is not missed.
 */
export function watchConfig(
  folder: string,
  files: () => readonly string[],
  onChange: () => void,
  since: Promise<string>,
): () => void {
  let settling: NodeJS.Timeout | undefined;
  let watchers: FSWatcher[] = [];
  let isStopped = false;
  let seen: string | undefined;
  let looking: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    const now = await configStamp(folder, files());
    const isFirst = seen === undefined;
    const before = seen ?? (await since);
    if (isStopped || (now === before && !isFirst)) return;
    seen = now;
    // A replaced folder is a new one, which is not watched yet.
    listen();
    if (now !== before) onChange();
  };
  const lookSoon = () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      looking = looking.then(look).catch(() => {});
    }, SETTLE_MS);
  };
  const listen = () => {
    for (const watcher of watchers) watcher.close();
    watchers = FOLDERS.flatMap((name) => {
      try {
        const watcher = watch(join(folder, name), lookSoon);
        watcher.on('error', () => watcher.close());
        return [watcher];
      } catch {
        return [];
      }
    });
  };

  lookSoon();
  const polling = setInterval(lookSoon, POLL_MS);
  return () => {
    isStopped = true;
    clearTimeout(settling);
    clearInterval(polling);
    for (const watcher of watchers) watcher.close();
  };
}

/** Names, sizes and times of everything that is read. Links are followed: their targets count. */
export async function configStamp(folder: string, files: readonly string[]): Promise<string> {
  const inFolders = await Promise.all(
    FOLDERS.map(async (name) => {
      const names = await readdir(join(folder, name)).catch(() => ['none']);
      return names
        .filter((one) => /\.ya?ml$/.test(one) && !one.startsWith('.'))
        .map((one) => join(folder, name, one));
    }),
  );
  const all = [...new Set([...inFolders.flat(), ...files])].sort();
  const lines = await Promise.all(
    all.map(async (path) => {
      const found = await stat(path).catch(() => undefined);
      return found ? `${path} ${found.ino} ${found.size} ${found.mtimeMs}` : `${path} none`;
    }),
  );
  return lines.join('\n');
}
