import { expect, test } from 'vitest';
import { buildWindow, maintenanceSchema } from '../../src/config/maintenance-schema.ts';
import type { Target } from '../../src/core/target.ts';

const target = { name: 'shop', customer: { name: 'Acme Ltd' }, tags: ['web'] } as Target;
const NOW = Date.parse('2026-11-22T12:00:00Z');

function problems(entry: object, now: number | undefined = NOW): string[] {
  const parsed = maintenanceSchema.safeParse({ name: 'x', ...entry });
  if (!parsed.success) return parsed.error.issues.map(({ message }) => message);
  const built = buildWindow(parsed.data, { id: 'W', now, timeZone: 'UTC', targets: [target] });
  return Array.isArray(built) ? built.map(({ path, problem }) => [...path, problem].join(': ')) : [];
}

const all = { all: true };
const sundays = { ...all, cron: '0 2 * * SUN' };

test.each<[string, object, string[]]>([
  ['for two hours from now', { ...all, for: '2h' }, []],
  ['until a time from now', { ...all, to: '2026-11-23T00:00Z' }, []],
  ['every Sunday', { ...sundays, for: '2h' }, []],
  ['nothing', { for: '1h' }, ['covers nothing; expected `targets`, `customers`, `tags` or `all: true`']],
  ['a wrong target', { targets: ['shp'], for: '1h' }, ['targets: 0: there is no target "shp"; did you mean "shop"?']],
  ['a wrong customer', { customers: ['Acme'], for: '1h' }, ['customers: 0: there is no customer "Acme"; did you mean "Acme Ltd"?']],
  ['all and some', { ...all, tags: ['web'], for: '1h' }, ['all: already covers everything; expected either `all` or the others']],
  ['no time', all, ['has no time; expected `to` or `for`, or `cron` and `for`']],
  ['two ends', { ...all, for: '2h', to: '2026-12-01T00:00Z' }, ['for: the end is given twice; expected either `to` or `for`']],
  ['an end before the beginning', { ...all, from: '2026-12-02T00:00Z', to: '2026-12-01T00:00Z' }, ['to: ends before it starts; expected a time after `from`']],
  ['more than ten years ahead', { ...all, to: '2126-12-01T00:00Z' }, ['to: is more than ten years ahead; expected an earlier time']],
  ['cron without length', sundays, ['`cron` only gives the start; expected `for` as well']],
  ['cron with seconds', { ...all, cron: '0 2 * * * *', for: '1h' }, ['cron: found "0 2 * * * *": expected a cron expression of five fields, such as "0 2 * * SUN"']],
  ['cron that is none', { ...all, cron: '0 2 * * NEVER', for: '1h' }, ['cron: found "0 2 * * NEVER": expected a cron expression of five fields, such as "0 2 * * SUN"']],
  ['cron that never comes', { ...all, cron: '0 2 31 2 *', for: '1h' }, ['cron: found "0 2 31 2 *": this date never occurs; use one that does']],
  ['cron without an end', { ...all, cron: '*/5 * * * *', for: '1h' }, ['cron: found "*/5 * * * *": it starts again before it ends, which means permanent maintenance; use a shorter `for`']],
  ['a name of two lines', { ...all, name: 'a\nb', for: '1h' }, ['one line without control characters']],
  ['a name that turns text around', { ...all, name: 'a\u202eb', for: '1h' }, ['one line without control characters']],
])('%s', (_what, entry, expected) => {
  expect(problems(entry)).toEqual(expected);
}); // prettier-ignore

test('a window of the config has no "now" to begin at', () => {
  const entry = maintenanceSchema.parse({ name: 'x', all: true, for: '2h' });
  expect(buildWindow(entry, { id: 'W', timeZone: 'UTC', targets: [] })).toEqual([
    { path: [], problem: 'has no time; expected `from` and `to`, or `cron` and `for`' },
  ]);
});

test('names are taken once', () => {
  const entry = maintenanceSchema.parse({ name: 'x', targets: ['shop', 'shop'], for: '2h' });
  const built = buildWindow(entry, { id: 'W', now: NOW, timeZone: 'UTC', targets: [target] });
  expect(built).toMatchObject({ scope: { targets: ['shop'] } });
});
