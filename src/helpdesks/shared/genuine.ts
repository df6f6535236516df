import type { HttpHeaders } from '../../core/http-headers.ts';
import { header, hmac, isEqual } from '../../outside/signature.ts';

/**
 * For helpdesks that sign nothing: the secret itself, in a header of its own or as the password of basic
 * authentication. Also `X-Hub-Signature` with HMAC-SHA256 or -SHA1 of the body, as Jira and Zammad send it.
 */
export function isGenuineCall(secret: string | undefined, headers: HttpHeaders, body: string): boolean {
  if (secret === undefined) return false;
  const bare = header(headers, 'x-watchdesk-secret');
  if (bare !== '') return isEqual(bare, secret);
  const [scheme, credentials = ''] = header(headers, 'authorization').split(' ');
  if (scheme?.toLowerCase() === 'basic') {
    const [, ...password] = Buffer.from(credentials, 'base64').toString().split(':');
    return isEqual(password.join(':'), secret);
  }
  const [algorithm, digest] = header(headers, 'x-hub-signature').split('=');
  if (algorithm !== 'sha256' && algorithm !== 'sha1') return false;
  return isEqual(digest ?? '', hmac(algorithm, secret, body, 'hex'));
}
