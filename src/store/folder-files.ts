import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { megabytes } from '../core/megabytes.ts';
import type { FileStore, FileTrouble } from './file-store.ts';

export interface FolderSettings {
  folder: string;
  /** Nothing is written that leaves less than this free on the disk. */
  keepFreeBytes: number;
}

const HALF_WRITTEN = /^[0-9a-f]{64}\.[0-9a-f]{8}$/;

/** The path of a file in such a folder. */
export const fileIn = (folder: string, sha256: string): string => join(folder, sha256.slice(0, 2), sha256);

/** Files in a folder of this machine. */
export function folderFiles(settings: () => FolderSettings): FileStore {
  const pathOf = (sha256: string) => fileIn(settings().folder, sha256);

  /** The store is on the same disk and takes no writes when it is full. */
  const noRoom = async (bytes: number): Promise<FileTrouble | undefined> => {
    const { folder, keepFreeBytes } = settings();
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free - bytes >= keepFreeBytes) return undefined;
    const why = `Attachments are not being saved: only ${megabytes(free)} of disk space is free, and \`desk.attachments.keep_free\` is ${megabytes(keepFreeBytes)}.`;
    return { is: 'no-room', why };
  };

  return {
    async write(sha256, bytes) {
      const path = pathOf(sha256);
      const beside = `${path}.${randomBytes(4).toString('hex')}`;
      try {
        await mkdir(dirname(path), { recursive: true });
        const trouble = await noRoom(bytes.length);
        if (trouble !== undefined) return trouble;
        const file = await open(beside, 'wx', 0o600);
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(beside, path);
        // The file's name is durable only once its folder is.
        const folder = await open(dirname(path), 'r');
        await folder.sync().finally(() => folder.close());
        return undefined;
      } catch (error) {
        await rm(beside, { force: true }).catch(() => {});
        return { is: 'failed', why: `Attachments cannot be saved: ${(error as Error).message}.` };
      }
    },
    async read(sha256) {
      try {
        return await readFile(pathOf(sha256));
      } catch {
        return undefined;
      }
    },
    async remove(sha256s) {
      for (const sha256 of sha256s) await rm(pathOf(sha256), { force: true }).catch(() => {});
    },
    async sweep() {
      const { folder } = settings();
      for (const part of await readdir(folder).catch(() => [])) {
        for (const name of await readdir(join(folder, part)).catch(() => [])) {
          if (HALF_WRITTEN.test(name)) await rm(join(folder, part, name), { force: true }).catch(() => {});
        }
      }
    },
  };
}
