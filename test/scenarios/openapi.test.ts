import { expect, test } from 'vitest';
import { z } from 'zod';
import { cheapHash } from '../support/cheap-hash.ts';
import { API_ROUTES } from '../../src/web/api-routes.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const ADMIN = { authorization: 'Bearer admin-token-of-the-test', 'content-type': 'application/json' };

test('every answer of the API is what OpenAPI says of it, to the last key', async () => {
  const port = await freePort();
  const site = await ControlledSite.start();
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
store: "sqlite:w.db"
defaults: { interval: 2s, timeout: 2s, failures: 1, recoveries: 1 }
locations: { toronto: {}, frankfurt: {} }
people: { maria: { name: Maria Chen, sms: "+12895550101" }, devon: { name: Devon Hall, sms: "+12895550102" } }
on_call: { ops: { timezone: America/Toronto, layers: [{ rotation: [maria, devon], start: 2026-01-05T09:00, every: 1 week }], fallback: devon } }
escalation: { urgent: [{ page: ops, via: [sms] }] }
plans: { gold: { availability: 99.9 } }
calendars: { office: { timezone: America/Toronto, hours: [{ days: mon-sun }] } }
service: { hours: office, levels: [{ name: all, respond: 1h, resolve: 4h }] }
access:
  users: { maria: { role: admin, password: "${cheapHash('correct horse battery')}" } }
  tokens: { all: { token: admin-token-of-the-test, scopes: [admin] } }
`,
    'targets/a.yaml': `customer: { name: Acme, plan: gold }
targets:
  - { name: shop, kind: site, url: "${site.url}", tags: [web], vendor: { name: Host Inc, phone: "+12895550103" }, checks: [{ type: http, expect: { status: 200 } }] }
  - { name: behind, kind: server, address: 127.0.0.1, depends_on: [{ any: [shop, other] }], checks: [{ type: exec, command: [sh, -c, "echo 'OK | users=3;5;10'; echo more"] }] }
  - { name: other, kind: server, address: 127.0.0.1, from: all, agree: any, checks: [{ type: tcp, port: ${port} }] }
`,
  });
  const monitor = new WatchdeskProcess(folder, port, {}, undefined, ['--location', 'toronto']);
  await monitor.start();
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(monitor.url + path, {
      method,
      headers: ADMIN,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, value: (await answer.json()) as any };
  };

  // Readable without signing in; the calls are not.
  const description = await fetch(`${monitor.url}/api/openapi.json`);
  expect(description.status).toBe(200);
  expect((await fetch(`${monitor.url}/api/v1/targets`)).status).toBe(401);
  const { paths, components, security } = (await description.json()) as any;
  expect(Object.keys(components.securitySchemes)).toEqual(['token', 'session']);
  expect(security).toEqual([{ token: [] }, { session: [] }]);
  const operations = Object.values(paths as Record<string, object>).flatMap((one) =>
    Object.values(one),
  ) as any[];
  const ids = operations.map(({ operationId }) => operationId as string);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain('getTargetsByName');
  for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z0-9]+$/);
  for (const { operationId, responses } of operations) {
    const [good] = Object.entries(responses).find(([status]) => status.startsWith('2'))!;
    const { schema } = responses[good].content['application/json'];
    expect([operationId, Object.keys(schema.properties ?? {}).length > 0]).toEqual([operationId, true]);
  }

  site.answer(500);
  const incident = await until(
    'an incident',
    async () => (await call('GET', '/api/v1/incidents')).value.items[0],
  );
  await until('its page', async () => (await call('GET', '/api/v1/pages')).value.items.length > 0);
  const tried = new Set<string>();
  /** Calls it, and holds the answer against what is described, key by key. */
  const hold = async (method: string, path: string, at: string, body?: unknown) => {
    const route = API_ROUTES.find((one) => one.method === method && one.path === path)!;
    const { status, value } = await call(method, at, body);
    expect([path, status, JSON.stringify(value).slice(0, 300)]).toEqual([
      path,
      route.good.status,
      expect.any(String),
    ]);
    const parsed = route.good.answer.safeParse(value);
    expect([path, parsed.success ? '' : z.prettifyError(parsed.error)]).toEqual([path, '']);
    tried.add(`${method} ${path}`);
    return value;
  };
  const id = encodeURIComponent(incident.id as string);
  await hold('GET', '/api/v1/targets', '/api/v1/targets');
  await until(
    'performance data',
    async () => (await call('GET', '/api/v1/targets/behind')).value.checks[0].perfdata.length > 0,
  );
  await hold('GET', '/api/v1/targets/{name}', '/api/v1/targets/behind');
  expect((await call('GET', '/api/v1/targets/nobody')).status).toBe(404);
  await hold('GET', '/api/v1/incidents', '/api/v1/incidents');
  await hold('GET', '/api/v1/tickets', '/api/v1/tickets');
  await hold('GET', '/api/v1/pages', '/api/v1/pages');
  await hold('GET', '/api/v1/effects', '/api/v1/effects');
  await hold('GET', '/api/v1/oncall', '/api/v1/oncall');
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  await hold('GET', '/api/v1/locations', '/api/v1/locations');
  const invited = await hold('POST', '/api/v1/agents', '/api/v1/agents', { location: 'frankfurt' });
  expect(invited.command).toContain(invited.token);
  expect((await call('POST', '/api/v1/agents', { location: 'mars' })).value.detail).toBe(
    'There is no location mars; known: toronto, frankfurt.',
  );
  await hold('GET', '/api/v1/agents', '/api/v1/agents');
  await hold('DELETE', '/api/v1/agents/{id}', `/api/v1/agents/${invited.id}`);
  const override = await hold('POST', '/api/v1/oncall/overrides', '/api/v1/oncall/overrides', {
    schedule: 'ops', from: new Date().toISOString(), to: tomorrow, with: 'devon', by: 'maria',
  }); // prettier-ignore
  await hold('GET', '/api/v1/oncall/overrides', '/api/v1/oncall/overrides');
  await hold('DELETE', '/api/v1/oncall/overrides/{id}', `/api/v1/oncall/overrides/${override.id}`);
  const window = { name: 'Upgrade', targets: ['other'], for: '1h', by: 'maria' };
  const planned = await hold('POST', '/api/v1/maintenance', '/api/v1/maintenance', window);
  await hold('GET', '/api/v1/maintenance', '/api/v1/maintenance');
  await hold('GET', '/api/v1/targets', '/api/v1/targets');
  await hold('PUT', '/api/v1/maintenance/{id}', `/api/v1/maintenance/${planned.id}`, {
    ...window,
    for: '2h',
  });
  await hold('DELETE', '/api/v1/maintenance/{id}', `/api/v1/maintenance/${planned.id}`);
  for (const [verb, body] of Object.entries({
    acknowledge: {}, escalate: {}, note: { text: 'x' }, estimate: { in: '1h' }, vendor: {}, resolve: { text: 'done' },
  })) await hold('POST', `/api/v1/incidents/{id}/${verb}`, `/api/v1/incidents/${id}/${verb}`, { by: 'maria', ...body }); // prettier-ignore
  await hold('GET', '/api/v1/incidents/{id}', `/api/v1/incidents/${id}`);
  const opened = await hold('POST', '/api/v1/desk/tickets', '/api/v1/desk/tickets', {
    subject: 'Printer', body: 'It burns', customer: 'Acme', requester: { name: 'Ann', email: 'ann@acme.example' },
  }); // prettier-ignore
  const other = await call('POST', '/api/v1/desk/tickets', { subject: 'Scanner' });
  const desk = `/api/v1/desk/tickets/${opened.number}`;
  for (const [verb, body] of Object.entries({
    reply: { text: 'We are on it' }, note: { text: 'x' }, assign: { to: 'maria' }, state: { to: 'in-progress' },
    change: { priority: 'high' }, merge: { into: other.value.number },
  })) await hold('POST', `/api/v1/desk/tickets/{number}/${verb}`, `${desk}/${verb}`, { by: 'maria', ...body }); // prettier-ignore
  await hold('POST', '/api/v1/desk/tickets/{number}/answer', `/api/v1/desk/tickets/${other.value.number}/answer`, { name: 'Ann', text: 'Still' }); // prettier-ignore
  await hold('GET', '/api/v1/desk/tickets', '/api/v1/desk/tickets');
  await hold('GET', '/api/v1/desk/tickets/{number}', desk);
  await hold('GET', '/api/v1/reports/{month}', `/api/v1/reports/${new Date().toISOString().slice(0, 7)}`);
  await hold('POST', '/-/reload', '/-/reload');
  await hold('GET', '/api/v1/audit', '/api/v1/audit');
  const all = API_ROUTES.map(({ method, path }) => `${method} ${path}`);
  expect(all.filter((one) => !tried.has(one))).toEqual([]);

  // By customer and by time.
  const count = async (path: string) => (await call('GET', path)).value.items.length as number;
  const now = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
  for (const path of ['/api/v1/incidents', '/api/v1/tickets', '/api/v1/pages', '/api/v1/effects']) {
    expect([path, await count(`${path}?since=${now}`)]).toEqual([path, 0]);
    expect([path, (await count(`${path}?until=${now}`)) > 0]).toEqual([path, true]);
    expect((await call('GET', `${path}?since=yesterday`)).status).toBe(400);
  }
  for (const path of ['/api/v1/incidents', '/api/v1/tickets']) {
    expect([path, (await count(`${path}?customer=Acme`)) > 0]).toEqual([path, true]);
    expect([path, await count(`${path}?customer=Nobody`)]).toEqual([path, 0]);
  }
});
