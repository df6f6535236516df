import { expect, test } from 'vitest';
import { FakeTwilio } from '../fakes/fake-twilio.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { oneSiteConfig } from '../support/one-site-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

async function watch(twilio: FakeTwilio, site: ControlledSite): Promise<WatchdeskProcess> {
  const port = await freePort();
  const checks = '[{ type: http }]';
  const folder = await temporaryFolder(
    oneSiteConfig({
      port,
      checks,
      url: site.url,
      sms: JSON.stringify({ type: 'twilio', ...twilio.settings }),
    }),
  );
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  return monitor;
}

const pages = (monitor: WatchdeskProcess) => monitor.list('pages?kind=page');

test('one outage is one text message, with ticket number and link, and one for the recovery', async () => {
  const [twilio, site] = [await FakeTwilio.start(), await ControlledSite.start()];
  const monitor = await watch(twilio, site);
  site.answer(500);
  await until('the message', () => twilio.sent.length === 1);
  const [message] = twilio.sent;
  expect(message).toMatchObject({ to: '+12895550101', from: '+12895550100' });
  expect(message!.body).toMatch(
    /^URGENT shop \(Acme Ltd\) down since \d\d:\d\d: .*Ticket Desk 1\. http:\/\/127\.0\.0\.1:\d+\/a\/[0-9A-Z]{10}-[0-9A-Z]{6}$/,
  );
  const link = /http\S+$/.exec(message!.body)![0];
  const followed = await fetch(link);
  expect(followed.url).toBe(link);
  expect(await followed.text()).toMatch(/HTTP \d{3}.*Responding as Maria Chen/s);
  site.answer(200);
  await until('the second message', () => twilio.sent.length === 2);
  expect(twilio.sent[1]!.body).toMatch(/^RECOVERED shop/);
  expect(twilio.complaints).toEqual([]);
  expect(monitor.output).not.toContain(twilio.authToken);
});

test('a channel that refuses the account as such is said where the operator looks', async () => {
  const [twilio, site] = [await FakeTwilio.start(), await ControlledSite.start()];
  const monitor = await watch(twilio, site);
  const refused = { is: 'error', status: 401, code: 20003, message: 'Authenticate' } as const;
  twilio.failNext(refused, refused);
  site.answer(500);
  const readiness = await until('the complaint', async () => {
    const answer = await fetch(`${monitor.url}/readyz`);
    return answer.status === 503 && ((await answer.json()) as { problems: string[] });
  });
  expect(readiness.problems).toEqual([
    expect.stringMatching(/^Channel sms: Twilio rejected the credentials/),
  ]);
});

test('a lost answer does not make a second message: it is looked up by its code', async () => {
  const [twilio, site] = [await FakeTwilio.start(), await ControlledSite.start()];
  const monitor = await watch(twilio, site);
  twilio.failNext({ is: 'drop-after' });
  site.answer(500);
  const page = await until('the accepted page', async () =>
    (await pages(monitor)).find(({ state }) => state === 'accepted'),
  );
  expect(page.attempts).toBe(1);
  expect(twilio.sent).toHaveLength(1);
  expect(await monitor.metric('watchdesk_pages_total{channel="sms",outcome="ambiguous"}')).toBe(1);
});

test('a refusal for now is tried again, one for good goes to the fallback', async () => {
  const [twilio, site] = [await FakeTwilio.start(), await ControlledSite.start()];
  const monitor = await watch(twilio, site);
  twilio.failNext(
    { is: 'error', status: 429, code: 20429, message: 'Too many requests' },
    { is: 'error', status: 400, code: 21211, message: 'Invalid To' },
  );
  site.answer(500);
  await until('the message to the fallback', () => twilio.sent.length === 1);
  expect(twilio.sent[0]!.to).toBe('+12895550102');
  const all = await until('both ends', async () => {
    const found = await pages(monitor);
    return (
      found.length === 2 && found.every(({ state }) => state === 'accepted' || state === 'dead') && found
    );
  });
  expect(all.map(({ person, state, attempts }) => [person, state, attempts])).toEqual([
    ['devon', 'accepted', 1],
    ['maria', 'dead', 2],
  ]);
});

test('kill -9 while a message is on its way: after the restart it is found, not sent again', async () => {
  const [twilio, site] = [await FakeTwilio.start(), await ControlledSite.start()];
  const monitor = await watch(twilio, site);
  site.answer(500);
  // The moment it stands in Twilio's books, before the answer can have been recorded for certain.
  await until('the message', () => twilio.sent.length === 1);
  await monitor.kill();
  await monitor.start();
  const page = await until('the accepted page', async () =>
    (await pages(monitor)).find(({ state }) => state === 'accepted'),
  );
  await site.moreRequests(5);
  expect(page.person).toBe('maria');
  expect(twilio.sent).toHaveLength(1);
  expect(await monitor.list('tickets')).toHaveLength(1);
});

test('kill -9 while a page waits for its next try: it is sent after the restart, once', async () => {
  const [twilio, site] = [await FakeTwilio.start(), await ControlledSite.start()];
  const monitor = await watch(twilio, site);
  const busy = { is: 'error', status: 429, code: 20429, message: 'Too many requests' } as const;
  twilio.failNext(busy, busy, busy);
  site.answer(500);
  await until('the second refusal', async () => (await pages(monitor)).some(({ attempts }) => attempts >= 2));
  await monitor.kill();
  expect(twilio.sent).toEqual([]);
  await monitor.start();
  await until('the message', () => twilio.sent.length === 1);
  await until('the accepted page', async () =>
    (await pages(monitor)).every(({ state }) => state === 'accepted'),
  );
  expect(await monitor.list('tickets')).toHaveLength(1);
});

test('acknowledge, note, escalate and resolve by the API', async () => {
  const [twilio, site] = [await FakeTwilio.start(), await ControlledSite.start()];
  const monitor = await watch(twilio, site);
  site.answer(500);
  const { incident } = await until('the page', async () => (await pages(monitor))[0]);
  const post = async (action: string, body: unknown) => {
    const answer = await monitor.post(`/api/v1/incidents/${incident}/${action}`, body);
    return [answer.status, ((await answer.json()) as { because?: string }).because];
  };
  expect(await post('acknowledge', { by: 'maria', text: 'on my way' })).toEqual([200, 'acknowledged']);
  expect(await post('note', { by: 'maria', text: '<script>alert(1)</script>' })).toEqual([200, 'noted']);
  expect(await post('escalate', { by: 'maria' })).toEqual([200, 'escalated']);
  // A slip of the pen must not own the outage.
  expect(await post('acknowledge', { by: 'marai' })).toEqual([422, undefined]);
  expect(await post('estimate', { by: 'maria', at: '2020-01-01T00:00Z' })).toEqual([422, undefined]);
  expect(await post('note', { by: 'maria' })).toEqual([400, undefined]);
  expect(await post('resolve', { by: 'maria' })).toEqual([200, 'resolved-by-hand']);
  expect(await post('resolve', { by: 'maria' })).toEqual([409, undefined]);
  const ticket = await until('the resolved ticket', async () =>
    (await monitor.list('tickets')).find(({ status }) => status === 'resolved'),
  );
  const page = await (await fetch(ticket.url)).text();
  expect(page).toContain('Acknowledged by Maria Chen: on my way');
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  // The site is still down: nothing opens until it has been well.
  await site.moreRequests(5);
  expect(await monitor.list('incidents')).toHaveLength(1);
});
