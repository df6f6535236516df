import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { holidaysOf, type Holidays } from '../../src/config/holidays.ts';

/** Place, date and name, computed from the statutes by hand, without the library that the product asks. */
const LAWFUL = readFileSync(new URL('lawful-holidays.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t') as [place: string, date: string, name: string]);

const places = [...new Set(LAWFUL.map(([place]) => place))];

describe('public holidays, 2026 to 2030, are those of the law', () => {
  test.each(places)('%s', async (place) => {
    const holidays = (await holidaysOf(place)) as Holidays;
    const closed: string[] = [];
    for (let day = Temporal.PlainDate.from('2026-01-01'); day.year < 2031; day = day.add({ days: 1 })) {
      if (holidays.has(day)) closed.push(day.toString());
    }
    expect(closed).toEqual(
      [...new Set(LAWFUL.filter(([at]) => at === place).map(([, date]) => date))].toSorted(),
    );
  });
});

test('Ontario has nine, and none on the Monday after Easter', async () => {
  const holidays = (await holidaysOf('CA-ON')) as Holidays;
  expect([...holidays.ofYear(2027)].filter(([date]) => date.startsWith('2027'))).toHaveLength(9);
});
