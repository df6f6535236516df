import { onCallItems } from '../web/on-call-routes.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson, styled, table } from './print.ts';
import { momentOf } from './moment-of.ts';
import { readConfig } from './read-config.ts';
import { plansInForce } from './plans-in-force.ts';

const CAUSES = { layer: 'rotation', override: 'override', fallback: 'fallback' } as const;

/** Prints who is on call, now or at a given time, and for the days after. */
export async function oncall(options: {
  config: string;
  at?: string;
  days?: string;
  json?: boolean;
}): Promise<ExitCode> {
  const read = await readConfig(options.config);
  if (!read) return EXIT.usage;
  const { config } = read;
  const days = Number(options.days ?? 0);
  if (!Number.isFinite(days) || days < 0 || days > 366) {
    complain(`--days ${options.days}: expected a number from 0 to 366.`);
    return EXIT.usage;
  }
  const { schedules } = await plansInForce(config);
  const moments = [...schedules.values()].map((schedule) => ({
    schedule,
    at: options.at === undefined ? Date.now() : momentOf(options.at, schedule.timeZone, Date.now()),
  }));
  if (options.at !== undefined && momentOf(options.at, 'UTC', Date.now()) === undefined) {
    complain(`--at ${options.at}: expected a time such as 2026-12-24T09:00 or 2026-12-24T09:00Z.`);
    return EXIT.usage;
  }
  // Far enough ahead to find the next handoff even when no list was requested.
  const items = moments.flatMap(({ schedule, at = 0 }) =>
    onCallItems({ ...config, schedules: new Map([[schedule.name, schedule]]) }, at, Math.max(days, 60)),
  );
  const endOf = (at: string) => Date.parse(at) + days * 86_400_000;
  if (options.json) {
    printJson(
      items.map((item) => ({
        ...item,
        duties: item.duties.filter((duty) => Date.parse(duty.from) < endOf(item.at)),
      })),
    );
    return EXIT.well;
  }
  if (items.length === 0) print('No one is on call: the config has no schedules under `on_call`.');
  for (const item of items) {
    const also = item.also.map((id) => ` and ${config.people.get(id)?.name ?? id}`).join('');
    const until = item.until ? ` until ${local(item.until, item.timezone)}` : '';
    print(
      `${styled(item.schedule, 'bold')}  ${item.name}${also}${until} (${CAUSES[item.because]}, ${item.timezone})`,
    );
    for (const { text } of item.warnings) print(styled(`  warning: ${text}`, 'yellow'));
    if (days === 0) continue;
    const shown = item.duties.filter((duty) => Date.parse(duty.from) < endOf(item.at));
    print(
      table(
        shown.map((duty) => [
          `  ${short(duty.from)}`,
          short(duty.to),
          [duty.name, ...duty.also.map((id) => config.people.get(id)?.name ?? id)].join(', '),
          CAUSES[duty.because],
        ]),
      ),
    );
  }
  return EXIT.well;
}

const local = (instant: string, timeZone: string): string =>
  Temporal.Instant.from(instant)
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .replace('T', ' ');

const short = (time: string): string => time.slice(0, 16).replace('T', ' ');
