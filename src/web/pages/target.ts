import { displayUrl } from '../../core/display-url.ts';
import { checkSentence } from '../../core/sentence.ts';
import type { Incident } from '../../core/incident.ts';
import { formatDuration } from '../../core/duration.ts';
import { plural } from '../../core/wording.ts';
import { holdText } from '../../core/placement.ts';
import { dependencyText, type Target } from '../../core/target.ts';
import type { WatchedCheck } from '../../probing/monitor.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { ago, clock, healthMark, link, maintenanceMark, row } from './parts.ts';

/** Why does it fail? */
export function targetPage(target: Target, incidents: readonly Incident[], sources: WebSources): string {
  const now = sources.now();
  const { monitor, gate, engine } = sources;
  const held = gate.heldOf(target.name);
  const windows = engine.plan.openFor(target, now);
  const health = monitor.healthOf(target);
  const checks = monitor.checksOf(target);
  const { customer, vendor } = target;
  const body = html`<main id="wall">
    <h1>${healthMark(health)} ${target.name} <span class="soft">is ${health}</span></h1>
    ${held.map(({ watched, because, by }) => html`<p class="lead">${watched.check.name}: no incident, ${holdText(because, by)}.</p>`)}
    ${windows.map(({ name, until }) => html`<p>${maintenanceMark()} In maintenance until ${clock(until)}: ${name}.</p>`)}
    <section>
      <h2>Checks</h2>
      <ul class="checks">
        ${checks.map((watched) => checkItem(watched, now))}
      </ul>
    </section>
    <section>
      <h2>Incidents</h2>
      ${
        incidents.length === 0
          ? html`<p class="soft">None so far.</p>`
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
  return layout(`${target.name} is ${health} · Watchdesk`, body, { live: true });
}

function checkItem({ check, state }: WatchedCheck, now: number): Html {
  const { last, health } = state;
  const phases = Object.entries(last?.measured?.phases ?? {}).map(
    ([name, ms]) => `${name} ${formatDuration(ms)}`,
  );
  const { cadence } = check;
  const pace = `Every ${formatDuration(cadence.intervalMs)}, down after ${plural(cadence.failures, 'failed probe')}`;
  return html`<li>
    ${healthMark(health.is)} <strong>${check.name}</strong> <span class="soft">${check.subject}</span>
    <p>${checkSentence(state, now)}</p>
    ${last && last.verdict !== 'good' ? html`<p class="evidence">${last.message}</p>` : ''}
    <p class="soft">
      ${pace}.
      ${state.lastRunAt ? html`Last probe ${ago(state.lastRunAt, now)}, took ${formatDuration(last?.durationMs ?? 0)}` : 'Not probed yet'}${
        phases.length > 0 ? ` (${phases.join(', ')})` : ''
      }.${state.certificateExpiresAt ? html` Certificate until ${clock(state.certificateExpiresAt)}.` : ''}
    </p>
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
