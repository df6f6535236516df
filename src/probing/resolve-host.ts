import { lookup, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { Family, Fault, Resolved } from '../core/check-type.ts';
import { fault } from '../core/check-type.ts';
import { faultOfCode } from '../core/fault-of-code.ts';
import { asciiHost } from './certificate-names.ts';
import type { Lifetime } from './ports.ts';

type Looked = LookupAddress[] | NodeJS.ErrnoException;

/** Lookups in progress, so that a hundred checks of one name cause one system lookup. */
const underWay = new Map<string, Promise<Looked>>();

/**
 * The addresses of a host as this machine resolves it (hosts file, search domains and all), IPv4 first. Only lookups in
 * progress are shared, nothing is cached: what the resolver says now is part of what is probed.
 */
export async function resolveHost(host: string, family: Family, life: Lifetime): Promise<Resolved | Fault> {
  const literal = isIP(host);
  if (literal !== 0) {
    if (family !== 0 && family !== literal) return fault('answer', `${host} is not an IPv${family} address`);
    return { is: 'resolved', addresses: [host], tookMs: 0 };
  }
  const startedAt = life.elapsedMs();
  const looked = await Promise.race([look(host, family), aborted(life)]);
  if (looked === undefined) return fault('dns-error', `looking up ${host} timed out`);
  if (looked instanceof Error) return faultOfCode(looked.code, `looking up ${host}`, 'dns-error');
  const tookMs = life.elapsedMs() - startedAt;
  const addresses = looked.map((found) => found.address);
  life.log(`${host} resolves to ${addresses.slice(0, 8).join(', ')}`);
  return { is: 'resolved', addresses, tookMs };
}

function look(host: string, family: Family): Promise<Looked> {
  const key = `${family} ${host}`;
  let looking = underWay.get(key);
  if (looking === undefined) {
    looking = new Promise<Looked>((settle) => {
      const name = asciiHost(host);
      const absolute = host.endsWith('.') ? `${name}.` : name;
      const options = { all: true, family, order: 'ipv4first' } as const;
      const done = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
        underWay.delete(key);
        settle(error ?? addresses);
      };
      lookup(absolute, options, (error, addresses) => {
        // Names in the hosts file have no final dot.
        if (error?.code === 'ENOTFOUND' && absolute !== name) lookup(name, options, done);
        else done(error, addresses);
      });
    });
    underWay.set(key, looking);
  }
  return looking;
}

const aborted = (life: Lifetime): Promise<undefined> =>
  new Promise((settle) => life.onAbort(() => settle(undefined)));
