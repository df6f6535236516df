import { fnv1aOfBytes, fnv1aOfIpv4 } from '../core/fnv1a.ts';
import { ipv6Bytes } from '../core/ipv6-bytes.ts';

/** blackbox_exporter's `probe_ip_addr_hash`: FNV-1a over the bytes of a numeric address. */
export const addressHash = (address: string): number =>
  address.includes(':') ? fnv1aOfBytes(ipv6Bytes(address)) : fnv1aOfIpv4(address);
