import { worstHealth, type HealthName } from '../core/health.ts';
import type { Field } from '../probing/field.ts';
import type { WatchedCheck } from '../probing/watched-check.ts';
import type { Breather } from './breather.ts';
import { escapedLabel } from './exposition.ts';
import { proberOf, PROBERS, type Prober } from './probe-families.ts';

/** A check with its labels, rendered once for all families: the text inside the braces and what follows it. */
export interface SurveyedCheck {
  watched: WatchedCheck;
  own: string;
  probe: string;
}

/** The current state of all checks, collected in one pass for all families of a scrape. */
export interface Survey {
  checks: ReadonlyMap<Prober, readonly SurveyedCheck[]>;
  /** By target name: a reload in the middle creates new objects. */
  healthOf: ReadonlyMap<string, HealthName>;
  counts: { targets: ReadonlyMap<HealthName, number>; checks: ReadonlyMap<HealthName, number> };
}

export async function surveyChecks(field: Pick<Field, 'watched'>, breather: Breather): Promise<Survey> {
  const checks = new Map(PROBERS.map((prober) => [prober, [] as SurveyedCheck[]]));
  const healthOf = new Map<string, HealthName>();
  const counted = { targets: new Map<HealthName, number>(), checks: new Map<HealthName, number>() };
  for (const watched of field.watched()) {
    const { target, check, prepared, state } = watched;
    const health = state.health.is;
    // Joined: V8 writes a flat string many times faster than a concatenated one.
    const own = ['target="', escapedLabel(target.name), '",check="', escapedLabel(check.name), '"} '].join(
      '',
    );
    const instance = escapedLabel(prepared.instance ?? check.subject);
    // Dashboards made for blackbox_exporter select by `instance` and `module`.
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
