import { HEALTH_NAMES, type HealthName } from '../../core/health.ts';
import { holdText } from '../../core/placement.ts';
import { checkSentence, MARKS } from '../../core/sentence.ts';
import type { Target } from '../../core/target.ts';
import { plural } from '../../core/wording.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { healthMark, maintenanceMark } from './parts.ts';
import { Strips } from './strip.ts';
import type { TargetSeen } from './survey-targets.ts';
import { GROUPINGS, isNarrowed, wallAddress, type Grouping, type WallWish } from './wall-wish.ts';

/** With more than so many targets, what is well is counted and not listed. */
const LISTED_IN_FULL = 60;
/** On one page. */
const PAGE_MAX = 500;
/** Of what is wrong in one group. */
const WRONG_MAX = 20;

/** `branch-2` stands before `branch-10`. */
const byName = new Intl.Collator('en', { numeric: true }).compare;

const GROUPING_WORDS: Record<Grouping, string> = { customer: 'Customers', site: 'Sites', kind: 'Kinds' };

function groupOf({ customer, site, kind, ours }: Target, by: Grouping): string {
  if (ours) return 'This monitor';
  if (by === 'kind') return kind;
  return by === 'site' ? (site ?? 'No site') : (customer?.name ?? 'Internal');
}

/** All targets in groups, the worst first: searched, filtered, and counted where they are many. */
export function wallGroups(
  seen: readonly TargetSeen[],
  wish: WallWish,
  sources: WebSources,
  now: number,
): Html {
  const found = seen.filter((one) => isWished(one, wish));
  const strips = new Strips(sources, now);
  const isBrief = !isNarrowed(wish) && !wish.all && seen.length > LISTED_IN_FULL;
  const row = (one: TargetSeen) => targetRow(one, sources, strips, now);
  return html`<section class="targets-part" aria-label="Targets">
    ${finder(seen, wish)}
    ${isNarrowed(wish) ? html`<p class="soft" role="status">${foundText(found.length, seen.length)}</p>` : ''}
    ${onPage(grouped(found, wish.by), wish, isBrief).map((group) => groupPart(group, wish, isBrief, row))}
    ${isBrief ? '' : pages(found.length, wish)}
    ${isBrief ? html`<p class="more"><a href="${wallAddress(wish, { all: true })}">All ${plural(seen.length, 'target')}</a></p>` : ''}
  </section>`;
}

