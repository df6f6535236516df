import { hash } from 'node:crypto';
import type { z } from 'zod';
import type { Calendar } from '../core/hours.ts';
import type { EscalationStep } from '../core/escalation.ts';
import type { Alarm, AssignTo } from '../core/service/alarm.ts';
import { CLOCKS, type LevelScope, type ServiceLevel } from '../core/service/promise.ts';
import { ALWAYS_NAME, type ServiceSettings } from '../service/service-settings.ts';
import { stepsOf, type Reachable } from './build-escalation.ts';
import type { ConfigProblem } from './config-problem.ts';
import { nearest, noSuch } from './explain-issues.ts';
import type { assignSchema, scope } from './service-schema.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Builds the SLA settings; every name used must exist. */
export function buildService(
  main: YamlFile,
  settings: WatchdeskFile,
  known: Reachable & { calendars: ReadonlyMap<string, Calendar> },
  problems: ConfigProblem[],
): ServiceSettings {
  const { service } = settings;
  const complain = (path: PropertyKey[], problem: string) =>
    void problems.push(main.problem(['service', ...path], problem));
  const checkHours = (name: string | undefined, path: PropertyKey[]) => {
    if (name === undefined || name === ALWAYS_NAME || known.calendars.has(name)) return;
    complain(path, noSuch('calendar', name, [ALWAYS_NAME, ...known.calendars.keys()]));
  };
  checkHours(service.hours, ['hours']);
  const levels = service.levels.map((given, index): ServiceLevel => {
    checkHours(given.hours, ['levels', index, 'hours']);
    const promises: ServiceLevel['promises'] = {};
    for (const clock of CLOCKS) {
      const promised = given[clock];
      if (!promised) continue;
      checkHours(promised.hours, ['levels', index, clock, 'hours']);
      promises[clock] = {
        within: promised.within,
        ...(promised.hours !== undefined && { hours: promised.hours }),
      };
    }
    return {
      name: given.name ?? scopeName(given.for),
      scope: given.for,
      hours: given.hours ?? service.hours,
      promises,
      pausedWhile: given.paused_while ?? service.paused_while,
    };
  });
  const whole = service.levels.findIndex((given) => Object.keys(given.for).length === 0);
  if (whole !== -1 && whole < service.levels.length - 1) {
    complain(
      ['levels', whole + 1],
      'never applies, because the level above it covers all tickets; move it up, or add a `for` to that level',
    );
  }
  const seen = new Map<string, number>();
  const alarms = service.alarms.map((given, index): Alarm => {
    const at = ['service', 'alarms', index];
    const steps: EscalationStep[] =
      given.page === undefined && given.mobilise === undefined
        ? []
        : stepsOf(
            main,
            at,
            {
              after: 0,
              page: given.page,
              mobilise: given.mobilise,
              via: given.via,
              repeat: given.repeat,
              unless: given.unless,
            },
            index,
            known,
            problems,
          );
    // Stays the same across reloads that change other lines.
    const print = hash('sha256', JSON.stringify(given)).slice(0, 10);
    const nth = (seen.get(print) ?? 0) + 1;
    seen.set(print, nth);
    return {
      id: `${given.at} ${print}${nth === 1 ? '' : ` ${nth}`}`,
      clock: given.clock,
      share: given.at,
      scope: given.for,
      steps,
      mailsAssignee: given.mail === 'assignee',
      ...(given.raise && { raise: given.raise }),
      ...(given.reassign && {
        reassign: buildAssign(given.reassign, known, [...at.slice(1), 'reassign'], complain),
      }),
    };
  });
  return { levels, alarms };
}

/** Builds ticket assignment; reports names that do not exist. */
export function buildAssign(
  {
    person,
    round_robin: roundRobin,
    least_loaded: leastLoaded,
    on_call: onCall,
  }: z.output<typeof assignSchema>,
  { people, teams, schedules }: Pick<Reachable, 'people' | 'teams' | 'schedules'>,
  path: PropertyKey[],
  complain: (path: PropertyKey[], problem: string) => void,
): AssignTo {
  const check = (name: string, what: string, key: string, names: readonly string[]) => {
    if (names.includes(name)) return;
    const near = nearest(name, names);
    complain(
      [...path, key],
      `there is no ${what} "${name}"; ${near ? `did you mean "${near}"?` : `known: ${names.join(', ') || 'none'}`}`,
    );
  };
  const team = roundRobin ?? leastLoaded;
  if (team !== undefined) {
    const key = roundRobin === undefined ? 'least_loaded' : 'round_robin';
    check(team, 'team', key, [...teams.keys()]);
    if (teams.get(team)?.members.length === 0)
      complain([...path, key], `team "${team}" has no \`members\` to assign tickets to`);
    return { is: roundRobin === undefined ? 'least-loaded' : 'round-robin', team };
  }
  if (onCall !== undefined) {
    check(onCall, 'schedule', 'on_call', [...schedules.keys()]);
    return { is: 'on-call', schedule: onCall };
  }
  check(person!, 'person', 'person', [...people.keys()]);
  return { is: 'person', name: person! };
}

function scopeName(given: z.output<typeof scope>): string {
  const parts = Object.values(given satisfies LevelScope as Record<string, readonly (string | number)[]>);
  return parts.length === 0 ? 'all others' : parts.map((list) => list.join(' or ')).join(', ');
}
