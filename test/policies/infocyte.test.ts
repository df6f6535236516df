import { describe, expect, test } from 'vitest';
import { MAIL_IN, PolicyStand } from './policy-stand.ts';

/* N: product support by severity and tier; Acme has Command, Globex has Enlist. */
const begin = (from = '2026-10-27T10:00', more = '') =>
  PolicyStand.begin({
    policy: 'infocyte',
    plans: ['command', 'enlist'],
    zone: 'Etc/GMT+5',
    from,
    more,
    isLong: true,
  });
const FIELDS = { product: 'Agent', version: '4.2 (1177)', os: 'Debian 13' };

describe('N: Infocyte', () => {
  test('N1 the requester sets severity and priority, support may change them, and the original values are kept', async () => {
    const stand = await begin();
    await stand.portal({ subject: 'a', severity: 1, priority: 'urgent', fields: FIELDS });
    await stand.agent(1, { is: 'change', change: { severity: 3, priority: 'medium' } });
    expect(await stand.ticket(1)).toMatchObject({
      severity: 3,
      priority: 'medium',
      wished: { severity: 1, priority: 'urgent' },
    });
    const [change] = (await stand.night.store.desk.entries(1)).filter(({ event }) => event === 'changed');
    expect(change!.text).toBe('priority urgent → medium; severity 1 → 3');
  });

  test.each([
    [1, ['respond running 0 of 60 min']],
    [2, ['respond running 0 of 240 min']],
    [3, ['respond running 0 of 480 min']],
    [4, []],
  ] as const)('N2 each severity has its own first response time (%i)', async (severity, clocks) => {
    const stand = await begin();
    await stand.portal({ subject: 'a', severity }, 'Bob', 'Globex');
    expect(await stand.clocks(1)).toEqual(clocks);
  });

  test('N2 the clock starts at the next opening, and the automatic reply does not count as the first response', async () => {
    const stand = await begin('2026-10-26T20:00');
    await stand.portal({ subject: 'a', severity: 1 }, 'Bob', 'Globex');
    expect(stand.night.sent[0]!.text).toContain('We have received your request');
    await stand.until('2026-10-27T09:30');
    expect(await stand.clock(1, 'respond')).toBe('respond running 30 of 60 min');
    await stand.agent(1, { is: 'note', text: 'I look' });
    expect(await stand.clock(1, 'respond')).toBe('respond running 30 of 60 min');
    await stand.agent(1, { is: 'reply', text: 'The plan is this.' });
    expect(await stand.clock(1, 'respond')).toBeUndefined();
    expect(stand.night.said).toContain('promise respond medium kept');
  });

  test('N3 Enlist is covered Monday to Friday at GMT-5, Command around the clock', async () => {
    const stand = await begin('2026-10-31T12:00');
    await stand.portal({ subject: 'a', severity: 2 });
    await stand.portal({ subject: 'b', severity: 2 }, 'Bob', 'Globex');
    await stand.minutes(120);
    expect(await stand.clock(1, 'respond')).toBe('respond running 120 of 240 min');
    expect(await stand.clock(2, 'respond')).toBe('respond running 0 of 240 min');
    // At GMT-5 no clock ever changes, whatever Toronto does that night.
    await stand.until('2026-11-02T10:00');
    expect(await stand.clock(2, 'respond')).toBe('respond running 60 of 240 min');
  });

  test.each(['patrol', 'command'])(
    'N3 Patrol and Command are covered around the clock at every severity with an SLA target (%s)',
    async (plan) => {
      const stand = await PolicyStand.begin({
        policy: 'infocyte',
        plans: [plan, 'enlist'],
        zone: 'Etc/GMT+5',
        from: '2026-10-31T12:00',
        isLong: true,
      });
      for (const severity of [1, 2, 3] as const) await stand.portal({ subject: `${severity}`, severity });
      await stand.minutes(30);
      expect(
        await Promise.all([1, 2, 3].map(async (number) => await stand.clock(number, 'respond'))),
      ).toEqual([
        'respond running 30 of 60 min',
        'respond running 30 of 240 min',
        'respond running 30 of 480 min',
      ]);
    },
  );

  test('N2 tickets from email, phone and the monitor have a severity, and so an SLA target', async () => {
    const stand = await begin('2026-10-27T10:00', `desk: { ${MAIL_IN} }\n`);
    await stand.mail('All is down', 'all of it');
    await stand.minutes(1);
    stand.down('shop');
    await stand.minutes(12);
    expect(await Promise.all([1, 2].map(async (number) => (await stand.ticket(number)).severity))).toEqual([
      3, 1,
    ]);
    expect(await stand.clock(1, 'respond')).toMatch(/ of 480 min$/);
    expect(await stand.clock(2, 'respond')).toMatch(/ of 60 min$/);
    // Nobody was asked: what support makes of it is the first word.
    expect((await stand.ticket(1)).wished).toEqual({});
  });

  test("N4 each customer's own maintenance window is honoured", async () => {
    const stand = await begin(
      '2026-10-27T22:00',
      'maintenance: [{ name: their patches, customers: [Globex], from: 2026-10-28T03:00Z, to: 2026-10-28T05:00Z }]\n',
    );
    await stand.until('2026-10-27T22:30');
    stand.down('mail');
    stand.down('shop');
    await stand.until('2026-10-27T23:30');
    expect((await stand.night.incidents()).map(({ target }) => target)).toEqual(['shop']);
  });

  test('N5 a ticket has product, version and build, operating system, description, and a link to an earlier ticket', async () => {
    const stand = await begin();
    await stand.portal({ subject: 'a', severity: 3, fields: FIELDS, body: 'what happens' });
    await stand.portal({ subject: 'b', severity: 3, fields: FIELDS, related: '1' });
    expect(await stand.ticket(2)).toMatchObject({ fields: FIELDS, links: [{ kind: 'related', to: '1' }] });
    const required = stand.night.config.deskSettings.rules.fields.map(({ name, requiredFor }) => [
      name,
      requiredFor,
    ]);
    expect(required).toEqual([
      ['product', ['incident']],
      ['version', ['incident']],
      ['os', ['incident']],
    ]);
  });

  test('N6 the automatic reply has a unique ticket number, and the history is in the portal', async () => {
    const stand = await begin();
    await stand.portal({ subject: 'a', severity: 3 });
    await stand.portal({ subject: 'b', severity: 3 });
    expect(stand.night.sent.filter(({ to }) => to === 'email Ann').map(({ subject }) => subject)).toEqual([
      '[#1] a',
      '[#2] b',
    ]);
    expect(stand.night.sent[0]!.text).toContain('/portal/tickets/1');
  });

  test('N7 a complaint is acknowledged within two working days, and support is reminded to update the customer if the review takes over a week', async () => {
    const stand = await begin('2026-10-23T10:00');
    await stand.portal({ subject: 'Too slow', type: 'complaint' });
    await stand.portal({ subject: 'Well done', type: 'feedback' });
    expect(await Promise.all([1, 2].map(async (number) => await stand.clock(number, 'respond')))).toEqual([
      'respond running 0 of 960 min',
      'respond running 0 of 960 min',
    ]);
    await stand.agent(2, { is: 'reply', text: 'Thank you.', then: 'resolved' });
    // Looked at is not acknowledged: the customer has heard nothing.
    await stand.agent(1, { is: 'assign', to: 'devon' });
    await stand.until('2026-10-27T09:59');
    const alarms = () => stand.sent('email Ines').filter((line) => line.includes('desk ticket 1'));
    expect(alarms()).toEqual([]);
    await stand.until('2026-10-27T10:01');
    expect(alarms()).toHaveLength(1);
    await stand.until('2026-11-03T11:00');
    // Ninety of a hundred of five working days: the support manager hears that the customer is to be told.
    // Then, while the customer is not told, every day.
    expect(alarms().map((line) => line.slice(0, 12))).toEqual([
      'Tue 27 10:00',
      'Thu 29 14:00',
      'Fri 30 10:00',
      'Sat 31 10:00',
      'Sun 01 10:00',
      'Mon 02 10:00',
      'Tue 03 10:00',
    ]);
    await stand.agent(1, { is: 'reply', text: 'It takes longer. This is what we know.' });
    await stand.until('2026-11-05T11:00');
    expect(alarms()).toHaveLength(8);
    expect(alarms().at(-1)).toMatch(/^Tue 03 11:00 CLEARED/);
  });

  test('N8 when a ticket is resolved, its requester is asked to rate the support', async () => {
    const stand = await begin();
    await stand.portal({ subject: 'a', severity: 3 });
    await stand.agent(1, { is: 'reply', text: 'Done.', then: 'resolved' });
    const asked = stand.night.sent.at(-1)!;
    const link = /5: (\S+)/.exec(asked.text)![1]!;
    const token = /\/rate\/([^?]+)\?score=5/.exec(link)![1]!;
    expect(stand.night.components.office.links.ratedBy(token)).toBe(1);
    expect(stand.night.components.office.links.ratedBy(token.replace(/^1-/, '2-'))).toBeUndefined();
  });

  test('the week, minute by minute', async () => {
    const stand = await begin(
      '2026-10-25T00:00',
      'calendars: { working-hours: { timezone: Etc/GMT+5, hours: [{ days: mon-fri, from: "09:00", to: "17:00" }], holidays: AT } }\n',
    );
    // Sunday: severity 1 of both; Monday is a holiday for the one of the two.
    await stand.until('2026-10-25T10:00');
    await stand.portal({ subject: 'It stands still', severity: 1, priority: 'high' });
    await stand.portal({ subject: 'Ours too', severity: 1, priority: 'high' }, 'Bob', 'Globex');
    await stand.until('2026-10-25T10:50');
    await stand.agent(1, { is: 'reply', text: 'We have a plan.' }, 'devon');
    await stand.until('2026-10-26T09:00');
    await stand.agent(1, { is: 'state', to: 'resolved' }, 'devon');
    // Nobody answers Bob on Tuesday: at ten he is urgent.
    await stand.until('2026-10-27T10:20');
    await stand.agent(2, { is: 'reply', text: 'Sorry. We look.' }, 'ines');
    await stand.until('2026-10-27T11:30');
    await stand.agent(2, { is: 'state', to: 'resolved' }, 'ines');
    await stand.until('2026-10-31T03:00');
    stand.down('shop');
    await stand.until('2026-10-31T04:00');
    stand.up('shop');
    await stand.until('2026-11-02T12:00');
    expect(await stand.timeline()).toEqual([
      // Severity 1 on Command runs at once, on Enlist from Tuesday on.
      'Sun 25 10:00 ticket 1 opened by Ann',
      'Sun 25 10:00 ticket 1 assigned devon by Policy',
      'Sun 25 10:00 email Ann: [#1] It stands still',
      'Sun 25 10:00 email Devon: [#1] It stands still',
      'Sun 25 10:00 ticket 2 opened by Bob',
      'Sun 25 10:00 ticket 2 assigned ines by Policy',
      'Sun 25 10:00 email Bob: [#2] Ours too',
      'Sun 25 10:00 email Ines: [#2] Ours too',
      // 45 of 60 minutes.
      'Sun 25 10:45 email Devon: HIGH desk ticket 1 (Acme): first response is due 12:00, not sent yet',
      'Sun 25 10:50 ticket 1 reply by devon',
      'Sun 25 10:50 ticket 1 state in-progress by devon',
      'Sun 25 10:50 email Ann: [#1] It stands still',
      // Told that it is over, and asked to rate.
      'Mon 26 09:00 ticket 1 state resolved by devon',
      'Mon 26 09:00 email Ann: [#1] It stands still',
      'Mon 26 09:00 email Ann: [#1] It stands still',
      // Tuesday 9:00 is the start of Enlist's next working hours.
      'Tue 27 09:45 email Ines: HIGH desk ticket 2 (Globex): first response is due 11:00, not sent yet',
      // The hour is over: raised to urgent, so the operations manager is paged as for any urgent ticket, and the support manager.
      'Tue 27 10:00 ticket 2 changed by Watchdesk',
      'Tue 27 10:00 sms Maria: URGENT desk ticket 2 (Globex): first response was due 11:00, not sent yet',
      'Tue 27 10:00 sms Ines: URGENT desk ticket 2 (Globex): first response was due 11:00, not sent yet',
      // Now it is urgent: a status after a quarter of an hour, and hourly from then on, until it is resolved.
      'Tue 27 10:15 ticket 2 reply by Watchdesk',
      'Tue 27 10:15 email Globex: "Ours too": status update',
      'Tue 27 10:15 email Bob: [#2] Ours too',
      'Tue 27 10:20 ticket 2 reply by ines',
      'Tue 27 10:20 ticket 2 state in-progress by ines',
      'Tue 27 10:20 email Bob: [#2] Ours too',
      // Ines has it, and is reminded; Maria and she read Toronto's time.
      'Tue 27 11:05 email Ines: URGENT desk ticket 2 (Globex): customer update goes out at 12:15, nothing new to report yet',
      'Tue 27 11:15 ticket 2 reply by Watchdesk',
      'Tue 27 11:15 email Globex: "Ours too": status update',
      'Tue 27 11:15 email Bob: [#2] Ours too',
      // The end: Bob hears it from the desk, and is asked to rate.
      'Tue 27 11:30 ticket 2 state resolved by ines',
      'Tue 27 11:30 email Bob: [#2] Ours too',
      'Tue 27 11:30 email Bob: [#2] Ours too',
      'Tue 27 11:30 email Globex: "Ours too" has been closed by our engineers',
      'Tue 27 11:30 email Ines: RESOLVED desk ticket 2 (Ours too) (Globex) by Ines at 12:30 after 2 d 1 h',
      'Tue 27 11:30 sms Maria: RESOLVED desk ticket 2 (Ours too) (Globex) by Ines at 12:30 after 2 d 1 h',
      'Tue 27 11:30 sms Ines: RESOLVED desk ticket 2 (Ours too) (Globex) by Ines at 12:30 after 2 d 1 h',
      'Sat 31 03:06 ticket 3 opened by Watchdesk',
      'Sat 31 03:06 sms Maria: URGENT shop (Acme) down since 04:05',
      'Sat 31 03:21 ticket 3 reply by Watchdesk',
      'Sat 31 03:21 email Acme: shop: unavailable since 03:05 (Etc/GMT+5)',
      'Sat 31 04:05 ticket 3 reply by Watchdesk',
      'Sat 31 04:05 ticket 3 state resolved by Watchdesk',
      'Sat 31 04:05 email Acme: shop is available again',
      'Sat 31 04:05 sms Maria: RECOVERED shop (Acme) up since 05:05 after 1 h',
      // Seven days after it was resolved; at GMT-5 they have 24 hours each.
      'Mon 02 09:00 ticket 1 state closed by Policy',
    ]);
  });
});
