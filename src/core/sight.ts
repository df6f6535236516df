import type { ProbeResult } from './probe-result.ts';
import { say } from '../text/say.ts';

/** Result of probing one anchor: a host that responds as long as our own network works. */
export interface AnchorFinding {
  anchor: string;
  is: 'seen' | 'unseen' | 'not-resolved';
}

/** What a round of all anchors says about our own network. */
export interface Sight {
  network: 'sees' | 'blind';
  resolver: 'works' | 'broken' | 'not-known';
  seen: number;
  total: number;
  /** The anchors that were not seen. */
  missing: string[];
}

/**
 * Blind when a majority of the probed anchors does not respond; an anchor whose name did not resolve is not counted,
 * unless none could be probed. While the network works, a majority of unresolved names is a fault of the resolver.
 */
export function sightOf(findings: readonly AnchorFinding[]): Sight {
  const count = (is: AnchorFinding['is']) => findings.filter((finding) => finding.is === is).length;
  const [seen, unseen, unresolved] = [count('seen'), count('unseen'), count('not-resolved')];
  const asked = seen + unseen;
  const blind = asked === 0 || unseen * 2 > asked;
  const named = findings.filter(({ anchor }) => isByName(anchor)).length;
  const resolver = blind || named === 0 ? 'not-known' : unresolved * 2 > named ? 'broken' : 'works';
  const missing = findings.flatMap(({ anchor, is }) => (is === 'seen' ? [] : [anchor]));
  return { network: blind ? 'blind' : 'sees', resolver, seen, total: findings.length, missing };
}

/** Whether enough anchors have responded that the rest cannot change the verdict. */
export function isDecided(findings: readonly AnchorFinding[], anchors: readonly string[]): boolean {
  const seen = findings.filter(({ is }) => is === 'seen').length;
  const named = anchors.filter(isByName).length;
  const namedFindings = findings.filter(({ anchor }) => isByName(anchor)).length;
  return seen * 2 >= anchors.length && namedFindings === named;
}

/** When network and resolver last failed, on the monotonic clock; -Infinity when never. */
export interface LastTrouble {
  blindAt: number;
  resolverBrokenAt: number;
}

/** Why a failed probe proves nothing about its target; undefined when it does. */
export function doubtOf(
  result: Pick<ProbeResult, 'verdict'> & { reason?: string },
  beganAt: number,
  { blindAt, resolverBrokenAt }: LastTrouble,
): string | undefined {
  if (result.verdict !== 'failed') return undefined;
  if (blindAt >= beganAt) return say('probe.no-network');
  const byName = result.reason === 'dns-error' || result.reason === 'dns-nxdomain';
  if (byName && resolverBrokenAt >= beganAt) return say('probe.resolver-failing');
  return undefined;
}

/** `tcp://1.1.1.1:53` is an IP address, `tcp://one.example:443` a name. */
export function isByName(anchor: string): boolean {
  const host = anchorPlace(anchor).host;
  return !/^[\d.]+$/.test(host) && !host.includes(':');
}

export function anchorPlace(anchor: string): { host: string; port: number } {
  const match = /^tcp:\/\/(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(anchor);
  return { host: match?.[1] ?? match?.[2] ?? anchor, port: Number(match?.[3] ?? 0) };
}
