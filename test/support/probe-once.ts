import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { checkSchema } from '../../src/config/check-schema.ts';
import type { Prepared, TargetFacts } from '../../src/core/check-type.ts';
import type { ProbeResult } from '../../src/core/probe-result.ts';
import { redactor } from '../../src/core/redact.ts';
import { BeatBox } from '../../src/probing/beat-box.ts';
import { chooseEchoSender } from '../../src/probing/echo-sender.ts';
import { systemProbePorts } from '../../src/probing/probe-ports.ts';
import { runProbe, type RunningProbe } from '../../src/probing/probe-runner.ts';
import { loadRegistry } from '../../src/probing/registry.ts';
import { systemClock } from '../../src/probing/system-clock.ts';

export const registry = await loadRegistry(fileURLToPath(new URL('../../checks', import.meta.url)));
export const beats = new BeatBox();
const echoes = await chooseEchoSender(systemClock);
const ports = systemProbePorts(systemClock, echoes, beats);

/** A check as it stands in YAML, ready to be probed. */
export function prepare(yaml: string, target: Partial<TargetFacts> = {}): Prepared {
  const raw = parse(yaml) as { type: string };
  const type = registry.types.get(raw.type);
  if (!type) throw new Error(`no check type ${raw.type}`);
  const prepared = type.prepare(checkSchema(type).parse(raw), { name: 'target', ...target });
  if (prepared.is === 'problem')
    throw new Error(`expected ${prepared.expected} at ${prepared.path.join('.')}`);
  return prepared;
}

export function startProbe(prepared: Prepared, timeoutMs = 5_000, watchedSince = Date.now()): RunningProbe {
  return runProbe({ prepared, timeoutMs, watchedSince, redact: redactor(prepared.secrets) }, ports);
}

/** One probe over the real network. */
export function probeOnce(
  yaml: string,
  target: Partial<TargetFacts> = {},
  timeoutMs = 5_000,
): Promise<ProbeResult> {
  return startProbe(prepare(yaml, target), timeoutMs).result;
}

/** `good`, or the named reason. */
export const outcome = (result: ProbeResult): string => (result.verdict === 'good' ? 'good' : result.reason);
