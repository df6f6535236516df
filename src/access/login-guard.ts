import { isIPv6 } from 'node:net';
import { ipv6Bytes } from '../core/ipv6-bytes.ts';

/** Free wrong attempts: for one name from one address, from one address, and for one name from anywhere. */
const FREE = { pair: 5, address: 30, name: 200 } as const;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = { pair: 15 * 60_000, address: 15 * 60_000, name: 10_000 } as const;
const FORGET_MS = 3_600_000;
const MOST_KEYS = 20_000;

interface Attempts {
  wrong: number;
  at: number;
}

type Kind = keyof typeof FREE;

/**
 * Delays password guessing. Guesses from elsewhere do not lock a user out here: a name by itself is only slowed down.
 */
export class LoginGuard {
  readonly #attempts = new Map<string, Attempts>();
  readonly #known = new Set<string>();

  /** Until when attempts are rejected unchecked; undefined: allowed, and counted as wrong until proven right. */
  tryAt(name: string, address: string, now: number): number | undefined {
    const keys = keysOf(name, address);
    // A user who has signed in from this network before is not blocked by others' attempts from it.
    const asked = this.isKnown(name, address) ? keys.filter(([kind]) => kind === 'pair') : keys;
    const until = Math.max(...asked.map(([kind, key]) => this.#until(kind, key, now)));
    if (until > now) return until;
    for (const [, key] of keys) {
      const known = this.#attempts.get(key);
      const wrong = (known && now - known.at < FORGET_MS ? known.wrong : 0) + 1;
      this.#attempts.delete(key);
      this.#attempts.set(key, { wrong, at: now });
    }
    // Evict the oldest first.
    for (const key of this.#attempts.keys()) {
      if (this.#attempts.size <= MOST_KEYS) break;
      this.#attempts.delete(key);
    }
    return undefined;
  }

  /** Whether that name has signed in from that network since the start. */
  isKnown(name: string, address: string): boolean {
    return this.#known.has(pairOf(name, address));
  }

  /** The attempt was not checked: counts it against the address, not against the name. */
  unseen(name: string, address: string): void {
    for (const [kind, key] of keysOf(name, address)) if (kind !== 'address') this.#forgive(key);
  }

  /** The attempt succeeded. */
  right(name: string, address: string): void {
    const pair = pairOf(name, address);
    this.#known.delete(pair);
    this.#known.add(pair);
    for (const oldest of this.#known) {
      if (this.#known.size <= MOST_KEYS) break;
      this.#known.delete(oldest);
    }
    for (const [kind, key] of keysOf(name, address)) {
      if (kind === 'pair') this.#attempts.delete(key);
      else this.#forgive(key);
    }
  }

  #forgive(key: string): void {
    const known = this.#attempts.get(key);
    if (!known || known.wrong <= 1) this.#attempts.delete(key);
    else this.#attempts.set(key, { ...known, wrong: known.wrong - 1 });
  }

  #until(kind: Kind, key: string, now: number): number {
    const known = this.#attempts.get(key);
    // After the clock was set back, the time of the attempt means nothing.
    if (!known || known.at > now || now - known.at > FORGET_MS || known.wrong < FREE[kind]) return -Infinity;
    return known.at + Math.min(LONGEST_WAIT_MS[kind], FIRST_WAIT_MS * 2 ** (known.wrong - FREE[kind]));
  }
}

const keysOf = (name: string, address: string): [Kind, string][] => [
  ['pair', pairOf(name, address)],
  ['address', `from ${networkOf(address)}`],
  ['name', `name ${name}`],
];

const pairOf = (name: string, address: string): string => `pair ${name} ${networkOf(address)}`;

/** For IPv6, the first 64 bits: the rest belongs to one household. */
export function networkOf(address: string): string {
  // Some gateways append the port to an IPv4 address.
  if (!isIPv6(address.replace(/%.*$/, ''))) return address.replace(/^([\d.]+):\d{1,5}$/, '$1');
  const bytes = ipv6Bytes(address);
  // An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2).
  const isV4 = bytes.slice(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255';
  return isV4 ? bytes.slice(12).join('.') : Buffer.from(bytes.slice(0, 8)).toString('hex');
}
