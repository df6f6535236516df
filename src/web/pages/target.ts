import { displayUrl } from '../../core/display-url.ts';
import { checkSentence } from '../../core/sentence.ts';
import type { Incident } from '../../core/incident.ts';
import type { PerfValue } from '../../core/perfdata.ts';
import { formatDuration } from '../../core/duration.ts';
import { plural } from '../../core/wording.ts';
import { holdText } from '../../core/placement.ts';
import { dependencyText, type Target } from '../../core/target.ts';
import { redactor } from '../../core/redact.ts';
import type { TimedResult } from '../../history/latencies.ts';
import type { WatchedCheck } from '../../probing/monitor.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { latencyChart } from './latency-chart.ts';
import { forAgents, layout } from './layout.ts';
import { ago, clock, healthMark, link, maintenanceMark, row } from './parts.ts';
import { probedPart, type ProbedNow } from './probe-now.ts';
import { Strips, uptimeText } from './strip.ts';

const RESULTS_LISTED = 20;

/** Why does it fail? */
export function targetPage(
  target: Target,
  incidents: readonly Incident[],
  sources: WebSources,
  probed?: readonly ProbedNow[],
): string {
  const now = sources.now();
  const { monitor, gate, engine } = sources;
  const held = gate.heldOf(target.name);
  const windows = engine.plan.openFor(target, now);
  const health = monitor.healthOf(target);
  const checks = monitor.checksOf(target);
  const { customer, vendor } = target;
  const body = html`<main id="wall">
    <h1>${healthMark(health)} ${target.name} <span class="soft">is ${health}</span></h1>
    ${held.map(({ watched, because, by }) => html`<p class="lead">${watched.check.name}: no incident opened, ${holdText(because, by)}.</p>`)}
    ${windows.map(({ name, until }) => html`<p>${maintenanceMark()} In maintenance until ${clock(until)}: ${name}.</p>`)}
    ${probed ? probedPart(probed, redactor(sources.config().sharedSecrets)) : ''}
    ${forAgents(
      html`<form
        class="actions in-order"
        method="post"
        action="/targets/${encodeURIComponent(target.name)}/probe"
      >
        <button class="main">Probe now</button>
      </form>`,
    )}
    ${target.ours ? '' : history(target, sources, now)}
    <section>
      <h2>Checks</h2>
      <ul class="checks">
        ${checks.map((watched) => checkItem(watched, sources, now))}
      </ul>
    </section>
    <section>
      <h2>Incidents</h2>
      ${
        incidents.length === 0
          ? html`<p class="soft">No incidents so far.</p>`
          : html`<ul class="plain">
              ${incidents.map(incidentItem)}
            </ul>`
      }
    </section>
    <section>
      <h2>Target</h2>
      <dl>
        ${row('Kind', target.kind)}
        ${row('Customer', customer && [customer.name, customer.plan && `plan ${customer.plan}`].filter(Boolean).join(', '))}
        ${row('Address', target.url ? link(displayUrl(target.url)) : target.address)}
        ${row('Depends on', target.dependsOn.map(dependencyText).join(', '))} ${row('Site', target.site)}
        ${row('Network', target.network)} ${row('Tags', target.tags.join(', '))}
        ${row('Vendor', vendor && [vendor.name, vendor.phone, vendor.email].filter(Boolean).join(', '))}
        ${row('Runbook', target.runbook && link(target.runbook))} ${row('Priority', target.priority)}
        ${row('Configured in', `${target.source.file}:${target.source.line}`)}
      </dl>
    </section>
  </main>`;
  return layout(`${target.name} is ${health} · Watchdesk`, body, { live: probed === undefined });
}

/** What a plugin measured. */
const perfTable = (values: readonly PerfValue[]): Html =>
  values.length === 0
    ? html``
    : html`<dl>${values.map(({ label, unit, value }) => row(label, `${value}${unit && ` ${unit}`}`))}</dl>`;

function history({ name }: Target, sources: WebSources, now: number): Html {
  const strips = new Strips(sources, now);
  const days = strips.days(name);
  const uptimes = [7, 30, 90].map(
    (count) => html`<span>${count} days <strong>${uptimeText(days.slice(-count))}</strong></span>`,
  );
  return html`<section>
    <h2>Uptime</h2>
    <p class="uptimes">${uptimes}</p>
    ${strips.large(name)}
  </section>`;
}

function checkItem(
  { check, state, identity, target }: WatchedCheck,
  { engine }: WebSources,
  now: number,
): Html {
  const { last, health } = state;
  const phases = Object.entries(last?.measured?.phases ?? {}).map(
    ([name, ms]) => `${name} ${formatDuration(ms)}`,
  );
  const { cadence } = check;
  const pace = `Every ${formatDuration(cadence.intervalMs)}, down after ${plural(cadence.failures, 'consecutive failure')}`;
  return html`<li>
    ${healthMark(health.is)} <strong>${check.name}</strong> <span class="soft">${check.subject}</span>
    <p>${checkSentence(state, now)}</p>
    ${last && last.verdict !== 'good' ? html`<p class="evidence">${last.message}</p>` : ''}
    ${perfTable(last?.measured?.perf ?? [])}
    ${last?.measured?.output === undefined ? '' : html`<pre>${last.measured.output}</pre>`}
    <p class="soft">
      ${pace}.
      ${state.lastRunAt ? html`Last probe ${ago(state.lastRunAt, now)}, took ${formatDuration(last?.durationMs ?? 0)}` : 'Not probed yet'}${
        phases.length > 0 ? ` (${phases.join(', ')})` : ''
      }.${state.certificateExpiresAt ? html` Certificate expires ${clock(state.certificateExpiresAt)}.` : ''}
    </p>
    ${latencyChart(engine.latencies.of(identity), engine.history.ownSpansOf(target.name))}
    ${resultList(engine.latencies.of(identity))}
    ${
      last && last.log.length > 0
        ? html`<details>
            <summary>Log of the last probe</summary>
            <pre>${last.log.join('\n')}</pre>
          </details>`
        : ''
    }
  </li>`;
}

function resultList(results: readonly TimedResult[]): Html {
  if (results.length === 0) return html``;
  return html`<details>
    <summary class="tap">Recent results</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Result</th>
          <th scope="col">Duration</th>
        </tr>
      </thead>
      <tbody>
        ${results
          .slice(-RESULTS_LISTED)
          .reverse()
          .map(
            ({ at, durationMs, isGood }) =>
              html`<tr>
                <td>${clock(at)}</td>
                <td>${isGood ? html`${healthMark('up')} passed` : html`${healthMark('down')} failed`}</td>
                <td>${formatDuration(durationMs)}</td>
              </tr>`,
          )}
      </tbody>
    </table>
  </details>`;
}

function incidentItem(incident: Incident): Html {
  return html`<li>
    <a href="/incidents/${incident.id}">${clock(incident.startedAt)}</a> ${incident.priority},
    ${incident.message}${
      incident.status.is === 'resolved'
        ? html` <span class="soft">resolved ${clock(incident.status.at)}</span>`
        : html` <strong>open</strong>`
    }
  </li>`;
}
