import { brotliDecompressSync, gunzipSync, inflateRawSync } from 'node:zlib';
import type { HttpModule } from './http-module.ts';

export type Unpacked = { is: 'body'; bytes: Buffer; isOverLimit: boolean } | { is: 'broken'; why: string };

/** Decompresses a body, up to that many bytes. */
export function unpack(packed: Buffer, compression: HttpModule['compression'], limit: number): Unpacked {
  const within = (bytes: Buffer): Unpacked => ({
    is: 'body',
    bytes: bytes.subarray(0, limit),
    isOverLimit: bytes.length > limit,
  });
  const options = { maxOutputLength: limit + 1 };
  try {
    switch (compression) {
      case 'gzip':
        return within(gunzipSync(packed, options));
      case 'deflate':
        return within(inflateRawSync(packed, options));
      case 'br':
        return within(brotliDecompressSync(packed, options));
      default:
        return within(packed);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return { is: 'body', bytes: Buffer.alloc(limit), isOverLimit: true };
    return { is: 'broken', why: message };
  }
}
