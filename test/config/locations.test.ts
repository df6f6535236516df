import { expect, test } from 'vitest';
import { loadCatalogue } from '../../src/config/catalogue.ts';
import { problemLine } from '../../src/config/config-problem.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const LOCATIONS = 'locations: { toronto: {}, frankfurt: { lost_after: 20s }, sydney: { priority: high } }';
const HTTP = 'checks: [{ type: http }]';
const BEAT = (token: string, more = '') =>
  `{ type: heartbeat, token: ${token.padEnd(20, 'x')}, every: 5m${more} }`;

async function load(targets: string, main = LOCATIONS) {
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:8080" }
channels: { sms: { type: console } }
escalation: { urgent: [{ page: primary, via: [sms] }] }
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
on_call: { primary: { timezone: UTC, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: maria } }
${main}
`,
    'targets/t.yaml': `targets:\n${targets}\n`,
  });
  const { catalogue } = await loadCatalogue();
  return loadConfig(folder, catalogue);
}

const shop = (more: string) => `  - { name: shop, kind: site, url: "https://shop.example", ${more} }`;

async function seenFrom(more: string, main?: string) {
  const loaded = await load(shop(more), main);
  if (loaded.is === 'problems') return loaded.problems.map(problemLine);
  return loaded.config.targets[0]!.checks.map((check) => check.seenFrom);
}

test('a check is probed from where it says, else from where its target says, else by the defaults', async () => {
  expect(await seenFrom(HTTP)).toEqual([undefined]);
  expect(await seenFrom(`from: all, agree: all, ${HTTP}`)).toEqual([
    { locations: ['toronto', 'frankfurt', 'sydney'], agree: 'all' },
  ]);
  expect(await seenFrom(`from: [sydney, toronto], ${HTTP}`)).toEqual([
    { locations: ['sydney', 'toronto'], agree: 'majority' },
  ]);
  expect(
    await seenFrom('from: all, checks: [{ type: http, from: [sydney], agree: any }, { type: tcp, port: 1 }]'),
  ).toEqual([
    { locations: ['sydney'], agree: 'any' },
    { locations: ['toronto', 'frankfurt', 'sydney'], agree: 'majority' },
  ]);
  const defaults = `${LOCATIONS}\ndefaults: { from: [toronto, frankfurt], agree: 2 }`;
  expect(await seenFrom(HTTP, defaults)).toEqual([{ locations: ['toronto', 'frankfurt'], agree: 2 }]);
  // Two of the defaults cannot agree about what one location sees: it speaks for itself.
  expect(await seenFrom(`from: [sydney], ${HTTP}`, defaults)).toEqual([{ locations: ['sydney'], agree: 2 }]);
});

test('a heartbeat beside checks that are probed from locations has none', async () => {
  expect(await seenFrom(`from: all, checks: [{ type: http }, ${BEAT('one')}]`)).toEqual([
    { locations: ['toronto', 'frankfurt', 'sydney'], agree: 'majority' },
    undefined,
  ]);
});

test('a change of the locations is a change of the check', async () => {
  const print = async (more: string) => {
    const loaded = await load(shop(more));
    return loaded.is === 'config' ? loaded.config.targets[0]!.checks[0]!.fingerprint : loaded.problems;
  };
  const prints = await Promise.all(
    ['', 'from: all,', 'from: [toronto],', 'from: all, agree: any,'].map((more) => print(more + HTTP)),
  );
  expect(new Set(prints).size).toBe(4);
});

test('settings of a location', async () => {
  const loaded = await load(shop(HTTP));
  expect(loaded.is === 'config' && [...loaded.config.locations]).toEqual([
    ['toronto', { lostAfterMs: 15_000, priority: 'urgent' }],
    ['frankfurt', { lostAfterMs: 20_000, priority: 'urgent' }],
    ['sydney', { lostAfterMs: 15_000, priority: 'high' }],
  ]);
});

test('an order holds the keys of the type alone, so that another machine can prepare the same check', async () => {
  const loaded = await load(
    shop('from: all, checks: [{ type: http, name: front, interval: 30s, failures: 2, from: [sydney] }]'),
  );
  expect(loaded.is === 'config' && [...loaded.config.orders]).toEqual([
    ['shop/front', { type: 'http', options: {}, target: { name: 'shop', url: 'https://shop.example' } }],
  ]);
});

const WRONG: [string, string, string, string?][] = [
  [
    'an unknown location',
    `from: [toronto, frankfrt], ${HTTP}`,
    'targets[0].from: there is no location "frankfrt"; did you mean "frankfurt"?',
  ],
  [
    'an unknown location, nothing like it',
    `from: [mars], ${HTTP}`,
    'targets[0].from: there is no location "mars"; known: toronto, frankfurt, sydney',
  ],
  [
    'no locations at all',
    `from: [toronto], ${HTTP}`,
    'targets[0].from: the config has no locations; expected `locations: { … }` in watchdesk.yaml, with every location that is probed from',
    '',
  ],
  [
    'a location twice',
    `from: [toronto, toronto], ${HTTP}`,
    'targets[0].from: "toronto" is listed twice; expected each location once',
  ],
  ['no list', `from: toronto, ${HTTP}`, 'targets[0].from: found "toronto", expected all or a list'],
  ['an empty list', `from: [], ${HTTP}`, 'targets[0].from: found a list, expected at least 1 list item'],
  [
    'more than there are',
    `from: all, agree: 4, ${HTTP}`,
    'targets[0].agree: 4 locations must agree, but it is probed from 3; expected at most 3',
  ],
  ['none must agree', `from: all, agree: 0, ${HTTP}`, 'targets[0].agree: found 0, expected at least 1'],
  [
    'agree without from',
    `agree: 2, ${HTTP}`,
    'targets[0].agree: takes effect only with `from`, which is missing; expected both or neither',
  ],
  [
    'a heartbeat from somewhere',
    `checks: [${BEAT('one', ', from: [toronto]')}]`,
    'targets[0].checks[0].from: a heartbeat is received, not probed, so it has no location; remove this key',
  ],
  [
    'defaults from nowhere',
    HTTP,
    'defaults.from: there is no location "mars"; known: toronto, frankfurt, sydney',
    `${LOCATIONS}\ndefaults: { from: [mars] }`,
  ],
  [
    'too many by default',
    HTTP,
    'defaults.agree: 4 locations must agree, but it is probed from 3; expected at most 3',
    `${LOCATIONS}\ndefaults: { from: all, agree: 4 }`,
  ],
  [
    'lost after no time',
    HTTP,
    'locations.toronto.lost_after: found "1s", expected a duration from 5s to 1h',
    'locations: { toronto: { lost_after: 1s } }',
  ],
];

test.each(WRONG)('one error says what is wrong: %s', async (_what, more, expected, main) => {
  const problems = await seenFrom(more, main);
  expect(problems).toEqual([expect.stringContaining(expected)]);
});
