import type { MaintenanceWindow } from '../core/maintenance.ts';
import type { Target } from '../core/target.ts';
import type { Routing } from './build-routing.ts';
import type { Config } from './config.ts';
import type { ConfigProblem } from './config-problem.ts';
import { nearest } from './explain-issues.ts';
import { buildWindow } from './maintenance-schema.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Builds the maintenance windows of the config; names used in them must exist. */
export function buildWindows(
  main: YamlFile,
  { maintenance }: WatchdeskFile,
  targets: readonly Target[],
  timeZone: string,
  problems: ConfigProblem[],
): MaintenanceWindow[] {
  return maintenance.flatMap((entry, index) => {
    const id = `config-${index + 1}`;
    const built = buildWindow(entry, { id, timeZone, targets });
    if (!Array.isArray(built)) return [built];
    // Targets may be in a file that could not be read; that file's error is enough.
    if (problems.length === 0 || targets.length > 0) {
      for (const { path, problem } of built) {
        problems.push(main.problem(['maintenance', index, ...path.map(asKey)], problem));
      }
    }
    return [];
  });
}

const asKey = (part: string): PropertyKey => (/^\d+$/.test(part) ? Number(part) : part);

export function buildConnectivity({ connectivity }: WatchdeskFile): Config['connectivity'] {
  if (!connectivity) return undefined;
  const { anchors, interval: intervalMs, timeout: timeoutMs, failures, recoveries } = connectivity;
  return { anchors, cadence: { intervalMs, timeoutMs, retryIntervalMs: intervalMs, failures, recoveries } };
}

export const buildLocations = ({ locations }: WatchdeskFile): Config['locations'] =>
  new Map(
    Object.entries(locations).map(([name, { lost_after: lostAfterMs, priority, anchors }]) => [
      name,
      { lostAfterMs, priority, ...(anchors && { anchors }) },
    ]),
  );

export function buildWatchdog(
  { watchdog, timezone }: WatchdeskFile,
  { people, schedules }: Pick<Routing, 'people' | 'schedules'>,
): Config['watchdog'] {
  if (!watchdog) return undefined;
  const { ping, every: everyMs, page_daily: daily } = watchdog;
  const schedule = daily && schedules.get(daily.page);
  const timeZone =
    daily?.timezone ?? schedule?.timeZone ?? people.get(daily?.page ?? '')?.timezone ?? timezone ?? 'UTC';
  return {
    deadMan: ping === undefined ? undefined : { ping, everyMs },
    dailyPage: daily && {
      at: daily.at,
      timeZone,
      to: { is: schedule ? 'schedule' : 'person', name: daily.page },
      via: daily.via,
    },
  };
}

/** Problems with the recipient and channels of the daily test page, which must exist. */
export function watchdogProblems(
  main: YamlFile,
  { watchdog }: WatchdeskFile,
  { people, schedules, channels }: Pick<Routing, 'people' | 'schedules' | 'channels'>,
): ConfigProblem[] {
  const daily = watchdog?.page_daily;
  if (watchdog && watchdog.ping === undefined && daily === undefined) {
    return [main.problem(['watchdog'], 'does nothing; expected `ping` or `page_daily`')];
  }
  if (!daily) return [];
  const problems: ConfigProblem[] = [];
  const hint = (name: string, known: string[]) => {
    const near = nearest(name, known);
    return near ? `did you mean "${near}"?` : `known: ${known.join(', ') || 'none'}`;
  };
  if (!people.has(daily.page) && !schedules.has(daily.page)) {
    const known = [...schedules.keys(), ...people.keys()];
    const problem = `there is no schedule or person "${daily.page}"; ${hint(daily.page, known)}`;
    problems.push(main.problem(['watchdog', 'page_daily'], problem));
  }
  for (const via of daily.via) {
    if (channels.has(via)) continue;
    const problem = `there is no channel "${via}"; ${hint(via, [...channels.keys()])}`;
    problems.push(main.problem(['watchdog', 'page_daily'], problem));
  }
  return problems;
}
