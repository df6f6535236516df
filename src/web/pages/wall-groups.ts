import { HEALTH_NAMES, type HealthName } from '../../core/health.ts';
import { holdText } from '../../core/placement.ts';
import { checkSentence, MARKS } from '../../core/sentence.ts';
import type { Target } from '../../core/target.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import type { WebSources } from '../sources.ts';
import { healthMark, maintenanceMark } from './parts.ts';
import { Strips } from './strip.ts';
import type { TargetSeen } from './survey-targets.ts';
import { GROUPINGS, isNarrowed, wallAddress, type Grouping, type WallWish } from './wall-wish.ts';

/** With more targets than this, those that are up are counted and not listed. */
const LISTED_IN_FULL = 60;
/** Targets on one page. */
const PAGE_MAX = 500;
/** Failing targets listed per group. */
const WRONG_MAX = 20;
/** Failing targets listed over all groups: in a large outage the groups only show counts. */
const BRIEF_MAX = 200;

/** `host2` before `host10`. */
const byName = new Intl.Collator('en', { numeric: true }).compare;

/** The group as named in URLs, in any page language; empty for targets without a customer or site. */
function groupOf({ customer, site, kind, ours }: Target, by: Grouping): string {
  if (ours) return 'this-monitor';
  if (by === 'kind') return kind;
  return (by === 'site' ? site : customer?.name) ?? '';
}

function groupName({ customer, site, kind, ours }: Target, by: Grouping): string {
  if (ours) return say('wall.this-monitor');
  if (by === 'kind') return say(`frame.kind-${kind}`);
  return by === 'site'
    ? (site ?? say('wall.group-without-site'))
    : (customer?.name ?? say('wall.group-without-customer'));
}

/** All targets in groups, worst first: searched, filtered, and only counted where there are many. */
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
  let room = BRIEF_MAX;
  const parts = onPage(grouped(found, wish.by), wish, isBrief).map((group) => {
    const wrong = isBrief ? wrongOf(group).slice(0, Math.min(WRONG_MAX, room)) : [];
    room -= wrong.length;
    return groupPart(group, wish, isBrief, row, wrong);
  });
  return html`<section class="targets-part" aria-label="${say('wall.targets')}">
    ${finder(seen, wish)}
    ${isNarrowed(wish) ? html`<p class="soft" role="status">${foundText(found.length, seen.length)}</p>` : ''}
    ${parts} ${isBrief ? '' : pages(found.length, wish)}
    ${isBrief ? html`<p class="more"><a href="${wallAddress(wish, { all: true })}">${say('wall.all-targets', { count: seen.length })}</a></p>` : ''}
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

const foundText = (count: number, total: number): string =>
  count === 0 ? say('wall.no-match', { total }) : say('wall.matches', { count, total });

/** The part of the groups that is on the requested page. */
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

/** Page links, if there is more than one page. */
function pages(count: number, wish: WallWish): Html {
  const last = Math.ceil(count / PAGE_MAX);
  if (last <= 1) return html``;
  const from = (wish.page - 1) * PAGE_MAX + 1;
  const link = (page: number, words: string) =>
    page < 1 || page > last ? '' : html`<a class="chip" href="${wallAddress(wish, { page })}">${words}</a>`;
  return html`<nav class="chips" aria-label="${say('wall.pages')}">
    <span class="soft"
      >${say('wall.page-of-targets', { from, to: Math.min(count, from + PAGE_MAX - 1), count })}</span
    >
    ${link(wish.page - 1, say('wall.previous-page'))} ${link(wish.page + 1, say('wall.next-page'))}
  </nav>`;
}

/** Search, filters and groupings: each is a link, so that all of it works without a script. */
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
        placeholder="${say('wall.search-placeholder')}"
        aria-label="${say('wall.search-targets')}"
        aria-keyshortcuts="/"
        maxlength="100"
        autocomplete="off"
      />
    </form>
    <nav class="chips" aria-label="${say('wall.filter-by-state')}">
      ${states.map(
        (state) =>
          html`<a
            class="chip"
            href="${wallAddress(wish, { state: wish.state === state ? undefined : state, group: undefined })}"
            ${wish.state === state ? html`aria-current="true"` : ''}
            ><span class="mark ${state}" aria-hidden="true"
              >${state === 'maintenance' ? '▲' : MARKS[state]}</span
            >${say(`wall.count-${state}`, { count: counts.get(state) ?? 0 })}</a
          >`,
      )}
    </nav>
    <nav class="chips" aria-label="${say('wall.group-by')}">
      ${GROUPINGS.map(
        (by) =>
          html`<a
            class="chip"
            href="${wallAddress(wish, { by, group: undefined })}"
            ${wish.by === by ? html`aria-current="true"` : ''}
            >${say(`wall.by-${by}`)}</a
          >`,
      )}
      ${isNarrowed(wish) ? html`<a class="chip" href="${wallAddress({ ...wish, q: '', all: false }, { state: undefined, group: undefined })}">${say('wall.clear-filters')}</a>` : ''}
    </nav>
  </div>`;
}

