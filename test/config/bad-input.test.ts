import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCatalogue } from '../../src/config/catalogue.ts';
import { problemLine } from '../../src/config/config-problem.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Surroundings } from '../../src/config/yaml-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { catalogue } = await loadCatalogue();

const surroundings: Surroundings = {
  variable: (name) => ({ PORT: '9000', SOME_TOKEN: 'hunter2-hunter2' })[name],
  file: (path) =>
    path === '/run/secrets/x' ? { text: 'from-a-file\n' } : { problem: 'there is no such file or folder' },
};

const TARGETS =
  'targets:\n  - { name: shop, kind: site, url: "https://shop.example", checks: [{ type: http }] }\n';

/** What is said of these two files, with the folder left out. */
async function problems(
  main: string | Uint8Array,
  targets: string | Uint8Array = TARGETS,
): Promise<string[]> {
  const folder = await temporaryFolder({ 'watchdesk.yaml': main, 'targets/t.yaml': targets });
  const loaded = await loadConfig(folder, catalogue, surroundings);
  if (loaded.is === 'config') return [];
  return loaded.problems.map((problem) => problemLine(problem).replaceAll(`${folder}/`, ''));
}

const MAIN = 'server: {}\n';
const check = (text: string) =>
  `targets:\n  - name: shop\n    kind: site\n    url: https://shop.example\n    checks:\n      - ${text}\n`;
const people = 'people:\n  maria: { name: Maria, sms: "+12895550101" }\n';

