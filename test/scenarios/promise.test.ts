import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { FakeTwilio } from '../fakes/fake-twilio.ts';
import { MailServer } from '../fakes/mail-server.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { Night, tcpTargets, type SentText } from '../support/night.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

/*
 * The promise: as soon as a ticket is urgent the operations manager is paged and the whole support team is mobilised;
 * if nobody works on it within the hour, the operations manager is paged again; customers get a status at least
 * hourly until it is resolved; urgent problems are taken around the clock, by phone, with 9 pressed.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TOKEN = 'a-token-for-the-test';

/** Nights in which clocks change, and an ordinary day: when it begins, and the zone. */
const DAYS: [string, string, string][] = [
  ['an ordinary day', '2026-11-24T05:00:00Z', 'America/Toronto'],
  ['the night of 25 hours', '2026-11-01T02:00:00Z', 'America/Toronto'],
  ['the night of 23 hours', '2027-03-14T02:00:00Z', 'America/Toronto'],
  ['the night of 23 and a half', '2026-10-03T10:00:00Z', 'Australia/Lord_Howe'],
];

const settings = (zone: string) => `
teams: { support-team: { slack: "#support", members: [maria, devon] } }
channels: { email: { type: email, host: 127.0.0.1, port: 1, from: "watch@provider.example" } }
hotline: { account_sid: AC${'0'.repeat(32)}, auth_token: ${TOKEN} }
calendars: { office: { timezone: ${zone}, hours: [{ days: mon-fri, from: "08:00", to: "17:00" }] } }`;
const ESCALATION = `{ urgent: [
  { page: operations-manager, via: [sms] },
  { mobilise: support-team, via: [slack] },
  { after: 60m, unless: worked, page: operations-manager, via: [sms, voice], repeat: 60m } ] }`;
const TARGETS = {
  acme: `customer: { name: Acme Ltd, contact: it@acme.example }\n${tcpTargets(['shop'])}`,
};

const pages = (night: Night, via: string): SentText[] =>
  night.sent.filter(({ to, text }) => to.startsWith(`${via} `) && text.startsWith('URGENT'));
const mails = (night: Night): SentText[] => night.sent.filter(({ to }) => to === 'email Acme Ltd');
const since = (start: number, sent: readonly SentText[]): number[] =>
  sent.map(({ at }) => Math.round((at - start) / MINUTE));

