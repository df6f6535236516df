import { hmac, isEqual } from '../outside/signature.ts';

/** The header by which one instance vouches for the caller of a request that it hands on to the decider. */
export const HOP_HEADER = 'x-watchdesk-hop';

/** Instances whose clocks differ by more do not decide. */
const MOST_AGE_MS = 30_000;

export interface HopRequest {
  method: string;
  /** As it was asked for. */
  url: string;
}

/** `key`: derived from the key of signed links, which all instances have from the store. */
export function signHop(key: string, { method, url }: HopRequest, caller: string, now: number): string {
  const said = `${now} ${caller}`;
  return `${said} ${mac(key, said, { method, url })}`;
}

/** The caller's address, if one of our instances vouches for it; undefined for anything else. */
export function callerOfHop(
  key: string,
  request: HopRequest,
  header: string | string[] | undefined,
  now: number,
): string | undefined {
  if (typeof header !== 'string') return undefined;
  const [at = '', caller = '', given = ''] = header.split(' ');
  if (!isEqual(given, mac(key, `${at} ${caller}`, request))) return undefined;
  return Math.abs(now - Number(at)) <= MOST_AGE_MS ? caller : undefined;
}

const mac = (key: string, said: string, { method, url }: HopRequest): string =>
  hmac('sha256', key, `${said} ${method} ${url}`, 'hex');
