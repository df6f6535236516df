import { describe, expect, test } from 'vitest';
import { inWorkingOrder } from '../../src/core/desk/working-order.ts';
import { MAIL_IN, PolicyStand } from './policy-stand.ts';

/*
 * V: managed services and hosting. The week begins on the Sunday on which Europe's clocks change and ends behind the
 * Sunday on which America's do; its Monday is a public holiday (of Austria, where this provider has an office).
 */
const HOLIDAYS = `
calendars: { working-hours: { timezone: America/Toronto, hours: [{ days: mon-fri, from: "08:00", to: "17:00" }], holidays: [CA-ON, AT] } }
`;
const DESK = `desk: { ${MAIL_IN} }\n`;
const begin = (from = '2026-10-27T10:00', more = DESK, isLong = false) =>
  PolicyStand.begin({
    policy: 'versa',
    plans: ['vip', 'essentials'],
    zone: 'America/Toronto',
    from,
    more,
    isLong,
  });

describe('V: Interaction Versa', () => {
  test('V1 a target is at risk after the configured number of consecutive failures, and not before', async () => {
    const stand = await begin();
    await stand.minutes(5);
    stand.down('shop');
    await stand.night.seconds(20);
    stand.up('shop');
    await stand.minutes(10);
    expect(await stand.night.incidents()).toEqual([]);
    stand.down('shop');
    await stand.minutes(2);
    expect(
      (await stand.night.incidents()).map(({ target, failing }) => [target, failing[0]!.failures]),
    ).toEqual([['shop', 3]]);
  });

  test('V2 an urgent ticket opens immediately, and the monitor of the provider is its origin', async () => {
    const stand = await begin();
    await stand.minutes(5);
    stand.down('shop');
    await stand.minutes(2);
    const [incident] = await stand.night.incidents();
    const [ticket] = await stand.night.tickets();
    expect(ticket!.createdAt - incident!.openedAt).toBeLessThanOrEqual(1_000);
    expect(await stand.ticket(1)).toMatchObject({ priority: 'urgent', origin: 'monitor', customer: 'Acme' });
  });

  test('V3 as soon as a ticket is urgent, whoever opened it, the operations manager is paged and the team is mobilised', async () => {
    const stand = await begin();
    await stand.minutes(1);
    await stand.portal({ subject: 'Nobody can log in', priority: 'urgent' });
    await stand.minutes(1);
    expect(stand.sent('sms Maria')).toEqual(['Tue 27 10:01 URGENT desk ticket 1 (Acme): Nobody can log in']);
    expect(stand.sent('slack support-team')).toHaveLength(1);
    // In the very moment in which the monitor begins, too.
    const first = await begin();
    await first.portal({ subject: 'At once', priority: 'urgent' });
    await first.minutes(1);
    expect(first.sent('sms Maria')).toHaveLength(1);
    // One that becomes urgent only later.
    await stand.portal({ subject: 'Slow', priority: 'medium' });
    await stand.agent(2, { is: 'change', change: { priority: 'urgent' } });
    await stand.minutes(1);
    expect(stand.sent('sms Maria').at(-1)).toMatch(/^Tue 27 10:0[23] URGENT desk ticket 2 \(Acme\): Slow$/);
  });

  test('V4 if no one works on the ticket for an hour, the operations manager is paged again every hour until someone does', async () => {
    const stand = await begin();
    await stand.minutes(1);
    await stand.portal({ subject: 'Nobody can log in', priority: 'urgent' });
    await stand.until('2026-10-27T12:30');
    expect(stand.sent('sms Maria').map((line) => line.slice(0, 12))).toEqual([
      'Tue 27 10:01',
      'Tue 27 11:01',
      'Tue 27 12:01',
    ]);
    await stand.agent(1, { is: 'assign', to: 'devon' });
    await stand.until('2026-10-27T14:20');
    expect(stand.sent('sms Maria')).toHaveLength(3);
    // Devon has it, and nothing is heard of him for two hours: nobody works on it.
    await stand.until('2026-10-27T14:40');
    expect(stand.sent('sms Maria')).toHaveLength(4);
    await stand.agent(1, { is: 'note', text: 'The directory is full' });
    await stand.until('2026-10-27T16:20');
    expect(stand.sent('sms Maria')).toHaveLength(4);
  });

  test('V5 customers are updated at least hourly on every open urgent ticket until it is resolved', async () => {
    const stand = await begin('2026-10-31T20:00');
    await stand.minutes(1);
    stand.down('shop');
    // Over the change of clocks: elapsed time counts, whatever stands on the wall.
    await stand.night.minutes(10 * 60);
    stand.up('shop');
    await stand.minutes(5);
    const times = stand.night.sent.filter(({ to }) => to === 'email Acme').map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => Math.round((at - times[index]!) / 60_000));
    expect(times.length).toBe(11);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60);
    await stand.minutes(120);
    expect(stand.night.sent.filter(({ to }) => to === 'email Acme')).toHaveLength(11);
    const counted = stand.night.said.filter((line) => line.startsWith('promise update'));
    expect(new Set(counted)).toEqual(new Set(['promise update urgent kept']));
  });

  test('V5 urgent tickets opened by people are included; the requester and the customer get each update once', async () => {
    const stand = await begin();
    await stand.minutes(1);
    await stand.portal({ subject: 'Nobody can log in', priority: 'urgent' });
    // Opened by support: nobody has asked, but the customer has a contact.
    await stand.portal({
      subject: 'Called me',
      priority: 'urgent',
      requester: { name: 'Ann', verifiedBy: 'no' },
    });
    // Of nobody whom we know: nobody can be told, and that is not a promise kept.
    await stand.portal({ subject: 'Who?', priority: 'urgent', customer: undefined, requester: undefined });
    await stand.minutes(150);
    const about = (name: string) =>
      stand.night.sent
        .filter(
          ({ subject, text }) =>
            `${subject} ${text}`.includes(`"${name}": status update`) ||
            (subject.includes(name) && text.includes('being handled as urgent')),
        )
        .map(({ to }) => to);
    expect(about('Nobody can log in').toSorted()).toEqual([
      'email Acme',
      'email Acme',
      'email Acme',
      'email Ann',
      'email Ann',
      'email Ann',
    ]);
    expect(about('Called me')).toEqual(['email Acme', 'email Acme', 'email Acme']);
    const entries = await stand.night.store.desk.entries(3);
    expect(entries.filter(({ event }) => event === 'reply')).toHaveLength(3);
    expect(stand.night.said).toContain('promise update urgent missed');
  });

  test('V6 while a ticket waits on a third party, its clock keeps running', async () => {
    const stand = await begin();
    await stand.portal({ subject: 'Slow', priority: 'high' });
    await stand.agent(1, { is: 'state', to: 'waiting-third-party' });
    await stand.until('2026-10-27T12:00');
    expect(await stand.clock(1, 'respond')).toBe('respond running 120 of 240 min');
    await stand.agent(1, { is: 'state', to: 'waiting-customer' });
    await stand.until('2026-10-27T13:00');
    expect(await stand.clock(1, 'respond')).toBe('respond paused 120 of 240 min');
  });

  test('V6 a third party is contacted with the ticket number, and the timeline names the person who did it', async () => {
    const stand = await begin();
    await stand.minutes(1);
    stand.down('shop');
    await stand.minutes(3);
    await stand.act('shop', 'maria', { is: 'vendor', text: 'Your line is dead.' });
    const mail = stand.night.sent.find(({ to }) => to === 'email Line Co');
    expect(mail!.text).toContain('Your line is dead.');
    expect(mail!.text).toContain('Ticket 1');
    const [incident] = await stand.night.incidents();
    expect(incident!.episode.vendor).toMatchObject({ name: 'Line Co', by: 'maria' });
  });

  test.each([
    ['high', '2026-10-30T16:00', ['respond running 0 of 240 min', 'update running 0 of 540 min']],
    ['medium', '2026-10-30T16:00', ['acknowledge running 0 of 540 min', 'resolve running 0 of 1080 min']],
    ['low', '2026-10-30T16:00', ['respond running 0 of 1080 min']],
  ] as const)(
    'V7 each priority has its own SLA targets, Monday to Friday in working hours (%s)',
    async (priority, from, clocks) => {
      const stand = await begin(from, DESK, true);
      await stand.portal({ subject: 'x', priority });
      expect(await stand.clocks(1)).toEqual(clocks);
      // The weekend, and a change of clocks, cost nothing.
      await stand.until('2026-10-30T17:00');
      const friday = await stand.clocks(1);
      await stand.until('2026-11-02T08:00');
      expect(await stand.clocks(1)).toEqual(friday);
    },
  );

  test('V7 email tickets default to medium, and higher priorities come first in the queue', async () => {
    const stand = await begin();
    await stand.mail('A question');
    expect(await stand.ticket(1)).toMatchObject({ priority: 'medium', origin: 'mail' });
    for (const priority of ['low', 'high', 'medium', 'urgent'] as const)
      await stand.portal({ subject: priority, priority });
    const { items } = await stand.night.store.desk.list({ limit: 10 });
    expect(inWorkingOrder(items.map((ticket) => ({ ticket }))).map(({ ticket }) => ticket.subject)).toEqual([
      'urgent',
      'high',
      'A question',
      'medium',
      'low',
    ]);
  });

  test('V7 a high ticket is worked on until it is resolved: after a working day without an update, its assignee is reminded', async () => {
    const stand = await begin('2026-10-27T10:00', DESK, true);
    await stand.portal({ subject: 'Slow', priority: 'high' });
    await stand.agent(1, { is: 'assign', to: 'devon' }, 'maria');
    await stand.agent(1, { is: 'reply', text: 'We look.' });
    await stand.until('2026-10-28T09:59');
    const reminded = () =>
      stand.sent('email Devon').filter((line) => line.includes('customer update was due'));
    expect(reminded()).toEqual([]);
    await stand.until('2026-10-28T10:02');
    expect(reminded()).toHaveLength(1);
  });

  test('V7 missed deadlines are reported and counted at every priority', async () => {
    const stand = await begin('2026-10-27T10:00', DESK, true);
    await stand.portal({ subject: 'An invoice', priority: 'low' });
    await stand.portal({ subject: 'A wish', priority: 'medium' });
    await stand.until('2026-10-30T12:00');
    const lines = stand.sent('slack support-team').map((line) => line.replace(/: (An invoice|A wish)$/, ''));
    expect(lines).toEqual([
      'Wed 28 10:00 MEDIUM desk ticket 2 (Acme): acknowledgement was due 10:00, unacknowledged',
      'Thu 29 10:00 LOW desk ticket 1 (Acme): first response was due 10:00, not sent yet',
      'Thu 29 10:00 MEDIUM desk ticket 2 (Acme): resolution was due 10:00, not resolved yet',
    ]);
    expect(stand.night.said.filter((line) => line.endsWith('missed')).toSorted()).toEqual([
      'promise acknowledge medium missed',
      'promise resolve medium missed',
      'promise respond low missed',
    ]);
  });

  test('V8 working hours are 8 to 5 Eastern, Monday to Friday, except public holidays', async () => {
    // Thanksgiving in Ontario is on Monday, 12 October.
    const stand = await begin('2026-10-09T16:00', DESK, true);
    await stand.portal({ subject: 'x', priority: 'high' });
    for (const [until, used] of [
      ['2026-10-09T16:30', 30],
      ['2026-10-09T18:00', 60],
      ['2026-10-12T16:00', 60],
      ['2026-10-13T07:59', 60],
      ['2026-10-13T09:00', 120],
    ] as const) {
      await stand.until(until);
      expect([until, await stand.clock(1, 'respond')]).toEqual([until, `respond running ${used} of 240 min`]);
    }
  });

  test('V8 dedicated hosting is also covered around the clock', async () => {
    const stand = await PolicyStand.begin({
      policy: 'versa',
      plans: ['dedicated', 'reserve'],
      zone: 'America/Toronto',
      from: '2026-10-31T12:00',
      isLong: true,
    });
    await stand.portal({ subject: 'x', priority: 'urgent' });
    await stand.portal({ subject: 'y', priority: 'urgent' }, 'Bob', 'Globex');
    await stand.minutes(30);
    expect(await stand.clock(1, 'acknowledge')).toBe('acknowledge running 30 of 60 min');
    expect(await stand.clock(2, 'acknowledge')).toBe('acknowledge running 0 of 60 min');
    // A status hourly for both, whatever the hours.
    expect(await Promise.all([1, 2].map(async (number) => await stand.clock(number, 'update')))).toEqual([
      expect.stringContaining('of 60 min'),
      expect.stringContaining('of 60 min'),
    ]);
    expect(stand.night.config.service.levels.length).toBeGreaterThan(0);
  });

  test('V8 urgent clocks run around the clock for VIP and dedicated hosting, and in working hours for others', async () => {
    const stand = await begin('2026-10-31T12:00', DESK, true);
    await stand.portal({ subject: 'x', priority: 'urgent' });
    await stand.portal({ subject: 'y', priority: 'urgent' }, 'Bob', 'Globex');
    await stand.minutes(30);
    expect(await stand.clock(1, 'acknowledge')).toBe('acknowledge running 30 of 60 min');
    expect(await stand.clock(2, 'acknowledge')).toBe('acknowledge running 0 of 60 min');
    await stand.until('2026-11-02T08:30');
    expect(await stand.clock(2, 'acknowledge')).toBe('acknowledge running 30 of 60 min');
  });

  test('V9 a ticket closes after waiting on the customer for seven days; a reply reopens it', async () => {
    const stand = await begin('2026-10-23T10:00', DESK, true);
    await stand.portal({ subject: 'x' });
    await stand.agent(1, { is: 'reply', text: 'Which one?', then: 'waiting-customer' });
    const waitingSince = stand.night.clock.now();
    await stand.night.clock.turn(7 * 86_400_000 - 60_000);
    expect((await stand.ticket(1)).state.is).toBe('waiting');
    await stand.minutes(2);
    expect((await stand.ticket(1)).state).toMatchObject({ is: 'closed' });
    expect(
      Math.abs(((await stand.ticket(1)).state as { at: number }).at - waitingSince - 7 * 86_400_000),
    ).toBeLessThan(5_000);
    expect(stand.night.sent.at(-1)!.text).toContain('closed because we have not heard from you for 7 days');
    await stand.answer(1, 'The red one');
    expect((await stand.ticket(1)).state.is).toBe('open');
  });

  test('V10 pressing 9 on the phone opens an urgent ticket immediately; an urgent email has no such guarantee', async () => {
    const stand = await begin(
      '2026-10-31T23:00',
      `${DESK}hotline: { account_sid: AC${'0'.repeat(32)}, auth_token: a-token-for-the-test }\n`,
    );
    await stand.mail('URGENT: it burns');
    expect((await stand.ticket(1)).priority).toBe('medium');
    expect(stand.sent('sms Maria')).toEqual([]);
    expect(await stand.call('key', { Digits: '9' })).toContain('enter your PIN');
    await stand.call('pin', { Digits: '4711' });
    await stand.minutes(1);
    expect(await stand.ticket(2)).toMatchObject({ priority: 'urgent', customer: 'Acme' });
    expect(stand.sent('sms Maria')).toHaveLength(1);
  });

  test('V11 an email opens a ticket and gets an automatic reply with helpful links; the assignee is notified by email', async () => {
    const stand = await begin();
    await stand.portal({ subject: 'No mail', category: 'mail' });
    const [answer] = stand.night.sent;
    expect(answer).toMatchObject({ to: 'email Ann', subject: '[#1] No mail' });
    expect(answer!.text).toMatch(
      /as ticket 1[\s\S]*Set up your email program: https:\/\/support.example.com\/mail/,
    );
    await stand.mail('And no web');
    expect(stand.night.sent.at(-1)!.subject).toBe('[#2] And no web');
    expect(stand.night.sent.at(-1)!.text).toContain('https://support.example.com');
    await stand.agent(1, { is: 'change', change: { priority: 'high' } }, 'maria');
    await stand.agent(1, { is: 'assign', to: 'devon' }, 'maria');
    expect(stand.sent('email Devon')).toEqual(['Tue 27 10:00 Assigned to you: No mail']);
    // What is open, tracked and lately closed stands in the portal.
    expect(
      (await stand.night.store.desk.list({ limit: 10, customer: 'Acme' })).items.map(({ number }) => number),
    ).toEqual([2, 1]);
  });

  test('V12 planned maintenance raises no alarm', async () => {
    const stand = await begin(
      '2026-10-31T22:00',
      `${DESK}maintenance: [{ name: disks, targets: [shop], from: 2026-10-31T23:00, to: 2026-11-01T03:00, timezone: America/Toronto }]\n`,
    );
    await stand.until('2026-10-31T23:30');
    stand.down('shop');
    await stand.until('2026-11-01T02:30');
    stand.up('shop');
    await stand.until('2026-11-01T04:00');
    expect(await stand.night.incidents()).toEqual([]);
    expect(stand.night.sent).toEqual([]);
  });

  test('the week, minute by minute', async () => {
    const stand = await begin(
      '2026-10-25T00:00',
      `${HOLIDAYS}${DESK}maintenance: [{ name: disks, targets: [shop], from: 2026-10-31T23:00, to: 2026-11-01T03:00, timezone: America/Toronto }]\n`,
      true,
    );
    // Sunday, when Europe's clocks change: a VIP's outage in the night. Nobody works on it for an hour and a half.
    await stand.until('2026-10-25T03:00');
    stand.down('shop');
    await stand.until('2026-10-25T04:30');
    await stand.act('shop', 'maria', { is: 'acknowledge' });
    await stand.until('2026-10-25T05:30');
    stand.up('shop');
    // A mail on Sunday: its clock begins on Tuesday, for Monday is a holiday.
    await stand.until('2026-10-25T14:00');
    await stand.mail('Mail quota', 'How much?', 'Bob <bob@globex.example>');
    // Tuesday: high, with four hours to answer.
    await stand.until('2026-10-27T10:00');
    await stand.portal({ subject: 'Slow shop', priority: 'high' });
    await stand.until('2026-10-27T10:15');
    await stand.agent(3, { is: 'assign', to: 'devon' }, 'maria');
    await stand.until('2026-10-27T13:30');
    await stand.agent(3, { is: 'reply', text: 'A disk is full.' });
    await stand.until('2026-10-28T09:00');
    await stand.agent(2, { is: 'assign', to: 'ines' }, 'ines');
    await stand.until('2026-10-28T10:00');
    await stand.agent(2, { is: 'reply', text: 'Five gigabytes.', then: 'resolved' }, 'ines');
    // Friday at four: high again, and nobody answers over the weekend on which America's clocks change.
    await stand.until('2026-10-30T16:00');
    await stand.portal({ subject: 'Wrong prices', priority: 'high' });
    // A weekend outage of a customer without VIP: paged and told as well.
    await stand.until('2026-10-31T14:00');
    stand.down('mail');
    await stand.until('2026-10-31T14:10');
    await stand.act('mail', 'maria', { is: 'acknowledge' });
    await stand.until('2026-10-31T15:00');
    stand.up('mail');
    // Planned work in the night of 25 hours.
    await stand.until('2026-10-31T23:30');
    stand.down('shop');
    await stand.until('2026-11-01T02:30');
    stand.up('shop');
    await stand.until('2026-11-02T12:00');
    expect(await stand.timeline()).toEqual([
      // The first failed probe at 03:05, two more at the pace of doubt; the ticket, the page and the call for help at once.
      'Sun 25 03:06 ticket 1 opened by Watchdesk',
      'Sun 25 03:06 sms Maria: URGENT shop (Acme) down since 03:05',
      'Sun 25 03:06 slack support-team: URGENT shop (Acme) down since 03:05',
      // The customer a quarter of an hour later, and every hour from then on.
      'Sun 25 03:21 ticket 1 reply by Watchdesk',
      'Sun 25 03:21 email Acme: shop: unavailable since 03:05 (America/Toronto)',
      // An hour without anybody.
      'Sun 25 04:06 sms Maria: URGENT shop (Acme) still down since 03:05, unacknowledged',
      'Sun 25 04:06 voice Maria: URGENT shop (Acme) still down since 03:05, unacknowledged',
      'Sun 25 04:21 ticket 1 reply by Watchdesk',
      'Sun 25 04:21 email Acme: shop: unavailable since 03:05 (America/Toronto)',
      // Maria has it: the ticket is hers, nobody is paged any more, and she is reminded that a status is due.
      'Sun 25 04:30 ticket 1 assigned maria by Watchdesk',
      'Sun 25 04:30 ticket 1 state open by Watchdesk',
      'Sun 25 05:11 email Maria: URGENT shop (Acme): customer update goes out at 05:21, nothing new to report yet',
      'Sun 25 05:21 ticket 1 reply by Watchdesk',
      'Sun 25 05:21 email Acme: shop: unavailable since 03:05 (America/Toronto)',
      'Sun 25 05:35 ticket 1 reply by Watchdesk',
      'Sun 25 05:35 ticket 1 state resolved by Watchdesk',
      'Sun 25 05:35 email Acme: shop is available again',
      'Sun 25 05:35 sms Maria: RECOVERED shop (Acme) up since 05:35 after 2 h 30 min',
      'Sun 25 05:35 slack support-team: RECOVERED shop (Acme) up since 05:35 after 2 h 30 min',
      'Sun 25 05:35 voice Maria: RECOVERED shop (Acme) up since 05:35 after 2 h 30 min',
      'Sun 25 14:00 ticket 2 opened by Bob',
      'Sun 25 14:00 email Bob: [#2] Mail quota',
      'Tue 27 10:00 ticket 3 opened by Ann',
      'Tue 27 10:00 email Ann: [#3] Slow shop',
      'Tue 27 10:15 ticket 3 assigned devon by maria',
      'Tue 27 10:15 ticket 3 state open by maria',
      'Tue 27 10:15 email Devon: [#3] Slow shop',
      // Three of four hours are used up.
      'Tue 27 13:00 email Devon: HIGH desk ticket 3 (Acme): first response is due 14:00, not sent yet',
      'Tue 27 13:30 ticket 3 reply by devon',
      'Tue 27 13:30 ticket 3 state in-progress by devon',
      'Tue 27 13:30 email Ann: [#3] Slow shop',
      // One working day: Sunday and the holiday do not count, Tuesday does from 08:00 to 17:00.
      'Tue 27 17:00 slack support-team: MEDIUM desk ticket 2 (Globex): acknowledgement was due 17:00, unacknowledged: Mail quota',
      'Wed 28 09:00 ticket 2 assigned ines by ines',
      'Wed 28 09:00 ticket 2 state open by ines',
      'Wed 28 10:00 ticket 2 reply by ines',
      'Wed 28 10:00 ticket 2 state in-progress by ines',
      'Wed 28 10:00 ticket 2 state resolved by ines',
      'Wed 28 10:00 email Bob: [#2] Mail quota',
      // A working day after the answer: it is not to be laid aside.
      'Wed 28 13:30 email Devon: HIGH desk ticket 3 (Acme): customer update was due 13:30, not sent yet',
      'Fri 30 16:00 ticket 4 opened by Ann',
      'Fri 30 16:00 email Ann: [#4] Wrong prices',
      'Sat 31 14:07 ticket 5 opened by Watchdesk',
      'Sat 31 14:07 sms Maria: URGENT mail (Globex) down since 14:06',
      'Sat 31 14:07 slack support-team: URGENT mail (Globex) down since 14:06',
      'Sat 31 14:10 ticket 5 assigned maria by Watchdesk',
      'Sat 31 14:10 ticket 5 state open by Watchdesk',
      'Sat 31 14:22 ticket 5 reply by Watchdesk',
      'Sat 31 14:22 email Globex: mail: unavailable since 14:06 (America/Toronto)',
      'Sat 31 15:06 ticket 5 reply by Watchdesk',
      'Sat 31 15:06 ticket 5 state resolved by Watchdesk',
      'Sat 31 15:06 email Globex: mail is available again',
      'Sat 31 15:06 sms Maria: RECOVERED mail (Globex) up since 15:06 after 1 h',
      'Sat 31 15:06 slack support-team: RECOVERED mail (Globex) up since 15:06 after 1 h',
      // Planned work in the night of 25 hours: nothing. An hour of Friday, and three of Monday.
      'Mon 02 11:00 sms Maria: HIGH desk ticket 4 (Acme): first response was due 11:00, not sent yet',
    ]);
    expect(stand.night.said.filter((line) => line.startsWith('promise') && line.endsWith('missed'))).toEqual([
      'promise acknowledge urgent missed',
      'promise acknowledge medium missed',
      'promise update high missed',
      'promise respond high missed',
    ]);
  });
});
