import { formatDuration } from './duration.ts';
import { failed, type Finding, type Measured } from './probe-result.ts';
import { say } from '../text/say.ts';

/** The finding when something took longer than allowed; undefined when it did not, or there is no limit. */
export function tooSlow(
  tookMs: number,
  withinMs: number | undefined,
  measured?: Measured,
): Finding | undefined {
  if (withinMs === undefined || tookMs <= withinMs) return undefined;
  const took = formatDuration(tookMs);
  return failed('slow', say('probe.too-slow', { took, limit: formatDuration(withinMs) }), measured);
}
