import { expect, test } from 'vitest';
import { Night } from '../support/night.ts';

/*
 * One bad night at its own pace, on a clock turned by hand: what goes wrong with us, with them, and with both at
 * once. What should be raised is written down beforehand.
 */
const children = Array.from({ length: 40 }, (_, n) => `branch-${n + 1}`);
const rolling = Array.from({ length: 6 }, (_, n) => `app-${n + 1}`);
const others = Array.from({ length: 20 }, (_, n) => `host-${n + 1}`);

const address = new Map<string, string>();
['edge-router', ...children, ...rolling, ...others, 'flappy', 'shop', 'mail'].forEach((name, n) =>
  address.set(name, `10.2.${Math.floor(n / 200)}.${(n % 200) + 1}`),
);
const target = (name: string, more = '') =>
  `  - { name: ${name}, kind: server, address: "${address.get(name)}", checks: [{ type: tcp, port: 443 }]${more} }`;

const targets = {
  branches: `customer: { name: Branch Bank }\ntargets:\n${[target('edge-router'), ...children.map((name) => target(name, ', depends_on: [edge-router]'))].join('\n')}\n`,
  rolling: `customer: { name: Rolling Ltd }\ntargets:\n${rolling.map((name) => target(name)).join('\n')}\n`,
  others: others
    .map((name) => target(name))
    .join('\n')
    .replace(/^/, 'targets:\n'),
  acme: `customer: { name: Acme Ltd }\ntargets:\n${target('flappy')}\n${target('shop')}\n${target('mail')}\n`,
  named:
    'targets: [{ name: site, kind: site, address: www.example, checks: [{ type: tcp, port: 443 }] }, { name: blog, kind: site, address: blog.example, checks: [{ type: tcp, port: 443 }] }]',
};

test('a bad night: what should be raised is, and nothing else', async () => {
  const night = await Night.begin({
    more: `
connectivity: { anchors: ["tcp://192.0.2.1:53", "tcp://198.51.100.1:53", "tcp://203.0.113.1:53", "tcp://anchor.example:443"] }
maintenance: [{ name: rolling restart, customers: [Rolling Ltd], from: "2026-11-23T02:00Z", to: "2026-11-23T02:40Z" }]
`,
    targets,
  });
  const stand = (name: string, standing: 'well' | 'refusing' | 'silent') =>
    night.world.stand(address.get(name)!, standing);
  for (const child of children) night.world.behind(address.get(child)!, address.get('edge-router')!);
  await night.minutes(10);

  // 22:10, the uplink is lost for four minutes; a shop goes down meanwhile, for real.
  night.world.uplink = false;
  await night.minutes(2);
  stand('shop', 'refusing');
  await night.minutes(2);
  night.world.uplink = true;
  await night.minutes(40);
  stand('shop', 'well');
  await night.minutes(10);

  // 23:04, the resolver is broken for two minutes.
  night.world.resolver = false;
  await night.minutes(2);
  night.world.resolver = true;
  await night.minutes(54);

  // 00:00, a router with 40 targets behind it is down for ten minutes; one of them has died with it.
  stand('edge-router', 'silent');
  await night.minutes(5);
  stand('branch-17', 'silent');
  await night.minutes(5);
  stand('edge-router', 'well');
  await night.minutes(20);
  stand('branch-17', 'well');
  await night.minutes(10);

  // 00:40, one flaps for twenty minutes; the mail goes down beside it, for real.
  for (let minute = 0; minute < 20; minute++) {
    stand('flappy', minute % 2 === 0 ? 'refusing' : 'well');
    if (minute === 10) stand('mail', 'silent');
    await night.minutes(1);
  }
  stand('flappy', 'well');
  await night.minutes(5);
  stand('mail', 'well');
  await night.minutes(60);

  // 02:05, six servers are restarted one after another under maintenance; we are restarted in between.
  for (const [index, name] of rolling.entries()) {
    stand(name, 'refusing');
    await night.minutes(4);
    stand(name, 'well');
    await night.minutes(1);
    if (index === 2) {
      await night.crash();
      await night.boot();
    }
  }
  await night.minutes(60);

  const raised = await night.raised();
  const expected = [
    'this-monitor', // blind
    'shop',
    'this-monitor', // its resolver
    'edge-router',
    'branch-17',
    'flappy',
    'mail',
  ];
  const names = raised.map((line) => line.split(' ')[0]!);
  const falsely = names.filter((name) => !expected.includes(name));
  const missed = expected.filter((name) => !names.includes(name));
  console.log(
    `bad night: ${expected.length} to be raised, ${names.length} raised, ${falsely.length} false, ${missed.length} missed; ` +
      `${night.sent.length} messages for ${address.size + 2} targets`,
  );
  expect(falsely).toEqual([]);
  expect(missed).toEqual([]);
  expect(raised.every((line) => line.endsWith('resolved'))).toBe(true);
  // A second trouble of ours within half an hour would be the same ticket again; these lie an hour apart.
  expect([...names].sort()).toEqual([...expected].sort());
  expect((await night.tickets()).every(({ status }) => status === 'resolved')).toBe(true);
  const pages = (await night.store.effects({ limit: 500, kinds: ['page'] })).items;
  for (const incident of await night.incidents()) {
    const own = pages.filter((page) => page.incident === incident.id);
    expect(own.every(({ state }) => state.is === 'accepted')).toBe(true);
    // Until it counts as flapping, whoever was told that it is well again is told that it is not.
    const most = incident.target === 'flappy' ? 3 : 1;
    expect([incident.target, own.length > 0 && own.length <= most]).toEqual([incident.target, true]);
  }
  expect(night.said.filter((line) => line.startsWith('finding'))).toEqual([]);
});
