import { createHash, randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Attachment } from '../core/desk/desk-ticket.ts';
import { megabytes } from '../core/megabytes.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { FileStore } from '../store/file-store.ts';
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

/** Files attached to tickets: which of them are kept, and as what; their content decides their type. */
export class Attachments {
  readonly #files: FileStore;
  readonly #limits: () => AttachmentLimits;
  readonly #onTrouble: (why: string) => void;

  /** `onTrouble`: a file could not be saved for a reason that lies outside the file. */
  constructor(files: FileStore, limits: () => AttachmentLimits, onTrouble: (why: string) => void) {
    this.#files = files;
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

  /** Deletes files that nothing refers to any more, by their hash. */
  remove(sha256s: readonly string[]): Promise<void> {
    return this.#files.remove(sha256s);
  }

  /** Undefined when the file no longer exists. */
  read({ sha256 }: Pick<Attachment, 'sha256'>): Promise<Uint8Array | undefined> {
    return this.#files.read(sha256);
  }

  /** Returns undefined when the file is durable, otherwise why it is not. */
  async #write(sha256: string, bytes: Uint8Array): Promise<string | undefined> {
    const trouble = await this.#files.write(sha256, bytes);
    if (trouble === undefined) return undefined;
    this.#onTrouble(trouble.why);
    return say(trouble.is === 'no-room' ? 'mail.file-no-space' : 'mail.file-error');
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
