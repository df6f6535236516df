import libmime from 'libmime';
import { decodeText } from './decode-text.ts';

/** One part of a mail; its body is a view of the source, not a copy. */
export interface MimePart {
  headers: readonly MimeHeader[];
  /** In lower case: `text/plain`. */
  type: string;
  params: Readonly<Record<string, string>>;
  disposition: string;
  filename?: string;
  /** In lower case: `base64`, `quoted-printable`, or whatever else the part declares. */
  encoding: string;
  body: Buffer;
  parts: readonly MimePart[];
}

export interface MimeHeader {
  /** In lower case. */
  name: string;
  /** Unfolded and in Unicode; encoded words are still encoded. */
  value: string;
}

// Limits on what one mail may cost. A part beyond them is kept whole as a file, so nothing is lost.
const MOST_DEPTH = 30;
const MOST_PARTS = 500;
const MOST_HEADER_BYTES = 256 * 1_024;
const MOST_HEADERS = 2_000;
const MOST_VALUE = 20_000;
const MOST_BOUNDARY = 200;

/**
 * Splits a mail into its parts (https://www.rfc-editor.org/rfc/rfc2046#section-5.1): each byte is read a bounded number
 * of times, whatever the mail contains.
 */
export function mimeTree(source: Uint8Array): MimePart {
  const budget = { parts: MOST_PARTS };
  return partOf(Buffer.from(source.buffer, source.byteOffset, source.byteLength), 'text/plain', 0, budget);
}

/** Values of all headers of that name, the topmost first. */
export const valuesOf = ({ headers }: Pick<MimePart, 'headers'>, name: string): string[] =>
  headers.filter((one) => one.name === name).map(({ value }) => value);

/** The first header of that name with its encoded words decoded (RFC 2047); empty where there is none. */
export const wordsOf = (part: Pick<MimePart, 'headers'>, name: string): string =>
  decoded((valuesOf(part, name)[0] ?? '').slice(0, MOST_VALUE));

function decoded(value: string): string {
  try {
    return libmime.decodeWords(value);
  } catch {
    return value;
  }
}

function partOf(source: Buffer, usualType: string, depth: number, budget: { parts: number }): MimePart {
  budget.parts--;
  const end = endOfHeaders(source);
  const headers = headersIn(source.subarray(0, Math.min(end.head, MOST_HEADER_BYTES)));
  const body = source.subarray(end.body);
  const given = { headers };
  const content = structured(valuesOf(given, 'content-type')[0]);
  const placed = structured(valuesOf(given, 'content-disposition')[0]);
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(content.value) ? content.value.toLowerCase() : usualType;
  const filename = decoded(placed.params['filename'] ?? content.params['name'] ?? '').slice(0, 500);
  const isWhole = !type.startsWith('multipart/') || depth >= MOST_DEPTH;
  const found = isWhole ? undefined : piecesOf(body, content.params['boundary']?.slice(0, MOST_BOUNDARY));
  const parts: MimePart[] = [];
  for (const piece of found ?? []) {
    if (budget.parts <= 0) {
      parts.push(restOf(body.subarray(piece.byteOffset - body.byteOffset)));
      break;
    }
    parts.push(
      partOf(piece, type === 'multipart/digest' ? 'message/rfc822' : 'text/plain', depth + 1, budget),
    );
  }
  return {
    headers,
    // A multipart in which no part can be found is read as plain text.
    type: type.startsWith('multipart/') && parts.length === 0 && depth < MOST_DEPTH ? 'text/plain' : type,
    params: content.params,
    disposition: placed.value.toLowerCase(),
    ...(filename !== '' && { filename }),
    encoding: /[\w-]+/.exec(valuesOf(given, 'content-transfer-encoding')[0]?.toLowerCase() ?? '')?.[0] ?? '',
    body,
    parts,
  };
}

/** Everything after the last part that is parsed, unparsed and as one file. */
const restOf = (body: Buffer): MimePart => ({
  headers: [],
  type: 'text/plain',
  params: {},
  disposition: 'attachment',
  filename: 'rest-of-the-mail.txt',
  encoding: '',
  body,
  parts: [],
});

