import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../support/watchdesk-process.ts';

/** The five policies, each with the rows that it has. */
const POLICIES = [
  {
    file: 'versa',
    letter: 'V',
    rows: 12,
    what: 'Managed services and hosting; around the clock, hourly updates.',
  },
  {
    file: 'velsoft',
    letter: 'S',
    rows: 5,
    what: 'Two-level product support in Atlantic time, with a CRM.',
  },
  {
    file: 'infocyte',
    letter: 'N',
    rows: 8,
    what: 'Product support by severity and tier, with complaints and ratings.',
  },
  {
    file: 'interfacing',
    letter: 'P',
    rows: 3,
    what: 'Requests and reports by a formal procedure, portal first.',
  },
  {
    file: 'opscom',
    letter: 'O',
    rows: 5,
    what: 'After hours for critical problems only; bugs go to a tracker.',
  },
] as const;

export interface CoveredRow {
  row: string;
  test: string;
  says: string;
}

/** `'V3 as soon as …'` */
const TITLE = /(['"])([VSNPO]\d{1,2}) ((?:\\.|(?!\1)[^\\\n])+)\1/g;

/** Every row of every policy, with the tests that carry its name. */
export function coveredRows(): { row: string; tests: CoveredRow[] }[] {
  const folder = join(PROJECT, 'test/policies');
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(TITLE)].map(([, , row, says]): CoveredRow => ({
        row: row!,
        test: `test/policies/${name}`,
        says: says!.replaceAll("\\'", "'").replace(/%[si]/, 'each'),
      })),
    );
  return POLICIES.flatMap(({ letter, rows }) =>
    Array.from({ length: rows }, (_, index) => {
      const row = `${letter}${index + 1}`;
      return { row, tests: found.filter((one) => one.row === row) };
    }),
  );
}

/** `docs/policies.md`: the presets, and which test keeps which row. */
export function policiesPage(): string {
  const presets = POLICIES.map(
    ({ file, what, letter }) => `| [\`${file}\`](../config/policies/${file}.yaml) | ${letter} | ${what} |`,
  );
  const rows = coveredRows().flatMap(({ row, tests }) =>
    tests.map(
      ({ test, says }) =>
        `| ${row} | ${says.replaceAll('|', '\\|')} | [${test.replace('test/policies/', '')}](../${test}) |`,
    ),
  );
  return `<!-- Made by \`npm run docs\`. -->

# Policies

A policy says what a provider promises its customers: hours and holidays; times to acknowledge, respond, update and resolve; who is paged when; what a ticket must contain; when it closes. It is a file in \`policies/\` next to \`watchdesk.yaml\`, which names it with \`policy:\`. Settings in \`watchdesk.yaml\` take precedence, key by key in its top-level mappings. Watchdesk comes with five policies: copy one and edit it.

| preset | | for |
| --- | --- | --- |
${presets.join('\n')}

[The desk and the SLA clocks](desk.md) explains the sections. The presets are short and meant to be read.

## Rules and their tests

Every rule of the five policies is covered by a test of the same name, which runs the whole program with a simulated clock. Each policy is also run for a week with both daylight saving changes, a public holiday and a weekend outage, and its timeline is compared minute by minute.

| rule | what the test verifies | test |
| --- | --- | --- |
${rows.join('\n')}
`;
}
