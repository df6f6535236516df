import { dayBounds, historyDays, spansOfMany, type HistoryDay, type HistorySpan } from '../core/history.ts';
import { failingTargets, stillAffected, type Incident } from '../core/incident.ts';
import { isInScope, type MaintenanceScope } from '../core/maintenance.ts';
import type { Priority, Target } from '../core/target.ts';
import type { PlannedWindow } from '../maintenance/maintenance-plan.ts';
import type { StatusComponent } from './status-settings.ts';

/** A component's state as shown to the public: an outage needs an incident, not just a failed probe. */
export type ComponentState = 'works' | 'outage' | 'maintenance';

export interface PublicComponent {
  name: string;
  state: ComponentState;
  days: readonly HistoryDay[];
}

/** What the public may know of an incident. Times in Unix milliseconds. */
export interface PublicIncident {
  id: string;
  components: readonly string[];
  startedAt: number;
  workedAt?: number;
  /** The on-call staff has been paged. */
  isPaged: boolean;
  /** When it is expected to be resolved; only while that lies in the future. */
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
  /** Open and past incidents, newest first. */
  incidents: readonly Incident[];
  windows: readonly PlannedWindow[];
  /** History spans that apply to all targets. */
  commonSpans: readonly HistorySpan[];
  /** A target's own history spans, by checks of these priorities; undefined when it has no such checks. */
  ownSpansOf(target: Target): readonly HistorySpan[] | undefined;
  now: number;
  timeZone: string;
  /** Number of days shown. */
  days: number;
}

/** Maintenance that begins later than this is not announced yet. */
const PLANNED_AHEAD_MS = 30 * 86_400_000;

/** What the public may know of an incident; undefined when it affects no component that they see. */
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

/** All facts that the public page shows. */
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

/** The targets of each component. Computed once per config: 100,000 targets, and decisions in storms. */
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
  // To the public, a relapse is an outage of its own.
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
