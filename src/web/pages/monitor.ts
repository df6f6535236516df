import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { forAgents, layout } from './layout.ts';
import { clock, row } from './parts.ts';

const SHOWN = 20;

/** A config that was refused: what is wrong with it, and which one is in force meanwhile. */
export function refusedConfig(sources: WebSources, most = 3): Html {
  const { refused, inForceSince } = sources.configState();
  if (!refused) return html``;
  const more = refused.problems.length - most;
  return forAgents(
    html`<div class="warning" role="alert">
      <p>The config was refused ${clock(refused.at)}. The one from ${clock(inForceSince)} stays in force.</p>
      <ul>
        ${refused.problems.slice(0, most).map((problem) => html`<li>${problem}</li>`)}
        ${more > 0 ? html`<li><a href="/monitor">${more} more</a></li>` : ''}
      </ul>
    </div>`,
  );
}

/** How the monitor itself is. */
export function monitorPage(sources: WebSources): string {
  const { config, engine, version, readiness } = sources;
  const { inForceSince } = sources.configState();
  const ready = readiness();
  const { targets, files } = config();
  const checks = targets.reduce((sum, target) => sum + target.checks.length, 0);
  const body = html`<main id="wall">
    <h1>This monitor</h1>
    ${refusedConfig(sources, SHOWN)}
    ${
      ready.is === 'ready'
        ? html`<p class="lead">
            Ready: probes run on schedule, the store takes writes, and nothing is overdue.
          </p>`
        : html`<div class="warning" role="alert">
            <p>Not ready.</p>
            <ul>
              ${ready.why.map((why) => html`<li>${why}</li>`)}
            </ul>
          </div>`
    }
    <dl>
      ${row('Version', version)} ${row('Config in force since', clock(inForceSince))}
      ${row('Config files', files.join(', '))}
      ${row('Monitors', `${targets.length} targets, ${checks} checks`)}
      ${row('Connectivity', engine.isBlind ? 'lost: most anchors do not respond' : 'fine')}
    </dl>
  </main>`;
  return layout('This monitor · Watchdesk', body, { live: true });
}
