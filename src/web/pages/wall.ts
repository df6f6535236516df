import { formatDuration } from '../../core/duration.ts';
import { HEALTH_NAMES, type HealthName } from '../../core/health.ts';
import { stillAffected, ticketAtHand, ticketName, type Incident } from '../../core/incident.ts';
import { scopeText } from '../../core/maintenance.ts';
import { onCallSpans } from '../../core/on-call.ts';
import { holdText, type HoldReason } from '../../core/placement.ts';
import { REASONS, stateWord } from '../../core/reason.ts';
import { checkSentence, incidentName } from '../../core/sentence.ts';
import { PRIORITIES, type Target } from '../../core/target.ts';
import { plural } from '../../core/wording.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { layout } from './layout.ts';
import { ago, clock, healthMark, maintenanceMark } from './parts.ts';

/** One answer that is lost is no news. */
const DEAF_AFTER_MS = 10_000;

/** What is wrong now, and who has it? */
export function wallPage(sources: WebSources): string {
  const open = sources.keeper.open().length;
  const down = sources.monitor.targets.filter((target) => sources.monitor.healthOf(target) === 'down').length;
  const calm = down > 0 ? `${plural(down, 'target')} down` : 'All well';
  const title = `${open > 0 ? `${open} open` : calm} · Watchdesk`;
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
    ${blindness(sources)} ${deafness(sources, now)}
    ${incidents.length > 0 ? incidentList(incidents, sources, now) : calm(faults.length, sources, now)}
    ${onCall(sources, now)} ${maintenance(sources, now)} ${groups(sources, now)}
  </main>`;
}

function worstFirst(a: Incident, b: Incident): number {
  const byPriority = PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority);
  return byPriority || a.startedAt - b.startedAt;
}

/** `branch-2` stands before `branch-10`. */
const byName = new Intl.Collator('en', { numeric: true }).compare;

const HELD_WORDS: Record<HoldReason, string> = {
  'resolved-by-hand': 'resolved by hand, nobody is paged until it has been well',
  maintenance: 'in maintenance',
  behind: 'behind another',
  'cooling-down': 'looked at again in a moment',
  'asking-parents': 'looked at again in a moment',
  grouping: 'looked at again in a moment',
};

/** Whoever reads this must know that the rest may be old. */
function blindness({ engine }: WebSources): Html {
  if (!engine.isBlind) return html``;
  return html`<p class="warning" role="alert">
    ${healthMark('unknown')} The monitor is blind: most of its anchors do not answer. What fails is shown as
    unknown until it sees again.
  </p>`;
}

/** Tickets are opened late then, and what humans mark urgent there pages nobody. */
function deafness({ engine }: WebSources, now: number): Html {
  const deaf = engine.deafHelpdesks.filter(({ since }) => since < now - DEAF_AFTER_MS);
  return html`${deaf.map(
    ({ name, since, why }) =>
      html`<p class="warning" role="alert">
        ${healthMark('unknown')} ${name} has not answered since ${clock(since)}: ${why}. Tickets marked urgent
        there page nobody until it does.
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

function calm(faults: number, { monitor, gate }: WebSources, now: number): Html {
  const checks = [...monitor.watched()];
  const last = Math.max(0, ...checks.map(({ state }) => state.lastRunAt ?? 0));
  const unseen = checks.filter(({ state }) => state.health.is === 'unknown').length;
  const when = last > 0 ? html`last ${ago(last, now)}` : html`none probed yet`;
  const counted = html`${plural(checks.length, 'check')}, ${when}.`;
  const down = monitor.targets.filter((target) => monitor.healthOf(target) === 'down');
  if (down.length > 0) {
    const held = down.flatMap(({ name }) => gate.heldOf(name).slice(0, 1));
    const counts = new Map<string, number>();
    for (const { because } of held) counts.set(because, (counts.get(because) ?? 0) + 1);
    const why = [...counts].map(([because, count]) => `${count} ${HELD_WORDS[because as HoldReason]}`);
    return html`<p class="calm">
      No incident open, but ${plural(down.length, 'target')}
      down${why.length > 0 ? `: ${why.join(', ')}` : ''}. ${counted}
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
  const { status, priority, customer } = incident;
  const ticket = ticketAtHand(incident);
  const desk = ticket && ticket !== incident.ticket ? 'desk ' : '';
  const missing = desk ? `, not in ${incident.helpdesk}` : '';
  const affected = stillAffected(incident).length;
  const owner =
    status.is === 'worked'
      ? `${config().people.get(status.by)?.name ?? status.by} has it`
      : 'nobody has it yet';
  return html`<li>
    <a class="incident ${priority}" href="/incidents/${incident.id}">
      <span class="mark down" aria-hidden="true">■</span>
      <span class="what"
        ><strong>${incident.kind === 'ticket' ? incident.message : incidentName(incident)}</strong
        >${customer ? html` <span class="soft">${customer}</span>` : ''}
        <span class="why"
          >${incidentSpan(incident, now)}${affected > 0 ? `, ${affected} behind it` : ''}</span
        ></span
      >
      <span class="meta"
        ><span class="tag">${priority}</span
        ><span>${ticket ? `${desk}ticket ${ticketName(ticket)}${missing}` : 'ticket follows'}</span>
        <span>${owner}</span></span
      ></a
    >
  </li>`;
}

/** `Down again for 42 s, first at …: connection refused` */
function incidentSpan(incident: Incident, now: number): Html {
  const { reopenedAt, startedAt, reason } = incident;
  const state = capitalised(stateWord(reason));
  if (incident.kind === 'ticket')
    return html`${incident.target} ${stateWord(reason)} for ${formatDuration(now - startedAt)}`;
  if (reopenedAt === undefined)
    return html`${state} for ${formatDuration(now - startedAt)}: ${REASONS[reason]}`;
  return html`${state} again for ${formatDuration(now - reopenedAt)}, first ${clock(startedAt)}:
  ${REASONS[reason]}`;
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

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
      <p>Nobody: the config has no schedule under <code>on_call</code>.</p>
    </section>`;
  }
  return html`<section class="oncall">
    <h2><a href="/oncall">On call</a></h2>
    <ul>
      ${rows}
    </ul>
  </section>`;
}

function groups(sources: WebSources, now: number): Html {
  const byCustomer = new Map<string, Target[]>();
  for (const target of sources.monitor.targets) {
    const name = target.ours ? 'This monitor' : (target.customer?.name ?? 'Ours');
    const group = byCustomer.get(name);
    if (group) group.push(target);
    else byCustomer.set(name, [target]);
  }
  const ranks = new Map(
    sources.monitor.targets.map((target) => [target, HEALTH_NAMES.indexOf(sources.monitor.healthOf(target))]),
  );
  const rank = (target: Target) => ranks.get(target)!;
  const sorted = [...byCustomer].map(([name, targets]) => {
    const worst = targets.toSorted((a, b) => rank(a) - rank(b) || byName(a.name, b.name));
    return { name, targets: worst, rank: rank(worst[0]!) };
  });
  sorted.sort((a, b) => a.rank - b.rank || byName(a.name, b.name));
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

function targetRow(target: Target, { monitor, gate, engine }: WebSources, now: number): Html {
  const health = monitor.healthOf(target);
  const checks = monitor.checksOf(target);
  const telling = checks.find(({ state }) => state.health.is === health);
  const sentence = telling ? checkSentence(telling.state, now) : 'No checks';
  const [held] = gate.heldOf(target.name);
  const planned = engine.plan.openFor(target, now).length > 0;
  const waits = held ? `; ${holdText(held.because, held.by)}` : planned ? '; in maintenance' : '';
  return html`<li>
    <a class="target" href="/targets/${encodeURIComponent(target.name)}"
      >${healthMark(health)} <span class="name">${planned ? maintenanceMark() : ''}${target.name}</span
      ><span class="kind soft">${target.kind}</span><span class="why">${sentence}${waits}</span></a
    >
  </li>`;
}
