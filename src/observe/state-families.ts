import { stillAffected, ticketAtHand, ticketName, type Incident } from '../core/incident.ts';
import { scopeText } from '../core/maintenance.ts';
import { HEALTH_NAMES, type HealthName } from '../core/health.ts';
import { isReported, REASONS } from '../core/reason.ts';
import type { PlannedWindow } from '../maintenance/maintenance-plan.ts';
import type { Duty } from '../on-call/duties.ts';
import { familyHead, labelText, type Exposition } from './exposition.ts';

/** The current state, for a scrape. Times are Unix milliseconds. */
export interface Situation {
  incidents: readonly Incident[];
  nameOf(person: string): string;
  /** URL of an incident's page. */
  urlOf(incident: string): string;
  windows: readonly PlannedWindow[];
  duties: readonly Duty[];
  anchors: readonly { anchor: string; isSeen: boolean }[];
  /** `counts`: it reports and sees its own network. */
  locations: readonly { location: string; counts: boolean }[];
  deafHelpdesks: readonly string[];
  helpdesks: readonly string[];
  /** Number of current problems of the monitor itself. */
  complaints: number;
  storeBytes: number;
  /** Running SLA clocks of open tickets, with their deadlines. */
  deadlines: readonly {
    ticket: string;
    helpdesk: string;
    customer: string;
    priority: string;
    clock: string;
    at: number;
  }[];
  /** Availability objective per month as a ratio, by customer. */
  objectives: readonly { customer: string; plan: string; ratio: number }[];
}

/** Number of targets and checks by health. */
export interface HealthCounts {
  targets: ReadonlyMap<HealthName, number>;
  checks: ReadonlyMap<HealthName, number>;
}

type Row = readonly [labels: Record<string, string>, value: number];

interface Family {
  name: string;
  help: string;
  rows(situation: Situation, counts: HealthCounts): readonly Row[];
}

const seconds = (ms: number): number => ms / 1_000;

const perIncident =
  (at: (incident: Incident) => number | undefined) =>
  ({ incidents }: Situation): Row[] =>
    incidents.flatMap((incident): Row[] => {
      const value = at(incident);
      return value === undefined ? [] : [[{ incident: incident.id }, value]];
    });

const perWindow =
  (at: (planned: PlannedWindow) => number) =>
  ({ windows }: Situation): Row[] =>
    windows.map((planned) => {
      const { id, name, scope } = planned.window;
      return [{ window: id, name, scope: scopeText(scope) }, seconds(at(planned))];
    });

const counted = (by: ReadonlyMap<HealthName, number>): Row[] =>
  HEALTH_NAMES.map((health) => [{ health }, by.get(health) ?? 0]);

