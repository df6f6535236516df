import { describe, expect, test } from 'vitest';
import { incidentSentence } from '../../src/core/sentence.ts';
import { Night, tcpTargets } from '../support/night.ts';

const children = Array.from({ length: 40 }, (_, n) => `server-${n + 1}`);

describe('a target behind another', () => {
  const plan = {
    targets: {
      acme: `customer: { name: Acme Ltd }\n${tcpTargets(['edge-router', ...children], (name) => (name === 'edge-router' ? '' : ', depends_on: [edge-router]'))}`,
    },
  };
  const begin = async () => {
    const night = await Night.begin(plan);
    children.forEach((_, n) => night.world.behind(`10.0.0.${n + 2}`, '10.0.0.1'));
    await night.minutes(3);
    return night;
  };

  test('gets no incident of its own: it stands on the ticket of the router, with its customer', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'silent');
    await night.minutes(10);
    expect(await night.raised()).toEqual(['edge-router open']);
    expect(night.sent).toHaveLength(1);
    const [incident] = night.components.keeper.open();
    expect(incident!.episode.affected.map(({ target }) => target).sort()).toEqual([...children].sort());
    const notes = (await night.notes(1)).join('\n');
    for (const child of children) expect(notes).toContain(`- ${child} (Acme Ltd)`);
    expect(notes).toContain('Customers: Acme Ltd');
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(10);
    expect(await night.raised()).toEqual(['edge-router resolved']);
    expect(night.components.gate.held()).toEqual([]);
    expect(night.sent.map(({ text }) => text.split(' ')[0])).toEqual(['URGENT', 'RECOVERED']);
  });

  test('that is still down when the router is back gets its ticket, after it has cooled down', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'silent');
    await night.minutes(8);
    night.world.stand('10.0.0.5', 'refusing');
    night.world.stand('10.0.0.1', 'well');
    const from = night.clock.now();
    await night.minutes(10);
    expect(await night.raised()).toEqual(['edge-router resolved', 'server-4 open']);
    const [, own] = await night.incidents();
    // Recovery of the router takes up to a minute and a retry, then three times the child's retry interval.
    expect(own!.openedAt - from).toBeGreaterThan(45_000);
    expect(own!.openedAt - from).toBeLessThan(4 * 60_000);
    expect(night.said).toContain('held server-4/tcp cooling-down edge-router');
  });

  test('waits over a restart as well', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'silent');
    await night.minutes(8);
    await night.crash();
    await night.boot();
    await night.minutes(5);
    expect(await night.raised()).toEqual(['edge-router open']);
    night.world.stand('10.0.0.3', 'silent');
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(10);
    expect(await night.raised()).toEqual(['edge-router resolved', 'server-2 open']);
  });

  test('waits on when a human has ended the incident of the router, which still fails', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'silent');
    await night.minutes(6);
    const [incident] = night.components.keeper.open();
    await night.settled(night.components.keeper.act(incident!, 'maria', { is: 'resolve', text: 'known' }));
    await night.minutes(20);
    expect(await night.raised()).toEqual(['edge-router resolved']);
    const held = night.components.gate.held().map(({ watched, because }) => [watched.target.name, because]);
    expect(held).toContainEqual(['edge-router', 'resolved-by-hand']);
    expect(held.filter(([, because]) => because === 'behind')).toHaveLength(40);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(10);
    expect(night.components.gate.held()).toEqual([]);
  });

  test('of the last outage is not counted in the next one, nor said to be back with the router', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'silent');
    await night.minutes(6);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(5);
    expect(night.texts().at(-1)).toMatch(/^RECOVERED edge-router \(Acme Ltd\) up since/);
    children.forEach((_, n) => night.world.behindAll(`10.0.0.${n + 2}`, []));
    night.world.stand('10.0.0.1', 'silent');
    await night.minutes(5);
    expect(night.texts().at(-1)).toMatch(/^URGENT edge-router \(Acme Ltd\) down again/);
    expect(night.components.keeper.open()[0]!.episode.affected).toEqual([]);
  });

  test('is not opened on the word of a probe that says nothing', async () => {
    const slow = `customer: { name: Acme Ltd }\n${tcpTargets(['edge-router', 'a', 'b', 'c'], (name) => (name === 'edge-router' ? ', ' : ', depends_on: [edge-router]')).replace('port: 443 }], ', 'port: 443, interval: 10m }]')}`;
    const night = await Night.begin({ targets: { slow } });
    for (const n of [2, 3, 4]) night.world.behind(`10.0.0.${n}`, '10.0.0.1');
    await night.minutes(11);
    night.world.stand('10.0.0.1', 'silent');
    for (let second = 0; second < 240; second++) {
      await night.seconds(1);
      const asking = night.components.gate.held().some(({ because }) => because === 'asking-parents');
      if (asking && !night.said.includes('pause slept 60000')) night.watchdesk.slept(60_000);
    }
    expect(night.said).toContain('pause slept 60000');
    await night.minutes(15);
    expect(await night.raised()).toEqual(['edge-router open']);
  });

  test('of two redundant ones is held only while both fail', async () => {
    const night = await Night.begin({
      targets: {
        all: tcpTargets(['isp-a', 'isp-b', 'shop'], (name) =>
          name === 'shop' ? ', depends_on: [{ any: [isp-a, isp-b] }]' : '',
        ),
      },
    });
    night.world.behind('10.0.0.3', '10.0.0.1', '10.0.0.2');
    await night.minutes(3);
    night.world.stand('10.0.0.1', 'silent');
    await night.minutes(6);
    expect(await night.raised()).toEqual(['isp-a open']);
    night.world.stand('10.0.0.3', 'refusing');
    await night.minutes(6);
    expect(await night.raised()).toEqual(['isp-a open', 'shop open']);
    night.world.stand('10.0.0.3', 'well');
    await night.minutes(4);
    night.world.stand('10.0.0.2', 'silent');
    await night.minutes(8);
    expect(await night.raised()).toEqual(['isp-a open', 'shop resolved', 'isp-b open']);
    expect(night.components.gate.heldOf('shop').map(({ because }) => because)).toEqual(['behind']);
  });
});

