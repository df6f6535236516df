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
  expect(told(lines, 'notice').slice(-2)).toEqual(['11:00:00 Devon Hall sms', '11:00:00 support slack']);
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
