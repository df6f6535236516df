import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';

/**
 * Decodes bytes as text. The charset that a mail declares is often missing or wrong, so the bytes are checked, too:
 * valid UTF-8 is UTF-8, what can be nothing else is windows-1252 (https://encoding.spec.whatwg.org/#names-and-labels).
 */
export function decodeText(bytes: Uint8Array, charset?: string): string {
  const name = (charset ?? '')
    .trim()
    .replace(/^["']|["']$/g, '')
    .toLowerCase();
  const [a, b, c] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (a === 0xef && b === 0xbb && c === 0xbf) return new TextDecoder().decode(bytes);
  if (/^(x-)?(unicode-1-1-)?utf-?7$/.test(name)) return iconv.decode(Buffer.from(bytes), 'utf-7');
  // RFC 2781 says big-endian, Windows writes little-endian: in Latin text, the place of the zero bytes shows which.
  if (/^(utf-?16|ucs-?2|iso-10646-ucs-2|unicode)$/.test(name))
    return new TextDecoder(hasZerosFirst(bytes) ? 'utf-16be' : 'utf-16le').decode(bytes);
  if (isAscii(bytes) && !/^(iso-2022|hz)/.test(name)) return latin1(bytes);
  if (isUtf8(bytes) && (name === '' || UNSURE.test(name))) return new TextDecoder().decode(bytes);
  if (name === '' || UNSURE.test(name)) return new TextDecoder('windows-1252').decode(bytes);
  try {
    return new TextDecoder(name).decode(bytes);
  } catch {
    if (iconv.encodingExists(name)) return iconv.decode(Buffer.from(bytes), name);
    return isUtf8(bytes) ? new TextDecoder().decode(bytes) : new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Names that mail programs declare whatever the text is really in. */
const UNSURE =
  /^(us-)?ascii$|^ansi_x3\.4|^(x-)?unknown|^(iso[-_]?8859-1|latin-?1|windows-1252|cp-?1252|utf-?8|utf8mb4|unicode-1-1-utf-8|8bit|binary|none|default)$/;

const isAscii = (bytes: Uint8Array): boolean => {
  for (const byte of bytes) if (byte > 0x7f) return false;
  return true;
};

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const hasZerosFirst = (bytes: Uint8Array): boolean => {
  let [even, odd] = [0, 0];
  for (let at = 0; at + 1 < Math.min(bytes.length, 400); at += 2) {
    if (bytes[at] === 0) even++;
    if (bytes[at + 1] === 0) odd++;
  }
  return even > odd;
};
