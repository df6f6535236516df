import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

const config = (port: number, more = '') => ({
  'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
timezone: UTC
people:
  maria: { name: Maria Chen, sms: "+12895550101" }
  devon: { name: Devon Hall, sms: "+12895550102" }
  ines: { name: Ines Roy }
calendars:
  office: { timezone: America/Toronto, hours: [{ days: mon-fri, from: "08:00", to: "17:00" }], holidays: CA-ON }
on_call:
  operations-manager:
    timezone: America/Toronto
    layers:
      - { rotation: [maria], start: 2026-01-05T09:00, every: 1 week, only: { during: office } }
      - { rotation: [devon], start: 2026-01-05T09:00, every: 1 month, only: [{ days: mon-fri, from: "17:00", to: "08:00" }, { days: sat-sun }] }
    fallback: devon
channels: { sms: { type: twilio, account_sid: AC00000000000000000000000000000000, auth_token: not-a-real-token, from: "+12895550100" } }
escalation: { urgent: [{ page: operations-manager, via: [sms] }] }
${more}`,
  'targets/one.yaml':
    'targets: [{ name: shop, kind: site, url: "http://127.0.0.1:9", checks: [{ type: heartbeat, token: a-token-for-the-test, every: 1h }] }]',
});

test('who is on call, what is not in order, and changes by API, command line and page', async () => {
  const port = await freePort();
  const store = `store: "sqlite:${await temporaryFolder()}/w.db"`;
  const folder = await temporaryFolder(config(port, store));
  const process = new WatchdeskProcess(folder, port);
  await process.start();

  // A holiday is outside the office hours, and no night: nobody but the fallback.
  const [christmas] = (await process.json('/api/v1/oncall?at=2026-12-25T15:00:00Z&days=1')).items;
  expect(christmas).toMatchObject({ person: 'devon', because: 'fallback', also: [] });
  expect(christmas.warnings).toContainEqual(
    expect.objectContaining({
      is: 'gap',
      text: expect.stringContaining('only the fallback (Devon Hall) is on call from 2026-12-25 10:00'),
    }),
  );

  // An observance is a working day.
  const [groundhog] = (await process.json('/api/v1/oncall?at=2027-02-02T15:00:00Z&days=1')).items;
  expect(groundhog).toMatchObject({ person: 'maria', because: 'layer' });

  const planned = await process.post('/api/v1/oncall/overrides', {
    schedule: 'operations-manager',
    from: '2026-12-25T09:00',
    to: '2026-12-25T18:00',
    add: 'ines',
    by: 'maria',
  });
  expect(planned.status).toBe(201);
  const [after] = (await process.json('/api/v1/oncall?at=2026-12-25T15:00:00Z&days=1')).items;
  expect(after).toMatchObject({ person: 'devon', also: ['ines'] });
  expect(after.warnings).toContainEqual(expect.objectContaining({ is: 'unreachable', person: 'ines' }));

  const added = await watchdesk([
    'oncall',
    'override',
    'add',
    'operations-manager',
    '--with',
    'maria',
    '--replace',
    'devon',
    '--for',
    '3d',
    '--config',
    folder,
    '--json',
    '--by',
    'devon',
  ]);
  expect([added.code, JSON.parse(added.stdout)]).toMatchObject([
    0,
    { with: 'maria', replace: 'devon', by: 'devon' },
  ]);
  const bad = await watchdesk([
    'oncall',
    'override',
    'add',
    'operations-manger',
    '--with',
    'mario',
    '--for',
    '3d',
    '--config',
    folder,
  ]);
  expect([bad.code, bad.stderr]).toEqual([
    2,
    expect.stringMatching(/did you mean "operations-manager".*no person "mario".*did you mean "maria"/s),
  ]);

  // What was planned survives a kill, and the command line sees it without the monitor.
  await process.kill();
  const shown = await watchdesk(['oncall', '--at', '2026-12-25T10:00', '--days', '1', '--config', folder], {
    FORCE_COLOR: '0',
  });
  expect(shown.code).toBe(0);
  expect(shown.stdout).toContain('Devon Hall and Ines Roy');
  expect(shown.stdout).toContain('warning: no configured channel reaches Ines Roy');
  await process.start();
  const { items } = await process.json('/api/v1/oncall/overrides');
  expect(items.map((item: { text: string }) => item.text)).toEqual(['maria in place of devon', 'ines added']);

  const page = await (await fetch(`${process.url}/oncall`)).text();
  expect(page).toContain('Maria Chen in place of Devon Hall');
  const form = new URLSearchParams({
    schedule: 'operations-manager',
    what: 'remove',
    who: 'maria',
    for: '1h',
    by: 'devon',
  });
  const sent = await fetch(`${process.url}/oncall`, { method: 'POST', body: form, redirect: 'manual' });
  expect(sent.status).toBe(303);
  expect((await process.json('/api/v1/oncall/overrides')).items).toHaveLength(3);

  const feed = await (await fetch(`${process.url}/oncall/people/ines.ics`)).text();
  expect(feed).toMatch(
    /^BEGIN:VCALENDAR[^]*DTSTART:20261225T140000Z\r\nDTEND:20261225T230000Z\r\nSUMMARY:On call: operations-manager/m,
  );
  expect((await fetch(`${process.url}/oncall/schedules/nobody.ics`)).status).toBe(404);
  const taken = await watchdesk(['oncall', 'override', 'end', items[1].id, '--config', folder]);
  expect(taken.code).toBe(0);
  expect(await (await fetch(`${process.url}/oncall/people/ines.ics`)).text()).not.toContain('BEGIN:VEVENT');
});
