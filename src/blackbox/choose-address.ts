import { isIP } from 'node:net';
import { addressHash } from '../observe/address-hash.ts';
import type { Fault, ProbeContext } from '../core/check-type.ts';
import type { Gauges } from './gauges.ts';
import { inSeconds } from './gauges.ts';
import type { AddressWish } from './module-fields.ts';

interface Chosen {
  is: 'chosen';
  address: string;
  tookMs: number;
}

/** Chooses the one address of a host to probe: of the preferred family, or of the other where that is allowed. */
export async function chooseAddress(
  host: string,
  { preferred_ip_protocol: wanted, ip_protocol_fallback: anyFamily }: AddressWish,
  context: ProbeContext,
  gauges: Gauges,
): Promise<Chosen | Fault> {
  const startedAt = context.elapsedMs();
  gauges.set('probe_ip_protocol', 0);
  gauges.set('probe_ip_addr_hash', 0);
  const resolved = await context.resolve(host, anyFamily ? 0 : wanted);
  const tookMs = context.elapsedMs() - startedAt;
  gauges.set('probe_dns_lookup_time_seconds', inSeconds(tookMs));
  if (resolved.is === 'fault') return resolved;
  const { addresses } = resolved;
  const address = addresses.find((one) => isIP(one) === wanted) ?? addresses.at(-1)!;
  gauges.set('probe_ip_protocol', isIP(address));
  gauges.set('probe_ip_addr_hash', addressHash(address));
  return { is: 'chosen', address, tookMs };
}
