import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpHeaders } from '../core/http-headers.ts';

export const header = (headers: HttpHeaders, name: string): string => {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
};

/** Takes as long for a near miss as for any other. */
export function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export const hmac = (
  algorithm: 'sha1' | 'sha256',
  secret: string,
  text: string,
  encoding: 'hex' | 'base64',
): string => createHmac(algorithm, secret).update(text).digest(encoding);
