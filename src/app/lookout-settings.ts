import type { Config } from '../config/config.ts';
import type { LookoutSettings } from '../probing/lookout.ts';

const USUAL = { intervalMs: 10_000, timeoutMs: 2_000 };

/** The anchors to probe, and how often; no anchors when the config names none. */
export function lookoutSettings({ connectivity }: Pick<Config, 'connectivity'>): LookoutSettings {
  const { intervalMs, timeoutMs } = connectivity?.cadence ?? USUAL;
  return { anchors: connectivity?.anchors ?? [], intervalMs, timeoutMs };
}
