import { scopeText } from '../../core/maintenance.ts';
import { onCallSpans } from '../../core/on-call.ts';
import type { HoldReason } from '../../core/placement.ts';
import { listed } from '../../core/wording.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import type { WebSources } from '../sources.ts';
import type { Reader } from '../reader.ts';
import { layout } from './layout.ts';
import { ago, clock, healthMark, maintenanceMark } from './parts.ts';
import { surveyTargets, type TargetSeen } from './survey-targets.ts';
import { endedButFailing, incidentList, worstFirst } from './wall-incidents.ts';
import { wallGroups } from './wall-groups.ts';
import { refusedConfig } from './monitor.ts';
import { isNarrowed, type WallWish } from './wall-wish.ts';

/** A helpdesk unreachable for less than this is not reported. */
const DEAF_AFTER_MS = 10_000;
/** How far ahead the next handoff is searched. */
const LOOK_AHEAD_DAYS = 60;

/** What is failing now, and who owns it. */
export function wallPage(sources: WebSources, wish: WallWish, reader: Reader): string {
  const now = sources.now();
  const seen = surveyTargets(sources, now);
  const open = sources.keeper.open().length;
  const down = seen.filter(({ health }) => health === 'down').length;
  const calm = down > 0 ? say('wall.title-down', { count: down }) : say('wall.title-well');
  const title = open > 0 ? say('wall.title-open', { count: open }) : calm;
  return layout(`${title} · Watchdesk`, wall(sources, seen, wish, now, reader), {
    live: true,
    isAlarmed: open > 0,
  });
}

/** The part that the live stream replaces. */
function wall(
  sources: WebSources,
  seen: readonly TargetSeen[],
  wish: WallWish,
  now: number,
  reader: Reader,
): Html {
  const incidents = sources.keeper.open().toSorted(worstFirst);
  const news = html`${incidents.length > 0 ? incidentList(incidents, sources, now) : calm(seen, sources, now)}
    ${endedButFailing(sources, now)} ${onCall(sources, now)} ${maintenance(sources, now)}
    <p>
      <a class="tap" href="/incidents">${say('wall.past-incidents')}</a> ·
      <a class="tap" href="/monitor">${say('wall.this-monitor')}</a>
    </p>`;
  // Search results come first, so that the reader need not scroll to them.
  return html`<main id="wall">
    ${incidents.length > 0 && !isNarrowed(wish) ? '' : html`<h1 class="sr">${say('wall.status-wall')}</h1>`}
    ${refusedConfig(sources, reader)} ${blindness(sources)} ${deafness(sources, now)}
    ${isNarrowed(wish) ? banner(incidents.length) : news} ${wallGroups(seen, wish, sources, now)}
  </main>`;
}

/** A reader who is searching still sees that incidents are open. */
const banner = (open: number): Html =>
  open === 0
    ? html``
    : html`<p class="warning"><a href="/">${say('wall.incidents-open', { count: open })}</a></p>`;

/** How a target is counted that is down without an incident, by hold reason. */
const HELD_AS = {
  'resolved-by-hand': 'resolved',
  maintenance: 'in-maintenance',
  behind: 'suppressed',
  'cooling-down': 'rechecked',
  'asking-parents': 'rechecked',
  grouping: 'rechecked',
} as const satisfies Record<HoldReason, string>;

/** Warns that the rest of the page may be outdated. */
function blindness({ lookout }: WebSources): Html {
  if (!lookout.isBlind) return html``;
  return html`<p class="warning" role="alert">${healthMark('unknown')} ${say('wall.lost-connectivity')}</p>`;
}

/** Warns that tickets there are opened late, and that tickets marked urgent there page nobody. */
function deafness({ ticketWatch }: WebSources, now: number): Html {
  const deaf = ticketWatch.deaf.filter(({ since }) => since < now - DEAF_AFTER_MS);
  return html`${deaf.map(
    ({ name, since, why }) =>
      html`<p class="warning" role="alert">
        ${healthMark('unknown')}
        ${markup('wall.helpdesk-silent', { helpdesk: name, since: clock(since), why })}
      </p>`,
  )}`;
}

