import { statSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { DESK } from '../core/ticket-route.ts';
import type { Engine } from './engine.ts';
import type { Situation } from '../observe/state-families.ts';
import { dutiesAt } from '../on-call/duties.ts';

/** What a customer without a plan of their own is promised. */
const DEFAULT_OBJECTIVE = 0.999;

/** How things stand with an engine, for a scrape. */
export function situationOf(engine: Engine, config: Config, now: number): Situation {
  const { keeper, plan, roster, lookout } = engine;
  const missing = lookout.sight?.missing ?? [];
  return {
    incidents: keeper.open(),
    nameOf: (person) => config.people.get(person)?.name ?? person,
    urlOf: (incident) => `${config.publicUrl}/incidents/${incident}`,
    windows: plan.list(now),
    duties: dutiesAt(roster.schedules.values(), now, config),
    anchors: (config.connectivity?.anchors ?? []).map((anchor) => ({
      anchor,
      isSeen: lookout.sight !== undefined && !missing.includes(anchor),
    })),
    helpdesks: config.helpdesks.filter(({ type }) => type.type !== DESK).map(({ name }) => name),
    deafHelpdesks: engine.deafHelpdesks.map(({ name }) => name),
    complaints: engine.complaints().length,
    storeBytes: bytesOf(config.storePath) + bytesOf(`${config.storePath}-wal`),
    deadlines: engine.office.deadlines(),
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

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
