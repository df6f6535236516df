import type { Calendar } from '../core/hours.ts';
import type { OnCallChange, OnCallLayer, OnCallOverride, OnCallSchedule } from '../core/on-call.ts';
import { buildRestriction } from './calendar-schema.ts';
import { nearest } from './explain-issues.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';

type OverrideEntry = WatchdeskFile['on_call'][string]['overrides'][number];

export interface ScheduleNames {
  people: ReadonlyMap<string, unknown>;
  calendars: ReadonlyMap<string, Calendar>;
  complain(path: PropertyKey[], problem: string): void;
}

/** Builds the on-call schedules; every person named in them must exist. */
export function buildSchedules(settings: WatchdeskFile, names: ScheduleNames): Map<string, OnCallSchedule> {
  const { people, calendars, complain } = names;
  const personAt = (path: PropertyKey[], id: string) => {
    if (!people.has(id)) complain(path, noPerson(id, [...people.keys()]));
  };
  const schedules = new Map<string, OnCallSchedule>();
  for (const [name, given] of Object.entries(settings.on_call)) {
    const at = ['on_call', name];
    const layers = given.layers.map(({ rotation, start, every, only }, index): OnCallLayer => {
      const path = [...at, 'layers', index];
      rotation.forEach((id, turn) => personAt([...path, 'rotation', turn], id));
      const restrictions = only?.flatMap((entry) => {
        const restriction = buildRestriction(entry, calendars);
        if (restriction) return [restriction];
        const wanted = entry.during ?? entry.outside ?? '';
        const near = nearest(wanted, [...calendars.keys()]);
        const hint = near ? `; did you mean "${near}"?` : '';
        complain([...path, 'only'], `there is no calendar "${wanted}" under \`calendars\`${hint}`);
        return [];
      });
      return { rotation, start, every, ...(restrictions && { only: restrictions }) };
    });
    const overrides = given.overrides.flatMap((entry, index): OnCallOverride[] => {
      const path = [...at, 'overrides', index];
      for (const key of ['with', 'replace', 'add', 'remove'] as const) {
        if (entry[key] !== undefined) personAt([...path, key], entry[key]);
      }
      const [from, to] = [entry.from, entry.to].map((moment) =>
        moment instanceof Temporal.Instant ? moment : moment.toZonedDateTime(given.timezone).toInstant(),
      );
      if (Temporal.Instant.compare(from!, to!) >= 0) {
        complain([...path, 'to'], 'ends before it starts; expected a time after `from`');
      }
      const change = changeOf(entry);
      if (change) return [{ from: entry.from, to: entry.to, change }];
      complain(path, CHANGE_EXPECTED);
      return [];
    });
    personAt([...at, 'fallback'], given.fallback);
    schedules.set(name, { name, timeZone: given.timezone, layers, overrides, fallback: given.fallback });
  }
  return schedules;
}

export const CHANGE_EXPECTED = 'expected one of `with` (optionally with `replace`), `add` or `remove`';

/** What an override changes; undefined when it has none of the keys for a change, or too many. */
export function changeOf({
  with: who,
  replace,
  add,
  remove,
}: Partial<Pick<OverrideEntry, 'with' | 'replace' | 'add' | 'remove'>>): OnCallChange | undefined {
  const kinds = [who, add, remove].filter((one) => one !== undefined);
  if (kinds.length !== 1 || (replace !== undefined && who === undefined)) return undefined;
  if (who !== undefined) return { is: 'replace', with: who, ...(replace !== undefined && { who: replace }) };
  return add !== undefined ? { is: 'add', who: add } : { is: 'remove', who: remove! };
}

export function noPerson(id: string, known: readonly string[]): string {
  const near = nearest(id, known);
  const hint = near ? `; did you mean "${near}"?` : known.length > 0 ? `; known: ${known.join(', ')}` : '';
  return `there is no person "${id}" under \`people\`${hint}`;
}
