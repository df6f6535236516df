import type { TargetFacts } from './check-type.ts';

const PORT_OF_SCHEME: Record<string, number> = { 'http:': 80, 'https:': 443 };

/**
 * Where a check connects: its own `host` and `port`, or else those of the target's `address` (`host`, `host:port`,
 * `[v6]:port`) or `url`. Undefined when either is missing.
 */
export function hostPort(
  own: { host?: string; port?: number },
  target: TargetFacts,
  defaultPort?: number,
): { host: string; port: number } | undefined {
  const fromUrl = target.url === undefined ? undefined : ofUrl(target.url);
  const fromAddress = target.address === undefined ? undefined : ofAddress(target.address);
  const host = own.host ?? fromAddress?.host ?? fromUrl?.host;
  const port = own.port ?? fromAddress?.port ?? defaultPort ?? fromUrl?.port;
  return host === undefined || port === undefined || port > 65_535
    ? undefined
    : { host: unbracketed(host), port };
}

function ofUrl(url: string): { host: string; port?: number } | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname, port: port === '' ? PORT_OF_SCHEME[protocol] : Number(port) };
}

function ofAddress(address: string): { host: string; port?: number } {
  const match = /^(\[[0-9a-fA-F:.%]+\]|[^:[\]]+):(\d{1,5})$/.exec(address);
  return match ? { host: match[1]!, port: Number(match[2]) } : { host: address };
}

export const unbracketed = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

/** The host of a target's `address`, without port and brackets. */
export const hostOfAddress = (address: string): string => unbracketed(ofAddress(address).host);

/** `shop.example:443`, `[2001:db8::1]:443`. */
export const hostPortText = ({ host, port }: { host: string; port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