describe('a monitor that cannot see', () => {
  const more = `
connectivity: { anchors: ["tcp://192.0.2.1:53", "tcp://198.51.100.1:53", "tcp://anchor.example:443"] }
`;
  const names = Array.from({ length: 30 }, (_, n) => `t${n + 1}`);
  const plan = { more, targets: { all: tcpTargets(names) } };

  test('says that it is blind, once, and takes nothing for down', async () => {
    const night = await Night.begin(plan);
    await night.minutes(3);
    night.world.uplink = false;
    await night.minutes(4);
    expect(await night.raised()).toEqual(['this-monitor open']);
    expect(night.components.lookout.isBlind).toBe(true);
    for (const { state, target } of night.components.field.watched()) {
      if (!target.ours) expect(state.health).toMatchObject({ is: 'unknown', before: { is: 'up' } });
    }
    expect(night.texts()).toEqual([
      expect.stringMatching(/^URGENT this-monitor blind since 22:0\d: the monitor has no network/),
    ]);
    night.world.asked = [];
    night.world.uplink = true;
    await night.seconds(10);
    // Everything is probed again at once, before anything is judged.
    expect(new Set(night.world.asked.filter((host) => host.startsWith('10.'))).size).toBe(30);
    await night.minutes(5);
    expect(await night.raised()).toEqual(['this-monitor resolved']);
    expect(night.components.keeper.open()).toEqual([]);
  });

  test('still sees a real outage that goes on when sight is back', async () => {
    const night = await Night.begin(plan);
    await night.minutes(3);
    night.world.uplink = false;
    night.world.stand('10.0.0.7', 'refusing');
    await night.minutes(4);
    night.world.uplink = true;
    await night.minutes(3);
    expect(await night.raised()).toEqual(['this-monitor resolved', 't7 open']);
  });

  test('takes an anchor that cannot even be asked for one that fails, and goes on asking', async () => {
    const night = await Night.begin(plan);
    await night.minutes(1);
    night.world.breaks('192.0.2.1');
    night.world.stand('198.51.100.1', 'silent');
    night.world.stand('10.0.0.7', 'refusing');
    await night.minutes(4);
    expect(night.components.lookout.isBlind).toBe(true);
    expect(night.healthOf('t7')).toBe('unknown');
    night.world.stand('198.51.100.1', 'well');
    await night.minutes(4);
    expect(await night.raised()).toEqual(['this-monitor resolved', 't7 open']);
  });

  test('freezes what is down already as well', async () => {
    const night = await Night.begin(plan);
    night.world.stand('10.0.0.7', 'refusing');
    await night.minutes(5);
    night.world.uplink = false;
    await night.minutes(3);
    expect(night.healthOf('t7')).toBe('unknown');
    night.world.uplink = true;
    await night.minutes(3);
    expect(night.healthOf('t7')).toBe('down');
    expect(await night.raised()).toEqual(['t7 open', 'this-monitor resolved']);
  });

  test('forgets what old anchors said when the config has others', async () => {
    const night = await Night.begin(plan);
    const { connectivity } = night.config;
    await night.minutes(3);
    night.world.uplink = false;
    await night.minutes(4);
    await night.reconfigure({ connectivity: undefined });
    night.world.uplink = true;
    await night.minutes(20);
    expect(await night.raised()).toEqual(['this-monitor resolved']);
    await night.reconfigure({ connectivity });
    await night.minutes(5);
    expect(night.components.lookout.isBlind).toBe(false);
    expect(await night.raised()).toEqual(['this-monitor resolved']);
  });

  test('one lost anchor of three changes nothing', async () => {
    const night = await Night.begin(plan);
    night.world.stand('192.0.2.1', 'silent');
    await night.minutes(3);
    night.world.stand('10.0.0.7', 'silent');
    await night.minutes(4);
    expect(await night.raised()).toEqual(['t7 open']);
    expect(night.components.lookout.isBlind).toBe(false);
  });

  test('a resolver that fails is a condition of its own: what goes by number is judged on', async () => {
    const named =
      'targets: [{ name: site, kind: site, address: site.example, checks: [{ type: tcp, port: 443 }] }]';
    const night = await Night.begin({ more, targets: { all: tcpTargets(names), named } });
    await night.minutes(3);
    night.world.resolver = false;
    night.world.stand('10.0.0.7', 'refusing');
    await night.minutes(4);
    expect((await night.raised()).sort()).toEqual(['t7 open', 'this-monitor open']);
    expect(night.healthOf('site')).toBe('unknown');
    expect(night.texts().some((text) => /this-monitor down since .*DNS lookup failed/.test(text))).toBe(true);
    night.world.resolver = true;
    await night.minutes(3);
    expect((await night.raised()).sort()).toEqual(['t7 open', 'this-monitor resolved']);
  });
});

