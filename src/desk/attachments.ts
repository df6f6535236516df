import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { dirname, join } from 'node:path';
import type { Attachment } from '../core/desk/desk-ticket.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { say } from '../text/say.ts';
import type { AttachmentLimits } from './desk-settings.ts';
import { fileType } from './file-type.ts';

export interface GivenFile {
  name: string;
  bytes: Uint8Array;
  /** Of the bytes, where somebody has worked it out already. */
  sha256?: string;
  /** As `fileType` sees it, where it has been asked already. */
  type?: string;
}

export interface KeptFiles {
  kept: Attachment[];
  /** What was left out, in a person's words. */
  remarks: string[];
}

/** Files that came with a word: kept beside the store under their hash, and known by what they hold. */
export class Attachments {
  readonly #limits: () => AttachmentLimits;
  readonly #onTrouble: (why: string) => void;

  /** `onTrouble`: a file could not be kept, through no fault of its own. */
  constructor(limits: () => AttachmentLimits, onTrouble: (why: string) => void) {
    this.#limits = limits;
    this.#onTrouble = onTrouble;
  }

  get limits(): AttachmentLimits {
    return this.#limits();
  }

  /** Durable when it resolves; what is too much or of a kind that is not taken is left out, and said. */
  async keep(files: readonly GivenFile[]): Promise<KeptFiles> {
    const { largestBytes, most } = this.#limits();
    const kept: Attachment[] = [];
    const remarks: string[] = [];
    for (const { name: given, bytes, sha256: known, type: seen } of files) {
      const name = fileName(given);
      const type = known === undefined ? fileType(bytes) : seen;
      const refused =
        kept.length >= most
          ? say('mail.file-too-many', { most })
          : bytes.length > largestBytes
            ? say('mail.file-too-large', { size: megabytes(bytes.length), limit: megabytes(largestBytes) })
            : type === undefined
              ? say('mail.file-not-allowed')
              : undefined;
      const sha256 = known ?? (await sha256Of(bytes));
      const why = refused ?? (await this.#write(sha256, bytes));
      if (why !== undefined) {
        remarks.push(say('mail.file-not-saved', { name, why }));
        continue;
      }
      kept.push({ id: randomBytes(8).toString('hex'), name, type: type!, bytes: bytes.length, sha256 });
    }
    return { kept, remarks };
  }

  /** Removes what a process left that was killed while it wrote. Called before anything is kept. */
  async sweep(): Promise<void> {
    const { folder } = this.#limits();
    for (const part of await readdir(folder).catch(() => [])) {
      for (const name of await readdir(join(folder, part)).catch(() => [])) {
        if (HALF_WRITTEN.test(name)) await rm(join(folder, part, name), { force: true }).catch(() => {});
      }
    }
  }

  /** Files that nothing names any more, by their hash. */
  async remove(hashes: readonly string[]): Promise<void> {
    for (const sha256 of hashes) await rm(this.#path(sha256), { force: true }).catch(() => {});
  }

  /** Undefined when it is no longer there. */
  async read({ sha256 }: Pick<Attachment, 'sha256'>): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.#path(sha256));
    } catch {
      return undefined;
    }
  }

  /** Undefined when it is durable. */
  async #write(sha256: string, bytes: Uint8Array): Promise<string | undefined> {
    const path = this.#path(sha256);
    const beside = `${path}.${randomBytes(4).toString('hex')}`;
    try {
      await mkdir(dirname(path), { recursive: true });
      const trouble = await this.#noRoom(bytes.length);
      if (trouble !== undefined) {
        this.#onTrouble(trouble);
        return say('mail.file-no-space');
      }
      const file = await open(beside, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
      // The name is durable when its folder is.
      const folder = await open(dirname(path), 'r');
      await folder.sync().finally(() => folder.close());
      return undefined;
    } catch (error) {
      await rm(beside, { force: true }).catch(() => {});
      this.#onTrouble(`Attachments cannot be saved: ${(error as Error).message}.`);
      return say('mail.file-error');
    }
  }

  /** The disk is the store's, too, which takes no writes when it is full. */
  async #noRoom(bytes: number): Promise<string | undefined> {
    const { folder, keepFreeBytes } = this.#limits();
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free - bytes >= keepFreeBytes) return undefined;
    return `Attachments are not being saved: only ${megabytes(free)} of disk space is free, and \`desk.attachments.keep_free\` is ${megabytes(keepFreeBytes)}.`;
  }

  #path(sha256: string): string {
    return join(this.#limits().folder, sha256.slice(0, 2), sha256);
  }
}

/** Without folders and without what a file system or a header would take for something else. */
function fileName(given: string): string {
  const last = given.split(/[/\\]/).at(-1) ?? '';
  const plain = neutraliseLine(last, 120)
    .replace(/["<>|:*?]/g, '_')
    .replace(/^\.+/, '');
  return plain || 'file';
}

const HALF_WRITTEN = /^[0-9a-f]{64}\.[0-9a-f]{8}$/;
const HASHED_AT_ONCE = 1_048_576;

/** In slices, so that nobody waits for a large file. */
async function sha256Of(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += HASHED_AT_ONCE) {
    if (at > 0) await nextTurn();
    hash.update(bytes.subarray(at, at + HASHED_AT_ONCE));
  }
  return hash.digest('hex');
}

const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
