import { describe, expect, test } from 'vitest';
import { loadCatalogue } from '../../src/config/catalogue.ts';
import type { ConfiguredHelpdesk } from '../../src/helpdesks/shared/configured-helpdesk.ts';
import { problemLine } from '../../src/config/config-problem.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { helpdeskFor } from '../../src/core/ticket-route.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { catalogue } = await loadCatalogue();

async function load(helpdesk: string, customer = '{ name: Acme Ltd }') {
  const folder = await temporaryFolder({
    'watchdesk.yaml': `escalation: {}\nhelpdesk: ${helpdesk}\n`,
    'targets/t.yaml': `customer: ${customer}\ntargets:\n  - { name: shop, kind: site, url: "https://shop.example", checks: [{ type: http }] }\n`,
    'targets/u.yaml': `customer: { name: Bolt Inc, plan: vip }\ntargets:\n  - { name: ware, kind: site, url: "https://ware.example", tags: [eu], checks: [{ type: http }] }\n`,
  });
  const loaded = await loadConfig(folder, catalogue);
  const problems =
    loaded.is === 'problems'
      ? loaded.problems.map((one) => problemLine(one).replaceAll(`${folder}/`, ''))
      : [];
  return { problems, config: loaded.is === 'config' ? loaded.config : undefined };
}

const FRESHDESK = 'type: freshdesk, domain: acme, api_key: 0123456789ab, requester: ops@acme.example';

test('one helpdesk, with what is said of it beside its own settings', async () => {
  const { config } = await load(
    `{ ${FRESHDESK}, fallback_after: 2m, poll: 10s, ended_by_human: accept, page_urgent: false }`,
  );
  expect(config!.helpdesks).toMatchObject([
    {
      name: 'freshdesk',
      fallbackAfterMs: 120_000,
      pollMs: 10_000,
      endedByHuman: 'accept',
      pageUrgent: false,
    },
  ]);
  expect(config!.secrets).toContain('0123456789ab');
});

test('the short form takes it beside the type', async () => {
  const { config } = await load(
    '{ freshdesk: { domain: acme, api_key: 0123456789ab, requester: ops@acme.example }, poll: 10s }',
  );
  expect(config!.helpdesks).toMatchObject([{ name: 'freshdesk', pollMs: 10_000 }]);
});

describe('two helpdesks', () => {
  const two = `[{ ${FRESHDESK}, name: vip, when: { plans: [vip], priorities: [urgent] } }, { ${FRESHDESK}, name: eu, when: { customers: [Bolt Inc], tags: [eu] } }, { type: desk }]`;

  test.each([
    [{ customer: { name: 'Acme Ltd', plan: 'vip' }, tags: [] }, 'urgent', 'vip'],
    [{ customer: { name: 'Acme Ltd', plan: 'vip' }, tags: [] }, 'low', 'desk'],
    [{ customer: { name: 'Bolt Inc' }, tags: ['eu'] }, 'urgent', 'eu'],
    [{ customer: { name: 'Bolt Inc' }, tags: ['us'] }, 'urgent', 'desk'],
    [{ tags: ['eu'] }, 'urgent', 'desk'],
  ] as const)('%j of priority %s goes to %s', async (target, priority, name) => {
    const { config } = await load(two);
    const chosen = helpdeskFor(
      config!.helpdesks,
      { ...target, tags: [...target.tags] },
      priority,
    ) as ConfiguredHelpdesk;
    expect(chosen.name).toBe(name);
  });
});

test('how a customer is known to the helpdesk', async () => {
  const { config } = await load(
    '{ type: desk }',
    '{ name: Acme Ltd, requester: it@acme.example, company: 4711 }',
  );
  expect(config!.targets[0]!.customer).toMatchObject({ requester: 'it@acme.example', company: 4711 });
});

describe('what is wrong is said, with its place', () => {
  test.each<[string, string, string[]]>([
    ['an unknown type', '{ type: freshdesc }', ['watchdesk.yaml:2: helpdesk.type: there is no helpdesk type "freshdesc"; did you mean "freshdesk"?']],
    ['a key that is none', `{ ${FRESHDESK}, fallback_afer: 2m }`, ['watchdesk.yaml:2: helpdesk.fallback_afer: unknown key; did you mean "fallback_after"?']],
    ['a duration that is none', `{ ${FRESHDESK}, poll: often }`, ['watchdesk.yaml:2: helpdesk.poll: found "often", expected a duration such as 500ms, 30s, 5m, 4h or 7d']],
    ['two of one name', `[{ ${FRESHDESK}, when: { tags: [eu] } }, { ${FRESHDESK} }]`, ['watchdesk.yaml:2: helpdesk[1]: two helpdesks are named "freshdesk"; give one of them another `name`']],
    ['none for the rest', `[{ ${FRESHDESK}, when: { tags: [eu] } }]`, ['watchdesk.yaml:2: helpdesk[0]: every helpdesk has a `when`; expected one without it, for all other tickets']],
    ['one that never gets any', `[{ type: desk }, { ${FRESHDESK}, when: { tags: [eu] } }]`, ['watchdesk.yaml:2: helpdesk[1]: never gets a ticket, because desk above it gets them all; move it up, or add a `when` to desk']],
    ['somebody who is none of ours', `{ ${FRESHDESK}, people: { maria: 12 } }`, ['watchdesk.yaml:2: helpdesk.people.maria: there is no person "maria" under `people`; known: none']],
    ['a name that is taken', `{ ${FRESHDESK}, name: desk }`, ['watchdesk.yaml:2: helpdesk: the name "desk" is reserved for the built-in helpdesk; expected another name']],
    ['a customer that no target has', `[{ ${FRESHDESK}, when: { customers: [Acme Ltdd] } }, { type: desk }]`, ['watchdesk.yaml:2: helpdesk[0].when.customers[0]: no target has the customer "Acme Ltdd"; did you mean "Acme Ltd"?']],
    ['a key below', '{ type: zammad, url: "https://z.example", token: abcdef0123, customer: x, priorities: { urgnt: a } }', ['watchdesk.yaml:2: helpdesk.priorities.urgnt: unknown key; did you mean "urgent"?']],
    ['a setting of its own that is missing', '{ type: zammad, url: "https://z.example", token: abcdef0123 }', ['watchdesk.yaml:2: helpdesk.customer: missing; expected text']],
    ['two ways at once', `{ ${FRESHDESK}, url: "https://help.acme.example" }`, ['watchdesk.yaml:2: helpdesk: found a mapping, expected exactly one of `domain` and `url`']],
    ['a URL with a slash at its end', '{ type: glpi, url: "https://glpi.example/", user_token: abcdef0123 }', ['watchdesk.yaml:2: helpdesk.url: found "https://glpi.example/", expected a URL without a slash at its end, such as https://help.example']],
    ['a secret that is too short is not shown', '{ type: zammad, url: "https://z.example", token: abc, customer: x }', ['watchdesk.yaml:2: helpdesk.token: found a secret value, expected at least 6 characters']],
  ])('%s', async (_what, helpdesk, expected) => {
    expect((await load(helpdesk)).problems).toEqual(expected);
  });
}); // prettier-ignore
