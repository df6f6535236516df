import type { CheckState } from '../../core/check-state.ts';
import { displayUrl } from '../../core/display-url.ts';
import { checkSentence } from '../../core/sentence.ts';
import type { Incident } from '../../core/incident.ts';
import type { PerfValue } from '../../core/perfdata.ts';
import { formatDuration } from '../../core/duration.ts';
import { holdText } from '../../core/placement.ts';
import { dependencyText, type Target } from '../../core/target.ts';
import { redactor } from '../../core/redact.ts';
import type { TimedResult } from '../../history/latencies.ts';
import type { WatchedCheck } from '../../probing/watched-check.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import { latencyChart } from './latency-chart.ts';
import type { Reader } from '../reader.ts';
import { layout } from './layout.ts';
import { ago, clock, healthMark, link, maintenanceMark, row } from './parts.ts';
import { probedPart, type ProbedNow } from './probe-now.ts';
import { Strips, uptimeText } from './strip.ts';

const RESULTS_LISTED = 20;

/** One target, and why it fails. */
export function targetPage(
  target: Target,
  incidents: readonly Incident[],
  sources: WebSources,
  reader: Reader,
  probed?: readonly ProbedNow[],
): string {
  const now = sources.now();
  const { field, gate, planning } = sources;
  const held = gate.heldOf(target.name);
  const windows = planning.windows.openFor(target, now);
  const health = field.healthOf(target);
  const checks = field.checksOf(target);
  const { name, customer, vendor } = target;
  const body = html`<main id="wall">
    <h1>${healthMark(health)} ${markup('target.heading', { target: name, health })}</h1>
    ${held.map(({ watched, because, by }) => html`<p class="lead">${say('target.no-incident-opened', { check: watched.check.name, why: holdText(because, by) })}</p>`)}
    ${windows.map((window) => html`<p>${maintenanceMark()} ${markup('target.in-maintenance', { name: window.name, until: clock(window.until) })}</p>`)}
    ${probed ? probedPart(probed, redactor(sources.config().sharedSecrets)) : ''}
    ${
      reader.mayAct &&
      html`<form class="actions in-order" method="post" action="/targets/${encodeURIComponent(name)}/probe">
        <button class="main">${say('target.probe-now')}</button>
      </form>`
    }
    ${target.ours ? '' : history(target, sources, now)}
    <section>
      <h2>${say('target.checks')}</h2>
      <ul class="checks">
        ${checks.map((watched) => checkItem(watched, sources, now))}
      </ul>
    </section>
    <section>
      <h2>${say('target.incidents')}</h2>
      ${
        incidents.length === 0
          ? html`<p class="soft">${say('target.no-incidents')}</p>`
          : html`<ul class="plain">
              ${incidents.map(incidentItem)}
            </ul>`
      }
    </section>
    <section>
      <h2>${say('target.target')}</h2>
      <dl>
        ${row(say('target.kind'), say(`frame.kind-${target.kind}`))}
        ${row(say('target.customer'), customer && [customer.name, customer.plan && say('target.plan', { plan: customer.plan })].filter(Boolean).join(', '))}
        ${row(say('target.address'), target.url ? link(displayUrl(target.url)) : target.address)}
        ${row(say('target.depends-on'), target.dependsOn.map(dependencyText).join(', '))}
        ${row(say('target.site'), target.site)} ${row(say('target.network'), target.network)}
        ${row(say('target.tags'), target.tags.join(', '))}
        ${row(say('target.vendor'), vendor && [vendor.name, vendor.phone, vendor.email].filter(Boolean).join(', '))}
        ${row(say('target.runbook'), target.runbook && link(target.runbook))}
        ${row(say('target.priority'), say(`words.priority-${target.priority}`))}
        ${row(say('target.configured-in'), `${target.source.file}:${target.source.line}`)}
      </dl>
    </section>
  </main>`;
  return layout(`${say('target.title', { target: name, health })} · Watchdesk`, body, {
    live: probed === undefined,
  });
}

/** Values measured by a check program. */
const perfTable = (values: readonly PerfValue[]): Html =>
  values.length === 0
    ? html``
    : html`<dl>${values.map(({ label, unit, value }) => row(label, `${value}${unit && ` ${unit}`}`))}</dl>`;