/** Where the headers end, and where the body begins: after the first empty line. */
function endOfHeaders(source: Buffer): { head: number; body: number } {
  if (source[0] === LF) return { head: 0, body: 1 };
  if (source[0] === CR && source[1] === LF) return { head: 0, body: 2 };
  let at = 0;
  for (;;) {
    const next = source.indexOf(LF, at);
    if (next === -1) return { head: source.length, body: source.length };
    if (source[next + 1] === LF) return { head: next + 1, body: next + 2 };
    if (source[next + 1] === CR && source[next + 2] === LF) return { head: next + 1, body: next + 3 };
    at = next + 1;
  }
}

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;

function headersIn(bytes: Buffer): MimeHeader[] {
  const lines: string[][] = [];
  // Mail programs write raw Latin-1 as well as UTF-8, sometimes side by side.
  for (const line of splitLines(bytes)) {
    if (lines.length > 0 && (line[0] === 0x20 || line[0] === 0x09)) lines.at(-1)!.push(decodeText(line));
    else if (lines.length < MOST_HEADERS) lines.push([decodeText(line)]);
  }
  return lines.flatMap((pieces) => {
    const whole = pieces.join('').slice(0, MOST_VALUE);
    const colon = whole.indexOf(':');
    const name = whole.slice(0, Math.max(0, colon)).trim().toLowerCase();
    return /^[!-9;-~]{1,80}$/.test(name) ? [{ name, value: whole.slice(colon + 1).trim() }] : [];
  });
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const next = bytes.indexOf(LF, at);
    const end = next === -1 ? bytes.length : next;
    lines.push(bytes.subarray(at, bytes[end - 1] === CR ? Math.max(at, end - 1) : end));
    at = end + 1;
  }
  return lines;
}

/** Parses `text/plain; charset=utf-8; name*=utf-8''a%20b` into value and parameters (RFC 2045, RFC 2231). */
function structured(value: string | undefined): { value: string; params: Record<string, string> } {
  try {
    const parsed = libmime.parseHeaderValue((value ?? '').slice(0, MOST_VALUE));
    return { value: String(parsed.value ?? '').trim(), params: { ...parsed.params } };
  } catch {
    return { value: (value ?? '').split(';')[0]!.trim(), params: {} };
  }
}

/** The pieces between the boundaries; undefined when no boundary can be found. */
function piecesOf(body: Buffer, given: string | undefined): Buffer[] | undefined {
  for (const boundary of [given, boundaryOf(body)]) {
    if (!boundary) continue;
    const pieces = splitAt(body, Buffer.from(`--${boundary}`, 'latin1'));
    if (pieces.length > 0) return pieces;
  }
  return undefined;
}

/** The boundary of a mail that declares none: the first line that could be one. */
function boundaryOf(body: Buffer): string | undefined {
  const beginning = body.subarray(0, 4_000).toString('latin1');
  return /^--([^\r\n]{1,70}?)[ \t]*\r?\n(?=[\w-]+:|\r?\n)/m.exec(beginning)?.[1];
}

function splitAt(body: Buffer, mark: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let begin: number | undefined;
  for (let at = body.indexOf(mark); at !== -1; at = body.indexOf(mark, at + mark.length)) {
    if (at > 0 && body[at - 1] !== LF) continue;
    let after = at + mark.length;
    const isLast = body[after] === DASH && body[after + 1] === DASH;
    if (isLast) after += 2;
    while (body[after] === 0x20 || body[after] === 0x09) after++;
    if (body[after] === CR) after++;
    if (after < body.length && body[after] !== LF) continue;
    // The line break before a boundary belongs to the boundary.
    if (begin !== undefined)
      pieces.push(body.subarray(begin, Math.max(begin, body[at - 2] === CR ? at - 2 : at - 1)));
    begin = isLast ? undefined : Math.min(after + 1, body.length);
    if (isLast) return pieces;
    if (pieces.length >= MOST_PARTS) break;
  }
  if (begin !== undefined) pieces.push(body.subarray(begin));
  return pieces;
}