describe('watchdesk.yaml', () => {
  test.each<[string, string | Uint8Array, string[]]>([
    ['empty', '', ['watchdesk.yaml: the file is empty; add settings or delete it']],
    [
      'not UTF-8',
      Buffer.from([0x61, 0x0a, 0xff, 0xfe]),
      ['watchdesk.yaml:2: not UTF-8 text; save the file as UTF-8'],
    ],
    ['huge', `# ${'x'.repeat(1_048_600)}`, ['watchdesk.yaml: 1048602 bytes; expected at most 1048576']],
    ['a key twice', 'server: {}\nserver: {}\n', ['watchdesk.yaml:2: duplicate key; expected each key once']],
    [
      'no YAML',
      'server: {\n',
      [expect.stringMatching(/^watchdesk\.yaml:2: not valid YAML: /) as unknown as string],
    ],
    ['a list', '- a\n', ['watchdesk.yaml:1: found a list, expected a mapping (key: value)']],
    [
      'a calendar of no place, and one that is not there',
      `${people}calendars: { office: { timezone: America/Toronto, hours: [{ days: mon-fri }], holidays: CA-OO } }
on_call: { ops: { timezone: UTC, fallback: maria, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week, only: { during: ofice } }] } }
`,
      [
        'watchdesk.yaml:3: calendars.office.holidays: found "CA-OO": there is no part of CA "OO"; known: AB, BC, MB, NB, NL, NS, NT, NU, ON, PE, QC, SK, YT; expected a country such as CA, or CA-ON',
        'watchdesk.yaml:4: on_call.ops.layers[0].only: there is no calendar "ofice" under `calendars`; did you mean "office"?',
      ],
    ],
    [
      'an open day that is no holiday, one that is closed too, and one that is right',
      `calendars: { office: { timezone: America/Toronto, hours: [{ days: mon-fri }], holidays: CA-ON, closed: [2026-12-25], open: [2026-12-24, 2026-12-25, 2026-12-26] } }\n`,
      [
        'watchdesk.yaml:1: calendars.office.open[0]: 2026-12-24 is no public holiday of CA-ON; remove it',
        'watchdesk.yaml:1: calendars.office.open[1]: 2026-12-25 is under closed, too; expected it under one of them',
      ],
    ],
    [
      'an override that says nothing, and one that says too much',
      `${people}on_call: { ops: { timezone: UTC, fallback: maria, overrides: [
  { from: 2026-01-05T09:00, to: 2026-01-06T09:00 },
  { from: 2026-01-05T09:00, to: 2026-01-06T09:00, add: maria, remove: maria } ] } }
`,
      [
        'watchdesk.yaml:4: on_call.ops.overrides[0]: expected one of `with` (optionally with `replace`), `add` or `remove`',
        'watchdesk.yaml:5: on_call.ops.overrides[1]: expected one of `with` (optionally with `replace`), `add` or `remove`',
      ],
    ],
    [
      'a way that does not reach, and a team without anybody',
      `people: { maria: { name: Maria, sms: "+12895550101", prefer: [sms, { via: pigeon, after: 3m }] } }
teams: { support: { members: [mario] }, empty: {} }
escalation: { urgent: [{ page: [maria, empty] }] }
`,
      [
        'watchdesk.yaml:1: people.maria.prefer[1]: there is no channel "pigeon"; known: sms, voice, slack, email',
        'watchdesk.yaml:2: teams.support.members[0]: there is no person "mario" under `people`; did you mean "maria"?',
        'watchdesk.yaml:3: escalation.urgent[0].page[1]: team "empty" has no `members` to page; add some, or `mobilise` it',
      ],
    ],
    [
      'proxies that are no networks',
      'server: { trusted_proxies: [10.0.0.0/8, 10.0.0.0/99, 999.1.1.1] }\n',
      [
        'watchdesk.yaml:1: server.trusted_proxies[1]: found "10.0.0.0/99", expected an address or network, such as 10.0.0.0/8',
        'watchdesk.yaml:1: server.trusted_proxies[2]: found "999.1.1.1", expected an address or network, such as 10.0.0.0/8',
      ],
    ],
    [
      'a team that is mistyped',
      `${people}teams: { support-team: { members: [maria] } }\nescalation: { urgent: [{ mobilise: suport-team, via: [slack] }] }\n`,
      [
        'watchdesk.yaml:4: escalation.urgent[0].mobilise: there is no team "suport-team" under `teams`; did you mean "support-team"?',
      ],
    ],
    [
      'an unknown key',
      'server: {}\nescalations: {}\n',
      ['watchdesk.yaml:2: escalations: unknown key; did you mean "escalation"?'],
    ],
    [
      'an unknown key below',
      'server: { listen: ":80", publicurl: x }\n',
      ['watchdesk.yaml:1: server.publicurl: unknown key; did you mean "public_url"?'],
    ],
    [
      'a bad unit',
      'defaults: { interval: 60 }\n',
      ['watchdesk.yaml:1: defaults.interval: found 60, expected a duration such as 500ms, 30s, 5m, 4h or 7d'],
    ],
    [
      'a bad duration',
      'defaults:\n  interval: 1 minute\n',
      [
        'watchdesk.yaml:2: defaults.interval: found "1 minute", expected a duration such as 500ms, 30s, 5m, 4h or 7d',
      ],
    ],
    [
      'interval 0',
      'defaults: { interval: 0s }\n',
      ['watchdesk.yaml:1: defaults.interval: found "0s", expected a duration from 100ms to 1d'],
    ],
    [
      'threshold 0',
      'defaults: { failures: 0 }\n',
      ['watchdesk.yaml:1: defaults.failures: found 0, expected at least 1'],
    ],
    [
      'half a threshold',
      'defaults: { failures: 1.5 }\n',
      ['watchdesk.yaml:1: defaults.failures: found 1.5, expected a whole number'],
    ],
    [
      'a bad address',
      'server: { listen: localhost }\n',
      [
        'watchdesk.yaml:1: server.listen: found "localhost", expected an address and port, such as 127.0.0.1:8080',
      ],
    ],
    [
      'a bad port',
      'server: { listen: "127.0.0.1:70000" }\n',
      ['watchdesk.yaml:1: server.listen: found "127.0.0.1:70000", expected a port from 0 to 65535'],
    ],
    [
      'a bad URL',
      'server: { public_url: watch.example.com }\n',
      [
        'watchdesk.yaml:1: server.public_url: found "watch.example.com", expected a URL that starts with http:// or https://; did you mean "https://watch.example.com"?',
      ],
    ],
    [
      'a bad phone',
      'people: { maria: { name: Maria, sms: "555 0101" } }\n',
      [
        'watchdesk.yaml:1: people.maria.sms: found "555 0101", expected a phone number with country code, such as +12895550101',
      ],
    ],
    [
      'a bad zone',
      `${people}on_call: { ops: { timezone: Toronto, fallback: maria } }\n`,
      [
        'watchdesk.yaml:3: on_call.ops.timezone: found "Toronto", expected an IANA time zone; did you mean "America/Toronto"?',
      ],
    ],
    [
      'an unknown person',
      `${people}on_call:\n  ops:\n    timezone: America/Toronto\n    fallback: mario\n`,
      [
        'watchdesk.yaml:6: on_call.ops.fallback: there is no person "mario" under `people`; did you mean "maria"?',
      ],
    ],
    [
      'an unknown schedule',
      `${people}escalation:\n  urgent:\n    - { page: operations, via: [sms] }\n`,
      [
        'watchdesk.yaml:5: escalation.urgent[0].page: there is no schedule or person "operations"; known: maria',
      ],
    ],
    [
      'an unknown channel',
      `${people}escalation:\n  urgent:\n    - { page: maria, via: [smss] }\n`,
      ['watchdesk.yaml:5: escalation.urgent[0].via[0]: there is no channel "smss"; did you mean "sms"?'],
    ],
    [
      'an unknown channel type',
      'channels: { sms: { type: twillio } }\n',
      ['watchdesk.yaml:1: channels.sms.type: there is no channel type "twillio"; did you mean "twilio"?'],
    ],
    [
      'a channel without its settings',
      'channels:\n  sms: { type: twilio, from: "+12895550100" }\n',
      [
        'watchdesk.yaml:2: channels.sms.account_sid: missing; expected text',
        'watchdesk.yaml:2: channels.sms.auth_token: missing; expected text',
      ],
    ],
    [
      'an unknown helpdesk',
      'helpdesk: { type: fresh }\n',
      [
        'watchdesk.yaml:1: helpdesk.type: there is no helpdesk type "fresh"; known: desk, freshdesk, freshservice, glpi, halopsa, jira, request-tracker, servicenow, webhook, zammad, zendesk',
      ],
    ],
    [
      'a variable that is not set',
      'server:\n  public_url: ${NOT_SET}\n',
      ['watchdesk.yaml:2: ${NOT_SET} is not set in the environment; set it, or write ${NOT_SET:-default}'],
    ],
    [
      'a file that is not there',
      'server: { public_url: "${file:/no/such}" }\n',
      ['watchdesk.yaml:1: ${file:/no/such} cannot be read: there is no such file or folder'],
    ],
    [
      'a strange substitution',
      'timezone: "${a b}"\n',
      [
        'watchdesk.yaml:1: ${a b} is not a valid reference; expected ${NAME}, ${NAME:-default} or ${file:/path}',
      ],
    ],
    [
      'an override that ends before it begins',
      `${people}on_call: { ops: { timezone: UTC, fallback: maria, overrides: [{ from: 2026-12-27T09:00, to: 2026-12-24T09:00, with: maria }] } }\n`,
      ['watchdesk.yaml:3: on_call.ops.overrides[0].to: ends before it starts; expected a time after `from`'],
    ],
    [
      'neither page nor mobilise',
      'escalation: { urgent: [{ via: [sms] }] }\n',
      ['watchdesk.yaml:1: escalation.urgent[0]: found a mapping, expected either `page` or `mobilise`'],
    ],
    [
      'a person out of reach',
      'people: { maria: { name: Maria } }\nchannels: { sms: { type: twilio, account_sid: AC00000000000000000000000000000000, auth_token: xxxxxxxx, from: Watch } }\nescalation: { urgent: [{ page: maria, via: [sms] }] }\n',
      [
        'watchdesk.yaml:3: escalation.urgent[0].via: maria cannot be reached via sms; add `sms` to people.maria, or use another channel',
      ],
    ],
    [
      'promises to nobody, and of nothing',
      'plans: { vip: { availability: 99.9 } }\nservice:\n  levels:\n    - { for: { plans: vpi }, respond: 1h }\n    - { for: { customers: Acme, types: complain } }\n',
      [
        'watchdesk.yaml:4: service.levels[0].for.plans: there is no plan "vpi"; did you mean "vip"?',
        'watchdesk.yaml:5: service.levels[1].for.customers: there is no customer "Acme"; known: none',
        'watchdesk.yaml:5: service.levels[1].for.types: there is no ticket type "complain"; did you mean "complaint"?',
        'watchdesk.yaml:5: service.levels[1]: has no clock; expected acknowledge, respond, update, resolve, or a `name` for a level without one',
      ],
    ],
    [
      'a second factor of the wrong shape, which is not shown, and a scope, which is',
      'access:\n  users: { maria: { role: admin, totp: "1QPJX-0" } }\n  tokens: { crm: { token: a-token-of-the-crm-system, scopes: [ticket] } }\n',
      [
        expect.stringMatching(/totp: found a secret value, expected/) as unknown as string,
        expect.stringMatching(/scopes\[0\]: found "ticket", expected/) as unknown as string,
      ],
    ],
  ])('%s', async (_what, main, expected) => {
    expect(await problems(main)).toEqual(expected);
  });

  test('a plan that is none, and a PIN of the wrong shape, which is not shown', async () => {
    const plans = 'plans: { vip: { availability: 99.9 } }\n';
    expect(await problems(plans, 'customer: { name: Acme, plan: vpi }\n')).toEqual([
      'targets/t.yaml:1: customer.plan: there is no plan "vpi" under `plans`; did you mean "vip"?',
    ]);
    expect(await problems(plans, 'customer: { name: Acme, pin: "47x1" }\n')).toEqual([
      expect.stringMatching(/customer\.pin: found a secret value, expected/),
    ]);
  });

  test('billion laughs end as an error', async () => {
    const bomb = Array.from(
      { length: 9 },
      (_, n) =>
        `a${n}: &a${n} [${
          n === 0
            ? '"x"'
            : Array(9)
                .fill(`*a${n - 1}`)
                .join(',')
        }]`,
    ).join('\n');
    expect(await problems(bomb)).toEqual([expect.stringMatching(/^watchdesk\.yaml: not usable YAML: /)]);
  });
});