interface Group {
  key: string;
  name: string;
  members: readonly TargetSeen[];
}

const rank = (health: HealthName): number => HEALTH_NAMES.indexOf(health);

/** The group with the worst target first. */
function grouped(seen: readonly TargetSeen[], by: Grouping): Group[] {
  const groups = new Map<string, TargetSeen[]>();
  for (const one of seen) {
    const key = groupOf(one.target, by);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups]
    .map(([key, members]) => ({
      key,
      name: groupName(members[0]!.target, by),
      members: members.sort((a, b) => rank(a.health) - rank(b.health) || a.place - b.place),
    }))
    .sort((a, b) => rank(a.members[0]!.health) - rank(b.members[0]!.health) || byName(a.name, b.name));
}

/** Targets that need attention. */
const wrongOf = ({ members }: Group): TargetSeen[] =>
  members.filter(({ health }) => health !== 'up' && health !== 'unknown');

function groupPart(
  { key, name, members }: Group,
  wish: WallWish,
  isBrief: boolean,
  row: (one: TargetSeen) => Html,
  wrong: readonly TargetSeen[],
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
  const rest = members.length - wrong.length;
  const address = wallAddress(wish, { group: key });
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
      ${wrong.map(row)}
    </ul>
    ${rest > 0 ? html`<p class="more"><a href="${address}">${say('wall.more-targets', { count: rest })}</a></p>` : ''}
  </section>`;
}

function summaryOf(members: readonly TargetSeen[]): string {
  const counts = new Map<HealthName, number>();
  for (const { health } of members) counts.set(health, (counts.get(health) ?? 0) + 1);
  return HEALTH_NAMES.flatMap((health) => {
    const count = counts.get(health);
    return count === undefined ? [] : [say(`wall.count-${health}`, { count })];
  }).join(', ');
}

function targetRow(
  { target, health, isPlanned }: TargetSeen,
  { field, gate }: WebSources,
  strips: Strips,
  now: number,
): Html {
  const telling = field.checksOf(target).find(({ state }) => state.health.is === health);
  const sentence = telling ? checkSentence(telling.state, now) : say('wall.no-checks');
  const [held] = gate.heldOf(target.name);
  const waits = held ? holdText(held.because, held.by) : isPlanned ? say('wall.in-maintenance') : '';
  return html`<li>
    <a class="target" href="/targets/${encodeURIComponent(target.name)}"
      >${healthMark(health)} <span class="name">${isPlanned ? maintenanceMark() : ''}${target.name}</span
      ><span class="kind soft">${say(`frame.kind-${target.kind}`)}</span
      ><span class="why">${sentence}${waits && `; ${waits}`}</span
      >${target.ours ? '' : strips.small(target.name)}</a
    >
  </li>`;
}
