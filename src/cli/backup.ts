import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { formatDuration } from '../core/duration.ts';
import { copySqlite } from '../store/sqlite-files.ts';
import {
  attachmentsIn,
  damageIn,
  databaseIn,
  manifestIn,
  ONLY_SQLITE,
  writeManifest,
} from './backup-folder.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson } from './print.ts';
import { readConfig } from './read-config.ts';

/** Copies the store and the attachments into a new folder, whether or not the monitor is running. */
export async function backup(
  folder: string,
  options: { config: string; withSecrets?: boolean; json?: boolean },
): Promise<ExitCode> {
  const read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  const { store, deskSettings } = read.config;
  if (store.is !== 'sqlite') {
    complain(ONLY_SQLITE);
    return EXIT.usage;
  }
  if (!existsSync(store.path)) {
    complain(`There is no store at ${store.path}.`);
    return EXIT.failed;
  }
  const isEmpty = await readdir(folder).then(
    (names) => names.length === 0,
    () => true,
  );
  if (!isEmpty) {
    complain(`${folder} is not empty; choose a new or empty folder for the backup.`);
    return EXIT.usage;
  }
  const begun = Date.now();
  // The backup holds keys and password hashes: only this user may access the folder from now on.
  process.umask(0o077);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const copy = databaseIn(folder);
  // Under another name until it is what it is to be: what is left by a kill is no backup, and may hold secrets.
  const partial = `${copy}.part`;
  const { withSecrets = false } = options;
  try {
    copySqlite(store.path, partial, { withSecrets });
    // After the database: every file that it refers to exists by now.
    const { folder: attachments } = deskSettings.attachments;
    if (existsSync(attachments)) await cp(attachments, attachmentsIn(folder), { recursive: true });
    await writeManifest(folder, {
      database: partial,
      takenAt: begun,
      secrets: withSecrets ? 'included' : 'left-out',
    });
    await rename(partial, copy);
  } catch (error) {
    for (const made of [partial, attachmentsIn(folder), manifestIn(folder)])
      await rm(made, { recursive: true, force: true });
    throw error;
  }
  const damage = await damageIn({ database: copy, attachments: attachmentsIn(folder) }, undefined);
  if (damage.length > 0) {
    for (const one of damage) complain(`${one}. Check the disk.`);
    return EXIT.failed;
  }
  const tookMs = Date.now() - begun;
  if (options.json)
    printJson({ folder, database: copy, secrets: withSecrets ? 'included' : 'left-out', tookMs });
  else {
    print(
      `Backed up to ${folder} in ${formatDuration(tookMs)}, and verified. To restore it: watchdesk restore ${folder}`,
    );
    print(
      withSecrets
        ? 'It holds the key of signed links, password hashes and second factors: keep it encrypted.'
        : 'Passwords, second factors and the key of signed links were left out; --with-secrets includes them.',
    );
  }
  return EXIT.well;
}
