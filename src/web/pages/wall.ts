import { scopeText } from '../../core/maintenance.ts';
import { onCallSpans } from '../../core/on-call.ts';
import type { HoldReason } from '../../core/placement.ts';
import { plural } from '../../core/wording.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { ago, clock, healthMark, maintenanceMark } from './parts.ts';
import { surveyTargets, type TargetSeen } from './survey-targets.ts';
import { endedButFailing, incidentList, worstFirst } from './wall-incidents.ts';
import { wallGroups } from './wall-groups.ts';
import { refusedConfig } from './monitor.ts';
import { isNarrowed, type WallWish } from './wall-wish.ts';

/** One answer that is lost is no news. */
const DEAF_AFTER_MS = 10_000;

/** What is wrong now, and who has it? */
export function wallPage(sources: WebSources, wish: WallWish): string {
  const now = sources.now();
  const seen = surveyTargets(sources, now);
  const open = sources.keeper.open().length;
  const down = seen.filter(({ health }) => health === 'down').length;
  const calm = down > 0 ? `${plural(down, 'target')} down` : 'All well';
  const title = `${open > 0 ? `${open} open` : calm} · Watchdesk`;
  return layout(title, wall(sources, seen, wish, now), { live: true, isAlarmed: open > 0 });
}

/** What the live stream replaces. */
function wall(sources: WebSources, seen: readonly TargetSeen[], wish: WallWish, now: number): Html {
  const incidents = sources.keeper.open().toSorted(worstFirst);
  const news = html`${incidents.length > 0 ? incidentList(incidents, sources, now) : calm(seen, sources, now)}
    ${endedButFailing(sources, now)} ${onCall(sources, now)} ${maintenance(sources, now)}
    <p>
      <a class="tap" href="/incidents">Past incidents</a> · <a class="tap" href="/monitor">This monitor</a>
    </p>`;
  // Who looks for something wants to see it, not to scroll to it.
  return html`<main id="wall">
    ${incidents.length > 0 && !isNarrowed(wish) ? '' : html`<h1 class="sr">Status wall</h1>`}
    ${refusedConfig(sources)} ${blindness(sources)} ${deafness(sources, now)}
    ${isNarrowed(wish) ? banner(incidents.length) : news} ${wallGroups(seen, wish, sources, now)}
  </main>`;
}

/** Who looks for something else still sees that there is something. */
const banner = (open: number): Html =>
  open === 0 ? html`` : html`<p class="warning"><a href="/">${plural(open, 'incident')} open</a></p>`;

const HELD_WORDS: Record<HoldReason, string> = {
  'resolved-by-hand': 'resolved manually, not paging until recovery',
  maintenance: 'in maintenance',
  behind: 'suppressed by a failing dependency',
  'cooling-down': 'being rechecked',
  'asking-parents': 'being rechecked',
  grouping: 'being rechecked',
};

/** Whoever reads this must know that the rest may be old. */
function blindness({ engine }: WebSources): Html {
  if (!engine.isBlind) return html``;
  return html`<p class="warning" role="alert">
    ${healthMark('unknown')} The monitor has lost connectivity: most of its anchors don't respond. Failing
    targets show as unknown until connectivity returns.
  </p>`;
}

/** Tickets are opened late then, and what humans mark urgent there pages nobody. */
function deafness({ engine }: WebSources, now: number): Html {
  const deaf = engine.deafHelpdesks.filter(({ since }) => since < now - DEAF_AFTER_MS);
  return html`${deaf.map(
    ({ name, since, why }) =>
      html`<p class="warning" role="alert">
        ${healthMark('unknown')} ${name} has not responded since ${clock(since)}: ${why}. Tickets marked
        urgent there don't page anyone until it does.
      </p>`,
  )}`;
}

/** What is open, and what comes within a day. */
function maintenance({ engine }: WebSources, now: number): Html {
  const near = engine.plan.list(now).filter(({ span }) => span.from < now + 86_400_000);
  if (near.length === 0) return html`<p class="soft"><a href="/maintenance">Plan maintenance</a></p>`;
  return html`<section>
    <h2><a href="/maintenance">Maintenance</a></h2>
    <ul class="plain">
      ${near.map(
        ({ window, span, isOpen }) =>
          html`<li>
            ${maintenanceMark()} <strong>${window.name}</strong>
            <span class="soft">${scopeText(window.scope)}</span>
            ${isOpen ? html`until ${clock(span.to)}` : html`from ${clock(span.from)}`}
          </li>`,
      )}
    </ul>
  </section>`;
}

function calm(seen: readonly TargetSeen[], { monitor, gate }: WebSources, now: number): Html {
  const checks = [...monitor.watched()];
  const last = Math.max(0, ...checks.map(({ state }) => state.lastRunAt ?? 0));
  const unseen = checks.filter(({ state }) => state.health.is === 'unknown').length;
  const when = last > 0 ? html`last ${ago(last, now)}` : html`no results yet`;
  const counted = html`${plural(checks.length, 'check')}, ${when}.`;
  const down = seen.filter(({ health }) => health === 'down');
  const faults = seen.filter(({ health }) => health === 'suspect' || health === 'recovering').length;
  if (down.length > 0) {
    const held = down.flatMap(({ target: { name } }) => gate.heldOf(name).slice(0, 1));
    const counts = new Map<string, number>();
    for (const { because } of held) counts.set(because, (counts.get(because) ?? 0) + 1);
    const why = [...counts].map(([because, count]) => `${count} ${HELD_WORDS[because as HoldReason]}`);
    return html`<p class="calm">
      No open incidents, but ${plural(down.length, 'target')}
      down${why.length > 0 ? `: ${why.join(', ')}` : ''}. ${counted}
    </p>`;
  }
  if (faults > 0) {
    return html`<p class="calm">
      No open incidents. ${plural(faults, 'target')} suspect or recovering. ${counted}
    </p>`;
  }
  if (unseen > 0)
    return html`<p class="calm">
      No open incidents. ${plural(unseen, 'check')} without a result yet. ${counted}
    </p>`;
  return html`<p class="calm">
    <span class="mark up" aria-hidden="true">●</span> All targets are up. ${counted}
  </p>`;
}

function onCall({ config, engine }: WebSources, now: number): Html {
  const { people } = config();
  const { schedules } = engine.roster;
  const from = Temporal.Instant.fromEpochMilliseconds(now);
  const rows = [...schedules.values()].map((schedule) => {
    const [duty, next] = onCallSpans(schedule, from, from.add({ hours: 24 * 60 }));
    const name = (id: string) => people.get(id)?.name ?? id;
    const also = duty!.also.map((id) => ` and ${name(id)}`).join('');
    const then = next
      ? html`, then ${name(next.person)} from ${clock(duty!.to.epochMilliseconds)}`
      : html`, no handoff in the next 60 days`;
    return html`<li>
      <span class="soft">${schedule.name}</span> <strong>${name(duty!.person)}</strong>${also}${then}
    </li>`;
  });
  if (rows.length === 0) {
    return html`<section class="oncall">
      <h2>On call</h2>
      <p>No one is on call: the config has no schedule under <code>on_call</code>.</p>
    </section>`;
  }
  return html`<section class="oncall">
    <h2><a href="/oncall">On call</a></h2>
    <ul>
      ${rows}
    </ul>
  </section>`;
}