const FAMILIES: readonly Family[] = [
  {
    name: 'watchdesk_sla_deadline_timestamp_seconds',
    help: 'SLA deadline of a running clock on an open ticket, also when it has passed.',
    rows: ({ deadlines }) => deadlines.map(({ at, ...labels }): Row => [labels, seconds(at)]),
  },
  {
    name: 'watchdesk_open_incident_info',
    help: 'Always 1 while the incident is unresolved; details are in the labels.',
    rows: (situation) => situation.incidents.map((incident): Row => [incidentLabels(incident, situation), 1]),
  },
  {
    name: 'watchdesk_open_incident_started_timestamp_seconds',
    help: 'When the first probe of an unresolved incident failed.',
    rows: perIncident(({ startedAt }) => seconds(startedAt)),
  },
  {
    name: 'watchdesk_open_incident_next_step_timestamp_seconds',
    help: 'When the next escalation step is due; absent when there is none.',
    rows: perIncident(({ episode: { due } }) => {
      const next = Math.min(...due.map(({ dueAt }) => dueAt));
      return next === Infinity ? undefined : seconds(next);
    }),
  },
  {
    name: 'watchdesk_open_incident_next_update_timestamp_seconds',
    help: 'When the next customer update is due; absent when there is none.',
    rows: perIncident(({ updates }) => updates && seconds(updates.nextAt)),
  },
  {
    name: 'watchdesk_open_incident_affected',
    help: 'Targets failing because of this incident, without one of their own.',
    rows: perIncident((incident) => stillAffected(incident).length),
  },
  {
    name: 'watchdesk_targets',
    help: 'Targets by health.',
    rows: (_situation, { targets }) => counted(targets),
  },
  {
    name: 'watchdesk_checks',
    help: 'Checks by health.',
    rows: (_situation, { checks }) => counted(checks),
  },
  {
    name: 'watchdesk_maintenance_start_timestamp_seconds',
    help: 'Start of a maintenance window.',
    rows: perWindow(({ span }) => span.from),
  },
  {
    name: 'watchdesk_maintenance_end_timestamp_seconds',
    help: 'End of a maintenance window.',
    rows: perWindow(({ span }) => span.to),
  },
  {
    name: 'watchdesk_on_call_info',
    help: 'Always 1; the labels say who is on call now and next.',
    rows: ({ duties, nameOf }) =>
      duties.flatMap(({ schedule, people, next }) =>
        people.map((person): Row => [
          { schedule, person, name: nameOf(person), next: next === undefined ? '' : nameOf(next) },
          1,
        ]),
      ),
  },
  {
    name: 'watchdesk_on_call_until_timestamp_seconds',
    help: 'Next on-call handoff.',
    rows: ({ duties }) => duties.map(({ schedule, until }): Row => [{ schedule }, seconds(until)]),
  },
  {
    name: 'watchdesk_on_call_reachable',
    help: '1 when everyone on call now is reachable by at least one channel.',
    rows: ({ duties }) => duties.map(({ schedule, isReachable }): Row => [{ schedule }, Number(isReachable)]),
  },
  {
    name: 'watchdesk_on_call_trouble_timestamp_seconds',
    help: 'First coverage problem in the next 90 days: only the fallback is on call, or someone who is unreachable; 0 when there is none.',
    rows: ({ duties }) =>
      duties.map(({ schedule, troubleAt }): Row => [{ schedule }, seconds(troubleAt ?? 0)]),
  },
  {
    name: 'watchdesk_anchor_up',
    help: '1 when the anchor answered the last probe.',
    rows: ({ anchors }) => anchors.map(({ anchor, isSeen }): Row => [{ anchor }, Number(isSeen)]),
  },
  {
    name: 'watchdesk_location_up',
    help: '1 while the location reports and sees its own network: only then its word counts.',
    rows: ({ locations }) => locations.map(({ location, counts }): Row => [{ location }, Number(counts)]),
  },
  {
    name: 'watchdesk_helpdesk_deaf',
    help: '1 while the helpdesk cannot be polled for changes.',
    rows: ({ helpdesks, deafHelpdesks }) =>
      helpdesks.map((helpdesk): Row => [{ helpdesk }, Number(deafHelpdesks.includes(helpdesk))]),
  },
  {
    name: 'watchdesk_complaints',
    help: 'Number of problems with the monitor itself; /readyz lists them.',
    rows: ({ complaints }) => [[{}, complaints]],
  },
  {
    name: 'watchdesk_store_bytes',
    help: 'Size of the store on disk.',
    rows: ({ storeBytes }) => [[{}, storeBytes]],
  },
  {
    name: 'watchdesk_customer_objective_ratio',
    help: "Availability objective of the customer's plan, as a ratio.",
    rows: ({ objectives }) => objectives.map(({ customer, plan, ratio }): Row => [{ customer, plan }, ratio]),
  },
];

export const STATE_FAMILY_NAMES: readonly string[] = FAMILIES.map(({ name }) => name);

/** Families with few series: incidents, maintenance windows, who is on call, and the monitor itself. */
export function* renderStateFamilies(
  situation: Situation,
  counts: HealthCounts,
  format: Exposition,
  isWanted: (family: string) => boolean,
): Generator<string> {
  for (const { name, help, rows } of FAMILIES.filter((family) => isWanted(family.name))) {
    const lines = rows(situation, counts).map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
    yield familyHead(name, help, 'gauge', format) + lines.join('');
  }
}

function incidentLabels(incident: Incident, { nameOf, urlOf }: Situation): Record<string, string> {
  const { id, target, kind, customer, priority, reason, status, message } = incident;
  const ticket = ticketAtHand(incident);
  return {
    incident: id,
    target: isReported(reason) ? REASONS[reason] : target,
    kind,
    customer: customer ?? '',
    priority,
    reason,
    // Text written by outsiders stays out of series that are kept for months.
    why: kind === 'ticket' && !isReported(reason) ? message : REASONS[reason],
    status: status.is,
    owner: status.is === 'worked' ? nameOf(status.by) : '',
    helpdesk: ticket?.helpdesk ?? incident.helpdesk,
    ticket: ticket ? ticketName(ticket) : '',
    ticket_url: ticket?.url ?? '',
    url: urlOf(id),
  };
}
