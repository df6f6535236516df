import { expect, test } from 'vitest';
import { MailServer } from '../fakes/mail-server.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';

async function begin(more = '') {
  const [shop, api, mail] = [
    await ControlledSite.start(),
    await ControlledSite.start(),
    await MailServer.start(),
  ];
  const [port, publicPort] = [await freePort(), await freePort()];
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
timezone: UTC
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
on_call: { operations-manager: { timezone: UTC, layers: [], fallback: maria } }
escalation: { urgent: [{ page: operations-manager, via: [sms] }] }
channels:
  sms: { type: console }
  email: { type: email, host: 127.0.0.1, port: ${mail.port}, tls: none, from: "Example <watch@provider.example>" }
customer_updates: off
defaults: { interval: 1s, timeout: 1s, retry_interval: 200ms, failures: 2, recoveries: 1 }
status_page:
  title: Example Hosting
  listen: 127.0.0.1:${publicPort}
  subscribe: email
  phone: "+1 555 0100"
  components:
    - { name: Web shop, targets: [shop] }
    - { name: Interfaces, tags: [api] }
${more}`,
    'targets/t.yaml': `
customer: { name: Secretive Ltd }
targets:
  - { name: shop, kind: site, url: "${shop.url}", checks: [{ type: http }] }
  - { name: core-api-7, kind: server, tags: [api], url: "${api.url}", checks: [{ type: http }] }
`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  await until('all up', async () => (await monitor.list('targets')).every(({ health }) => health === 'up'));
  const publicUrl = `http://127.0.0.1:${publicPort}`;
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(publicUrl + path, { headers, redirect: 'manual' });
    return { status: answer.status, text: await answer.text(), location: answer.headers.get('location') };
  };
  const status = async () => JSON.parse((await get('/status.json')).text);
  const post = async (path: string, fields: Record<string, string>) => {
    const answer = await fetch(publicUrl + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: publicUrl, accept: 'text/html' },
      body: new URLSearchParams(fields),
    });
    return { status: answer.status, text: await answer.text(), location: answer.headers.get('location') };
  };
  return { shop, api, mail, monitor, folder, get, post, status, publicUrl };
}

test('what does not work, for people, programs and readers of feeds, in public names alone', async () => {
  const { api, monitor, get, status } = await begin();
  expect(await status()).toMatchObject({
    title: 'Example Hosting',
    text: 'All services are operational.',
    components: [
      { name: 'Web shop', state: 'works' },
      { name: 'Interfaces', state: 'works' },
    ],
    incidents: [],
    past: [],
  });
  await monitor.post('/api/v1/maintenance', {
    name: 'db-prod-01, ask Maria',
    targets: ['shop'],
    for: '1h',
    by: 'maria',
  });
  const planned = await until('planned work', async () => {
    const now = await status();
    return now.planned.length === 1 && now;
  });
  expect(planned).toMatchObject({
    text: 'All services are operational; maintenance is in progress.',
    components: [{ name: 'Web shop', state: 'maintenance' }, { state: 'works' }],
    planned: [{ components: ['Web shop'], open: true }],
  });
  api.answer(500);
  const broken = await until('an outage', async () => {
    const now = await status();
    return now.incidents.length === 1 && now;
  });
  expect(broken).toMatchObject({
    text: 'Outage: Interfaces.',
    components: [{ state: 'maintenance' }, { name: 'Interfaces', state: 'outage' }],
    incidents: [
      {
        title: 'Interfaces outage',
        components: ['Interfaces'],
        worked_at: null,
        resolved_at: null,
      },
    ],
  });
  await monitor.post(`/api/v1/incidents/${broken.incidents[0].id}/acknowledge`, { by: 'maria' });
  await until('somebody at work', async () =>
    (await get('/status')).text.includes('An engineer is working on it.'),
  );
  const shown = [
    (await get('/status')).text,
    JSON.stringify(await status()),
    (await get('/status/feed.rss')).text,
  ];
  for (const text of shown) {
    expect(text).toContain('Interfaces');
    // Neither names nor places nor reasons from the inside.
    expect(text).not.toMatch(
      /core-api-7|db-prod|Secretive|Maria|(?<![\d.])500(?!\d)|127\.0\.0\.1:\d+\/(?!status)|urgent ticket [0-9]/,
    );
  }
  expect(shown[2]).toMatch(
    /^<\?xml version="1\.0" encoding="utf-8"\?>\n<rss version="2\.0"><channel><title>Example Hosting<\/title>/,
  );
  api.answer(200);
  const over = await until('the end', async () => {
    const now = await status();
    return now.incidents.length === 0 && now;
  });
  expect(over.past).toMatchObject([{ title: 'Interfaces outage' }]);
  expect(over.components[1].uptime_90d).toBeLessThan(1);
  expect(over.components[0].uptime_90d).toBe(1);
  // The feed was read a moment ago, and is made anew after two seconds.
  await until('the feed', async () =>
    (await get('/status/feed.rss')).text.includes('Resolved: Interfaces outage'),
  );
  // On that address there is nothing else, and what is there leads nowhere else.
  for (const path of [
    '/metrics',
    '/api/v1/targets',
    '/targets/shop',
    '/probe?target=x',
    '/live',
    '/maintenance',
  ])
    expect((await get(path)).status, path).toBe(404);
  expect((await get('/')).location).toBe('/status');
});