describe('a storm', () => {
  const names = Array.from({ length: 20 }, (_, n) => `t${n + 1}`);
  const more = 'defaults: { interval: 10s, timeout: 2s }';

  test('of one customer is one incident with a list; the first page leaves at once', async () => {
    const night = await Night.begin({
      more,
      targets: { acme: `customer: { name: Acme Ltd }\n${tcpTargets(names)}` },
    });
    await night.minutes(2);
    names.forEach((_, n) => night.world.stand(`10.0.0.${n + 1}`, 'refusing'));
    await night.minutes(2);
    const [incident, ...others] = await night.incidents();
    expect(others).toEqual([]);
    expect(new Set(incident!.failing.map(({ target }) => target))).toEqual(new Set(names));
    expect(night.sent[0]!.at - incident!.openedAt).toBeLessThanOrEqual(250);
    expect(night.texts()).toEqual([
      expect.stringMatching(/^URGENT t\d+ \(Acme Ltd\) down since/),
      expect.stringMatching(/^URGENT t\d+ and \d+ more \(Acme Ltd\) down since/),
    ]);
    const notes = (await night.notes(1)).join('\n');
    for (const name of names.filter((one) => one !== incident!.target))
      expect(notes).toContain(`- ${name} (Acme Ltd)`);
    expect(notes).toContain('common to all: customer Acme Ltd');
    names.forEach((_, n) => night.world.stand(`10.0.0.${n + 1}`, 'well'));
    await night.minutes(3);
    expect(await night.raised()).toEqual([`${incident!.target} resolved`]);
    expect((await night.tickets()).map(({ status }) => status)).toEqual(['resolved']);
  });

  test('is one from the second failure on, also where a single failed probe is enough', async () => {
    const night = await Night.begin({
      more: 'defaults: { interval: 30s, timeout: 2s, failures: 1 }',
      targets: { acme: `customer: { name: Acme Ltd }\n${tcpTargets(names.slice(0, 12))}` },
    });
    await night.minutes(2);
    for (let n = 1; n <= 12; n++) night.world.stand(`10.0.0.${n}`, 'refusing');
    await night.minutes(2);
    expect(await night.incidents()).toHaveLength(1);
  });

  test('stays one when the monitor dies in the middle of it', async () => {
    const night = await Night.begin({
      more,
      targets: { acme: `customer: { name: Acme Ltd }\n${tcpTargets(names.slice(0, 8))}` },
    });
    await night.minutes(2);
    for (let n = 1; n <= 8; n++) night.world.stand(`10.0.0.${n}`, 'refusing');
    for (let second = 0; second < 30; second++) {
      await night.seconds(1);
      if (night.components.gate.held().length !== 3) continue;
      await night.crash();
      await night.boot();
      break;
    }
    await night.minutes(2);
    expect(await night.incidents()).toHaveLength(1);
    expect(night.texts().filter((text) => text.startsWith('URGENT'))).toHaveLength(2);
  });

  test('is called by what still fails of it', async () => {
    const night = await Night.begin({
      more,
      targets: { acme: `customer: { name: Acme Ltd }\n${tcpTargets(names.slice(0, 8))}` },
    });
    await night.minutes(2);
    for (let n = 1; n <= 8; n++) night.world.stand(`10.0.0.${n}`, 'refusing');
    await night.seconds(26);
    const [incident] = night.components.keeper.open();
    const left = [1, 2, 3, 4, 5, 6, 7, 8].find((n) => `t${n}` !== incident!.target)!;
    for (let n = 1; n <= 8; n++) if (n !== left) night.world.stand(`10.0.0.${n}`, 'well');
    await night.minutes(2);
    expect(incidentSentence(night.components.keeper.open()[0]!, night.clock.now())).toMatch(
      new RegExp(`^t${left} down for`),
    );
  });

  test('is left by who comes back: what fails again later has its own ticket and page', async () => {
    const night = await Night.begin({
      more,
      targets: { acme: `customer: { name: Acme Ltd }\n${tcpTargets(names.slice(0, 6))}` },
    });
    await night.minutes(2);
    const stand = (n: number, standing: 'well' | 'refusing') => night.world.stand(`10.0.0.${n}`, standing);
    for (let n = 1; n <= 6; n++) stand(n, 'refusing');
    await night.minutes(2);
    const [storm] = await night.incidents();
    const members = [1, 2, 3, 4, 5, 6].filter((n) => `t${n}` !== storm!.target);
    for (const n of members) stand(n, 'well');
    await night.minutes(60);
    const before = night.sent.length;
    stand(members[0]!, 'refusing');
    await night.minutes(2);
    expect((await night.raised()).sort()).toEqual([`${storm!.target} open`, `t${members[0]} open`].sort());
    expect(night.sent.length).toBe(before + 1);
    // The one that the incident is named after stays in it, and is paged for as well.
    const head = Number(storm!.target.slice(1));
    stand(members[1]!, 'refusing');
    await night.minutes(2);
    stand(head, 'well');
    await night.minutes(2);
    expect((await night.raised()).filter((line) => line.endsWith('open'))).toHaveLength(2);
  });

  test('of four is none: each has its own incident, and nobody waits for the window', async () => {
    const night = await Night.begin({
      more,
      targets: { acme: `customer: { name: Acme Ltd }\n${tcpTargets(names)}` },
    });
    await night.minutes(2);
    for (const n of [1, 2, 3, 4]) night.world.stand(`10.0.0.${n}`, 'refusing');
    await night.seconds(40);
    expect((await night.raised()).sort()).toEqual(['t1 open', 't2 open', 't3 open', 't4 open']);
    for (const { openedAt, failing } of await night.incidents()) {
      expect(openedAt - failing[0]!.breachedAt).toBeLessThanOrEqual(500);
    }
  });

  test('of many who share nothing: the first page at once, the others as one, and none is lost', async () => {
    const files = Object.fromEntries(
      names.map((name, n) => [
        name,
        `customer: { name: Customer ${n} }\ntargets: [{ name: ${name}, kind: server, address: h${n}, checks: [{ type: tcp, port: 443 }] }]`,
      ]),
    );
    const night = await Night.begin({ more, targets: files });
    await night.minutes(2);
    names.forEach((_, n) => night.world.stand(`h${n}`, 'refusing'));
    await night.minutes(3);
    expect(await night.incidents()).toHaveLength(20);
    const pages = (await night.store.effects({ limit: 100, kinds: ['page'] })).items;
    expect(pages).toHaveLength(20);
    expect(pages.every(({ state }) => state.is === 'accepted')).toBe(true);
    expect(night.sent.length).toBeLessThan(10);
    expect(night.texts().some((text) => /And \d+ more: http/.test(text))).toBe(true);
  });
});

