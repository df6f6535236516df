import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { fault, type Fault } from '../../src/core/check-type.ts';
import type { HttpAnswer } from '../../src/core/http-response.ts';

/** Registered codings that are not supported here. An unregistered name is not a coding, and is ignored. */
const NOT_UNDONE: ReadonlySet<string> = new Set([
  'compress',
  'x-compress',
  'dcb',
  'dcz',
  'exi',
  'pack200-gzip',
  'aes128gcm',
]);

type Undo = (packed: Buffer, limit: number) => Promise<Buffer>;

/** Returns at most `limit` bytes of the output: the rest is not unpacked. */
async function through(stream: Transform, packed: Buffer, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  stream.end(packed);
  for await (const piece of stream as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length >= limit) break;
  }
  return Buffer.concat(pieces).subarray(0, limit);
}

// A body that was cut off is judged by as much of it as could be unpacked.
const CUT = { finishFlush: constants.Z_SYNC_FLUSH };
const CUT_BROTLI = { finishFlush: constants.BROTLI_OPERATION_FLUSH };

const undoGzip: Undo = (packed, limit) => through(createGunzip(CUT), packed, limit);

const UNDO: Readonly<Record<string, Undo>> = {
  gzip: undoGzip,
  'x-gzip': undoGzip,
  // `deflate` means zlib, but many servers send it raw: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2
  deflate: (packed, limit) =>
    through(createInflate(CUT), packed, limit).catch(() => through(createInflateRaw(CUT), packed, limit)),
  br: (packed, limit) => through(createBrotliDecompress(CUT_BROTLI), packed, limit),
  zstd: (packed, limit) => through(createZstdDecompress(), packed, limit),
};

/** The body as text, as a browser reads it: unpacked, at most `limit` bytes of it, decoded by its charset. */
export async function readBody(answer: HttpAnswer, limit: number): Promise<string | Fault> {
  const { headers, body, bodyCut } = answer;
  const listed = (name: string) =>
    (headers.get(name) ?? '')
      .toLowerCase()
      .split(',')
      .map((coding) => coding.trim());
  // In the order in which they were applied; the last transfer coding is the framing itself.
  const codings = [...listed('content-encoding'), ...listed('transfer-encoding')];
  let bytes = body;
  for (const coding of codings.reverse()) {
    if (NOT_UNDONE.has(coding))
      return fault('protocol', `the body is encoded with ${coding}, which cannot be decoded`);
    const undo = UNDO[coding];
    // An empty body has not been packed.
    if (!undo || bytes.length === 0) continue;
    try {
      bytes = await undo(bytes, limit);
    } catch {
      if (!bodyCut) return fault('protocol', `the body cannot be decompressed (${coding})`);
      bytes = Buffer.alloc(0);
    }
  }
  return textOf(bytes.subarray(0, limit), headers.get('content-type') ?? '');
}

/**
 * The byte order mark takes precedence over the header, and the header over the document's own declaration; without any
 * of them it is UTF-8 (https://encoding.spec.whatwg.org/#decode,
 * https://html.spec.whatwg.org/#determining-the-character-encoding).
 */
function textOf(bytes: Buffer, contentType: string): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const said = /charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(contentType)?.[1];
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const label = hasMark ? 'utf-8' : (said ?? (/html|xml/i.test(contentType) ? inside(bytes) : undefined));
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

function inside(bytes: Buffer): string | undefined {
  const beginning = bytes.subarray(0, 1_024).toString('latin1');
  return (
    /<meta[^>]{0,300}charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(beginning)?.[1] ??
    /^<\?xml[^>]{0,200}encoding\s*=\s*["']([\w.:-]{1,40})/i.exec(beginning)?.[1]
  );
}
