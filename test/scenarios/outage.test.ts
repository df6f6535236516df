import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const FAILURES = 3;
const RECOVERIES = 2;

async function watchOne(siteUrl: string): Promise<{ monitor: WatchdeskProcess; folder: string }> {
  const port = await freePort();
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
store: sqlite:data/watchdesk.db
people:
  maria: { name: Maria Chen, sms: "+12895550101" }
on_call:
  operations-manager: { timezone: America/Toronto, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: maria }
escalation:
  urgent:
    - { page: operations-manager, via: [sms] }
defaults: { interval: 250ms, timeout: 250ms, failures: ${FAILURES}, recoveries: ${RECOVERIES} }
`,
    'targets/acme.yaml': `
customer: { name: Acme Ltd, plan: vip, contact: it@acme.example }
targets:
  - name: shop
    kind: site
    url: ${siteUrl}
    vendor: { name: Example Hosting, phone: "+1 555 0100" }
    runbook: https://wiki.example/shop
    checks: [{ type: http, path: /health, expect: { status: 200, body: ok } }]
`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  await until('the first good answer', async () => (await monitor.list('targets'))[0]?.health === 'up');
  return { monitor, folder };
}

/** What the outside would see: how many of everything. */
async function books(monitor: WatchdeskProcess) {
  const [incidents, tickets, pages] = await Promise.all(
    ['incidents', 'tickets', 'pages'].map((list) => monitor.list(list)),
  );
  return {
    incidents: incidents!.length,
    tickets: tickets!.length,
    pages: pages!.filter((page) => page.kind === 'page').length,
    notices: pages!.filter((page) => page.kind === 'notice').length,
  };
}

/** Ticket and messages go their own ways: neither waits for the other. */
const ticketResolved = (monitor: WatchdeskProcess) =>
  until('a resolved ticket', async () => (await monitor.list('tickets'))[0].status === 'resolved');

const accepted = (monitor: WatchdeskProcess, kind: string) =>
  until(`an accepted ${kind}`, async () =>
    (await monitor.list(`pages?kind=${kind}`)).find((page) => page.state === 'accepted'),
  );

test('one failure less than the threshold opens nothing', async () => {
  const site = await ControlledSite.start();
  const { monitor } = await watchOne(site.url);
  site.plan(500, 500);
  await site.moreRequests(FAILURES + 3);
  await until('health up again', async () => (await monitor.list('targets'))[0].health === 'up');
  expect(await monitor.metric('watchdesk_probes_total{type="http",reason="status"}')).toBe(FAILURES - 1);
  expect(await books(monitor)).toEqual({ incidents: 0, tickets: 0, pages: 0, notices: 0 });
  expect(await monitor.metric('watchdesk_incidents_open{priority="urgent"}')).toBe(0);
});

test('the threshold opens one urgent ticket and one page within a second, and recovery resolves them', async () => {
  const site = await ControlledSite.start();
  const { monitor } = await watchOne(site.url);
  const from = site.requests;
  site.answer(500);
  const page = await accepted(monitor, 'page');
  const crossedAt = site.answerTime(500, FAILURES, from)!;
  const [ticket] = await monitor.list('tickets');
  const [incident] = await monitor.list('incidents');

  expect(Date.parse(ticket.created_at) - crossedAt).toBeLessThan(1_000);
  expect(Date.parse(page.accepted_at) - crossedAt).toBeLessThan(1_000);
  expect(ticket).toMatchObject({
    adapter: 'desk',
    priority: 'urgent',
    status: 'open',
    incident: incident.id,
  });
  expect(page).toMatchObject({
    to: 'operations-manager',
    person: 'maria',
    channel: 'sms',
    incident: incident.id,
    attempts: 1,
  });
  expect(page.text).toContain(`Ticket Desk ${ticket.remote_id}.`);
  expect(page.text).toMatch(/^URGENT shop \(Acme Ltd\) down since \d\d:\d\d: HTTP 500/);
  expect(page.text.length).toBeLessThanOrEqual(160);
  expect(incident).toMatchObject({
    target: 'shop',
    kind: 'site',
    priority: 'urgent',
    status: 'open',
    reason: 'status',
    failing_checks: ['http'],
    pages: 1,
  });
  expect(incident.ticket).toEqual({ adapter: 'desk', id: ticket.remote_id, url: ticket.url });
  expect(Math.abs(Date.parse(incident.started_at) - site.answerTime(500, 1, from)!)).toBeLessThan(100);
  for (const part of [
    'Acme Ltd, plan vip',
    site.url,
    '3 consecutive',
    'Example Hosting',
    'https://wiki.example/shop',
    'connected to',
    'status 500',
  ]) {
    expect(ticket.body).toContain(part);
  }
  expect(await monitor.metric('watchdesk_tickets_total{adapter="desk",outcome="accepted"}')).toBe(1);
  expect(await monitor.metric('watchdesk_pages_total{channel="sms",outcome="accepted"}')).toBe(1);
  expect(await monitor.metric('watchdesk_target_health{target="shop",health="down"}')).toBe(1);

  // One good answer is not yet a recovery.
  site.plan(200);
  await until(
    'recovering, then down again',
    async () => (await monitor.metric('watchdesk_probes_total{type="http",reason="ok"}'))! > from,
  );
  await site.moreRequests(3);
  expect((await monitor.list('incidents'))[0].status).toBe('open');

  site.answer(200);
  await accepted(monitor, 'notice');
  const [resolved] = await monitor.list('incidents');
  expect(resolved).toMatchObject({
    id: incident.id,
    status: 'resolved',
    resolution: 'recovered',
    failing_checks: ['http'],
  });
  await ticketResolved(monitor);
  expect(await books(monitor)).toEqual({ incidents: 1, tickets: 1, pages: 1, notices: 1 });
  const [notice] = await monitor.list('pages?kind=notice');
  expect(notice).toMatchObject({ person: 'maria', channel: 'sms' });
  expect(notice.text).toMatch(/^RECOVERED shop \(Acme Ltd\) up since \d\d:\d\d after/);
  expect(await monitor.metric('watchdesk_incidents_total{priority="urgent",reason="status"}')).toBe(1);
});

test('kill -9 and restart in the middle of an outage change no count', async () => {
  const site = await ControlledSite.start();
  const { monitor } = await watchOne(site.url);
  site.answer(500);
  await accepted(monitor, 'page');
  const before = await books(monitor);
  const [incident] = await monitor.list('incidents');
  for (let round = 0; round < 3; round++) {
    await monitor.kill();
    await monitor.start();
    await site.moreRequests(FAILURES + 2);
    expect(await books(monitor)).toEqual(before);
  }
  expect((await monitor.list('incidents'))[0]).toMatchObject({
    id: incident.id,
    status: 'open',
    started_at: incident.started_at,
  });
  expect(await monitor.metric('watchdesk_target_health{target="shop",health="down"}')).toBe(1);
  site.answer(200);
  await accepted(monitor, 'notice');
  expect(await books(monitor)).toEqual({ ...before, notices: 1 });
  await ticketResolved(monitor);
});

test('counters survive a restart: the threshold counts over it', async () => {
  const site = await ControlledSite.start();
  const { monitor, folder } = await watchOne(site.url);
  const database = new DatabaseSync(join(folder, 'data/watchdesk.db'), { readOnly: true });
  onTestFinished(() => database.close());
  site.answer(500);
  // What is on the disk counts, not what is shown a moment before.
  const onDisk = database.prepare(
    `SELECT 1 FROM checks WHERE json_extract(state, '$.health.is') = 'suspect'`,
  );
  await until('suspect', () => onDisk.get() !== undefined);
  await monitor.kill();
  const from = site.requests;
  await monitor.start();
  const page = await accepted(monitor, 'page');
  const [ticket] = await monitor.list('tickets');
  const failedSince = site.requests - from;
  expect(failedSince).toBeGreaterThanOrEqual(1);
  // Had the count begun anew, the ticket would speak of three probes that began after the restart.
  const [incident] = await monitor.list('incidents');
  expect(Date.parse(incident.started_at)).toBeLessThan(site.answerTime(500, 1, from)!);
  expect(page.incident).toBe(incident.id);
  expect(ticket.body).toContain('3 consecutive');
});

test('reload changes nothing about what did not change, and a bad config is refused', async () => {
  const site = await ControlledSite.start();
  const { monitor, folder } = await watchOne(site.url);
  site.answer(500);
  await accepted(monitor, 'page');
  const before = await books(monitor);
  const since = await monitor.metric(
    'watchdesk_check_state_change_timestamp_seconds{target="shop",check="http"}',
  );

  monitor.signal('SIGHUP');
  await until(
    'the reload by signal',
    async () => (await monitor.metric('watchdesk_config_reloads_total{outcome="applied"}')) === 1,
  );
  expect((await monitor.post('/-/reload')).status).toBe(200);
  await site.moreRequests(FAILURES + 2);
  expect(await books(monitor)).toEqual(before);
  expect(
    await monitor.metric('watchdesk_check_state_change_timestamp_seconds{target="shop",check="http"}'),
  ).toBe(since);

  const file = join(folder, 'targets/acme.yaml');
  const good = await readFile(file, 'utf8');
  await writeFile(file, good.replace('kind: site', 'kind: sight'));
  await until(
    'the refusal',
    async () => (await monitor.metric('watchdesk_config_reloads_total{outcome="refused"}'))! >= 1,
  );
  const refused = await monitor.post('/-/reload');
  expect(refused.status).toBe(422);
  expect(refused.headers.get('content-type')).toContain('application/problem+json');
  expect(((await refused.json()) as { problems: string[] }).problems).toEqual([
    expect.stringMatching(
      /targets\/acme\.yaml:5: targets\[0\]\.kind: found "sight", expected one of network, server, site$/,
    ),
  ]);
  await site.moreRequests(FAILURES);
  expect(await books(monitor)).toEqual(before);

  await writeFile(file, good.replace('name: shop', 'name: store'));
  await until(
    'the incident of a target that is gone to end',
    async () => (await monitor.list('incidents?target=shop'))[0].status === 'resolved',
  );
  expect((await monitor.list('incidents?target=shop'))[0].resolution).toBe('removed');
});

test('a relapse within the window reopens the same ticket and pages again', async () => {
  const site = await ControlledSite.start();
  const { monitor } = await watchOne(site.url);
  site.answer(500);
  await accepted(monitor, 'page');
  site.answer(200);
  await accepted(monitor, 'notice');
  site.answer(500);
  await until(
    'the second page',
    async () =>
      (await monitor.list('pages?kind=page')).filter((page) => page.state === 'accepted').length === 2,
  );
  await until('the reopened ticket', async () => (await monitor.list('tickets'))[0].status === 'open');
  expect(await books(monitor)).toMatchObject({ incidents: 1, tickets: 1, pages: 2 });
  const [again] = await monitor.list('pages?kind=page');
  expect(again.text).toContain('down again');
});
