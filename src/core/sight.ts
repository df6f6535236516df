import type { ProbeResult } from './probe-result.ts';
import { say } from '../text/say.ts';

/** What came of asking one anchor: something that answers as long as we can see at all. */
export interface AnchorFinding {
  anchor: string;
  is: 'seen' | 'unseen' | 'not-resolved';
}

/** What a round of all anchors says of our own sight. */
export interface Sight {
  network: 'sees' | 'blind';
  resolver: 'works' | 'broken' | 'not-known';
  seen: number;
  total: number;
  /** Of those that were not seen. */
  missing: string[];
}

/**
 * Blind when a majority of the anchors that could be asked does not answer; a name that could not be resolved
 * could not be asked, unless nothing could. While the network is seen, a majority of names without address is a
 * fault of the resolver.
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

/** Whether enough anchors have answered for the rest not to change the verdict. */
export function isDecided(findings: readonly AnchorFinding[], anchors: readonly string[]): boolean {
  const seen = findings.filter(({ is }) => is === 'seen').length;
  const named = anchors.filter(isByName).length;
  const namedFindings = findings.filter(({ anchor }) => isByName(anchor)).length;
  return seen * 2 >= anchors.length && namedFindings === named;
}

/** When sight was last found wanting, on the clock that does not jump; -Infinity when never. */
export interface LastTrouble {
  blindAt: number;
  resolverBrokenAt: number;
}

/** Why a failed probe says nothing of its target. Undefined when it does. */
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

/** `tcp://1.1.1.1:53` is by number, `tcp://one.example:443` by name. */
export function isByName(anchor: string): boolean {
  const host = anchorPlace(anchor).host;
  return !/^[\d.]+$/.test(host) && !host.includes(':');
}

export function anchorPlace(anchor: string): { host: string; port: number } {
  const match = /^tcp:\/\/(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(anchor);
  return { host: match?.[1] ?? match?.[2] ?? anchor, port: Number(match?.[3] ?? 0) };
}
