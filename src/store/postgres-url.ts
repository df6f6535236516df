import { percentDecoded } from '../core/display-url.ts';

export interface PostgresHost {
  /** What the client connects with: the URL with this host alone. */
  url: string;
  /** `host:port`, for people. */
  name: string;
}

const SHAPE = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^/?#]+)(\/[^?#]*)?(\?.*)?$/;

/**
 * The hosts of `postgres://user:password@host1:5432,host2/database?sslmode=verify-full`, in the order in which they are
 * tried; undefined when the URL has no such shape.
 */
export function hostsOf(url: string): PostgresHost[] | undefined {
  const [, start, hosts, path = '', query = ''] = SHAPE.exec(url) ?? [];
  if (start === undefined || hosts === undefined) return undefined;
  const each = hosts.split(',').map((host) => host.trim());
  if (each.some((host) => host === '' || !URL.canParse(`http://${host}`))) return undefined;
  return each.map((host) => ({ url: `${start}${host}${path}${query}`, name: host }));
}

/** The database that the URL names, for people. */
export const databaseIn = (url: string): string =>
  percentDecoded(SHAPE.exec(url)?.[3]?.slice(1) || 'the default database');
