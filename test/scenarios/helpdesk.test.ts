import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FakeFreshdesk } from '../fakes/fake-freshdesk.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { oneSiteConfig } from '../support/one-site-config.ts';
import { noRequestTracker, RequestTracker } from '../support/request-tracker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';
import { FaultProxy } from '../torture/fault-proxy.ts';

/** The program with one site, and a helpdesk by these settings. */
async function stand(helpdesk: string) {
  const site = await ControlledSite.start();
  const port = await freePort();
  const checks = '[{ type: http, expect: { status: 200 } }]';
  const folder = await temporaryFolder(
    oneSiteConfig({ port, checks, url: site.url, more: `helpdesk: ${helpdesk}\nstore: sqlite:w.db` }),
  );
  return { site, folder, monitor: new WatchdeskProcess(folder, port) };
}

const freshdeskSettings = ({ url, apiKey }: FakeFreshdesk, more = '') =>
  `{ type: freshdesk, url: "${url}", api_key: ${apiKey}, requester: ops@example.com${more} }`;

async function startFreshdesk(): Promise<FakeFreshdesk> {
  const fake = await new FakeFreshdesk().start();
  onTestFinished(() => fake.stop());
  return fake;
}

describe('freshdesk', () => {
  test('an outage opens the urgent ticket; a human takes it there, and it counts as worked here', async () => {
    const fake = await startFreshdesk();
    const { site, monitor } = await stand(freshdeskSettings(fake, ', poll: 1s'));
    await monitor.start();
    site.answer(500);
    await until('the ticket', async () => (await monitor.list('tickets')).length === 1);
    const [{ id }] = (await monitor.list('incidents')) as [{ id: string }];
    const [ticket] = fake.withKey(id);
    const page = await (await fetch(`${monitor.url}/tickets`)).text();
    expect(page).toContain('In other helpdesks');
    expect(page).toMatch(new RegExp(`<strong>Freshdesk ${ticket!.id}</strong>`));
    expect((await monitor.list('tickets'))[0]).toMatchObject({ title: `Freshdesk ${ticket!.id}` });
    const sought = async (text: string) => (await fetch(`${monitor.url}/tickets?q=${text}`)).text();
    expect(await sought(`freshdesk+${ticket!.id}`)).toContain('In other helpdesks');
    expect(await sought('another+one')).not.toContain('In other helpdesks');
    expect(ticket).toMatchObject({ status: 2 });
    // Given to somebody in its first seconds alone, it could be the work of a rule.
    fake.byHuman(ticket!.id, { assignee: true, note: 'I take it' });
    await until('work', async () => (await monitor.list('incidents'))[0]!['status'] === 'worked');
    expect((await monitor.list('incidents'))[0]).toMatchObject({ by: 'Ana Agent' });
    site.answer(200);
    await until('the end', async () => fake.withKey(id)[0]!.status === 4);
    expect(fake.complaints).toEqual([]);
  });

  test('a ticket that a human marks urgent pages, at once where a genuine webhook says so', async () => {
    const fake = await startFreshdesk();
    const { monitor } = await stand(freshdeskSettings(fake, ', poll: 1h, webhook_secret: hush-hush-hush'));
    const { id } = fake.openByHuman('Mail is down for all of us', 'medium');
    await monitor.start();
    await until('the first round', async () => fake.calls.includes('GET /api/v2/tickets'));
    fake.byHuman(id, { priority: 'urgent' });
    const hook = (secret: string, name = 'freshdesk') =>
      fetch(`${monitor.url}/hooks/helpdesk/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-watchdesk-secret': secret },
        body: '{"ticket_id": 1}',
      });
    expect((await hook('guess-guess')).status).toBe(401);
    // A helpdesk that can send no header has the secret in its address.
    const address = `${monitor.url}/hooks/helpdesk/freshdesk`;
    const hookAt = (query: string) => fetch(address + query, { method: 'POST', body: '{"ticket_id": 1}' });
    expect((await hookAt('?secret=guess-guess')).status).toBe(401);
    expect((await hookAt('?secret=hush-hush&secret=hush')).status).toBe(401);
    expect((await hookAt('?secret=hush-hush-hush&user_id=ana')).status).toBe(202);
    expect((await hook('hush-hush-hush', 'nobody')).status).toBe(401);
    expect(await monitor.list('pages')).toEqual([]);
    expect((await hook('hush-hush-hush')).status).toBe(202);
    await until('the page', async () => (await monitor.list('pages')).length === 1);
    expect((await monitor.list('pages'))[0]).toMatchObject({
      kind: 'page',
      person: 'maria',
      text: expect.stringContaining('URGENT freshdesk ticket 1: Mail is down for all of us.'),
    });
    const page = await (await fetch(`${monitor.url}/`)).text();
    expect(page).toContain('freshdesk ticket 1');
    expect(page).toContain('Mail is down for all of us');
  });

  test('a helpdesk that does not answer is said on the wall, with what to do', async () => {
    const fake = await startFreshdesk();
    const { monitor } = await stand(freshdeskSettings(fake, ', poll: 1s'));
    fake.instead = () => ({ status: 401, body: { code: 'invalid_credentials' } });
    await monitor.start();
    const wall = async () => (await fetch(`${monitor.url}/`)).text();
    await until('the word', async () => (await wall()).includes('freshdesk has not responded since'), 25_000);
    expect(await wall()).toContain('the credentials are wrong, expired or revoked: renew them');
    fake.instead = () => undefined;
    await until('its end', async () => !(await wall()).includes('freshdesk has not responded since'), 25_000);
  });

  test('what does not fit is said at start, and by `validate --online`', async () => {
    const fake = await startFreshdesk();
    const { folder, monitor } = await stand(freshdeskSettings(fake, ', key_field: cf_nope, group_id: 7'));
    await monitor.start();
    await until('the warning', async () => monitor.output.includes('does-not-fit'));
    const said = await watchdesk(['validate', '--online', '--config', folder]);
    expect(said.code).toBe(2);
    expect(said.stdout).toContain('Checking freshdesk …');
    expect(said.stderr).toBe(
      'freshdesk: Freshdesk has no ticket field cf_nope; add it under Admin, Ticket Fields\nfreshdesk: Freshdesk has no group 7\n',
    );
    const json = await watchdesk(['validate', '--online', '--json', '--config', folder]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      valid: true,
      online: [{ helpdesk: 'freshdesk', asked: true, findings: [{}, {}] }],
    });
    const { host } = new URL(fake.url);
    fake.stop();
    const gone = await watchdesk(['validate', '--online', '--config', folder]);
    expect([gone.code, gone.stderr]).toEqual([
      1,
      `freshdesk: check failed: no connection to Freshdesk at ${host} (ECONNREFUSED)\n`,
    ]);
  });
});

describe.skipIf(noRequestTracker)('a real Request Tracker', () => {
  let tracker: RequestTracker;
  beforeAll(async () => {
    tracker = await RequestTracker.start();
  });
  afterAll(() => tracker?.stop());

  const tickets = async (key: string) => {
    const query = encodeURIComponent(`CF.{watchdesk_key} = '${key}'`);
    const path = `/tickets?query=${query}&fields=Status,Owner&per_page=100`;
    return ((await tracker.api('root', 'GET', path)) as { items: { id: string; Status: string }[] }).items;
  };

  test('killed between the ticket and its record: there is one ticket, and it is worked, told and resolved', async () => {
    const proxy = await new FaultProxy(Number(new URL(tracker.url).port)).start();
    onTestFinished(() => proxy.stop());
    const { user, password } = tracker.settings;
    const { site, monitor } = await stand(
      `{ type: request-tracker, url: "${proxy.url}", user: ${user}, password: ${password}, poll: 1s }`,
    );
    await monitor.start();
    let isKilled = false;
    proxy.onMoment = (moment, line) => {
      if (isKilled || moment !== 'answered' || !line.startsWith('POST /REST/2.0/ticket ')) return;
      isKilled = true;
      void monitor.kill();
    };
    site.answer(500);
    await until('the kill', async () => isKilled && !monitor.isAlive);
    await monitor.start();
    await until('the ticket', async () => (await monitor.list('tickets')).length === 1);
    const [{ id }] = (await monitor.list('incidents')) as [{ id: string }];
    const [ticket, ...others] = await tickets(id);
    expect(others).toEqual([]);
    // It answers 200 to what it has not done, too.
    expect(await tracker.api('ana', 'PUT', `/ticket/${ticket!.id}`, { Owner: 'ana' })).toEqual([
      expect.stringContaining('Owner changed from Nobody to ana'),
    ]);
    await until('work', async () => (await monitor.list('incidents'))[0]!['status'] === 'worked');
    expect((await monitor.list('incidents'))[0]).toMatchObject({ by: 'Ana Agent' });
    site.answer(200);
    await until('the end', async () => (await tickets(id))[0]!.Status === 'resolved');
  });
});
