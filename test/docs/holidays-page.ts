import { holidaysOf } from '../../src/config/holidays.ts';
import { STATUTES } from '../../src/config/statutory-holidays.ts';

const YEARS = [2026, 2027, 2028, 2029, 2030];
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** `docs/holidays.md`: the dates that calendars close on, read from what the monitor itself asks. */
export async function holidaysPage(): Promise<string> {
  const parts: string[] = [];
  for (const [key, { place, law }] of Object.entries(STATUTES)) {
    const holidays = await holidaysOf(key);
    if (typeof holidays === 'string') throw new Error(holidays);
    const rows = new Map<string, Map<number, string[]>>();
    for (const year of YEARS) {
      for (const [date, name] of [...holidays.ofYear(year)].toSorted()) {
        if (!date.startsWith(String(year))) continue;
        const day = Temporal.PlainDate.from(date);
        const cells = rows.get(name) ?? new Map<number, string[]>();
        rows.set(
          name,
          cells.set(year, [...(cells.get(year) ?? []), `${DAYS[day.dayOfWeek - 1]} ${date.slice(5)}`]),
        );
      }
    }
    const first = `## \`${key}\`: ${place}\n\n${law}.\n\n| holiday | ${YEARS.join(' | ')} |\n| --- |${' --- |'.repeat(YEARS.length)}\n`;
    parts.push(
      first +
        [...rows]
          .map(
            ([name, cells]) =>
              `| ${name} | ${YEARS.map((year) => cells.get(year)?.join(', ') ?? '').join(' | ')} |`,
          )
          .join('\n'),
    );
  }
  return `<!-- Made by \`npm run docs\`. -->

# Public holidays

A calendar's \`holidays\` names a country, or a country and one of its parts, or a list of them; their public holidays count as
closed. The five places below follow the law of the place. All others follow
[date-holidays](https://github.com/commenthol/date-holidays) (CC-BY-SA), which is not checked against the law of each place;
observances, bank and school holidays are working days.

- \`closed: [2026-12-24]\` closes more days. \`open: [2026-12-26]\` opens on a public holiday; a date that is no holiday is refused,
  because it is most likely from another year.
- A holiday on a weekend moves only where the law says to which day. In Ontario, Nova Scotia and federally regulated workplaces
  each employee is owed another day instead, which the employer chooses; write that day under \`closed\`.
- In Québec an employer chooses Good Friday or Easter Monday. For Easter Monday write Good Friday under \`open\` and Easter Monday
  under \`closed\`. When 24 June is a Sunday, 25 June is closed as well, for those who do not work on Sundays.
- The rules reproduce Ontario's list of 2018, Nova Scotia's of 2022 and 2023, and that of the United States Office of Personnel
  Management of 2023. The dates below follow from the same rules; no published list was at hand to compare them with.

${parts.join('\n\n')}
`;
}
