import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.ts';

/** The path prefix of a proxy: `/watch` for `https://ops.example.com/watch`; empty at the root. */
export const basePath = (url: string): string => new URL(url).pathname.replace(/\/+$/, '');

type Addresses = Pick<Config, 'publicUrl' | 'status'>;

/** Maps a requested URL to our own routes. Some proxies strip their path prefix, others pass it on; both work. */
export function ownAddress(url: string, { publicUrl, status }: Addresses): string {
  const statusPath = statusPathOf(status);
  // The longer path first: the status page may be below the monitor's path.
  const ways = [
    { path: statusPath, to: '/status' },
    { path: basePath(publicUrl), to: '' },
  ].toSorted((a, b) => b.path.length - a.path.length);
  for (const { path, to } of ways) {
    if (path === '' || path === to || !isBelow(url, path)) continue;
    const rest = `${to}${url.slice(path.length)}`;
    return rest.startsWith('/') ? rest : `/${rest}`;
  }
  return url;
}

/** Empty without a status page, or without a path in its URL: it is then at its default path. */
const statusPathOf = (status: Addresses['status']): string =>
  status === undefined ? '' : basePath(status.url);

const isBelow = (url: string, path: string): boolean =>
  url.startsWith(path) && (url.length === path.length || '/?#'.includes(url[path.length]!));

/** Maps one of our URL paths to the one that browsers see. */
export type Rebase = (address: string) => string;

/**
 * Undefined when no mapping is needed. The public page has its own assets below its path, because often only that path
 * is open to the public.
 */
export function rebaseFor(url: string, { publicUrl, status }: Addresses): Rebase | undefined {
  const base = basePath(publicUrl);
  const isStatus = isBelow(url, '/status');
  const statusPath = statusPathOf(status) || `${base}/status`;
  if (base === '' && (!isStatus || statusPath === '/status')) return undefined;
  return (address) => {
    if (!address.startsWith('/') || address.startsWith('//')) return address;
    if (!isStatus) return base + address;
    if (isBelow(address, '/status')) return statusPath + address.slice('/status'.length);
    if (isBelow(address, '/status.json')) return `${statusPath}${address}`;
    if (isBelow(address, '/assets')) return `${statusPath}${address}`;
    return base + address;
  };
}

/** Rewrites every URL in a response to the one that browsers see behind a proxy with a path prefix. */
export function addBasePath(server: FastifyInstance, config: () => Addresses): void {
  server.addHook('onSend', async (request, reply, payload) => {
    const rebase = rebaseFor(request.url, config());
    if (!rebase) return payload;
    const location = reply.getHeader('location');
    if (typeof location === 'string') void reply.header('location', rebase(location));
    const cookies = [reply.getHeader('set-cookie') ?? []].flat();
    if (cookies.length > 0) {
      void reply.removeHeader('set-cookie');
      const moved = cookies.map((cookie) =>
        String(cookie).replace(/; Path=([^;]*)/i, (_all, path: string) => `; Path=${rebase(path)}`),
      );
      void reply.header('set-cookie', moved);
    }
    const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
    if (!isPage || (typeof payload !== 'string' && !Buffer.isBuffer(payload))) return payload;
    // Our templates escape every quote in text, so this matches only attributes.
    const page = String(payload)
      .replace(/( (?:href|src|action|formaction)=")(\/[^"]*)"/g, (_all, name: string, address: string) => {
        return `${name}${rebase(address)}"`;
      })
      .replace('<html ', `<html data-base="${rebase('/').replace(/\/$/, '')}" `);
    void reply.removeHeader('content-length');
    return page;
  });
}
