import { isIP } from 'node:net';

/**
 * Where a grpc module connects: `host:port`, with or without a scheme and a path. Undefined for anything that can be
 * read in two ways: the host that was checked must be the host that is probed.
 */
export function grpcTarget(target: string, tls: boolean): { host: string; port: number } | undefined {
  const usual = tls ? 443 : 80;
  if (isIP(target) === 6) return { host: target, port: usual };
  const match = PLACE.exec(target);
  if (!match) return undefined;
  const port = match[3] === undefined ? usual : Number(match[3]);
  return port > 65_535 ? undefined : { host: match[1] ?? match[2]!, port };
}

const PLACE =
  /^(?:https?:\/\/)?(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([\p{L}\p{M}\p{N}._-]+))(?::(\d{1,5}))?(?:[/?#][^\s\\]*)?$/u;
