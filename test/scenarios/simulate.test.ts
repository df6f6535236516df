import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchdesk } from '../support/watchdesk-process.ts';

const folder = () =>
  temporaryFolder({
    'watchdesk.yaml': `
timezone: America/Toronto
people:
  maria: { name: Maria Chen, sms: "+12895550101", voice: "+12895550101", prefer: [sms, { via: voice, after: 3m }] }
  devon: { name: Devon Hall, sms: "+12895550102" }
teams: { support: { members: [maria, devon] } }
on_call:
  operations-manager:
    timezone: America/Toronto
    layers: [{ rotation: [maria, devon], start: 2026-11-02T09:00, every: 1 week }]
    fallback: devon
escalation:
  urgent:
    - { page: operations-manager }
    - { mobilise: support, via: [slack] }
    - { after: 60m, unless: worked, page: operations-manager, via: [sms], repeat: 60m }
`,
    'targets/t.yaml':
      'customer: { name: Acme }\ntargets: [{ name: shop, kind: site, url: "https://shop.example", checks: [{ type: http }] }]\n',
  });

type Line = { at: string; is: string; to?: string; via?: string; text: string };
const run = async (...args: string[]): Promise<Line[]> => {
  const { stdout, stderr, code } = await watchdesk([
    'simulate',
    '--config',
    await folder(),
    '--json',
    ...args,
  ]);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Line[];
};
const told = (lines: Line[], is: string) =>
  lines.filter((line) => line.is === is).map(({ at, to, via }) => `${at.slice(11, 19)} ${to} ${via}`);

test('a night without an answer: a call after three minutes, a page an hour, and word of the end', async () => {
  const lines = await run('--target', 'shop', '--at', '2026-11-14T03:00', '--for', '3h');
  expect(told(lines, 'page')).toEqual([
    '08:00:30 Devon Hall sms',
    '09:00:30 Devon Hall sms',
    '10:00:30 Devon Hall sms',
  ]);
  expect(lines.find(({ is }) => is === 'page')!.text).toMatch(
    /^URGENT shop \(Acme\) down since 03:00: .* Ticket Desk 4711\./,
  );
  expect(told(lines, 'notice').slice(-2)).toEqual(['11:00:15 Devon Hall sms', '11:00:15 support slack']);
  const [first] = lines;
  expect(first).toMatchObject({ at: '2026-11-14T08:00:00.000Z', is: 'probe' });
});

test('the week of somebody who wants a call, and an answer after ten minutes', async () => {
  const lines = await run('--target', 'shop/http', '--at', '2026-11-18T03:00', '--for', '3h', '--ack', '10m');
  expect(told(lines, 'page')).toEqual(['08:00:30 Maria Chen sms', '08:03:30 Maria Chen voice']);
  expect(lines.find(({ is }) => is === 'answer')).toMatchObject({
    at: '2026-11-18T08:10:30.200Z',
    text: 'acknowledged by Maria Chen',
  });
});

const family = () =>
  temporaryFolder({
    'watchdesk.yaml': `
timezone: America/Toronto
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
escalation: { urgent: [{ page: maria, via: [sms] }] }
maintenance: [{ name: Database upgrade, targets: [shop], from: 2026-11-14T02:00, to: 2026-11-14T04:00 }]
`,
    'targets/t.yaml': `targets:
  - { name: core-router, kind: network, address: 192.0.2.1, checks: [{ type: ping, failures: 3, recoveries: 4, interval: 60s, retry_interval: 20s }] }
  - { name: spare-router, kind: network, address: 192.0.2.2, checks: [{ type: ping }] }
  - { name: shop, kind: site, url: "https://shop.example", depends_on: [core-router], checks: [{ type: http, recoveries: 1 }] }
  - { name: mail, kind: site, url: "https://mail.example", depends_on: [{ any: [core-router, spare-router] }], checks: [{ type: http }] }
`,
  });
const simulated = async (...args: string[]): Promise<string[]> => {
  const { stdout, stderr, code } = await watchdesk([
    'simulate',
    '--config',
    await family(),
    '--json',
    ...args,
  ]);
  expect([code, stderr]).toEqual([0, '']);
  return (JSON.parse(stdout) as Line[]).map(({ at, is, text }) => `${at.slice(11, 19)} ${is} ${text}`);
};
const kinds = (lines: string[], is: string) => lines.filter((line) => line.split(' ')[1] === is);

test('maintenance holds an incident back until it ends; one that ends before it opens nothing', async () => {
  const through = await simulated('--target', 'shop', '--at', '2026-11-14T03:00', '--for', '3h');
  expect(kinds(through, 'held')[0]).toContain(
    'in maintenance (Database upgrade) until 2026-11-14 04:00; nothing is opened',
  );
  expect(kinds(through, 'page')[0]).toMatch(/^09:00:00 page URGENT shop down since 03:00/);
  const within = await simulated('--target', 'shop', '--at', '2026-11-14T03:00', '--for', '30m');
  expect([kinds(within, 'ticket'), kinds(within, 'page')]).toEqual([[], []]);
  expect(within.at(-1)).toContain('nothing has been opened');
});

test('a parent that fails as well holds the target; what hangs on it alone fails with it', async () => {
  const held = await simulated('--target', 'shop', '--at', '2026-11-16T03:00', '--with', 'core-router');
  expect(kinds(held, 'held')[0]).toContain(
    'shop depends on core-router, which is failing: no ticket and no page of its own',
  );
  expect([kinds(held, 'ticket'), kinds(held, 'page')]).toEqual([[], []]);
  const alone = await simulated('--target', 'core-router', '--at', '2026-11-16T03:00');
  expect(kinds(alone, 'held')[0]).toContain('behind it, with no ticket and no page of their own: shop');
  expect(kinds(alone, 'held')[0]).not.toContain('mail');
  const both = await simulated(
    '--target',
    'core-router',
    '--at',
    '2026-11-16T03:00',
    '--with',
    'spare-router',
  );
  expect(kinds(both, 'held')[0]).toContain('shop, mail');
});

test('failures and recoveries are counted as by the monitor, and the reason is what it is told', async () => {
  const lines = await simulated(
    '--target',
    'core-router',
    '--at',
    '2026-11-16T03:00',
    '--for',
    '10m',
    '--reason',
    'no-reply',
  );
  expect(kinds(lines, 'page')[0]).toMatch(/^08:00:40 page URGENT core-router down since 03:00: no reply/);
  // Three more good probes at the retry interval after the first.
  expect(kinds(lines, 'recovery')[0]).toBe('08:11:00 recovery core-router recovers');
  const short = await simulated('--target', 'core-router', '--at', '2026-11-16T03:00', '--for', '30s');
  expect(short.at(-1)).toContain('recovers after 2 of 3 failed probes; nothing is opened');
  const { code, stderr } = await watchdesk([
    'simulate',
    '--config',
    await family(),
    '--target',
    'shop',
    '--reason',
    'refusd',
  ]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('Did you mean "refused"?')]);
});

test('what it cannot make sense of it says', async () => {
  const config = await folder();
  for (const [args, words] of [
    [['--target', 'shops'], 'Did you mean "shop"?'],
    [['--target', 'shop/tls'], 'shop has no check "tls". Known: http.'],
    [['--target', 'shop', '--at', 'someday'], '--at someday: expected a time'],
    [['--target', 'shop', '--for', '4 hours'], '--for 4 hours: expected'],
  ] as const) {
    const { code, stderr } = await watchdesk(['simulate', '--config', config, ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  }
});
