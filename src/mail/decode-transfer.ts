const LF = 0x0a;
const CR = 0x0d;
const EQUALS = 0x3d;

/** Undoes the transfer encoding of a part (https://www.rfc-editor.org/rfc/rfc2045#section-6). */
export function decodeTransfer(body: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return fromBase64(body);
  if (encoding === 'quoted-printable') return fromQuotedPrintable(body);
  return body;
}

const SIX_BITS = new Int8Array(256).fill(-1);
for (const [value, letter] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries())
  SIX_BITS[letter.charCodeAt(0)] = value;
SIX_BITS['-'.charCodeAt(0)] = 62;
SIX_BITS['_'.charCodeAt(0)] = 63;

/** Padding ends a unit, not the text: some mail programs pad every line. */
function fromBase64(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(Math.ceil((body.length * 3) / 4) + 3);
  let [length, bits, held] = [0, 0, 0];
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!;
    const value = SIX_BITS[byte]!;
    if (byte === EQUALS) [bits, held] = [0, 0];
    if (value < 0) continue;
    bits = ((bits << 6) | value) & 0xffffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[length++] = (bits >> held) & 0xff;
    }
  }
  return out.subarray(0, length);
}

/** An invalid escape is kept as it is. */
function fromQuotedPrintable(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(body.length);
  let length = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!;
    if (byte !== EQUALS) {
      out[length++] = byte;
      continue;
    }
    const value = hex(body[at + 1]) * 16 + hex(body[at + 2]);
    if (value >= 0) {
      out[length++] = value;
      at += 2;
      continue;
    }
    // A soft line break; blanks may have been added after it in transit.
    let end = at + 1;
    while (end - at < 100 && (body[end] === 0x20 || body[end] === 0x09)) end++;
    if (body[end] === CR && body[end + 1] === LF) at = end + 1;
    else if (body[end] === LF) at = end;
    else if (end < body.length) out[length++] = byte;
  }
  return out.subarray(0, length);
}

/** NaN for anything but a hexadecimal digit. */
function hex(byte: number | undefined): number {
  if (byte === undefined) return Number.NaN;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : Number.NaN;
}
