import { hostOfAddress } from './host-port.ts';
import type { Target } from './target.ts';
import { say } from '../text/say.ts';

const KINDS = ['customer', 'site', 'network', 'vendor', 'tag'] as const;

/**
 * Traits that a target may share with others that fail at the same time. A loopback network is not shared, and a host
 * name does not show a location; the config can set `site` and `network`.
 */
export function traitsOf(target: Target): string[] {
  const network = target.network ?? networkOf(target);
  return [
    ...(target.customer ? [`customer ${target.customer.name}`] : []),
    ...(target.site ? [`site ${target.site}`] : []),
    ...(network ? [`network ${network}`] : []),
    ...(target.vendor ? [`vendor ${target.vendor.name}`] : []),
    ...target.tags.map((tag) => `tag ${tag}`),
  ];
}

/** A trait in words for people; the stored and compared form is the same in every language. */
export function traitText(trait: string): string {
  const at = trait.indexOf(' ');
  const kind = KINDS.find((one) => one === trait.slice(0, at));
  return kind ? say(`words.trait-${kind}`, { name: trait.slice(at + 1) }) : trait;
}

/** The first shared trait, in the order of `traitsOf`. */
export const commonTrait = (some: readonly string[], others: readonly string[]): string | undefined =>
  some.find((trait) => others.includes(trait));

/** The /24 or /64 of a target that is configured by IP address. */
function networkOf({ address }: Target): string | undefined {
  const host = address === undefined ? undefined : hostOfAddress(address);
  if (host === undefined) return undefined;
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/.exec(host);
  if (v4) return v4[1] === '127' || v4[1] === '0' ? undefined : `${v4[1]}.${v4[2]}.${v4[3]}.0/24`;
  if (!host.includes(':')) return undefined;
  const groups = expandV6(host);
  if (groups === undefined || groups.slice(0, 7).every((group) => group === '0')) return undefined;
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function expandV6(host: string): string[] | undefined {
  const [head, tail] = host.toLowerCase().split('%')[0]!.split('::');
  const left = head ? head.split(':') : [];
  const right = tail ? tail.split(':') : [];
  const missing = 8 - left.length - right.length;
  if (missing < 0 || (tail === undefined && missing !== 0)) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  return groups.map((group) => group.replace(/^0+(?=.)/, ''));
}