/** Open maintenance windows, and those that open within a day. */
function maintenance({ planning }: WebSources, now: number): Html {
  const near = planning.windows.list(now).filter(({ span }) => span.from < now + 86_400_000);
  if (near.length === 0)
    return html`<p class="soft"><a href="/maintenance">${say('wall.plan-maintenance')}</a></p>`;
  return html`<section>
    <h2><a href="/maintenance">${say('wall.maintenance')}</a></h2>
    <ul class="plain">
      ${near.map(({ window, span, isOpen }) => {
        const [name, scope] = [window.name, scopeText(window.scope)];
        return html`<li>
          ${maintenanceMark()}
          ${
            isOpen
              ? markup('wall.maintenance-open', { name, scope, until: clock(span.to) })
              : markup('wall.maintenance-planned', { name, scope, from: clock(span.from) })
          }
        </li>`;
      })}
    </ul>
  </section>`;
}

function calm(seen: readonly TargetSeen[], { field, gate }: WebSources, now: number): Html {
  const checks = [...field.watched()];
  const last = Math.max(0, ...checks.map(({ state }) => state.lastRunAt ?? 0));
  const unseen = checks.filter(({ state }) => state.health.is === 'unknown').length;
  const count = checks.length;
  const counted =
    last > 0
      ? markup('wall.checks-with-last-result', { count, when: ago(last, now) })
      : say('wall.checks-without-result', { count });
  const down = seen.filter(({ health }) => health === 'down');
  const faults = seen.filter(({ health }) => health === 'suspect' || health === 'recovering').length;
  if (down.length > 0) {
    const why = heldCounts(down.flatMap(({ target: { name } }) => gate.heldOf(name).slice(0, 1)));
    const said =
      why === ''
        ? say('wall.down-without-incident', { count: down.length })
        : say('wall.down-and-held', { count: down.length, why });
    return html`<p class="calm">${said} ${counted}</p>`;
  }
  if (faults > 0)
    return html`<p class="calm">${say('wall.suspect-or-recovering', { count: faults })} ${counted}</p>`;
  if (unseen > 0)
    return html`<p class="calm">${say('wall.checks-not-probed', { count: unseen })} ${counted}</p>`;
  return html`<p class="calm">
    <span class="mark up" aria-hidden="true">●</span> ${say('wall.all-targets-up')} ${counted}
  </p>`;
}

/** `2 in maintenance, 1 being rechecked` */
function heldCounts(held: readonly { because: HoldReason }[]): string {
  const counts = new Map<(typeof HELD_AS)[HoldReason], number>();
  for (const { because } of held) counts.set(HELD_AS[because], (counts.get(HELD_AS[because]) ?? 0) + 1);
  return [...counts].map(([as, count]) => say(`wall.held-${as}`, { count })).join(', ');
}

function onCall({ config, planning }: WebSources, now: number): Html {
  const { people } = config();
  const { schedules } = planning.roster;
  const from = Temporal.Instant.fromEpochMilliseconds(now);
  const rows = [...schedules.values()].map((schedule) => {
    const [duty, next] = onCallSpans(schedule, from, from.add({ hours: 24 * LOOK_AHEAD_DAYS }));
    const name = (id: string) => people.get(id)?.name ?? id;
    const onDuty = listed([duty!.person, ...duty!.also].map(name));
    return html`<li>
      ${
        next
          ? markup('wall.on-call-until-handoff', {
              schedule: schedule.name,
              people: onDuty,
              next: name(next.person),
              from: clock(duty!.to.epochMilliseconds),
            })
          : markup('wall.on-call-without-handoff', {
              schedule: schedule.name,
              people: onDuty,
              days: LOOK_AHEAD_DAYS,
            })
      }
    </li>`;
  });
  if (rows.length === 0) {
    return html`<section class="oncall">
      <h2>${say('wall.on-call')}</h2>
      <p>${markup('wall.no-one-on-call')}</p>
    </section>`;
  }
  return html`<section class="oncall">
    <h2><a href="/oncall">${say('wall.on-call')}</a></h2>
    <ul>
      ${rows}
    </ul>
  </section>`;
}
