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
  /** SHA-256 of the bytes, where it is already known. */
  sha256?: string;
  /** Result of `fileType`, where it is already known. */
  type?: string;
}

export interface KeptFiles {
  kept: Attachment[];
  /** What was left out, in words for people. */
  remarks: string[];
}

/** Files attached to tickets: stored outside the store under their hash; their content decides their type. */
export class Attachments {
  readonly #limits: () => AttachmentLimits;
  readonly #onTrouble: (why: string) => void;

  /** `onTrouble`: a file could not be saved for a reason that lies outside the file. */
  constructor(limits: () => AttachmentLimits, onTrouble: (why: string) => void) {
    this.#limits = limits;
    this.#onTrouble = onTrouble;
  }

  get limits(): AttachmentLimits {
    return this.#limits();
  }

  /** Durable when it resolves; files that are too large, too many or of a refused type are left out, with a remark. */
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

  /** Deletes files that a killed process left half-written. Called before anything is kept. */
  async sweep(): Promise<void> {
    const { folder } = this.#limits();
    for (const part of await readdir(folder).catch(() => [])) {
      for (const name of await readdir(join(folder, part)).catch(() => [])) {
        if (HALF_WRITTEN.test(name)) await rm(join(folder, part, name), { force: true }).catch(() => {});
      }
    }
  }

  /** Deletes files that nothing refers to any more, by their hash. */
  async remove(hashes: readonly string[]): Promise<void> {
    for (const sha256 of hashes) await rm(this.#path(sha256), { force: true }).catch(() => {});
  }

  /** Undefined when the file no longer exists. */
  async read({ sha256 }: Pick<Attachment, 'sha256'>): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.#path(sha256));
    } catch {
      return undefined;
    }
  }

  /** Returns undefined when the file is durable, otherwise why it is not. */
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
      // The file's name is durable only once its folder is.
      const folder = await open(dirname(path), 'r');
      await folder.sync().finally(() => folder.close());
      return undefined;
    } catch (error) {
      await rm(beside, { force: true }).catch(() => {});
      this.#onTrouble(`Attachments cannot be saved: ${(error as Error).message}.`);
      return say('mail.file-error');
    }
  }

  /** The store is on the same disk and takes no writes when it is full. */
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

/** Without folders, and without characters that a file system or a header would misread. */
function fileName(given: string): string {
  const last = given.split(/[/\\]/).at(-1) ?? '';
  const plain = neutraliseLine(last, 120)
    .replace(/["<>|:*?]/g, '_')
    .replace(/^\.+/, '');
  return plain || 'file';
}

const HALF_WRITTEN = /^[0-9a-f]{64}\.[0-9a-f]{8}$/;
const HASHED_AT_ONCE = 1_048_576;

/** In slices, so that a large file does not block other work. */
async function sha256Of(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += HASHED_AT_ONCE) {
    if (at > 0) await nextTurn();
    hash.update(bytes.subarray(at, at + HASHED_AT_ONCE));
  }
  return hash.digest('hex');
}

const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
