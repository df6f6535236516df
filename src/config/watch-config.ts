import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

/** Editors write in several steps: wait until they are done. */
const SETTLE_MS = 300;

/** Calls back when a file of the config has changed. */
export function watchConfig(folder: string, onChange: () => void): () => void {
  let settling: NodeJS.Timeout | undefined;
  const watchers: FSWatcher[] = [];
  for (const path of [folder, join(folder, 'targets')]) {
    try {
      const watcher = watch(path, (_event, name) => {
        if (name !== null && !/\.ya?ml$/.test(name)) return;
        clearTimeout(settling);
        settling = setTimeout(onChange, SETTLE_MS);
      });
      watcher.on('error', () => watcher.close());
      watchers.push(watcher);
    } catch {
      // No notifications here (a limit of the system, a network drive): SIGHUP and /-/reload remain.
    }
  }
  return () => {
    clearTimeout(settling);
    for (const watcher of watchers) watcher.close();
  };
}