describe('a target that flaps', () => {
  test('is one ticket and one page, until it has been steady', async () => {
    const night = await Night.begin({ targets: { all: tcpTargets(['shop']) } });
    await night.minutes(25);
    for (let minute = 0; minute < 20; minute++) {
      night.world.stand('10.0.0.1', minute % 2 === 0 ? 'refusing' : 'well');
      await night.minutes(1);
    }
    expect(await night.raised()).toEqual(['shop open']);
    expect((await night.incidents())[0]!.reason).toBe('flapping');
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(30);
    expect(await night.raised()).toEqual(['shop resolved']);
    expect(night.texts().map((text) => text.split(' ')[0])).toEqual(['URGENT', 'RECOVERED']);
  });
});

describe('a target that flaps in an open incident', () => {
  test('says so on its ticket, and stays one incident until it is steady', async () => {
    const night = await Night.begin({
      targets: { all: tcpTargets(['shop']) },
      more: 'defaults: { interval: 20s, timeout: 2s, failures: 2, recoveries: 1 }',
    });
    await night.minutes(10);
    for (let round = 0; round < 12; round++) {
      night.world.stand('10.0.0.1', round % 2 === 0 ? 'refusing' : 'well');
      await night.seconds(40);
    }
    expect(await night.incidents()).toHaveLength(1);
    expect((await night.notes(1)).join('\n')).toContain('is flapping: ');
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(15);
    expect(await night.raised()).toEqual(['shop resolved']);
  });
});

