import type { Config } from '../config/config.ts';
import { DESK } from '../core/ticket-route.ts';
import type { Watchdesk } from './watchdesk.ts';
import type { Situation } from '../observe/state-families.ts';
import { dutiesAt } from '../on-call/duties.ts';

/** Availability objective for customers whose plan sets none. */
const DEFAULT_OBJECTIVE = 0.999;

/** The current state, for a scrape. */
export function situationOf(
  watchdesk: Watchdesk,
  config: Config,
  { now, storeBytes }: { now: number; storeBytes: number },
): Situation {
  const { keeper, planning, lookout, ticketWatch, office, hub } = watchdesk.components;
  const missing = lookout.sight?.missing ?? [];
  return {
    incidents: keeper.open(),
    nameOf: (person) => config.people.get(person)?.name ?? person,
    urlOf: (incident) => `${config.publicUrl}/incidents/${incident}`,
    windows: planning.windows.list(now),
    duties: dutiesAt(planning.roster.schedules.values(), now, config),
    anchors: (config.connectivity?.anchors ?? []).map((anchor) => ({
      anchor,
      isSeen: lookout.sight !== undefined && !missing.includes(anchor),
    })),
    locations: [...config.locations.keys()].map((location) => ({
      location,
      counts: hub.standingOf(location).is === 'sees',
    })),
    helpdesks: config.helpdesks.filter(({ type }) => type.type !== DESK).map(({ name }) => name),
    deafHelpdesks: ticketWatch.deaf.map(({ name }) => name),
    complaints: watchdesk.complaints().length,
    storeBytes,
    deadlines: office.deadlines(),
    objectives: objectivesOf(config),
  };
}

function objectivesOf({ targets, objectives }: Config): Situation['objectives'] {
  const plans = new Map(
    targets.flatMap(({ customer }) => (customer ? [[customer.name, customer.plan ?? '']] : [])),
  );
  return [...plans].map(([customer, plan]) => ({
    customer,
    plan,
    ratio: objectives.get(plan) ?? DEFAULT_OBJECTIVE,
  }));
}
