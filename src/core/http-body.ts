import { fault, type Fault } from './fault.ts';
import type { HttpAnswer } from './http-response.ts';

const FORMATS: Record<string, 'gzip' | 'deflate'> = { gzip: 'gzip', 'x-gzip': 'gzip', deflate: 'deflate' };

/**
 * The body as text, unpacked up to the limit. Bytes that are no UTF-8 become U+FFFD. A packed body that was cut
 * is judged by what could be unpacked.
 */
export async function decodedBody(answer: HttpAnswer, limit: number): Promise<string | Fault> {
  const coding = answer.headers.get('content-encoding')?.trim().toLowerCase();
  if (coding === undefined || coding === '' || coding === 'identity') return answer.body.toString('utf8');
  const format = FORMATS[coding];
  if (format === undefined)
    return fault('protocol', 'the response uses a content encoding that was not requested');
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    const unpacked = new Blob([new Uint8Array(answer.body)])
      .stream()
      .pipeThrough(new DecompressionStream(format));
    for await (const piece of unpacked) {
      pieces.push(piece as Uint8Array);
      length += (piece as Uint8Array).length;
      if (length >= limit) break;
    }
  } catch {
    if (!answer.bodyCut) return fault('protocol', 'the compressed body cannot be decompressed');
  }
  return Buffer.concat(pieces).subarray(0, limit).toString('utf8');
}