describe.each(DAYS)('the promise, on %s', (_what, start, zone) => {
  const begin = async () => {
    const night = await Night.begin(
      { targets: TARGETS, escalation: ESCALATION, more: settings(zone) },
      Date.parse(start),
    );
    const schedule = {
      name: 'operations-manager',
      timeZone: zone,
      layers: [
        {
          rotation: ['maria', 'devon'],
          start: Temporal.PlainDateTime.from('2026-01-05T02:30'),
          every: Temporal.Duration.from({ days: 1 }),
        },
      ],
      overrides: [],
      fallback: 'devon',
    };
    await night.reconfigure({ schedules: new Map([[schedule.name, schedule]]) });
    return night;
  };

  test('nobody works on it for a day: paged every hour, whoever is on call, and customers told every hour', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(2);
    const [opened] = await night.incidents();
    const from = opened!.openedAt;
    // At once: the ticket, the page, the team.
    expect(await night.tickets()).toHaveLength(1);
    expect(night.sent.map(({ to, at }) => [to.split(' ')[0], at - from <= 1_000])).toEqual([
      ['sms', true],
      ['slack', true],
    ]);
    await night.minutes(24 * 60);
    // Again after an hour, and every hour, by both ways: elapsed time, whatever the clocks on the wall do.
    const hours = Array.from({ length: 25 }, (_, n) => n * 60);
    expect(since(from, pages(night, 'sms'))).toEqual(hours);
    expect(since(from, pages(night, 'voice'))).toEqual(hours.slice(1));
    // Whoever is on call at that moment, across the handoff at half past two in the morning.
    const local = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
    const handoffs = pages(night, 'sms').map(({ at, to }) => {
      const days = local(at).toPlainDateTime().subtract({ hours: 2, minutes: 30 }).toPlainDate();
      return [to, days.toString()];
    });
    const people = [...new Map(handoffs.map(([to, day]) => [day, to])).values()];
    expect(new Set(people).size).toBe(2);
    // Customers: the first soon, then never more than an hour without a word, never two within one.
    const told = mails(night).map(({ at }) => at);
    const gaps = told.map((at, n) => at - (told[n - 1] ?? from));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(HOUR + 5_000);
    expect(Math.min(...gaps.slice(1))).toBeGreaterThanOrEqual(HOUR - 5_000);
    expect(told).toHaveLength(24);
    const ended = night.clock.now();
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(180);
    expect(
      mails(night)
        .filter(({ at }) => at > ended)
        .map(({ text }) => text),
    ).toEqual([expect.stringMatching(/^Hello,\n\nshop is available again/)]);
    expect(pages(night, 'sms').filter(({ at }) => at > ended)).toEqual([]);
  });

  // The two others hang on no zone: an ordinary day and one night say it.
  const isShort = zone !== 'America/Toronto' || start.startsWith('2027');

  (isShort ? () => {} : test)(
    'somebody works on it: nobody is paged again, and customers are told on',
    async () => {
      const night = await begin();
      night.world.stand('10.0.0.1', 'refusing');
      await night.minutes(30);
      const [incident] = await night.incidents();
      await night.settled(night.components.keeper.act(incident!, 'maria', { is: 'acknowledge' }));
      await night.minutes(12 * 60);
      expect(
        pages(night, 'sms').filter(({ text }) => !text.includes('customer update goes out')),
      ).toHaveLength(1);
      expect(pages(night, 'voice')).toEqual([]);
      expect(mails(night)).toHaveLength(13);
    },
  );

  (isShort ? () => {} : test)('a caller who presses 9 at any hour has the same', async () => {
    const night = await begin();
    await night.minutes(7 * 60);
    const url = 'http://127.0.0.1:8080/hooks/hotline/key?n=1';
    const fields: Record<string, string> = {
      CallSid: `CA${'1'.repeat(32)}`,
      Digits: '9',
      From: '+14165550100',
    };
    const text = Object.keys(fields)
      .sort()
      .reduce((all, name) => all + name + fields[name], url);
    const signature = createHmac('sha1', TOKEN).update(text).digest('base64');
    const call = {
      what: 'key',
      url,
      query: { n: '1' },
      headers: { 'x-twilio-signature': signature },
      body: new URLSearchParams(fields).toString(),
    };
    const answer = await night.settled(night.components.hotline.hear(call));
    expect(answer).toMatchObject({
      is: 'answer',
      body: expect.stringContaining('the operations manager is being paged'),
    });
    await night.minutes(125);
    const [incident] = await night.incidents();
    expect(incident).toMatchObject({ priority: 'urgent', reason: 'called-in' });
    expect(since(incident!.openedAt, pages(night, 'sms'))).toEqual([0, 60, 120]);
    expect(night.sent.filter(({ to }) => to.startsWith('slack '))).toHaveLength(1);
  });
});