test('a critical problem opens an urgent ticket and pages, while everything else is down', async () => {
  const { shop, api, monitor, get, post } = await begin();
  shop.stop();
  api.stop();
  await until('both are down', async () =>
    (await monitor.list('targets')).every(({ health }) => health === 'down'),
  );
  const form = /name="form" value="(\w{16})"/.exec((await get('/status/report')).text)![1]!;
  const report = {
    form,
    text: 'We cannot take orders <script>alert(1)</script>\nsince noon.',
    component: 'Web shop',
    name: 'Jane Doe',
    contact: '+1 416 555 0199',
    website: '',
  };
  const answer = await post('/status/report', report);
  expect([answer.status, answer.location]).toEqual([
    303,
    expect.stringMatching(/^\/status\/reported\?report=\w+$/),
  ]);
  // Sent twice by an impatient finger, it counts once.
  expect((await post('/status/report', report)).location).toBe(answer.location);
  const incident = await until('the incident', async () =>
    (await monitor.list('incidents')).find(({ reason }) => reason === 'reported-in'),
  );
  expect(incident).toMatchObject({
    target: 'report from Jane Doe (…0199)',
    priority: 'urgent',
    status: 'open',
    customer: null,
  });
  const page = await until('the page', async () =>
    (await monitor.list('pages')).find(
      ({ incident: of, state }) => of === incident.id && state === 'accepted',
    ),
  );
  expect(page.text).toMatch(
    /^URGENT report from Jane Do.* reported on the status page at \d\d:\d\d: Web shop: We cannot take orders/,
  );
  const ticket = await until('the ticket', async () =>
    (await monitor.list('tickets')).find(({ incident: of }) => of === incident.id),
  );
  expect(ticket).toMatchObject({
    priority: 'urgent',
    subject: expect.stringContaining('Web shop: We cannot take orders'),
    body: expect.stringContaining('Contact: +1 416 555 0199'),
  });
  expect(
    await until(
      'its number',
      async () => /Ticket <strong>(\d+)</.exec((await get(answer.location!)).text)?.[1],
    ),
  ).toBe(ticket.remote_id);
  expect((await monitor.list('incidents')).filter(({ reason }) => reason === 'reported-in')).toHaveLength(1);

  // Whoever writes again finds their own ticket, and whoever was paged hears of it.
  const again = { ...report, form: 'A'.repeat(16), text: 'Still nothing.' };
  expect((await post('/status/report', again)).location).toBe(answer.location);
  await until(
    'a second page',
    async () => (await monitor.list('pages')).filter(({ incident: of }) => of === incident.id).length === 2,
  );
});

