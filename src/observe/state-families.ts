import { stillAffected, ticketAtHand, ticketName, type Incident } from '../core/incident.ts';
import { scopeText } from '../core/maintenance.ts';
import { HEALTH_NAMES, type HealthName } from '../core/health.ts';
import { isReported, REASONS } from '../core/reason.ts';
import type { PlannedWindow } from '../maintenance/maintenance-plan.ts';
import type { Duty } from '../on-call/duties.ts';
import { familyHead, labelText, type Exposition } from './exposition.ts';

/** How things stand, for a scrape. Times are Unix milliseconds. */
export interface Situation {
  incidents: readonly Incident[];
  nameOf(person: string): string;
  /** Page of an incident. */
  urlOf(incident: string): string;
  windows: readonly PlannedWindow[];
  duties: readonly Duty[];
  anchors: readonly { anchor: string; isSeen: boolean }[];
  deafHelpdesks: readonly string[];
  helpdesks: readonly string[];
  /** What is not in order with the monitor itself. */
  complaints: number;
  storeBytes: number;
  /** Clocks of open tickets that run, and when they run out. */
  deadlines: readonly {
    ticket: string;
    helpdesk: string;
    customer: string;
    priority: string;
    clock: string;
    at: number;
  }[];
  /** Share of the month that was promised, by customer. */
  objectives: readonly { customer: string; plan: string; ratio: number }[];
}

/** How many have which health. */
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
    help: 'When a running clock of an open ticket runs out, or has run out.',
    rows: ({ deadlines }) => deadlines.map(({ at, ...labels }): Row => [labels, seconds(at)]),
  },
  {
    name: 'watchdesk_open_incident_info',
    help: 'Always 1 while the incident is not resolved; what it is stands in the labels.',
    rows: (situation) => situation.incidents.map((incident): Row => [incidentLabels(incident, situation), 1]),
  },
  {
    name: 'watchdesk_open_incident_started_timestamp_seconds',
    help: 'The first failed probe of an incident that is not resolved.',
    rows: perIncident(({ startedAt }) => seconds(startedAt)),
  },
  {
    name: 'watchdesk_open_incident_next_step_timestamp_seconds',
    help: 'When the next step of its escalation is due; absent when none is.',
    rows: perIncident(({ due }) => {
      const next = Math.min(...due.map(({ dueAt }) => dueAt));
      return next === Infinity ? undefined : seconds(next);
    }),
  },
  {
    name: 'watchdesk_open_incident_next_update_timestamp_seconds',
    help: 'When customers are told next; absent when they are not told.',
    rows: perIncident(({ updates }) => updates && seconds(updates.nextAt)),
  },
  {
    name: 'watchdesk_open_incident_affected',
    help: 'Targets that fail because of it, without an incident of their own.',
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
    help: 'When planned work begins or began.',
    rows: perWindow(({ span }) => span.from),
  },
  {
    name: 'watchdesk_maintenance_end_timestamp_seconds',
    help: 'When planned work ends.',
    rows: perWindow(({ span }) => span.to),
  },
  {
    name: 'watchdesk_on_call_info',
    help: 'Always 1; who is on call now and next.',
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
    help: 'When whoever is on call hands over.',
    rows: ({ duties }) => duties.map(({ schedule, until }): Row => [{ schedule }, seconds(until)]),
  },
  {
    name: 'watchdesk_on_call_reachable',
    help: '1 when everybody who is on call now can be reached by some channel.',
    rows: ({ duties }) => duties.map(({ schedule, isReachable }): Row => [{ schedule }, Number(isReachable)]),
  },
  {
    name: 'watchdesk_on_call_trouble_timestamp_seconds',
    help: 'The first time in the next 90 days when nobody but the fallback is on call, or somebody whom nothing reaches; 0 when there is none.',
    rows: ({ duties }) =>
      duties.map(({ schedule, troubleAt }): Row => [{ schedule }, seconds(troubleAt ?? 0)]),
  },
  {
    name: 'watchdesk_anchor_up',
    help: '1 when the anchor answered when it was last asked.',
    rows: ({ anchors }) => anchors.map(({ anchor, isSeen }): Row => [{ anchor }, Number(isSeen)]),
  },
  {
    name: 'watchdesk_helpdesk_deaf',
    help: '1 while the helpdesk does not say what has changed.',
    rows: ({ helpdesks, deafHelpdesks }) =>
      helpdesks.map((helpdesk): Row => [{ helpdesk }, Number(deafHelpdesks.includes(helpdesk))]),
  },
  {
    name: 'watchdesk_complaints',
    help: 'What is not in order with the monitor itself, counted; /readyz says it in words.',
    rows: ({ complaints }) => [[{}, complaints]],
  },
  {
    name: 'watchdesk_store_bytes',
    help: 'Size of the store on disk.',
    rows: ({ storeBytes }) => [[{}, storeBytes]],
  },
  {
    name: 'watchdesk_customer_objective_ratio',
    help: 'Share of the time for which the targets of the customer are to be available, by the plan.',
    rows: ({ objectives }) => objectives.map(({ customer, plan, ratio }): Row => [{ customer, plan }, ratio]),
  },
];

export const STATE_FAMILY_NAMES: readonly string[] = FAMILIES.map(({ name }) => name);

/** What is few: incidents, planned work, who is on call, and the monitor itself. */
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
    // What somebody outside has written stays out of series that are kept for months.
    why: kind === 'ticket' && !isReported(reason) ? message : REASONS[reason],
    status: status.is,
    owner: status.is === 'worked' ? nameOf(status.by) : '',
    helpdesk: ticket?.helpdesk ?? incident.helpdesk,
    ticket: ticket ? ticketName(ticket) : '',
    ticket_url: ticket?.url ?? '',
    url: urlOf(id),
  };
}
