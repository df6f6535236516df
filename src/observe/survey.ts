import { worstHealth, type HealthName } from '../core/health.ts';
import type { Monitor, WatchedCheck } from '../probing/monitor.ts';
import type { Breather } from './breather.ts';
import { escapedLabel } from './exposition.ts';
import { proberOf, PROBERS, type Prober } from './probe-families.ts';

/** A check with its labels, made once for all of its families: the inside of the braces and what follows it. */
export interface SurveyedCheck {
  watched: WatchedCheck;
  own: string;
  probe: string;
}

/** All checks as they stand, gone through once for everything that a scrape tells of them. */
export interface Survey {
  checks: ReadonlyMap<Prober, readonly SurveyedCheck[]>;
  /** By the name of the target: a reload in the middle makes new objects. */
  healthOf: ReadonlyMap<string, HealthName>;
  counts: { targets: ReadonlyMap<HealthName, number>; checks: ReadonlyMap<HealthName, number> };
}

export async function surveyChecks(monitor: Pick<Monitor, 'watched'>, breather: Breather): Promise<Survey> {
  const checks = new Map(PROBERS.map((prober) => [prober, [] as SurveyedCheck[]]));
  const healthOf = new Map<string, HealthName>();
  const counted = { targets: new Map<HealthName, number>(), checks: new Map<HealthName, number>() };
  for (const watched of monitor.watched()) {
    const { target, check, prepared, state } = watched;
    const health = state.health.is;
    // Joined: a flat text is written many times faster than one that is still made of pieces.
    const own = ['target="', escapedLabel(target.name), '",check="', escapedLabel(check.name), '"} '].join(
      '',
    );
    const instance = escapedLabel(prepared.instance ?? check.subject);
    // `instance` and `module` are what dashboards made for blackbox_exporter choose by.
    const probe = ['instance="', instance, '",module="', check.type, '",', own].join('');
    checks.get(proberOf(check.type))!.push({ watched, own, probe });
    const before = healthOf.get(target.name);
    healthOf.set(target.name, before === undefined ? health : worstHealth([before, health]));
    increase(counted.checks, health);
    if (breather.isDue()) await breather.turn();
  }
  for (const health of healthOf.values()) increase(counted.targets, health);
  return { checks, healthOf, counts: counted };
}

const increase = (counts: Map<HealthName, number>, health: HealthName): void =>
  void counts.set(health, (counts.get(health) ?? 0) + 1);
