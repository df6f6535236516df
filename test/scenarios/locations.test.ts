import { expect, test } from 'vitest';
import { AgentProcess, SEEN_FROM_HERE, seeIn } from '../support/agent-process.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

/** A monitor that stands in Toronto, and agents in Frankfurt and Sydney; each sees what its own folder says. */
async function world(lostAfter = '60s') {
  const port = await freePort();
  const home = await temporaryFolder();
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
timezone: UTC
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
on_call: { operations-manager: { timezone: UTC, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: maria } }
channels: { sms: { type: console } }
escalation: { urgent: [{ page: operations-manager, via: [sms] }] }
customer_updates: off
locations: { toronto: {}, frankfurt: { lost_after: ${lostAfter} }, sydney: { lost_after: 60s, priority: high } }
defaults: { interval: 300ms, timeout: 300ms, failures: 2, recoveries: 2, from: all, agree: 2 }
`,
    'targets/t.yaml': `
targets:
  - { name: shop, kind: site, url: "https://shop.example", checks: [${SEEN_FROM_HERE}] }
  - { name: alone, kind: site, url: "https://alone.example", from: [frankfurt], checks: [${SEEN_FROM_HERE}] }
`,
  });
  const monitor = new WatchdeskProcess(folder, port, { HOME: home }, undefined, ['--location', 'toronto']);
  await monitor.start();
  const agents = {
    frankfurt: await AgentProcess.invited(monitor, 'frankfurt'),
    sydney: await AgentProcess.invited(monitor, 'sydney'),
  };
  for (const agent of Object.values(agents)) agent.start();
  const check = async (target = 'shop') => (await monitor.json(`/api/v1/targets/${target}`)).checks[0];
  const seen = async (target = 'shop'): Promise<Record<string, string>> =>
    Object.fromEntries(
      ((await check(target)).locations as { location: string; health: string; counts: boolean }[]).map(
        ({ location, health, counts }) => [location, counts ? health : `(${health})`],
      ),
    );
  await until('everybody sees it', async () =>
    Object.values(await seen()).every((health) => health === 'up'),
  );
  const incidents = () => monitor.list('incidents');
  return { monitor, home, agents, check, seen, incidents };
}

test('two of three must see an outage; page, ticket and API say from where it is down and from where not', async () => {
  const { monitor, home, agents, check, seen, incidents } = await world();
  // One alone sees it: the others were asked at once, and nothing opens.
  await agents.frankfurt.see('down');
  await until('Frankfurt sees it', async () => (await seen())['frankfurt'] === 'down');
  expect(await check()).toMatchObject({ health: 'up', agree: 2 });
  // What is probed from there alone is down, and has its own incident.
  await until('the other target has one', async () => (await incidents()).length === 1);
  expect((await incidents())[0]).toMatchObject({
    target: 'alone',
    message: expect.stringContaining('from frankfurt: '),
  });
  await agents.sydney.see('down');
  await until('they agree', async () => (await check()).health === 'down');
  expect(await seen()).toEqual({ toronto: 'up', frankfurt: 'down', sydney: 'down' });
  await until('the incident', async () => (await incidents()).length === 2);
  const [shop] = (await incidents()).filter(({ target }) => target === 'shop');
  expect(shop.message).toMatch(/^from frankfurt and sydney, not from toronto: .*no way there/);
  const [ticket] = (await monitor.list('tickets')).filter(({ incident }) => incident === shop.id);
  expect((await monitor.json(`/api/v1/tickets/${ticket.id}`)).body ?? ticket.body).toContain(
    'from frankfurt and sydney, not from toronto',
  );
  await until('the page', () => monitor.output.includes('URGENT shop down'));
  const text = async (path: string) => (await fetch(monitor.url + path)).text();
  const metrics = (await text('/metrics')).split('\n').filter((line) => line.includes('location='));
  expect(metrics).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^watchdesk_check_location_up\{.*target="shop".*location="frankfurt"\} 0$/),
      expect.stringMatching(/^watchdesk_check_location_up\{.*target="shop".*location="toronto"\} 1$/),
      'watchdesk_location_up{location="sydney"} 1',
    ]),
  );
  const page = (await text('/targets/shop')).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  expect(page).toContain('From frankfurt: down');
  expect(page).toContain('From toronto: up');
  // The third one sees it too, then all are well: one incident from beginning to end.
  await seeIn(home, 'down');
  await until('all see it', async () => (await seen())['toronto'] === 'down');
  await agents.frankfurt.see('well');
  await agents.sydney.see('well');
  await until('it is up', async () => (await check()).health === 'up');
  await until('both are resolved', async () =>
    (await incidents()).every(({ status }) => status === 'resolved'),
  );
  expect(await incidents()).toHaveLength(2);
  expect((await seen())['toronto']).toBe('down');
});

test('a location that is lost is one incident and no vote; it is back with its own credential', async () => {
  const { monitor, home, agents, check, seen, incidents } = await world('5s');
  await agents.frankfurt.kill();
  await until('it is lost', async () => (await incidents()).length === 1);
  expect((await incidents())[0]).toMatchObject({
    target: 'location-frankfurt',
    reason: 'silent',
    priority: 'urgent',
  });
  // Nothing that was probed from there is an incident; what only it saw is not known.
  expect(await seen()).toMatchObject({ toronto: 'up', frankfurt: '(up)', sydney: 'up' });
  expect((await check('alone')).health).toBe('unknown');
  expect((await check()).health).toBe('up');
  // The two that are left still agree.
  await agents.sydney.see('down');
  await until('Sydney sees it', async () => (await seen())['sydney'] === 'down');
  expect((await check()).health).toBe('up');
  await seeIn(home, 'down');
  await until('they agree', async () => (await check()).health === 'down');
  await seeIn(home, 'well');
  await agents.sydney.see('well');
  agents.frankfurt.start();
  await until(
    'all is well',
    async () =>
      (await incidents()).every(({ status }) => status === 'resolved') &&
      (await check('alone')).health === 'up',
  );
  expect((await incidents()).map(({ target }) => target).toSorted()).toEqual(['location-frankfurt', 'shop']);
  // The monitor is killed and comes back: nobody is taken for lost, and nothing is taken for down.
  await monitor.kill();
  await monitor.start();
  await until(
    'they report again',
    async () =>
      ((await monitor.list('locations')) as { agents: unknown[] }[]).filter(
        ({ agents: there }) => there.length > 0,
      ).length === 2,
  );
  expect(await incidents()).toHaveLength(2);
  await until('all see it well', async () => Object.values(await seen()).every((health) => health === 'up'));
  expect((await incidents()).map(({ status }) => status)).toEqual(['resolved', 'resolved']);
});

test('what happens while it is cut off is the past: its present counts, and only that', async () => {
  const { monitor, agents, check, seen, incidents } = await world();
  await monitor.kill();
  await until(
    'they are cut off',
    () => agents.frankfurt.output.includes('cut-off') && agents.sydney.output.includes('cut-off'),
  );
  // An outage that begins and ends meanwhile.
  for (const what of ['down', 'well'] as const) {
    const all = Object.values(agents);
    const before = await Promise.all(all.map((agent) => agent.probes()));
    for (const agent of all) await agent.see(what);
    // Of each of its two checks two more decide; one may have been under way.
    await until(`both have seen it ${what}`, async () =>
      (await Promise.all(all.map((agent) => agent.probes()))).every((now, n) => now >= before[n]! + 8),
    );
  }
  await monitor.start();
  await until('it is told later', () => /told-later.*frankfurt|frankfurt.*told-later/.test(monitor.output));
  await until('both are back', async () => {
    const now = await seen();
    return now['frankfurt'] === 'up' && now['sydney'] === 'up';
  });
  expect(await incidents()).toEqual([]);
  expect((await check()).health).toBe('up');
});

test('revoked, doubled and uninvited agents', async () => {
  const { monitor, agents, check } = await world();
  const hub = (path: string, body: unknown, headers = {}) =>
    fetch(`${monitor.url}/agent/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const other = await hub('enrol', { token: 'x', protocol: 99, host: 'x' });
  expect([other.status, await other.json()]).toEqual([
    426,
    expect.objectContaining({ speaks: { oldest: 1, newest: 1 } }),
  ]);
  expect((await hub('reports', {}, { authorization: 'Bearer made.up' })).status).toBe(401);
  expect((await hub('reports', { protocol: 1, boot: 'x'.repeat(2 * 1_024 * 1_024) })).status).toBe(413);
  const clear = await watchdesk(['agent', '--hub', 'http://watch.example.com', '--token', 'x']);
  expect([clear.code, clear.stderr]).toEqual([2, expect.stringContaining('expected https://')]);
  // The invitation was used.
  expect((await hub('enrol', { token: agents.sydney.token, protocol: 1, host: 'x' })).status).toBe(401);
  // Two with one credential: the later one wins, and the first hears so.
  const twin = agents.frankfurt.twin();
  twin.start();
  await until('the first one ends', () => agents.frankfurt.exitCode !== null);
  expect(agents.frankfurt.exitCode).toBe(1);
  expect(agents.frankfurt.output).toContain('Another process reports with the credential of this one');
  // A program is started only with leave; without it the location has no vote on that check.
  await twin.kill();
  twin.start([]);
  await until('why it is not probed there', async () => {
    const { checks } = await monitor.json('/api/v1/targets/alone');
    return /--allow-exec/.test(checks[0].locations[0].not_probed ?? '');
  });
  await until('nothing is known', async () => (await check('alone')).health === 'unknown');
  // Revoked: it stops probing and says so, and its reports are refused.
  const [{ id }] = (await monitor.list('agents')).filter(({ location }) => location === 'sydney');
  expect((await fetch(`${monitor.url}/api/v1/agents/${id}`, { method: 'DELETE' })).status).toBe(200);
  await until('it ends', () => agents.sydney.exitCode !== null);
  expect(agents.sydney.output).toContain('it was revoked');
  agents.sydney.start();
  await until('it is refused', () => agents.sydney.exitCode !== null);
  expect(
    (await monitor.list('agents')).map(({ location, state, connected }) => [location, state, connected]),
  ).toEqual(
    expect.arrayContaining([
      ['frankfurt', 'enrolled', true],
      ['sydney', 'revoked', false],
    ]),
  );
});