describe('maintenance', () => {
  const window = (from: string, to: string) =>
    `maintenance: [{ name: core switch, targets: [shop], from: "2026-11-22T${from}Z", to: "2026-11-22T${to}Z" }]`;

  test('probes go on and nothing opens; a window that ends with the target down opens at once', async () => {
    const night = await Night.begin({
      more: window('22:10', '22:40'),
      targets: { all: tcpTargets(['shop']) },
    });
    await night.minutes(12);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(27);
    expect(night.healthOf('shop')).toBe('down');
    expect(await night.raised()).toEqual([]);
    await night.seconds(61);
    expect(await night.raised()).toEqual(['shop open']);
    const [incident] = await night.incidents();
    expect(incident!.openedAt).toBe(Date.parse('2026-11-22T22:40:00Z'));
    expect(incident!.startedAt).toBeLessThan(Date.parse('2026-11-22T22:14:00Z'));
  });

  test('an incident from before still resolves inside the window', async () => {
    const night = await Night.begin({
      more: window('22:10', '22:40'),
      targets: { all: tcpTargets(['shop']) },
    });
    await night.minutes(3);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(10);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(5);
    expect(await night.raised()).toEqual(['shop resolved']);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(10);
    expect(await night.raised()).toEqual(['shop resolved']);
  });

  test('planned while it runs, survives a restart and ends when told', async () => {
    const night = await Night.begin({ targets: { all: tcpTargets(['shop']) } });
    await night.minutes(2);
    const from = night.clock.now();
    const plan = night.components.planning.planWindow({
      id: 'W1',
      name: 'patching',
      scope: { all: true },
      time: { is: 'once', from, to: from + 3_600_000 },
    });
    await night.clock.settle();
    await plan;
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(10);
    await night.crash();
    await night.boot();
    await night.minutes(10);
    expect(await night.raised()).toEqual([]);
    expect(night.components.gate.held().map(({ because, by }) => [because, ...by])).toEqual([
      ['maintenance', 'patching'],
    ]);
    const end = night.components.planning.endWindow('W1');
    await night.clock.settle();
    expect(await end).toBe(true);
    await night.seconds(1);
    expect(await night.raised()).toEqual(['shop open']);
  });
});

