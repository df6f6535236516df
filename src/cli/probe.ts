import { observe, newCheckState } from '../core/check-state.ts';
import { formatDuration } from '../core/duration.ts';
import { judge } from '../core/judge.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import { redactor } from '../core/redact.ts';
import { MARKS } from '../core/sentence.ts';
import { checkIdentity, type Check, type Target } from '../core/target.ts';
import { nearest } from '../config/explain-issues.ts';
import { BeatBox } from '../probing/beat-box.ts';
import { chooseEchoSender } from '../probing/echo-sender.ts';
import { systemProbePorts } from '../probing/probe-ports.ts';
import { runProbe } from '../probing/probe-runner.ts';
import { systemClock } from '../probing/system-clock.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson, styled } from './print.ts';
import { readConfig } from './read-config.ts';

/** Probes a target's checks, or one of them, once; prints every step and what the result would lead to. */
export async function probe(what: string, options: { config: string; json?: boolean }): Promise<ExitCode> {
  const read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  const { config } = read;
  const slash = what.indexOf('/');
  const targetName = slash === -1 ? what : what.slice(0, slash);
  const checkName = slash === -1 ? undefined : what.slice(slash + 1);
  const target = config.targets.find((one) => one.name === targetName);
  if (!target)
    return unknown(
      'target',
      targetName,
      config.targets.map((one) => one.name),
    );
  const checks = target.checks.filter((check) => checkName === undefined || check.name === checkName);
  if (checks.length === 0)
    return unknown(
      'check',
      checkName!,
      target.checks.map((check) => check.name),
    );
  const echoes = await chooseEchoSender(systemClock);
  const ports = systemProbePorts(systemClock, echoes, new BeatBox());
  const results: { check: Check; result: ProbeResult }[] = [];
  for (const check of checks) {
    const prepared = config.prepared.get(checkIdentity(target.name, check.name))!;
    const redact = redactor([...config.secrets, ...prepared.secrets]);
    const order = { prepared, timeoutMs: check.cadence.timeoutMs, watchedSince: systemClock.now(), redact };
    const result = readable(await runProbe(order, ports).result, redact);
    results.push({ check, result });
    if (!options.json) show(target, check, result);
  }
  echoes.close();
  if (options.json) {
    printJson(
      results.map(({ check, result }) => ({
        target: target.name,
        check: check.name,
        type: check.type,
        subject: check.subject,
        verdict: result.verdict,
        reason: result.verdict === 'good' ? null : result.reason,
        message: result.message,
        started_at: new Date(result.startedAt).toISOString(),
        duration_seconds: result.durationMs / 1_000,
        phases_seconds: Object.fromEntries(
          Object.entries(result.measured?.phases ?? {}).map(([phase, ms]) => [phase, ms / 1_000]),
        ),
        log: result.log.map(({ atMs, text }) => ({ at_seconds: atMs / 1_000, text })),
        leads_to: leadsTo(check, result),
      })),
    );
  }
  return results.every(({ result }) => result.verdict === 'good') ? EXIT.well : EXIT.failed;
}

function readable(result: ProbeResult, redact: (text: string) => string): ProbeResult {
  const plain = (text: string) => neutraliseLine(redact(text), 300);
  return {
    ...result,
    message: plain(result.message),
    log: result.log.map(({ atMs, text }) => ({ atMs, text: plain(text) })),
  };
}

function show(target: Target, check: Check, result: ProbeResult): void {
  print(`${styled(checkIdentity(target.name, check.name), 'bold')}  ${check.type}  ${check.subject}`);
  for (const { atMs, text } of result.log) print(`  ${`+${atMs.toFixed(1)} ms`.padStart(12)}  ${text}`);
  const phases = Object.entries(result.measured?.phases ?? {}).map(
    ([name, ms]) => `${name} ${formatDuration(ms)}`,
  );
  if (phases.length > 0) print(`  phases: ${phases.join(', ')}`);
  const verdict =
    result.verdict === 'good'
      ? styled('good', 'green')
      : styled(`${result.verdict} (${result.reason})`, 'red');
  print(`  ${verdict} after ${formatDuration(result.durationMs)}: ${result.message}`);
  print(`  ${leadsTo(check, result)}`);
  print('');
}

/** What this result would do to the check's state, from unknown and from up. */
function leadsTo({ cadence }: Check, result: ProbeResult): string {
  const now = result.startedAt;
  const first = observe(newCheckState(now), result, cadence, now).state.health;
  if (result.verdict === 'unknown') return `state: ${MARKS.unknown} unknown; the counters do not change`;
  if (result.verdict === 'good')
    return `state: ${MARKS[first.is]} ${first.is}; a check that is down needs ${cadence.recoveries} consecutive successes`;
  const next = judge({ is: 'up', since: now }, 'failed', cadence, now).health;
  const more = cadence.failures - 1;
  const then =
    more > 0
      ? `; down at ${cadence.failures} consecutive failures, retried every ${formatDuration(cadence.retryIntervalMs)}`
      : '; an incident opens immediately';
  return `state: ${MARKS[next.is]} ${next.is}${then}`;
}

function unknown(what: string, name: string, known: string[]): ExitCode {
  const near = nearest(name, known);
  complain(
    `There is no ${what} "${name}".${near ? ` Did you mean "${near}"?` : ` Known: ${known.slice(0, 20).join(', ')}.`}`,
  );
  return EXIT.usage;
}
