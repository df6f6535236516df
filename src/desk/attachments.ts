import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Attachment } from '../core/desk/desk-ticket.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { AttachmentLimits } from './desk-settings.ts';

export interface GivenFile {
  name: string;
  bytes: Uint8Array;
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
    for (const { name: given, bytes } of files) {
      const name = fileName(given);
      const type = typeOf(bytes);
      const refused =
        kept.length >= most
          ? `more than ${most} files`
          : bytes.length > largestBytes
            ? `${megabytes(bytes.length)}, more than ${megabytes(largestBytes)}`
            : type === undefined
              ? 'a kind of file that is not taken'
              : undefined;
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const why = refused ?? (await this.#write(sha256, bytes));
      if (why !== undefined) {
        remarks.push(`The attachment "${name}" was left out: ${why}.`);
        continue;
      }
      kept.push({ id: randomBytes(8).toString('hex'), name, type: type!, bytes: bytes.length, sha256 });
    }
    return { kept, remarks };
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
        return 'there is no room for it at present';
      }
      const file = await open(beside, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
      return undefined;
    } catch (error) {
      await rm(beside, { force: true }).catch(() => {});
      this.#onTrouble(`Attachments cannot be kept: ${(error as Error).message}.`);
      return 'it could not be kept';
    }
  }

  /** The disk is the store's, too, which takes no writes when it is full. */
  async #noRoom(bytes: number): Promise<string | undefined> {
    const { folder, keepFreeBytes } = this.#limits();
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free - bytes >= keepFreeBytes) return undefined;
    return `Attachments are left out: ${megabytes(free)} of the disk are free, and \`desk.attachments.keep_free\` is ${megabytes(keepFreeBytes)}.`;
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

const MAGIC: readonly [type: string, beginning: readonly number[], at?: number][] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', [0x57, 0x45, 0x42, 0x50], 8],
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['application/zip', [0x50, 0x4b, 0x03, 0x04]],
  ['application/gzip', [0x1f, 0x8b]],
];

/** By what it holds, whatever it is called; undefined for what is not taken. */
function typeOf(bytes: Uint8Array): string | undefined {
  for (const [type, beginning, at = 0] of MAGIC) {
    if (beginning.every((byte, index) => bytes[at + index] === byte)) return type;
  }
  return isText(bytes) ? 'text/plain' : undefined;
}

function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // eslint-disable-next-line no-control-regex
    return !/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text);
  } catch {
    return false;
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