test('a page that has waited for its provider does not leave once somebody has it', async () => {
  let isDown = true;
  const night = await Night.begin({
    targets: { t: tcpTargets(['shop']) },
    send: async () => (isDown ? { is: 'temporary', why: 'down' } : { is: 'done', value: 'x' }),
  });
  night.world.stand('10.0.0.1', 'refusing');
  await night.minutes(5);
  const [incident] = await night.incidents();
  await night.settled(night.components.keeper.act(incident!, 'devon', { is: 'acknowledge' }));
  isDown = false;
  await night.minutes(10);
  expect(night.texts()).toEqual([]);
  const { items } = await night.store.effects({ limit: 50, kinds: ['page'] });
  expect(
    items.every(({ state }) => state.is === 'dead' && state.why === 'already acknowledged by Devon Hall'),
  ).toBe(true);
  expect((await night.incidents())[0]!.episode.lost).toEqual([]);
});

test('a reload changes no escalation that runs: who is paged again stands in the policy it opened with', async () => {
  const escalation =
    '{ urgent: [{ page: maria, via: [sms] }, { after: 60m, page: maria, via: [sms], repeat: 60m }] }';
  const night = await Night.begin({ targets: { t: tcpTargets(['shop', 'mail']) }, escalation });
  night.world.stand('10.0.0.1', 'refusing');
  await night.minutes(5);
  const to = { is: 'person', name: 'devon' } as const;
  await night.reconfigure({ escalation: { urgent: [{ act: 'page', to, via: ['sms'], afterMs: 0 }] } });
  await night.minutes(120);
  expect(night.sent.map(({ to: who }) => who)).toEqual([
    'sms Maria Chen',
    'sms Maria Chen',
    'sms Maria Chen',
  ]);
  // What opens from now on goes by the new one.
  night.world.stand('10.0.0.2', 'refusing');
  await night.minutes(5);
  expect(night.sent.at(-1)!.to).toBe('sms Devon Hall');
});
