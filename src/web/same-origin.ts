import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { say } from '../text/say.ts';

/**
 * Rejects cross-site changes, which browsers declare in their headers. A Host name counts only if it is ours, because
 * any name can be pointed here (DNS rebinding); an IP address cannot. Undefined when the request may pass.
 */
export function foreignOrigin(
  method: string,
  headers: IncomingHttpHeaders,
  publicUrl: string,
): string | undefined {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return undefined;
  if (headers['sec-fetch-site'] === 'cross-site') return say('api.other-site');
  const { origin } = headers;
  if (origin === undefined) return undefined;
  if (!URL.canParse(origin)) return say('api.invalid-origin');
  const { host, hostname } = new URL(origin);
  if (origin === new URL(publicUrl).origin) return undefined;
  const isNumber = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || hostname === 'localhost';
  if (isNumber && host === headers.host) return undefined;
  return say('api.other-origin', { origin });
}
