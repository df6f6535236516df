import { dayBounds, historyDays, spansOfMany, type HistoryDay, type HistorySpan } from '../core/history.ts';
import { failingTargets, stillAffected, type Incident } from '../core/incident.ts';
import { isInScope, type MaintenanceScope } from '../core/maintenance.ts';
import type { Priority, Target } from '../core/target.ts';
import type { PlannedWindow } from '../maintenance/maintenance-plan.ts';
import type { StatusComponent } from './status-settings.ts';

/** How a part stands, as the public is told: an outage is what has an incident, not every failed probe. */
export type ComponentState = 'works' | 'outage' | 'maintenance';

export interface PublicComponent {
  name: string;
  state: ComponentState;
  days: readonly HistoryDay[];
}

/** What of an incident the public may know. Unix milliseconds. */
export interface PublicIncident {
  id: string;
  components: readonly string[];
  startedAt: number;
  workedAt?: number;
  /** Somebody has been paged. */
  isPaged: boolean;
  /** When it is expected to be over; only while that lies ahead. */
  expectedAt?: number;
  resolvedAt?: number;
}

export interface PublicWork {
  id: string;
  components: readonly string[];
  from: number;
  to: number;
  isOpen: boolean;
}

export interface StatusView {
  components: readonly PublicComponent[];
  current: readonly PublicIncident[];
  past: readonly PublicIncident[];
  planned: readonly PublicWork[];
}

export interface StatusInput {
  components: readonly StatusComponent[];
  priorities: readonly Priority[];
  targets: readonly Target[];
  /** Open ones and those of the past, the newest first. */
  incidents: readonly Incident[];
  windows: readonly PlannedWindow[];
  /** Of all of them. */
  commonSpans: readonly HistorySpan[];
  /** A target's own, by checks of these priorities; undefined when it has none. */
  ownSpansOf(target: Target): readonly HistorySpan[] | undefined;
  now: number;
  timeZone: string;
  /** Days that are shown. */
  days: number;
}

/** What is due to begin later than this is no news yet. */
const PLANNED_AHEAD_MS = 30 * 86_400_000;

/** What the public may know of an incident; undefined when it is about no part that they see. */
export function publicIncidentOf(
  incident: Incident,
  { components, priorities }: Pick<StatusInput, 'components' | 'priorities'>,
  targets: readonly Target[],
  now: number,
): PublicIncident | undefined {
  if (!priorities.includes(incident.priority)) return undefined;
  const shown = publicIncident(incident, components, partsOf(components, targets).names, now);
  return shown.components.length > 0 ? shown : undefined;
}

/** Everything that the public page says, in facts. */
export function statusView(facts: StatusInput): StatusView {
  const { components, targets, now, timeZone, days } = facts;
  const { members } = partsOf(components, targets);
  const bounds = dayBounds(days, now, timeZone);
  const since = bounds[0]!;
  const shown = facts.incidents.flatMap((incident) => publicIncidentOf(incident, facts, targets, now) ?? []);
  const current = shown.filter(({ resolvedAt }) => resolvedAt === undefined);
  const planned = facts.windows
    .filter(({ span }) => span.from < now + PLANNED_AHEAD_MS)
    .map((one) => publicWork(one, components, members))
    .filter((work) => work.components.length > 0);
  return {
    components: components.map(({ name }, index): PublicComponent => {
      const own = members[index]!.flatMap((target) => {
        const spans = facts.ownSpansOf(target);
        return spans ? [spans] : [];
      });
      const hasOutage = current.some((incident) => incident.components.includes(name));
      const isPlanned = planned.some((work) => work.isOpen && work.components.includes(name));
      return {
        name,
        state: hasOutage ? 'outage' : isPlanned ? 'maintenance' : 'works',
        days: historyDays(spansOfMany(own, facts.commonSpans, now), bounds, now),
      };
    }),
    current,
    past: shown.filter(({ resolvedAt }) => resolvedAt !== undefined && resolvedAt >= since),
    planned,
  };
}

const knownParts = new WeakMap<
  readonly StatusComponent[],
  { of: readonly Target[]; names: ReadonlySet<string>[]; members: Target[][] }
>();

/** The targets of each part. Gone through once a config: there may be 100,000 of them, and decisions come in storms. */
function partsOf(components: readonly StatusComponent[], targets: readonly Target[]) {
  let parts = knownParts.get(components);
  if (parts?.of !== targets) {
    const members = components.map(({ scope }) => targets.filter((target) => isInScope(scope, target)));
    const names = members.map((some) => new Set(some.map(({ name }) => name)));
    knownParts.set(components, (parts = { of: targets, names, members }));
  }
  return parts;
}

function affectedBy(
  incident: Incident,
  components: readonly StatusComponent[],
  names: readonly ReadonlySet<string>[],
): string[] {
  const hit = new Set([
    incident.target,
    ...incident.failing.map(({ target }) => target),
    ...failingTargets(incident),
    ...stillAffected(incident).map(({ target }) => target),
  ]);
  return components.filter((_, index) => !hit.isDisjointFrom(names[index]!)).map(({ name }) => name);
}

function publicIncident(
  incident: Incident,
  components: readonly StatusComponent[],
  names: readonly ReadonlySet<string>[],
  now: number,
): PublicIncident {
  const { id, status } = incident;
  // A relapse is an outage of its own for those who look from outside.
  const { startedAt, estimate } = incident.episode;
  const isOver = status.is === 'resolved';
  return {
    id,
    components: affectedBy(incident, components, names),
    startedAt,
    isPaged: incident.episode.told.some(({ by }) => by === 'page'),
    ...(status.is === 'worked' && { workedAt: status.at }),
    ...(!isOver && estimate && estimate.at > now && { expectedAt: estimate.at }),
    ...(isOver && { resolvedAt: status.at }),
  };
}

function publicWork(
  { window, span, isOpen }: PlannedWindow,
  components: readonly StatusComponent[],
  members: readonly (readonly Target[])[],
): PublicWork {
  const touches = (scope: MaintenanceScope, index: number) =>
    members[index]!.some((target) => isInScope(scope, target));
  return {
    id: window.id,
    components: components.filter((_, index) => touches(window.scope, index)).map(({ name }) => name),
    from: span.from,
    to: span.to,
    isOpen,
  };
}