test('a form that comes twice at the same moment is one ticket and one page, and no fault', async () => {
  const { monitor, post } = await begin();
  for (let round = 0; round < 5; round++) {
    const report = {
      form: `${'C'.repeat(15)}${round}`,
      text: 'It burns.',
      name: `Jane ${round}`,
      contact: 'jane@example.com',
    };
    const answers = await Promise.all([post('/status/report', report), post('/status/report', report)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect(answers[0]!.location).toBe(answers[1]!.location);
  }
  await until(
    'a ticket each',
    async () => (await monitor.list('tickets')).filter((one) => one.remote_id !== '').length === 5,
  );
  await until(
    'a page each',
    async () => (await monitor.list('pages')).filter(({ state }) => state === 'accepted').length === 5,
  );
  expect(monitor.output).not.toMatch(/"fault"|UNIQUE/);
});

test('a form that is not filled in keeps what was written, and a program that fills in too much is not believed', async () => {
  const { monitor, get, post } = await begin();
  const form = 'B'.repeat(16);
  const empty = await post('/status/report', { form, text: 'It <b>burns</b>', name: '', contact: '' });
  expect(empty.status).toBe(400);
  expect(empty.text).toContain('Enter your name');
  expect(empty.text).toContain('It &lt;b&gt;burns&lt;/b&gt;');
  const robot = await post('/status/report', {
    form,
    text: 'x',
    name: 'x',
    contact: 'x',
    website: 'http://spam.example',
  });
  expect([robot.status, robot.location]).toEqual([303, '/status/reported']);
  for (let n = 0; n < 28; n++) await post('/status/report', { form, text: '', name: '', contact: '' });
  const tooOften = await post('/status/report', { form, text: 'x', name: 'x', contact: 'x' });
  expect([tooOften.status, tooOften.text]).toEqual([429, expect.stringContaining('Please wait')]);
  expect(await monitor.list('incidents')).toEqual([]);
  // Reading goes on.
  expect((await get('/status')).status).toBe(200);
  const foreign = await fetch(`${monitor.url}/status/report`, {
    method: 'POST',
    headers: { origin: 'https://evil.example' },
  });
  expect(foreign.status).toBe(403);
});

test('who subscribes confirms, hears of the beginning and the end once, and can leave', async () => {
  const { shop, mail, monitor, get, post, publicUrl } = await begin();
  const asked = await post('/status/subscribe', { email: 'Jane@Example.com' });
  expect([asked.status, asked.text]).toEqual([200, expect.stringContaining('Check your email')]);
  await until('the question', () => mail.mails.length === 1);
  const plain = (raw: string) => raw.replace(/=\r\n/g, '').replace(/=3D/g, '=');
  const link = new RegExp(`${publicUrl}(/status/confirm/\\w+)`).exec(plain(mail.mails[0]!.raw))![1]!;
  expect(mail.mails[0]).toMatchObject({
    to: ['jane@example.com'],
    subject: 'Confirm your subscription: Example Hosting',
  });

  // Whoever types it again makes us write no second one.
  await post('/status/subscribe', { email: 'jane@example.com' });
  // Not confirmed yet: nothing of an outage.
  shop.answer(500);
  await until('an outage', async () => (await monitor.list('incidents')).length === 1);
  shop.answer(200);
  await until('its end', async () => (await monitor.list('incidents'))[0].status === 'resolved');
  // A robot that follows links confirms nothing.
  expect((await get(link)).text).toContain('Subscribe to email updates?');
  expect((await post(link, {})).text).toContain('You are subscribed');
  expect((await post('/status/confirm/NOTATOKEN0000000', {})).text).toContain('Link not valid');

  shop.answer(500);
  await until('word of the beginning', () => mail.mails.length === 2);
  // A mail whose end is in doubt is sent again, under the same Message-ID; this one is to be certain.
  await until('it to be written down', async () =>
    (await monitor.list('effects')).some(
      ({ incident, state }) => incident.endsWith('-begun') && state === 'accepted',
    ),
  );
  // Who comes while it goes on hears neither of its beginning nor of its end.
  await post('/status/subscribe', { email: 'late@example.com' });
  await until('the second question', () => mail.mails.length === 3);
  const late = new RegExp(`${publicUrl}(/status/confirm/\\w+)`).exec(plain(mail.mails[2]!.raw))![1]!;
  await post(late, {});
  await monitor.kill();
  await monitor.start();
  shop.answer(200);
  await until('word of the end', () => mail.mails.length === 4);
  expect(mail.mails[3]!.to).toEqual(['jane@example.com']);
  expect([mail.mails[1], mail.mails[3]].map((one) => one!.subject)).toEqual([
    'Example Hosting: Web shop outage',
    'Example Hosting: Resolved: Web shop outage',
  ]);
  const leave = new RegExp(`${publicUrl}(/status/leave/\\w+)`).exec(plain(mail.mails[3]!.raw))![1]!;
  expect((await get(leave)).text).toContain('Unsubscribe from email updates?');
  expect((await post(leave, {})).text).toContain('Your address has been removed.');
  shop.answer(500);
  await until('another outage', async () => (await monitor.list('incidents'))[0].status === 'open');
  await until('word to who is left', () => mail.mails.length === 5);
  expect(mail.mails[4]!.to).toEqual(['late@example.com']);
  for (const bad of [
    'nobody',
    'a@b@c',
    'a@example.com, b@example.com',
    'a@example.com\r\nBcc: x@example.com',
  ])
    expect((await post('/status/subscribe', { email: bad })).status, bad).toBeGreaterThanOrEqual(400);
});

test('without `status_page` there is none, and what it names must exist', async () => {
  const port = await freePort();
  const files = (more: string) => ({
    'watchdesk.yaml': `server: { listen: "127.0.0.1:${port}" }\n${more}`,
    'targets/t.yaml': `targets: [{ name: shop, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]`,
  });
  const monitor = new WatchdeskProcess(await temporaryFolder(files('')), port);
  await monitor.start();
  for (const path of ['/status', '/status.json', '/status/report', '/status/feed.rss'])
    expect((await fetch(monitor.url + path)).status, path).toBe(404);
  const folder = await temporaryFolder(
    files(
      'status_page: { subscribe: post, components: [{ name: Shop, targets: [shpo] }, { name: Nothing }] }',
    ),
  );
  const { code, stderr } = await watchdesk(['validate', '--config', folder]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining(
      'status_page.components[1]: found a mapping, expected `targets`, `customers` or `tags`',
    ),
  ]);
  const other = await temporaryFolder(
    files('status_page: { subscribe: post, components: [{ name: Shop, targets: [shpo] }] }'),
  );
  const said = (await watchdesk(['validate', '--config', other])).stderr;
  expect(said).toContain(
    'status_page.components[0].targets[0]: there is no target "shpo"; did you mean "shop"?',
  );
  expect(said).toContain('status_page.subscribe: found "post", expected a channel that sends mail');
});
