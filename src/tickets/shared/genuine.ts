import type { HttpHeaders } from '../../core/http-headers.ts';
import { createHmac, timingSafeEqual } from 'node:crypto';

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

/**
 * For helpdesks that sign nothing: the secret itself in a header of its own. Also `X-Hub-Signature` with
 * HMAC-SHA256 or -SHA1 of the body, as Jira and Zammad send it.
 */
export function isGenuineCall(secret: string | undefined, headers: HttpHeaders, body: string): boolean {
  if (secret === undefined) return false;
  const bare = header(headers, 'x-watchdesk-secret');
  if (bare !== '') return isEqual(bare, secret);
  const [algorithm, digest] = header(headers, 'x-hub-signature').split('=');
  if (algorithm !== 'sha256' && algorithm !== 'sha1') return false;
  return isEqual(digest ?? '', hmac(algorithm, secret, body, 'hex'));
}
