import type { Config } from '../config/config.ts';
import type { LookoutSettings } from '../probing/lookout.ts';

const USUAL = { intervalMs: 10_000, timeoutMs: 2_000 };

/** Which anchors are asked, and how often; none when the config names none. */
export function lookoutSettings({ connectivity }: Pick<Config, 'connectivity'>): LookoutSettings {
  const { intervalMs, timeoutMs } = connectivity?.cadence ?? USUAL;
  return { anchors: connectivity?.anchors ?? [], intervalMs, timeoutMs };
}
