import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import type { Reader } from '../reader.ts';
import { layout } from './layout.ts';
import { clock, row } from './parts.ts';

const SHOWN = 20;

/** A refused config: its problems, and which config is in force meanwhile. */
export function refusedConfig(sources: WebSources, reader: Reader, most = 3): Html {
  const { refused, inForceSince } = sources.configState();
  if (!refused) return html``;
  const more = refused.problems.length - most;
  if (!reader.mayAct) return html``;
  return html`<div class="warning" role="alert">
    <p>
      ${markup('monitor.config-refused', { refusedAt: clock(refused.at), inForceSince: clock(inForceSince) })}
    </p>
    <ul>
      ${refused.problems.slice(0, most).map((problem) => html`<li>${problem}</li>`)}
      ${more > 0 ? html`<li><a href="/monitor">${say('monitor.more-problems', { count: more })}</a></li>` : ''}
    </ul>
  </div>`;
}

/** The state of the monitor itself. */
export function monitorPage(sources: WebSources, reader: Reader): string {
  const { config, lookout, version, readiness } = sources;
  const { inForceSince } = sources.configState();
  const ready = readiness();
  const { targets, files } = config();
  const checks = targets.reduce((sum, target) => sum + target.checks.length, 0);
  const body = html`<main id="wall">
    <h1>${say('monitor.title')}</h1>
    ${refusedConfig(sources, reader, SHOWN)}
    ${
      ready.is === 'ready'
        ? html`<p class="lead">${say('monitor.ready')}</p>`
        : html`<div class="warning" role="alert">
            <p>${say('monitor.not-ready')}</p>
            <ul>
              ${ready.why.map((why) => html`<li>${why}</li>`)}
            </ul>
          </div>`
    }
    <dl>
      ${row(say('monitor.version'), version)}
      ${row(say('monitor.config-in-force-since'), clock(inForceSince))}
      ${row(say('monitor.config-files'), files.join(', '))}
      ${row(say('monitor.monitors'), say('monitor.targets-and-checks', { targets: targets.length, checks }))}
      ${row(say('monitor.connectivity'), say(lookout.isBlind ? 'monitor.connectivity-lost' : 'monitor.connectivity-fine'))}
    </dl>
  </main>`;
  return layout(`${say('monitor.title')} · Watchdesk`, body, { live: true });
}
