import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Config } from '../config/config.ts';
import {
  changeText,
  instantOf,
  onCallSpans,
  type OnCallOverride,
  type OnCallSchedule,
} from '../core/on-call.ts';

/** Only this much of a longer override is compared: an hourly rotation has thousands of turns. */
const LOOKED_AT_H = 100 * 24;

/** Settings that are valid but probably not intended. One sentence each, without a full stop. */
export function configWarnings(config: Config, now: Temporal.Instant): string[] {
  return [
    ...(config.confined === undefined ? [] : [config.confined]),
    ...missingPrograms(config),
    ...[...config.schedules.values()].flatMap((schedule) =>
      schedule.overrides
        .filter(({ to }) => Temporal.Instant.compare(instantOf(to, schedule.timeZone), now) > 0)
        .filter((override) => hasNoEffect(schedule, override))
        .map((override) => withoutEffect(schedule, override, config)),
    ),
  ];
}

/** Check programs may be installed after the config is written; until then their checks cannot run. */
function missingPrograms({ prepared }: Config): string[] {
  const checks = new Map<string, string[]>();
  for (const [check, { program }] of prepared) {
    if (program === undefined || isThere(program)) continue;
    checks.set(program, [...(checks.get(program) ?? []), check]);
  }
  return [...checks].map(([program, [first, ...others]]) => {
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    const where = program.includes('/') ? 'does not exist or is not executable' : 'is not on the PATH';
    return `the program ${program} of the check ${first}${more} ${where} on this machine`;
  });
}

function isThere(program: string): boolean {
  const folders = program.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => {
    try {
      const path = folder === '' ? program : join(folder, program);
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

/** Whether the same people are on call throughout the override as without it. */
function hasNoEffect(schedule: OnCallSchedule, override: OnCallOverride): boolean {
  const from = instantOf(override.from, schedule.timeZone);
  const to = instantOf(override.to, schedule.timeZone);
  if (Temporal.Instant.compare(to, from.add({ hours: LOOKED_AT_H })) > 0) return false;
  const without = { ...schedule, overrides: schedule.overrides.filter((one) => one !== override) };
  const peopleIn = (one: OnCallSchedule): string =>
    onCallSpans(one, from, to)
      .map((span) => `${span.from.epochMilliseconds} ${span.person} ${span.also.join()}`)
      .join('\n');
  return peopleIn(schedule) === peopleIn(without);
}

function withoutEffect(schedule: OnCallSchedule, { from, to, change }: OnCallOverride, { people }: Config) {
  const nameOf = (id: string): string => people.get(id)?.name ?? id;
  const local = (moment: OnCallOverride['from']): string =>
    instantOf(moment, schedule.timeZone)
      .toZonedDateTimeISO(schedule.timeZone)
      .toPlainDateTime()
      .toString({ smallestUnit: 'minute' })
      .replace('T', ' ');
  return `the override of ${schedule.name} from ${local(from)} to ${local(to)} (${schedule.timeZone}), ${changeText(change, nameOf)}, changes nothing: the same people are on call without it`;
}