describe('the promise, in seconds for hours, with the real program killed', () => {
  const PHASES = [
    'at the first failed probe',
    'while the page leaves',
    'before the second page',
    'while a status leaves',
    'after somebody has it',
    'at the recovery',
    'while the last word leaves',
  ] as const;

  // At the same time, for most of it is waiting; in one test, so that no end of one cleans up after another.
  test('in every phase', async () => {
    const outcomes = await Promise.allSettled(PHASES.map((phase) => live(phase)));
    const wrong = outcomes.flatMap((outcome, n) =>
      outcome.status === 'rejected' ? [`${PHASES[n]}: ${outcome.reason}`] : [],
    );
    expect(wrong).toEqual([]);
  });

  async function live(phase: (typeof PHASES)[number]): Promise<void> {
    const [twilio, mail, site, port] = [
      await FakeTwilio.start(),
      await MailServer.start(),
      await ControlledSite.start(),
      await freePort(),
    ];
    const folder = await temporaryFolder({
      'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
timezone: UTC
people: { maria: { name: Maria Chen, sms: "+12895550101" }, devon: { name: Devon Hall, sms: "+12895550102" } }
teams: { support-team: { members: [devon] } }
on_call: { operations-manager: { timezone: UTC, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: devon } }
channels:
  sms: { twilio: ${JSON.stringify(twilio.settings)} }
  email: { email: ${JSON.stringify(mail.settings)} }
escalation: { urgent: [
  { page: operations-manager, via: [sms] }, { mobilise: support-team, via: [sms] },
  { after: 2s, unless: worked, page: operations-manager, via: [sms], repeat: 2s } ] }
customer_updates: { every: 2s, first: 1s, nudge: 0s }
defaults: { interval: 250ms, timeout: 250ms, failures: 2, recoveries: 2 }
`,
      'targets/t.yaml': `customer: { name: Acme Ltd, contact: it@acme.example }\ntargets: [{ name: shop, kind: site, url: "${site.url}", checks: [{ type: http }] }]\n`,
    });
    const monitor = new WatchdeskProcess(folder, port);
    let killing: Promise<void> | undefined;
    const kill = () => (killing ??= monitor.kill().then(() => monitor.start()));
    const killOn = (pattern: RegExp) => (text: string) => {
      if (pattern.test(text)) void kill();
    };
    const killed = () => until('the restart', async () => killing !== undefined && (await killing, true));
    await monitor.start();
    if (phase === 'while the page leaves') twilio.onWrite = killOn(/^URGENT/);
    if (phase === 'while a status leaves') mail.onWrite = killOn(/has been unavailable since/);
    if (phase === 'while the last word leaves') mail.onWrite = killOn(/is available again/);

    const toMaria = () =>
      twilio.sent.filter(({ to, body }) => to === '+12895550101' && body.startsWith('URGENT'));
    site.answer(500);
    if (phase === 'at the first failed probe') {
      await until('the first failure', async () => (await monitor.list('targets'))[0].health === 'suspect');
      await kill();
    }
    await until('the page', () => toMaria().length >= 1);
    await until('the team', () => twilio.sent.some(({ to }) => to === '+12895550102'));
    if (phase === 'while the page leaves') await killed();
    if (phase === 'before the second page') await kill();
    await until('the second page', () => toMaria().some(({ body }) => body.includes('still down')));
    const statuses = () =>
      new Set(
        mail.mails.filter(({ raw }) => /has been unavailable/.test(raw)).map(({ messageId }) => messageId),
      );
    await until('two statuses', () => statuses().size >= 2);
    if (phase === 'while a status leaves') await killed();

    const [incident] = await monitor.list('incidents');
    expect((await monitor.post(`/api/v1/incidents/${incident.id}/acknowledge`, { by: 'maria' })).status).toBe(
      200,
    );
    // A page that was already on its way when she acknowledged may still arrive; none may set out from here on.
    await until('no page on its way', async () =>
      (await monitor.list('effects')).every(({ state }) => state !== 'sending'),
    );
    const had = toMaria().length;
    const before = statuses().size;
    if (phase === 'after somebody has it') await kill();
    // Two more statuses are more than one more period: nobody is paged in it.
    await until('the statuses go on', () => statuses().size >= before + 2);
    expect(toMaria().length - had).toBeLessThanOrEqual(0);
    site.answer(200);
    if (phase === 'at the recovery') {
      await until(
        'the first good answer',
        async () => (await monitor.list('targets'))[0].health === 'recovering',
      );
      await kill();
    }
    const last = () => mail.mails.filter(({ raw }) => /is available again/.test(raw));
    await until('the last word', () => last().length >= 1);
    if (phase === 'while the last word leaves') await killed();
    await until('word to who was paged', () =>
      twilio.sent.some(({ to, body }) => to === '+12895550101' && body.startsWith('RECOVERED')),
    );
    await until('everything is done', async () =>
      (await monitor.list('effects')).every(({ state }) => ['accepted', 'confirmed', 'dead'].includes(state)),
    );

    expect(await monitor.list('tickets')).toHaveLength(1);
    expect(await monitor.list('incidents')).toHaveLength(1);
    expect(new Set(last().map(({ messageId }) => messageId)).size).toBe(1);
    const end = mail.mails.findIndex(({ raw }) => /is available again/.test(raw));
    expect(mail.mails.slice(end).filter(({ raw }) => /has been unavailable/.test(raw))).toEqual([]);
    // One page for one moment; what was in doubt says that it is sent again.
    const first = toMaria().filter(({ body }) => !body.includes('still down'));
    expect(first.filter(({ body }) => !body.includes('(sent again)'))).toHaveLength(1);
    expect(twilio.complaints).toEqual([]);
  }
});
