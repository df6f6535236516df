import { isUtf8 } from 'node:buffer';

const MAGIC: readonly [type: string, beginning: readonly number[], at?: number][] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', [0x57, 0x45, 0x42, 0x50], 8],
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['application/zip', [0x50, 0x4b, 0x03, 0x04]],
  ['application/gzip', [0x1f, 0x8b]],
];

/**
 * The type of a file by its content, whatever its name; undefined for types that are not accepted. A text type includes
 * its charset: the one that its mail declares where that fits, else the one that its bytes show.
 */
export function fileType(bytes: Uint8Array, charset?: string): string | undefined {
  for (const [type, beginning, at = 0] of MAGIC) {
    if (beginning.every((byte, index) => bytes[at + index] === byte)) return type;
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return text('utf-16le', bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return text('utf-16be', bytes);
  const looksBinary = hasControls(bytes);
  if (!looksBinary)
    return isUtf8(bytes) ? 'text/plain; charset=utf-8' : `text/plain; charset=${named(charset)}`;
  // In UTF-16, every second byte of Latin text is zero.
  return charset !== undefined && /^utf-?16/i.test(charset) ? text(named(charset), bytes) : undefined;
}

const FALLBACK = 'windows-1252';

/** A charset that browsers know; nothing else from a mail becomes part of a header. */
function named(charset: string | undefined): string {
  try {
    const { encoding } = new TextDecoder(charset?.trim());
    return encoding === 'utf-8' ? FALLBACK : encoding;
  } catch {
    return FALLBACK;
  }
}

function text(charset: string, bytes: Uint8Array): string | undefined {
  const beginning = new TextDecoder(charset).decode(bytes.subarray(0, 65_536));
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(beginning)
    ? undefined
    : `text/plain; charset=${charset}`;
}

/** Control characters that no text contains; DOS ended its texts with 0x1a. */
function hasControls(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (
      byte < 0x20 &&
      (byte < 0x09 || (byte > 0x0d && byte !== 0x1b && !(byte === 0x1a && at === bytes.length - 1)))
    )
      return true;
  }
  return false;
}
