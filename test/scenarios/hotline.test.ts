import { expect, test } from 'vitest';
import { FakeTwilio } from '../fakes/fake-twilio.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const CALL = `CA${'1'.repeat(32)}`;

async function begin(hotline: string) {
  const [twilio, port] = [await FakeTwilio.start(), await freePort()];
  const { account_sid, auth_token } = twilio.settings;
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
timezone: UTC
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
on_call: { operations-manager: { timezone: UTC, layers: [], fallback: maria } }
calendars: { never: { timezone: America/Toronto, hours: [{ days: mon-sun, from: "08:00", to: "17:00" }], closed: [${days(0)}] } }
channels: { sms: { twilio: ${JSON.stringify(twilio.settings)} } }
escalation: { urgent: [{ page: operations-manager, via: [sms] }] }
hotline: { account_sid: ${account_sid}, auth_token: ${auth_token}, greeting: "You have reached Example Support.", ${hotline} }
`,
    'targets/t.yaml': `customer: { name: Acme Ltd, plan: vip, phones: ["+14165550100"] }\ntargets: [{ name: shop, kind: site, url: "http://127.0.0.1:9", checks: [{ type: heartbeat, token: a-token-for-the-test, every: 1h }] }]\n`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  const call = async (url: string, fields: Record<string, string> = {}, token?: string) => {
    const given = {
      CallSid: CALL,
      From: '+14165550100',
      To: '+12895550100',
      CallStatus: 'in-progress',
      ...fields,
    };
    const answer = await fetch(url, twilio.call(url, given, token));
    return { status: answer.status, text: await answer.text() };
  };
  return { monitor, twilio, call, start: `${monitor.url}/hooks/hotline/start` };
}

/** Yesterday, today and tomorrow: whatever the zone, now is one of them. */
const days = (at: number): string =>
  [-1, 0, 1]
    .map((day) => new Date(Date.now() + (day + at) * 86_400_000).toISOString().slice(0, 10))
    .join(', ');

/** Where TwiML goes on. */
const next = (text: string, what: string): string =>
  new RegExp(`"?(http[^"<]*/hooks/hotline/${what}[^"<]*)`).exec(text)![1]!.replaceAll('&#38;', '&');

test('9 opens an urgent ticket, pages the operations manager, says its number and keeps what was said', async () => {
  const { monitor, twilio, call, start } = await begin('hours: never, plans: { vip: always }');
  expect((await call(start, {}, 'another-token')).status).toBe(401);
  const menu = await call(start);
  expect(menu.text).toContain(
    'You have reached Example Support. Hello, Acme Ltd. If something is down and cannot wait, press 9. For anything else, stay on the line.',
  );
  const urgent = await call(next(menu.text, 'key'), { Digits: '9' });
  expect(urgent.text).toMatch(
    /the operations manager is being paged[^]*<Record maxLength="120" finishOnKey="#"/,
  );
  // A call that is repeated opens nothing more.
  expect((await call(next(menu.text, 'key'), { Digits: '9' })).status).toBe(200);
  await until('the page', () => twilio.sent.length === 1);
  expect(twilio.sent[0]!.body).toMatch(
    /^URGENT call from Acme Ltd \(Acme Ltd\) reported by phone at \d\d:\d\d: call back \+14165550100\. Ticket Desk 1\./,
  );

  const spoken = await until('the number', async () => {
    const { text } = await call(next(urgent.text, 'number'));
    return text.includes('ticket number') && text;
  });
  expect(spoken).toContain('Your ticket number is 1.');
  const recording = {
    RecordingSid: `RE${'2'.repeat(32)}`,
    RecordingUrl: 'https://api.twilio.example/RE2',
    RecordingDuration: '17',
  };
  for (let n = 0; n < 2; n++) {
    expect((await call(next(urgent.text, 'recording'), recording)).status).toBe(200);
  }
  const [ticket] = await monitor.list('tickets');
  expect(ticket).toMatchObject({
    priority: 'urgent',
    subject: 'URGENT: Acme Ltd reports an urgent problem by phone',
  });
  expect(ticket.body).toContain('Acme Ltd, plan vip');
  const page = await (await fetch(`${monitor.url}/tickets/1`)).text();
  expect(page.match(/Recorded message \(17 s\): https:\/\/api\.twilio\.example\/RE2/g)).toHaveLength(1);
  expect((await monitor.list('incidents'))[0]).toMatchObject({
    status: 'open',
    kind: 'ticket',
    reason: 'called-in',
  });

  // The same people again: one more page, the same ticket; also over a kill.
  await monitor.kill();
  await monitor.start();
  const again = await call(next((await call(start)).text, 'key'), {
    Digits: '9',
    CallSid: `CA${'3'.repeat(32)}`,
  });
  expect(again.text).toContain('We have opened an urgent ticket');
  await until('the second page', () => twilio.sent.length === 2);
  expect(await monitor.list('tickets')).toHaveLength(1);
  const [incident] = await monitor.list('incidents');
  await monitor.post(`/api/v1/incidents/${incident.id}/resolve`, { by: 'maria' });
  await until('word of the end', () => twilio.sent.length === 3);
  expect(twilio.sent[2]!.body).toMatch(/^RESOLVED call from Acme Ltd/);
  // The first call once more, after the end: it has been taken.
  expect((await call(next(menu.text, 'key'), { Digits: '9' })).status).toBe(200);
  expect(await monitor.list('incidents')).toHaveLength(1);
});

test('out of hours a caller without urgency hears when support opens; in hours they are put through', async () => {
  const closed = await begin('hours: never, plans: { gold: always }');
  const menu = await closed.call(closed.start, { From: '+14165550199' });
  expect(menu.text).toMatch(
    /You have reached Example Support\. We are currently closed\. Support opens on \w+day at 08:00\. If something is down and cannot wait, press 9\.</,
  );
  const silent = await closed.call(next(menu.text, 'key'), { From: '+14165550199', Digits: '' });
  const second = await closed.call(next(silent.text, 'key'), { From: '+14165550199', Digits: '' });
  expect(second.text).toMatch(
    /Support opens on \w+day at 08:00\. Thank you for calling\. Goodbye\.<\/Say><Hangup\/>/,
  );
  expect(await closed.monitor.list('incidents')).toEqual([]);

  const open = await begin('forward_to: "+14165550111"');
  const first = await open.call(open.start);
  const other = await open.call(next(first.text, 'key'), { Digits: '5' });
  const through = await open.call(next(other.text, 'key'), { Digits: '5' });
  expect(through.text).toContain('<Dial>+14165550111</Dial>');
});

test('a caller who hides the number is taken as seriously', async () => {
  const { twilio, call, start } = await begin('hours: never');
  const menu = await call(start, { From: 'anonymous' });
  await call(next(menu.text, 'key'), { From: 'anonymous', Digits: '9' });
  await until('the page', () => twilio.sent.length === 1);
  expect(twilio.sent[0]!.body).toMatch(
    /^URGENT call from a hidden number \(1111\) reported by phone at .*: caller ID withheld\./,
  );
});

test('many strangers are a handful of incidents, and a crowd', async () => {
  const { monitor, call, start } = await begin('hours: never');
  const menu = await call(start, { From: '+266696687' });
  for (let n = 1; n <= 9; n++) {
    await call(next(menu.text, 'key'), {
      From: '+266696687',
      Digits: '9',
      CallSid: `CA${String(n).repeat(32)}`,
    });
  }
  const incidents = await monitor.list('incidents');
  expect(incidents).toHaveLength(5);
  expect(incidents.every(({ target }) => target.startsWith('call from a hidden number'))).toBe(true);
});
