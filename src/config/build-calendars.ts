import type { Calendar } from '../core/hours.ts';
import { buildHours } from './calendar-schema.ts';
import type { ConfigProblem } from './config-problem.ts';
import { holidaysOf, type Holidays } from './holidays.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Builds the office hours by name, each with its public holidays. */
export async function buildCalendars(
  main: YamlFile,
  { calendars }: WatchdeskFile,
  problems: ConfigProblem[],
): Promise<Map<string, Calendar>> {
  const built = new Map<string, Calendar>();
  for (const [name, given] of Object.entries(calendars)) {
    const places = given.holidays === undefined ? [] : [given.holidays].flat();
    const holidays: Holidays[] = [];
    for (const [index, place] of places.entries()) {
      const found = await holidaysOf(place);
      const path = ['calendars', name, 'holidays', ...(Array.isArray(given.holidays) ? [index] : [])];
      if (typeof found === 'string') {
        problems.push(
          main.problem(path, `found "${place}": ${found}; expected a country such as CA, or CA-ON`),
        );
      } else holidays.push(found);
    }
    const closed = new Set(given.closed);
    const open = new Set(given.open);
    for (const [index, day] of given.open.entries()) {
      const path = ['calendars', name, 'open', index];
      if (closed.has(day)) {
        problems.push(main.problem(path, `${day} is under closed, too; expected it under one of them`));
      } else if (!holidays.some((place) => place.has(Temporal.PlainDate.from(day)))) {
        problems.push(
          main.problem(
            path,
            `${day} is no public holiday of ${places.join(' or ') || 'this calendar'}; remove it`,
          ),
        );
      }
    }
    built.set(name, {
      name,
      fingerprint: JSON.stringify(given),
      timeZone: given.timezone,
      hours: given.hours.map(buildHours),
      isHoliday: (date) =>
        closed.has(date.toString()) ||
        (!open.has(date.toString()) && holidays.some((place) => place.has(date))),
    });
  }
  return built;
}