function history({ name }: Target, sources: WebSources, now: number): Html {
  const strips = new Strips(sources, now);
  const days = strips.days(name);
  const uptimes = [7, 30, 90].map(
    (count) =>
      html`<span
        >${markup('target.uptime-of-days', { count, uptime: uptimeText(days.slice(-count)) })}</span
      >`,
  );
  return html`<section>
    <h2>${say('target.uptime')}</h2>
    <p class="uptimes">${uptimes}</p>
    ${strips.large(name)}
  </section>`;
}

/** What each location sees, when there are several. */
function sightingList({ sightings }: WatchedCheck, field: WebSources['field']): Html {
  if (sightings === undefined) return html``;
  return html`<ul class="plain">
    ${[...sightings.values()].map((sighting) => {
      const { location, cannot } = sighting;
      const counts = field.hasVote(sighting);
      const health = counts ? sighting.state.health.is : 'unknown';
      return html`<li>
        ${healthMark(health)}
        ${
          cannot !== undefined
            ? say('target.not-probed-from', { location, why: cannot })
            : counts
              ? say('target.seen-from', { location, health })
              : say('target.not-heard-from', { location })
        }
      </li>`;
    })}
  </ul>`;
}

function checkItem(watched: WatchedCheck, { latencies, history, field }: WebSources, now: number): Html {
  const { check, state, identity, target } = watched;
  const { last, health } = state;
  const { intervalMs, failures } = check.cadence;
  return html`<li>
    ${healthMark(health.is)} <strong>${check.name}</strong> <span class="soft">${check.subject}</span>
    <p>${checkSentence(state, now)}</p>
    ${sightingList(watched, field)}
    ${last && last.verdict !== 'good' ? html`<p class="evidence">${last.message}</p>` : ''}
    ${perfTable(last?.measured?.perf ?? [])}
    ${last?.measured?.output === undefined ? '' : html`<pre>${last.measured.output}</pre>`}
    <p class="soft">
      ${say('target.pace', { interval: formatDuration(intervalMs), failures })} ${lastProbe(state, now)}
      ${state.certificateExpiresAt ? markup('target.certificate-expires', { at: clock(state.certificateExpiresAt) }) : ''}
    </p>
    ${latencyChart(latencies.of(identity), history.ownSpansOf(target.name))}
    ${resultList(latencies.of(identity))}
    ${
      last && last.log.length > 0
        ? html`<details>
            <summary>${say('target.log-of-last-probe')}</summary>
            <pre>${last.log.join('\n')}</pre>
          </details>`
        : ''
    }
  </li>`;
}

/** When the last probe ran and how long it took, with its phases if known: `resolve 2 ms, connect 14 ms`. */
function lastProbe({ last, lastRunAt }: CheckState, now: number): Html | string {
  if (!lastRunAt) return say('target.not-probed-yet');
  const [when, duration] = [ago(lastRunAt, now), formatDuration(last?.durationMs ?? 0)];
  const phases = Object.entries(last?.measured?.phases ?? {}).map(
    ([name, ms]) => `${name} ${formatDuration(ms)}`,
  );
  if (phases.length === 0) return markup('target.last-probe', { when, duration });
  return markup('target.last-probe-in-phases', { when, duration, phases: phases.join(', ') });
}

function resultList(results: readonly TimedResult[]): Html {
  if (results.length === 0) return html``;
  return html`<details>
    <summary class="tap">${say('target.recent-results')}</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">${say('target.time')}</th>
          <th scope="col">${say('target.result')}</th>
          <th scope="col">${say('target.duration')}</th>
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
                <td>
                  ${healthMark(isGood ? 'up' : 'down')} ${say(isGood ? 'target.passed' : 'target.failed')}
                </td>
                <td>${formatDuration(durationMs)}</td>
              </tr>`,
          )}
      </tbody>
    </table>
  </details>`;
}

function incidentItem({ id, startedAt, priority, message, status }: Incident): Html {
  const link = (text: Html) => html`<a href="/incidents/${id}">${text}</a>`;
  const urgency = say(`words.priority-${priority}`);
  return html`<li>
    ${
      status.is === 'resolved'
        ? markup('target.incident-resolved', {
            link,
            startedAt: clock(startedAt),
            priority: urgency,
            what: message,
            resolvedAt: clock(status.at),
          })
        : markup('target.incident-open', {
            link,
            startedAt: clock(startedAt),
            priority: urgency,
            what: message,
          })
    }
  </li>`;
}