describe('targets/*.yaml', () => {
  test.each<[string, string, string[]]>([
    [
      'no targets',
      'targets: []\n',
      ['targets/t.yaml:1: targets: found an empty list, expected at least 1 list item'],
    ],
    [
      'no checks',
      'targets: [{ name: shop, kind: site, checks: [] }]\n',
      ['targets/t.yaml:1: targets[0].checks: found a list, expected at least 1 list item'],
    ],
    [
      'a bad kind',
      'targets:\n  - name: shop\n    kind: website\n    checks: [{ type: http }]\n',
      ['targets/t.yaml:3: targets[0].kind: found "website", expected one of network, server, site'],
    ],
    [
      'an unknown key',
      'targets:\n  - name: shop\n    kind: site\n    adress: x\n    checks: [{ type: http }]\n',
      ['targets/t.yaml:4: targets[0].adress: unknown key; did you mean "address"?'],
    ],
    [
      'a malformed URL',
      'targets:\n  - name: shop\n    kind: site\n    url: https//shop\n    checks: [{ type: http }]\n',
      [
        'targets/t.yaml:4: targets[0].url: found "https//shop", expected a URL that starts with http:// or https://',
      ],
    ],
    [
      'an unknown check type',
      check('{ type: htpp }'),
      ['targets/t.yaml:6: targets[0].checks[0].type: there is no check type "htpp"; did you mean "http"?'],
    ],
    [
      'an unknown option',
      check('{ type: http, expects: {} }'),
      ['targets/t.yaml:6: targets[0].checks[0].expects: unknown key; did you mean "expect"?'],
    ],
    [
      'an unknown option below',
      check('{ type: http, expect: { statsu: 200 } }'),
      ['targets/t.yaml:6: targets[0].checks[0].expect.statsu: unknown key; did you mean "status"?'],
    ],
    [
      'a timeout over the interval',
      check('{ type: http, interval: 5s, timeout: 10s }'),
      [
        'targets/t.yaml:6: targets[0].checks[0].timeout: the timeout (10000 ms) is longer than the interval (5000 ms); expected at most the interval',
      ],
    ],
    [
      'a bad pattern',
      check('{ type: http, expect: { matches: "(" } }'),
      [
        expect.stringMatching(
          /^targets\/t\.yaml:6: targets\[0\]\.checks\[0\]\.expect\.matches: the value is not valid; expected an RE2 pattern \(/,
        ) as unknown as string,
      ],
    ],
    [
      'a bad JSONPath',
      check('{ type: http, expect: { json: { "$[": 1 } } }'),
      [
        expect.stringMatching(
          /expect\.json\["\$\["\]: the value is not valid; expected a JSONPath as in RFC 9535/,
        ) as unknown as string,
      ],
    ],
    [
      'a check without a place to go',
      'targets:\n  - name: shop\n    kind: site\n    checks:\n      - { type: tcp, port: 80 }\n',
      [
        'targets/t.yaml:5: targets[0].checks[0]: the check is incomplete; expected a `port`, and a `host` here or an `address` or `url` on the target',
      ],
    ],
    [
      'a secret of the wrong shape is not shown',
      check('{ type: heartbeat, token: "bad token!", every: 1m }'),
      [
        'targets/t.yaml:6: targets[0].checks[0].token: found a secret value, expected 8 to 128 letters, digits, hyphens or underscores',
      ],
    ],
    [
      'two checks of one name',
      check('{ type: http }\n      - { type: http }'),
      [
        'targets/t.yaml:7: targets[0].checks[1]: two checks of shop are named "http"; give one of them another `name`',
      ],
    ],
    [
      'two targets of one name',
      'targets:\n  - { name: shop, kind: site, url: "http://a", checks: [{ type: http }] }\n  - { name: shop, kind: site, url: "http://b", checks: [{ type: http }] }\n',
      ['targets/t.yaml:3: shop: the name is taken by the target at targets/t.yaml:2; expected a unique name'],
    ],
    [
      'an unknown parent',
      'targets:\n  - { name: router, kind: network, address: a, checks: [{ type: ping }] }\n  - { name: shop, kind: site, address: a, depends_on: [routr], checks: [{ type: ping }] }\n',
      ['targets/t.yaml:3: shop: depends on "routr", which is not a target; did you mean "router"?'],
    ],
    [
      'a circle',
      'targets:\n  - { name: a, kind: site, address: x, depends_on: [b], checks: [{ type: ping }] }\n  - { name: b, kind: site, address: x, depends_on: [a], checks: [{ type: ping }] }\n',
      ['targets/t.yaml:2: a: depends on itself: a → b → a; expected no cycle'],
    ],
  ])('%s', async (_what, targets, expected) => {
    expect(await problems(MAIN, targets)).toEqual(expected);
  });

  test('everything that is wrong is said at once', async () => {
    const found = await problems(
      'server: { listen: x }\nfoo: 1\n',
      check('{ type: http, interval: 0s, expect: { status: 99 } }'),
    );
    expect(found).toHaveLength(4);
  });
});

test('missing files and folders are named', async () => {
  const folder = await temporaryFolder();
  const loaded = await loadConfig(join(folder, 'none'), catalogue, surroundings);
  expect(
    loaded.is === 'problems' && loaded.problems.map((one) => problemLine(one).replaceAll(`${folder}/`, '')),
  ).toEqual([
    'none/watchdesk.yaml: cannot be read: there is no such file or folder',
    'none/targets: cannot be read: there is no such file or folder',
  ]);
  await mkdir(join(folder, 'watchdesk.yaml'));
  const again = await loadConfig(folder, catalogue, surroundings);
  expect(again.is === 'problems' && problemLine(again.problems[0]!)).toContain(
    'watchdesk.yaml: cannot be read: it is a folder, not a file',
  );
});

test('without any escalation urgent incidents page the operations manager; with an empty one nobody', async () => {
  const onCall = `${people}on_call: { operations-manager: { timezone: UTC, fallback: maria } }\n`;
  const policy = async (main: string) => {
    const loaded = await loadConfig(
      await temporaryFolder({ 'watchdesk.yaml': main, 'targets/t.yaml': TARGETS }),
      catalogue,
      surroundings,
    );
    return loaded.is === 'config' ? loaded.config.escalation : loaded.problems;
  };
  expect(await policy(onCall)).toEqual({
    urgent: [{ act: 'page', to: { is: 'schedule', name: 'operations-manager' }, via: ['sms'], afterMs: 0 }],
  });
  expect(await policy(`${onCall}escalation: {}\n`)).toEqual({});
  expect(await policy(people)).toEqual({});
});

test('a bare % in a URL is no reason to end', async () => {
  expect(
    await problems(
      MAIN,
      'targets: [{ name: a, kind: site, url: "http://user:100%@host/", checks: [{ type: http }] }]\n',
    ),
  ).toEqual([]);
});

test('two heartbeats of one token', async () => {
  const twice =
    'targets:\n  - { name: a, kind: server, checks: [{ type: heartbeat, token: same-token-1, every: 1m }] }\n  - { name: b, kind: server, checks: [{ type: heartbeat, token: same-token-1, every: 1m }] }\n';
  expect(await problems(MAIN, twice)).toEqual([
    'targets/t.yaml:3: b: b/heartbeat and a/heartbeat have the same token; expected a different token for each',
  ]);
});

test('the contract’s own example is a good config', async () => {
  const main = `
server: { listen: "127.0.0.1:8080", public_url: "https://watch.example.com" }
store: sqlite:data/watchdesk.db
people:
  maria: { name: Maria Chen, sms: "+12895550101", email: maria@example.com }
  devon: { name: Devon Hall, sms: "+12895550102" }
on_call:
  operations-manager:
    timezone: America/Toronto
    layers:
      - { rotation: [maria, devon], start: 2026-11-02T09:00, every: 1 week }
    overrides:
      - { from: 2026-12-24T09:00, to: 2026-12-27T09:00, replace: maria, with: devon }
    fallback: maria
escalation:
  urgent:
    - { page: operations-manager, via: [sms] }
    - { mobilise: support-team, via: [slack] }
    - { after: 60m, unless: worked, page: operations-manager, via: [sms, voice], repeat: 60m }
helpdesk: { type: desk }
channels:
  sms: { type: console }
defaults: { interval: 60s, timeout: 10s, failures: 3, recoveries: 2 }
incidents: { reopen_window: 30m, group_window: 30s, group_at: 5 }
maintenance:
  - { name: core switch, targets: [edge-router], from: 2026-12-01T02:00Z, to: 2026-12-01T04:00Z }
  - { name: patch night, customers: [Acme Ltd], cron: "0 2 * * SUN", for: 2h, timezone: America/Toronto }
watchdog: { ping: "\${WATCHDOG_URL:-https://example.com/ping}", every: 1m }
connectivity: { anchors: [ "tcp://1.1.1.1:53", "tcp://8.8.8.8:53" ] }
`;
  const targets = `
customer: { name: Acme Ltd, plan: vip, contact: it@acme.example }
targets:
  - { name: edge-router, kind: network, address: 192.0.2.1, checks: [ { type: ping } ] }
  - name: shop
    kind: site
    url: https://shop.example
    depends_on: [ edge-router ]
    priority: urgent
    vendor: { name: Example Hosting, phone: "+1 555 0100" }
    runbook: https://wiki.example/shop
    checks:
      - { type: http, path: /health, expect: { status: 200, body: ok, within: 2s }, failures: 2 }
      - { type: tls, expect: { days_left: 14 }, priority: high }
`;
  expect(await problems(main, targets)).toEqual([]);
  const twilio = main.replace(
    'sms: { type: console }',
    'sms: { twilio: { account_sid: "AC00000000000000000000000000000000", auth_token: "${SOME_TOKEN}", from: "+12895550100" } }',
  );
  expect(await problems(twilio, targets)).toEqual([]);
});

test('what came from the environment or a file is kept secret, and an unquoted number is one', async () => {
  const folder = await temporaryFolder({
    'watchdesk.yaml': 'server: { public_url: "https://x/${SOME_TOKEN}" }\ntimezone: "${TZ_NAME:-UTC}"\n',
    'targets/t.yaml':
      'targets:\n  - name: a\n    kind: server\n    address: 127.0.0.1\n    checks:\n      - type: tcp\n        port: ${PORT}\n        send: ${file:/run/secrets/x}\n',
  });
  const loaded = await loadConfig(folder, catalogue, surroundings);
  expect(loaded).toMatchObject({ is: 'config', config: { timeZone: 'UTC' } });
  expect(loaded.is === 'config' && loaded.config.secrets).toEqual(['hunter2-hunter2', 'from-a-file']);
  expect(loaded.is === 'config' && loaded.config.targets[0]!.checks[0]!.subject).toBe('tcp://127.0.0.1:9000');
});

describe('what people write', () => {
  const facts = async (main: string, targets = TARGETS, variables: Record<string, string> = {}) => {
    const folder = await temporaryFolder({ 'watchdesk.yaml': main, 'targets/t.yaml': targets });
    const loaded = await loadConfig(folder, catalogue, {
      ...surroundings,
      variable: (name) => variables[name],
    });
    if (loaded.is === 'config') return { config: loaded.config, problems: [] };
    return { problems: loaded.problems.map((one) => problemLine(one).replaceAll(`${folder}/`, '')) };
  };

  test('mistakes of all kinds in all files are named at once', async () => {
    const main = `people:
  maria: { name: Maria, sms: "555" }
  devon: { name: Devon, sms: "+12895550102" }
teams: { support: { members: [maria, devno] } }
timezone: EST
server: { listn: ":80" }
probe: { modules: modules.yml }
escalation: { urgent: [{ page: [maria, devon], via: [smss] }] }
`;
    const targets = `targets:
  - { name: shop, kind: website, url: "https://shop.example", checks: [{ type: htpp }] }
  - { name: mail, kind: site, url: "https://mail.example", depends_on: [shpo], checks: [{ type: http, expect: { statsu: 1 } }] }
  - { name: web, kind: site, url: web.example, depends_on: [mail], checks: [{ type: http }] }
`;
    const folder = await temporaryFolder({
      'watchdesk.yaml': main,
      'targets/t.yaml': targets,
      'targets/u.yaml': 'targets: [{ name: x, kind: site, checks: [{ type: ping, packts: 1 }] }]\n',
      'modules.yml': 'modules: 5\n',
    });
    const loaded = await loadConfig(folder, catalogue, surroundings);
    if (loaded.is === 'config') throw new Error('valid');
    const said = loaded.problems.map((one) => problemLine(one).replaceAll(`${folder}/`, ''));
    for (const part of [
      'people.maria.sms: found "555"',
      'there is no person "devno"',
      'timezone: found "EST", expected an IANA time zone; did you mean "America/Toronto"?',
      'server.listn: unknown key',
      'there is no channel "smss"',
      'targets[0].kind: found "website"',
      'there is no check type "htpp"',
      'statsu: unknown key',
      'depends on "shpo", which is not a target; did you mean "shop"?',
      'did you mean "https://web.example"?',
      'packts: unknown key',
      'modules.yml',
    ]) {
      expect(
        said.filter((line) => line.includes(part)),
        part,
      ).toHaveLength(1);
    }
    // What follows from another mistake is not said.
    expect(said.filter((line) => line.includes('"maria"'))).toEqual([]);
    expect(said).toHaveLength(12);
  });

  test('unquoted references in braces are one mistake, and the others are named beside it', async () => {
    const main = `people:
  maria: { name: Maria, sms: \${SMS} }
  devon: { name: \${NAME}, sms: \${SMS} }
  ines: { name: "\${NAME}", sms: '\${SMS}' } # \${NOT} this
server: { listen: \${LISTEN}, publicurl: x }
`;
    const { problems: said } = await facts(main, TARGETS, {
      SMS: '+12895550101',
      NAME: 'x',
      LISTEN: ':9000',
    });
    expect(said).toEqual([
      'watchdesk.yaml:2: put ${…} in quotes inside { } and [ ] (lines 2, 3, 5): "${SMS}"',
      'watchdesk.yaml:5: server.publicurl: unknown key; did you mean "public_url"?',
    ]);
  });

  test.each<[string, string, string, (config: Config) => unknown, unknown]>([
    ['a PIN keeps its zero', 'customer: { name: Acme, pin: "0000" }', '0471', ({ customers }) => customers.get('Acme')!.pin, '0471'],
  ])('%s', async (_what, _yaml, value, read, wanted) => {
    const targets = `customer:\n  name: Acme\n  pin: \${VALUE}\n${TARGETS}`;
    const { config, problems: said } = await facts(MAIN, targets, { VALUE: value });
    expect(said).toEqual([]);
    expect(read(config!)).toEqual(wanted);
  }); // prettier-ignore

  test('an unquoted reference is a number and a yes-or-no where only these may stand', async () => {
    const targets = `targets:
  - name: shop
    kind: site
    address: 192.0.2.1
    checks:
      - type: tcp
        port: \${PORT}
        failures: \${COUNT}
        counts: \${COUNTS}
`;
    const { config, problems: said } = await facts(MAIN, targets, {
      PORT: '8443',
      COUNT: '4',
      COUNTS: 'false',
    });
    expect(said).toEqual([]);
    expect(config!.targets[0]!.checks[0]).toMatchObject({
      cadence: { failures: 4 },
      counts: false,
      subject: expect.stringContaining('8443'),
    });
    expect((await facts(MAIN, targets, { PORT: 'https', COUNT: '4', COUNTS: 'false' })).problems).toEqual([
      'targets/t.yaml:7: targets[0].checks[0].port: found "https", expected a number',
    ]);
  });

  test('merge keys merge; what stands beside them goes before', async () => {
    const targets = `targets:
  - name: shop
    kind: site
    url: https://shop.example
    checks: &checks
      - &web { type: http, interval: 2m, failures: 5 }
  - &mail
    name: mail
    kind: site
    url: https://mail.example
    checks: [{ <<: *web, failures: 2 }]
  - <<: *mail
    name: web
  - <<: [*mail, { tags: [both] }]
    name: third
`;
    const { config, problems: said } = await facts(MAIN, targets);
    expect(said).toEqual([]);
    expect(config!.targets.map(({ name, url, tags, checks }) => [name, url, tags, checks[0]!.cadence.intervalMs, checks[0]!.cadence.failures])).toEqual([
      ['shop', 'https://shop.example', [], 120_000, 5],
      ['mail', 'https://mail.example', [], 120_000, 2],
      ['web', 'https://mail.example', [], 120_000, 2],
      ['third', 'https://mail.example', ['both'], 120_000, 2],
    ]);
    expect((await facts(MAIN, 'targets:\n  - { <<: 5, name: x, kind: site, checks: [{ type: ping }] }\n')).problems).toEqual([
      expect.stringContaining('Merge'),
    ]);
    const bomb = ['a0: &a0 { k: 1 }', ...Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} { <<: [*a${n}, *a${n}, *a${n}], x${n}: *a${n} }`)].join('\n');
    expect((await facts(bomb)).problems.length).toBeGreaterThan(0);
  }); // prettier-ignore
});
