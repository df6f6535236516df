import { formatDuration } from '../../core/duration.ts';
import { HEALTH_NAMES, type HealthName } from '../../core/health.ts';
import type { Incident } from '../../core/incident.ts';
import { onCallSpans } from '../../core/on-call.ts';
import { REASONS } from '../../core/reason.ts';
import { checkSentence } from '../../core/sentence.ts';
import { PRIORITIES, type Target } from '../../core/target.ts';
import { plural } from '../../core/wording.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { ago, clock, healthMark } from './parts.ts';

/** What is wrong now, and who has it? */
export function wallPage(sources: WebSources): string {
  const open = sources.keeper.open().length;
  const title = open > 0 ? `${open} open · Watchdesk` : 'All well · Watchdesk';
  return layout(title, wall(sources), { live: true });
}

/** What the live stream replaces. */
export function wall(sources: WebSources): Html {
  const { keeper, monitor } = sources;
  const now = sources.now();
  const incidents = keeper.open().toSorted(worstFirst);
  const faults = monitor.targets.filter((target) =>
    ['down', 'suspect', 'recovering'].includes(monitor.healthOf(target)),
  );
  return html`<main id="wall">
    ${incidents.length > 0 ? incidentList(incidents, sources, now) : calm(faults.length, sources, now)}
    ${onCall(sources, now)} ${groups(sources, now)}
  </main>`;
}

function worstFirst(a: Incident, b: Incident): number {
  const byPriority = PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority);
  return byPriority || a.startedAt - b.startedAt;
}

function calm(faults: number, { monitor }: WebSources, now: number): Html {
  const checks = [...monitor.watched()];
  const last = Math.max(0, ...checks.map(({ state }) => state.lastRunAt ?? 0));
  const unseen = checks.filter(({ state }) => state.health.is === 'unknown').length;
  const when = last > 0 ? html`last ${ago(last, now)}` : html`none probed yet`;
  const counted = html`${plural(checks.length, 'check')}, ${when}.`;
  const down = monitor.targets.filter((target) => monitor.healthOf(target) === 'down').length;
  if (down > 0) {
    return html`<p class="calm">
      No incident open, but ${plural(down, 'target')} down: resolved by hand, nobody is paged until it has
      been well. ${counted}
    </p>`;
  }
  if (faults > 0) {
    return html`<p class="calm">
      No incident. ${plural(faults, 'target')} in doubt or coming back. ${counted}
    </p>`;
  }
  if (unseen > 0)
    return html`<p class="calm">No incident. ${plural(unseen, 'check')} not known yet. ${counted}</p>`;
  return html`<p class="calm">
    <span class="mark up" aria-hidden="true">●</span> Everything answers. ${counted}
  </p>`;
}

function incidentList(incidents: readonly Incident[], sources: WebSources, now: number): Html {
  return html`<section aria-label="Open incidents">
    <h1>${plural(incidents.length, 'incident')} open</h1>
    <ul class="incidents">
      ${incidents.map((incident) => incidentRow(incident, sources, now))}
    </ul>
  </section>`;
}

function incidentRow(incident: Incident, { config }: WebSources, now: number): Html {
  const { status, ticket, priority, customer } = incident;
  const owner =
    status.is === 'worked'
      ? `${config().people.get(status.by)?.name ?? status.by} has it`
      : 'nobody has it yet';
  return html`<li>
    <a class="incident ${priority}" href="/incidents/${incident.id}">
      <span class="mark down" aria-hidden="true">■</span>
      <span class="what"
        ><strong>${incident.target}</strong>${customer ? html` <span class="soft">${customer}</span>` : ''}
        <span class="why">${incidentSpan(incident, now)}</span></span
      >
      <span class="meta"
        ><span class="tag">${priority}</span
        ><span>${ticket ? `ticket ${ticket.remoteId}` : 'ticket follows'}</span> <span>${owner}</span></span
      ></a
    >
  </li>`;
}

/** `Down again for 42 s, first at …: connection refused` */
function incidentSpan(incident: Incident, now: number): Html {
  const { reopenedAt, startedAt, reason } = incident;
  if (reopenedAt === undefined) return html`Down for ${formatDuration(now - startedAt)}: ${REASONS[reason]}`;
  return html`Down again for ${formatDuration(now - reopenedAt)}, first ${clock(startedAt)}:
  ${REASONS[reason]}`;
}

function onCall({ config }: WebSources, now: number): Html {
  const { schedules, people } = config();
  const from = Temporal.Instant.fromEpochMilliseconds(now);
  const rows = [...schedules.values()].map((schedule) => {
    const [duty, next] = onCallSpans(schedule, from, from.add({ hours: 24 * 60 }));
    const name = (id: string) => people.get(id)?.name ?? id;
    const then = next
      ? html`, then ${name(next.person)} from ${clock(duty!.to.epochMilliseconds)}`
      : html`, no handoff in the next 60 days`;
    return html`<li>
      <span class="soft">${schedule.name}</span> <strong>${name(duty!.person)}</strong>${then}
    </li>`;
  });
  if (rows.length === 0) {
    return html`<section class="oncall">
      <h2>On call</h2>
      <p>Nobody: the config has no schedule under <code>on_call</code>.</p>
    </section>`;
  }
  return html`<section class="oncall">
    <h2>On call</h2>
    <ul>
      ${rows}
    </ul>
  </section>`;
}

function groups(sources: WebSources, now: number): Html {
  const byCustomer = new Map<string, Target[]>();
  for (const target of sources.monitor.targets) {
    const name = target.customer?.name ?? 'Ours';
    const group = byCustomer.get(name);
    if (group) group.push(target);
    else byCustomer.set(name, [target]);
  }
  const ranks = new Map(
    sources.monitor.targets.map((target) => [target, HEALTH_NAMES.indexOf(sources.monitor.healthOf(target))]),
  );
  const rank = (target: Target) => ranks.get(target)!;
  const sorted = [...byCustomer].map(([name, targets]) => {
    const worst = targets.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
    return { name, targets: worst, rank: rank(worst[0]!) };
  });
  sorted.sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name));
  return html`${sorted.map(
    ({ name, targets }) =>
      html`<section class="group">
        <h2>${name} <span class="soft">${summary(targets, sources)}</span></h2>
        <ul class="targets">
          ${targets.map((target) => targetRow(target, sources, now))}
        </ul>
      </section>`,
  )}`;
}

function summary(targets: readonly Target[], { monitor }: WebSources): string {
  const counts = new Map<HealthName, number>();
  for (const target of targets) {
    const health = monitor.healthOf(target);
    counts.set(health, (counts.get(health) ?? 0) + 1);
  }
  return HEALTH_NAMES.flatMap((health) =>
    counts.has(health) ? [`${counts.get(health)} ${health}`] : [],
  ).join(', ');
}

function targetRow(target: Target, { monitor }: WebSources, now: number): Html {
  const health = monitor.healthOf(target);
  const checks = monitor.checksOf(target);
  const telling = checks.find(({ state }) => state.health.is === health);
  const sentence = telling ? checkSentence(telling.state, now) : 'No checks';
  return html`<li>
    <a class="target" href="/targets/${encodeURIComponent(target.name)}"
      >${healthMark(health)} <span class="name">${target.name}</span
      ><span class="kind soft">${target.kind}</span><span class="why">${sentence}</span></a
    >
  </li>`;
}
