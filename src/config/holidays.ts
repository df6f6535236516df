import type DateHolidays from 'date-holidays';
import { nearest } from './explain-issues.ts';
import { STATUTES } from './statutory-holidays.ts';

/** The public holidays of one place, computed a year at a time. */
export class Holidays {
  readonly #source: DateHolidays;
  readonly #years = new Map<number, ReadonlyMap<string, string>>();

  constructor(source: DateHolidays) {
    this.#source = source;
  }

  has(date: Temporal.PlainDate): boolean {
    return this.ofYear(date.year).has(date.toString());
  }

  /** Names by date, `2026-12-25`; may include days of the previous year. */
  ofYear(year: number): ReadonlyMap<string, string> {
    let days = this.#years.get(year);
    if (!days) this.#years.set(year, (days = this.#read(year)));
    return days;
  }

  #read(year: number): ReadonlyMap<string, string> {
    const days = new Map<string, string>();
    // A holiday of several days may have begun in the previous year.
    for (const from of [year - 1, year]) {
      for (const { date, start, end, type, name } of this.#source.getHolidays(from)) {
        // Observances, bank and school holidays are working days.
        if (type !== 'public') continue;
        const first = Temporal.PlainDate.from(date.slice(0, 10));
        const length = Math.max(1, Math.round((end.getTime() - start.getTime()) / 86_400_000));
        for (let n = 0; n < length; n++) days.set(first.add({ days: n }).toString(), name);
      }
    }
    return days;
  }
}

/** The holidays of `CA` or `CA-ON`, by statute if listed; a sentence for an unknown place. The data loads slowly. */
export async function holidaysOf(place: string): Promise<Holidays | string> {
  const { default: Source } = await import('date-holidays');
  const statute = Object.hasOwn(STATUTES, place) ? STATUTES[place] : undefined;
  if (statute) {
    const byLaw = new Source();
    for (const [rule, name] of statute.holidays) byLaw.setHoliday(rule, { name, type: 'public' });
    return new Holidays(byLaw);
  }
  const [country = '', state, region] = place.split('-');
  const all = new Source();
  const known = (places: Record<string, string> | undefined, wanted: string | undefined) =>
    wanted === undefined || (places !== undefined && wanted in places);
  const wrong = (what: string, wanted: string, places: Record<string, string> | undefined) => {
    const names = Object.keys(places ?? {});
    const near = nearest(wanted, names);
    return `there is no ${what} "${wanted}"${near ? `; did you mean "${near}"?` : names.length > 0 && names.length < 60 ? `; known: ${names.join(', ')}` : ''}`;
  };
  if (!known(all.getCountries(), country)) return wrong('country', country, all.getCountries());
  const states = all.getStates(country);
  if (!known(states, state)) return wrong(`part of ${country}`, state!, states);
  const regions = state === undefined ? undefined : all.getRegions(country, state);
  if (!known(regions, region)) return wrong(`part of ${country}-${state}`, region!, regions);
  const source = region
    ? new Source(country, state!, region)
    : state
      ? new Source(country, state)
      : new Source(country);
  return new Holidays(source);
}
