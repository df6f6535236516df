import { BlockList, isIP } from 'node:net';
import { grpcTarget } from '../blackbox/grpc-target.ts';
import { httpTarget } from '../blackbox/http-target.ts';
import { splitHostPort } from '../blackbox/split-host-port.ts';
import { ipv6Bytes } from '../core/ipv6-bytes.ts';

/** Addresses where clouds serve secrets to their machines; no monitor has a reason to request them. */
const NEVER = new BlockList();
NEVER.addSubnet('169.254.0.0', 16, 'ipv4');
NEVER.addSubnet('fe80::', 10, 'ipv6');
NEVER.addAddress('fd00:ec2::254', 'ipv6');
NEVER.addAddress('100.100.100.200', 'ipv4');
NEVER.addAddress('168.63.129.16', 'ipv4');
// The same addresses through NAT64 (RFC 6052, 2.1).
NEVER.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
NEVER.addAddress('64:ff9b::6464:64c8', 'ipv6');
NEVER.addAddress('64:ff9b::a83f:8110', 'ipv6');

export const isMetadataAddress = (address: string): boolean => {
  const plain = address.replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 0) return false;
  if (family === 4) return NEVER.check(plain, 'ipv4');
  return NEVER.check(plain, 'ipv6') || embedded(ipv6Bytes(plain)).some((one) => NEVER.check(one, 'ipv4'));
};

/** IPv4 addresses that an IPv6 address may embed: compatible, 6to4 and local NAT64 (RFC 4291, 3056, 8215). */
function embedded(bytes: readonly number[]): string[] {
  const [first, second] = bytes;
  return [
    ...(bytes.slice(0, 12).every((byte) => byte === 0) ? [bytes.slice(12)] : []),
    ...(first === 0x20 && second === 0x02 ? [bytes.slice(2, 6)] : []),
    ...(first === 0x00 && second === 0x64 ? [bytes.slice(12)] : []),
  ].map((four) => four.join('.'));
}

/**
 * The host that a `/probe` target leads to; undefined when it cannot be determined. `by`: a prober that parses targets
 * in its own way, so that the host checked is the host probed.
 */
export function hostOfTarget(target: string, by?: string): string | undefined {
  if (by === 'http') {
    const url = httpTarget(target);
    return url && bare(url.hostname);
  }
  if (by === 'grpc') {
    const place = grpcTarget(target, false);
    return place && bare(place.host);
  }
  if (/^https?:\/\//i.test(target)) return URL.canParse(target) ? bare(new URL(target).hostname) : undefined;
  if (target.includes('://')) return undefined;
  const host = splitHostPort(target)?.host ?? target.replace(/[/?#].*$/, '');
  return host === '' ? undefined : bare(splitHostPort(host)?.host ?? host);
}

const bare = (host: string): string =>
  host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();

/** Whether a list of names (`shop.example`, `*.shop.example`), addresses and networks (`10.0.0.0/8`) holds a host. */
export function isListed(host: string, list: readonly string[]): boolean {
  const family = isIP(host);
  // An invalid host name is on no list, whatever its suffix.
  if (!/^[\p{L}\p{M}\p{N}._:%-]+$/u.test(host)) return false;
  return list.some((entry) => {
    const [network = '', bits] = entry.toLowerCase().split('/');
    if (bits !== undefined) {
      if (family === 0 || isIP(network) !== family) return false;
      const block = new BlockList();
      block.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
      return block.check(host, family === 4 ? 'ipv4' : 'ipv6');
    }
    return network.startsWith('*.') ? host.endsWith(network.slice(1)) : host === network;
  });
}
