import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatDuration } from '../core/duration.ts';
import { plural } from '../core/wording.ts';
import { lockStore } from '../store/open-sqlite.ts';
import { StoreError } from '../store/store.ts';
import {
  attachmentFiles,
  attachmentsIn,
  damageIn,
  databaseIn,
  ONLY_SQLITE,
  readManifest,
} from './backup-folder.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson } from './print.ts';
import { readConfig } from './read-config.ts';

export interface RestoreOptions {
  config: string;
  replace?: boolean;
  json?: boolean;
}

/**
 * Restores a backup to the config's store location. The backup is verified before anything is changed, and the restored
 * copy afterwards; an existing store is only moved aside, and only when that was requested.
 */
export async function restore(folder: string, options: RestoreOptions): Promise<ExitCode> {
  const read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  const { store, deskSettings } = read.config;
  if (store.is !== 'sqlite') {
    complain(ONLY_SQLITE);
    return EXIT.usage;
  }
  const storePath = store.path;
  const attachments = deskSettings.attachments.folder;
  const begun = Date.now();
  const from = { database: databaseIn(folder), attachments: attachmentsIn(folder) };
  if (!existsSync(from.database)) {
    complain(`${folder} is not a backup: there is no ${from.database}.`);
    return EXIT.usage;
  }
  const manifest = await readManifest(folder);
  const damage = typeof manifest === 'string' ? [manifest] : await damageIn(from, manifest);
  if (typeof manifest === 'string' || damage.length > 0) {
    for (const one of damage) complain(`${one}.`);
    complain('Nothing was changed. Take another backup.');
    return EXIT.failed;
  }
  await mkdir(dirname(storePath), { recursive: true, mode: 0o700 });
  process.umask(0o077);
  let lock: ReturnType<typeof lockStore>;
  try {
    lock = lockStore(storePath);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    complain(
      error.kind === 'in-use'
        ? `The monitor is running on ${storePath}. Stop it first. Nothing was changed.`
        : error.message,
    );
    return EXIT.failed;
  }
  try {
    const isThere = existsSync(storePath) || (await attachmentFiles(attachments)).length > 0;
    if (isThere && !options.replace) {
      complain(
        `There is a store at ${storePath} already. With --replace it is moved aside, not deleted. Nothing was changed.`,
      );
      return EXIT.usage;
    }
    const aside = isThere ? await moveAside(storePath, attachments, begun) : [];
    // Copied under another name until it is complete on disk: a power cut must not leave half a store.
    const partial = `${storePath}.restoring`;
    await rm(partial, { force: true });
    await copyFile(from.database, partial);
    await chmod(partial, 0o600);
    if (existsSync(from.attachments)) await cp(from.attachments, attachments, { recursive: true });
    await onDisk(partial);
    const faults = await damageIn({ database: partial, attachments }, manifest);
    if (faults.length > 0) {
      await rm(partial, { force: true });
      for (const one of faults) complain(`${one}. Check the disk.`);
      return EXIT.failed;
    }
    await rename(partial, storePath);
    await onDisk(dirname(storePath));
    const files = (await attachmentFiles(attachments)).length;
    const tookMs = Date.now() - begun;
    if (options.json) {
      printJson({
        database: storePath,
        attachments: files,
        takenAt: manifest?.takenAt ?? null,
        secrets: manifest?.secrets ?? 'included',
        movedAside: aside,
        tookMs,
      });
      return EXIT.well;
    }
    if (manifest?.secrets === 'left-out')
      print(
        'The backup held no secrets: links in pages and mails sent before no longer work, portal users choose a new password by mail, and second factors of the portal are set up anew.',
      );
    const taken = manifest ? ` of ${manifest.takenAt}` : '';
    print(
      `Restored the backup${taken} to ${storePath} with ${plural(files, 'attachment')} in ${formatDuration(tookMs)}, and verified.`,
    );
    for (const path of aside) print(`Moved aside: ${path}`);
    print(
      'Give the files to the user of the service, then start the monitor. What was sent after the backup may be sent again.',
    );
    return EXIT.well;
  } finally {
    lock.close();
  }
}

/** Moves the old files aside; returns their new names. */
async function moveAside(storePath: string, attachments: string, now: number): Promise<string[]> {
  const suffix = `.replaced-${new Date(now).toISOString().replace(/[:.]/g, '-')}`;
  const moved: string[] = [];
  for (const path of [storePath, `${storePath}-wal`, `${storePath}-shm`, attachments]) {
    if (!existsSync(path)) continue;
    await rename(path, path + suffix);
    moved.push(path + suffix);
  }
  return moved;
}

async function onDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
