import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpHeaders } from '../core/http-headers.ts';

export const header = (headers: HttpHeaders, name: string): string => {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
};

/** Compares in constant time. */
export function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Derives a key for one purpose, so that a signature made for one purpose is not valid for another. */
export const keyFor = (secret: string, purpose: string): string =>
  createHmac('sha256', secret).update(`watchdesk key: ${purpose}`).digest('hex');

export const hmac = (
  algorithm: 'sha1' | 'sha256',
  secret: string,
  text: string,
  encoding: 'hex' | 'base64',
): string => createHmac(algorithm, secret).update(text).digest(encoding);
