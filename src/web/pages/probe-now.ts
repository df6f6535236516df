import { formatDuration } from '../../core/duration.ts';
import { neutraliseLine } from '../../core/neutralise.ts';
import type { ProbeResult } from '../../core/probe-result.ts';
import { reasonText } from '../../core/reason.ts';
import type { Target } from '../../core/target.ts';
import { runProbe } from '../../probing/probe-runner.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import { HttpProblem } from '../problem.ts';
import type { WebSources } from '../sources.ts';

/** High enough for a person who taps ten times in a row; a program in a loop is rejected. */
const MAX_AT_ONCE = 20;
let underWay = 0;

export interface ProbedNow {
  check: string;
  result: ProbeResult;
}

/** Probes every check of a target at once, outside the schedule: the results change no state. */
export async function probeNow(target: Target, sources: WebSources): Promise<ProbedNow[]> {
  const { field, probePorts } = sources;
  if (underWay >= MAX_AT_ONCE) throw new HttpProblem(503, say('target.busy'), say('target.too-many-probes'));
  underWay++;
  try {
    return await Promise.all(
      field.checksOf(target).map(async ({ check, prepared, redact, watchedSince }): Promise<ProbedNow> => {
        const order = { prepared, redact, watchedSince, timeoutMs: check.cadence.timeoutMs };
        return { check: check.name, result: await runProbe(order, probePorts).result };
      }),
    );
  } finally {
    underWay--;
  }
}

/** Every step of the probes. */
export function probedPart(probed: readonly ProbedNow[], redact: (text: string) => string): Html {
  return html`<section aria-label="${say('target.probed-now')}">
    <h2>${say('target.probe-results')}</h2>
    <p class="soft">${say('target.probe-outside-schedule')}</p>
    <ul class="plain">
      ${probed.map(({ check, result }) => {
        const log = result.log.map(
          ({ atMs, text }) => `+${Math.round(atMs)} ms  ${neutraliseLine(redact(text), 300)}`,
        );
        return html`<li>
          ${verdict(check, result, neutraliseLine(redact(result.message), 300))}
          ${log.length > 0 ? html`<pre>${log.join('\n')}</pre>` : ''}
        </li>`;
      })}
    </ul>
  </section>`;
}

function verdict(check: string, result: ProbeResult, message: string): Html {
  const duration = formatDuration(result.durationMs);
  if (result.verdict === 'good') return markup('target.probe-passed', { check, message, duration });
  const reason = reasonText(result.reason);
  return result.verdict === 'failed'
    ? markup('target.probe-failed', { check, reason, message, duration })
    : markup('target.probe-inconclusive', { check, reason, message, duration });
}