function isWished({ target, health, isPlanned }: TargetSeen, { q, state, group, by }: WallWish): boolean {
  if (state === 'maintenance' ? !isPlanned : state !== undefined && state !== health) return false;
  if (group !== undefined && groupOf(target, by) !== group) return false;
  if (q === '') return true;
  const { name, kind, customer, address, url, site, tags } = target;
  const text = [name, kind, customer?.name, address, url, site, ...tags].join(' ').toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function foundText(count: number, of: number): string {
  if (count === 0) return `No match in ${plural(of, 'target')}.`;
  return `${count} of ${plural(of, 'target')}.`;
}

/** The part of the groups that stands on the wished page. */
function onPage(groups: readonly Group[], { page }: WallWish, isBrief: boolean): readonly Group[] {
  if (isBrief) return groups;
  let skip = (page - 1) * PAGE_MAX;
  let room = PAGE_MAX;
  return groups.flatMap((group) => {
    const members = group.members.slice(skip, skip + room);
    skip = Math.max(0, skip - group.members.length);
    room -= members.length;
    return members.length === 0 ? [] : [{ ...group, members }];
  });
}

/** Where there is more than one. */
function pages(count: number, wish: WallWish): Html {
  const last = Math.ceil(count / PAGE_MAX);
  if (last <= 1) return html``;
  const from = (wish.page - 1) * PAGE_MAX + 1;
  const link = (page: number, words: string) =>
    page < 1 || page > last ? '' : html`<a class="chip" href="${wallAddress(wish, { page })}">${words}</a>`;
  return html`<nav class="chips" aria-label="Pages">
    <span class="soft">Targets ${from}–${Math.min(count, from + PAGE_MAX - 1)} of ${count}</span>
    ${link(wish.page - 1, 'Previous')} ${link(wish.page + 1, 'Next')}
  </nav>`;
}

/** Search, filters and groupings: each a link, so that all of it works without a script. */
function finder(seen: readonly TargetSeen[], wish: WallWish): Html {
  const counts = new Map<HealthName | 'maintenance', number>();
  for (const { health, isPlanned } of seen) {
    counts.set(health, (counts.get(health) ?? 0) + 1);
    if (isPlanned) counts.set('maintenance', (counts.get('maintenance') ?? 0) + 1);
  }
  const states = [...HEALTH_NAMES, 'maintenance' as const].filter(
    (state) => counts.has(state) || wish.state === state,
  );
  return html`<div class="finder">
    <form method="get" action="/" role="search" data-search>
      ${wish.by === 'customer' ? '' : html`<input type="hidden" name="by" value="${wish.by}" />`}
      ${wish.state ? html`<input type="hidden" name="state" value="${wish.state}" />` : ''}
      <input
        type="search"
        name="q"
        value="${wish.q}"
        placeholder="Search targets (press /)"
        aria-label="Search targets"
        aria-keyshortcuts="/"
        maxlength="100"
        autocomplete="off"
      />
    </form>
    <nav class="chips" aria-label="Filter by state">
      ${states.map(
        (state) =>
          html`<a
            class="chip"
            href="${wallAddress(wish, { state: wish.state === state ? undefined : state, group: undefined })}"
            ${wish.state === state ? html`aria-current="true"` : ''}
            ><span class="mark ${state}" aria-hidden="true"
              >${state === 'maintenance' ? '▲' : MARKS[state]}</span
            >${counts.get(state) ?? 0} ${state}</a
          >`,
      )}
    </nav>
    <nav class="chips" aria-label="Group by">
      ${GROUPINGS.map(
        (by) =>
          html`<a
            class="chip"
            href="${wallAddress(wish, { by, group: undefined })}"
            ${wish.by === by ? html`aria-current="true"` : ''}
            >${GROUPING_WORDS[by]}</a
          >`,
      )}
      ${isNarrowed(wish) ? html`<a class="chip" href="${wallAddress({ ...wish, q: '', all: false }, { state: undefined, group: undefined })}">Clear filters</a>` : ''}
    </nav>
  </div>`;
}

interface Group {
  name: string;
  members: readonly TargetSeen[];
}

const rank = (health: HealthName): number => HEALTH_NAMES.indexOf(health);

/** The group with the worst target first. */
function grouped(seen: readonly TargetSeen[], by: Grouping): Group[] {
  const groups = new Map<string, TargetSeen[]>();
  for (const one of seen) {
    const name = groupOf(one.target, by);
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return [...groups]
    .map(([name, members]) => ({
      name,
      members: members.sort(
        (a, b) => rank(a.health) - rank(b.health) || byName(a.target.name, b.target.name),
      ),
    }))
    .sort((a, b) => rank(a.members[0]!.health) - rank(b.members[0]!.health) || byName(a.name, b.name));
}

function groupPart(
  { name, members }: Group,
  wish: WallWish,
  isBrief: boolean,
  row: (one: TargetSeen) => Html,
): Html {
  const summary = summaryOf(members);
  if (!isBrief) {
    return html`<section class="group">
      <h2>${name} <span class="soft">${summary}</span></h2>
      <ul class="targets">
        ${members.map(row)}
      </ul>
    </section>`;
  }
  const wrong = members.filter(({ health }) => health !== 'up' && health !== 'unknown');
  const rest = members.length - Math.min(wrong.length, WRONG_MAX);
  const address = wallAddress(wish, { group: name });
  if (wrong.length === 0) {
    return html`<section class="group brief">
      <h2>
        <a class="row" href="${address}"
          >${healthMark(members[0]!.health)} <span class="name">${name}</span>
          <span class="soft">${summary}</span></a
        >
      </h2>
    </section>`;
  }
  return html`<section class="group">
    <h2>${name} <span class="soft">${summary}</span></h2>
    <ul class="targets">
      ${wrong.slice(0, WRONG_MAX).map(row)}
    </ul>
    ${rest > 0 ? html`<p class="more"><a href="${address}">${plural(rest, 'more target')}</a></p>` : ''}
  </section>`;
}

function summaryOf(members: readonly TargetSeen[]): string {
  const counts = new Map<HealthName, number>();
  for (const { health } of members) counts.set(health, (counts.get(health) ?? 0) + 1);
  return HEALTH_NAMES.flatMap((health) =>
    counts.has(health) ? [`${counts.get(health)} ${health}`] : [],
  ).join(', ');
}

function targetRow(
  { target, health, isPlanned }: TargetSeen,
  { monitor, gate }: WebSources,
  strips: Strips,
  now: number,
): Html {
  const telling = monitor.checksOf(target).find(({ state }) => state.health.is === health);
  const sentence = telling ? checkSentence(telling.state, now) : 'No checks';
  const [held] = gate.heldOf(target.name);
  const waits = held ? `; ${holdText(held.because, held.by)}` : isPlanned ? '; in maintenance' : '';
  return html`<li>
    <a class="target" href="/targets/${encodeURIComponent(target.name)}"
      >${healthMark(health)} <span class="name">${isPlanned ? maintenanceMark() : ''}${target.name}</span
      ><span class="kind soft">${target.kind}</span
      ><span class="why">${sentence}${waits}</span>${target.ours ? '' : strips.small(target.name)}</a
    >
  </li>`;
}
