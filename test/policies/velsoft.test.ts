import { describe, expect, test } from 'vitest';
import { PolicyStand } from './policy-stand.ts';

/* S: product support in two levels, by Atlantic time. */
const HOLIDAYS = `
calendars: { support-hours: { timezone: America/Halifax, hours: [{ days: mon-fri, from: "08:00", to: "16:30" }], holidays: [CA-NS, AT] } }
`;
const begin = (from = '2026-10-27T10:00', more = '') =>
  PolicyStand.begin({
    policy: 'velsoft',
    plans: ['standard', 'standard'],
    zone: 'America/Halifax',
    from,
    more,
    isLong: true,
  });

describe('S: Velsoft', () => {
  test('S1 support is open Monday to Friday, 8:00 to 16:30 Atlantic time, except public holidays in Canada and abroad', async () => {
    // Labour Day is on Monday, 7 September.
    const own = await begin('2026-09-04T16:00');
    await own.portal({ subject: 'x', priority: 'medium' });
    await own.until('2026-09-08T08:00');
    expect(await own.clock(1, 'acknowledge')).toBe('acknowledge running 30 of 120 min');
    await own.until('2026-09-08T09:00');
    expect(await own.clock(1, 'acknowledge')).toBe('acknowledge running 90 of 120 min');
    // With an office abroad its holidays count, too.
    const stand = await begin('2026-10-23T16:00', HOLIDAYS);
    await stand.portal({ subject: 'x', priority: 'medium' });
    await stand.until('2026-10-26T12:00');
    // Half an hour of Friday; the weekend and Austria's national day do not count.
    expect(await stand.clock(1, 'acknowledge')).toBe('acknowledge running 30 of 120 min');
    await stand.until('2026-10-27T09:00');
    expect(await stand.clock(1, 'acknowledge')).toBe('acknowledge running 90 of 120 min');
  });

  const PHONE = `hotline: { account_sid: AC${'0'.repeat(32)}, auth_token: a-token-for-the-test }\n`;

  test('S2 every contact becomes a numbered case, assigned to the team in rotation; low priority is treated as medium', async () => {
    const stand = await begin(undefined, PHONE);
    for (const subject of ['a', 'b', 'c']) await stand.portal({ subject, priority: 'low' });
    expect(await Promise.all([1, 2, 3].map(async (number) => (await stand.ticket(number)).assignee))).toEqual(
      ['devon', 'ines', 'devon'],
    );
    expect(await Promise.all([1, 2, 3].map(async (number) => (await stand.ticket(number)).priority))).toEqual(
      ['medium', 'medium', 'medium'],
    );
    expect((await stand.ticket(1)).wished).toEqual({ priority: 'low' });
    // Turns go on over a restart.
    await stand.night.crash();
    await stand.night.boot();
    await stand.portal({ subject: 'd' });
    expect((await stand.ticket(4)).assignee).toBe('ines');
    // By telephone, too.
    await stand.call('key', { Digits: '9' });
    await stand.call('pin', { Digits: '4711' });
    await stand.minutes(1);
    expect(await stand.ticket(5)).toMatchObject({
      origin: 'phone',
      customer: 'Acme',
      assignee: 'devon',
      priority: 'urgent',
    });
  });

  test('S3 high: acknowledged in 2 hours, first response in 4, resolved in a day; medium: 2 hours, 1 day, 3 days', async () => {
    const stand = await begin();
    await stand.portal({ subject: 'a', priority: 'high' });
    await stand.portal({ subject: 'b', priority: 'medium' });
    expect(await stand.clocks(1)).toEqual([
      'acknowledge running 0 of 120 min',
      'respond running 0 of 240 min',
      'resolve running 0 of 510 min',
    ]);
    expect(await stand.clocks(2)).toEqual([
      'acknowledge running 0 of 120 min',
      'respond running 0 of 510 min',
      'resolve running 0 of 1530 min',
    ]);
    // Given to somebody by the policy, it is not acknowledged by anybody.
    await stand.minutes(90);
    expect(stand.sent('email Devon').at(-1)).toMatch(/acknowledgement is due 11:00, unacknowledged/);
    // Nobody does: it is given to the next one.
    await stand.minutes(31);
    expect(await Promise.all([1, 2].map(async (number) => (await stand.ticket(number)).assignee))).toEqual([
      'ines',
      'devon',
    ]);
    await stand.agent(1, { is: 'note', text: 'I look into it' });
    expect(await stand.clock(1, 'acknowledge')).toBeUndefined();
  });

  test('S4 every interaction is recorded in an append-only history and sent to the CRM in order', async () => {
    const stand = await begin(
      undefined,
      `desk: { webhooks: { crm: { url: "http://127.0.0.1:1/", secret: a-secret-of-the-crm } } }\n`,
    );
    await stand.portal({ subject: 'a' });
    await stand.agent(1, { is: 'note', text: 'only for us' });
    await stand.agent(1, { is: 'reply', text: 'For you' });
    await stand.agent(1, { is: 'state', to: 'resolved' });
    const { items } = await stand.night.store.effects({ limit: 50, incident: 'desk-1', kinds: ['event'] });
    expect(items.toReversed().map(({ content }) => (content as { event: string }).event)).toEqual([
      'ticket.opened',
      'ticket.noted',
      'ticket.replied',
      'ticket.resolved',
    ]);
    expect(JSON.stringify(items)).not.toContain('only for us');
    const entries = await stand.night.store.desk.entries(1);
    expect(entries.map(({ event }) => event)).toEqual([
      'opened',
      'automatic-answer',
      'assigned',
      'note',
      'state',
      'reply',
      'state',
    ]);
    await stand.night.crash();
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(stand.night.storePath);
    for (const sql of ["UPDATE desk_entries SET document = '{}'", 'DELETE FROM desk_entries']) {
      expect(() => database.exec(sql)).toThrow('the trail of a ticket is never changed');
    }
    database.close();
    await stand.night.boot();
  });

  test('S5 the client is told the resolution; the case is closed as resolved and kept', async () => {
    const stand = await begin('2026-10-23T10:00');
    await stand.portal({ subject: 'a' });
    await stand.agent(1, { is: 'reply', text: 'A new version mends it.', then: 'resolved' });
    const last = stand.night.sent.at(-1)!;
    expect([last.to, last.subject]).toEqual(['email Ann', '[#1] a']);
    expect(last.text).toMatch(/A new version mends it\.[\s\S]*The ticket is resolved/);
    await stand.until('2026-10-28T10:05');
    expect((await stand.ticket(1)).state.is).toBe('closed');
    expect((await stand.night.store.desk.list({ limit: 5, customer: 'Acme' })).items).toHaveLength(1);
  });

  test('the week, minute by minute', async () => {
    const stand = await begin('2026-10-25T00:00', HOLIDAYS);
    // A case on Sunday; Monday is a holiday abroad.
    await stand.until('2026-10-25T20:00');
    await stand.portal({ subject: 'It stops', priority: 'high' });
    await stand.until('2026-10-27T09:00');
    await stand.agent(1, { is: 'note', text: 'I see it' }, 'devon');
    // Nobody answers: given to the next one, who does.
    await stand.until('2026-10-27T12:30');
    await stand.agent(1, { is: 'reply', text: 'We have found it.' }, 'ines');
    await stand.until('2026-10-27T15:00');
    await stand.agent(1, { is: 'reply', text: 'Version 2 mends it.', then: 'resolved' }, 'ines');
    // Friday at four: half an hour is left of the week, and the clocks change before Monday.
    await stand.until('2026-10-30T16:00');
    await stand.portal({ subject: 'How do I print?', priority: 'low' }, 'Bob', 'Globex');
    // An outage at the weekend: the ticket and the page, though this policy promises nothing for it.
    await stand.until('2026-10-31T03:00');
    stand.down('shop');
    await stand.until('2026-10-31T04:00');
    stand.up('shop');
    await stand.until('2026-11-02T12:00');
    expect(await stand.timeline()).toEqual([
      // Outside hours: a number and somebody who has it at once; the clocks begin on Tuesday at eight, for Monday is a holiday.
      'Sun 25 20:00 ticket 1 opened by Ann',
      'Sun 25 20:00 ticket 1 assigned devon by Policy',
      'Sun 25 20:00 email Ann: [#1] It stops',
      'Sun 25 20:00 email Devon: [#1] It stops',
      // Within two hours of Tuesday: acknowledged. No public word yet.
      'Tue 27 09:00 ticket 1 note by devon',
      'Tue 27 09:00 ticket 1 state in-progress by devon',
      // Three of four hours for an answer are used up; with the fourth it goes to the next one.
      'Tue 27 11:00 email Devon: HIGH desk ticket 1 (Acme): first response is due 11:00, not sent yet',
      'Tue 27 12:00 ticket 1 assigned ines by Policy',
      'Tue 27 12:00 email Ines: [#1] It stops',
      'Tue 27 12:30 ticket 1 reply by ines',
      'Tue 27 12:30 email Ann: [#1] It stops',
      // Three quarters of a working day of eight and a half hours: 6 h 22 min. Devon and Ines read Toronto's time.
      'Tue 27 14:22 email Ines: HIGH desk ticket 1 (Acme): resolution is due 15:30, not resolved yet',
      'Tue 27 15:00 ticket 1 reply by ines',
      'Tue 27 15:00 ticket 1 state resolved by ines',
      'Tue 27 15:00 email Ann: [#1] It stops',
      // Low is treated as medium, and half an hour is left of the week.
      'Fri 30 16:00 ticket 2 opened by Bob',
      'Fri 30 16:00 ticket 2 assigned devon by Policy',
      'Fri 30 16:00 email Bob: [#2] How do I print?',
      'Fri 30 16:00 email Devon: [#2] How do I print?',
      // An outage is ticketed, paged and told of as everywhere.
      'Sat 31 03:06 ticket 3 opened by Watchdesk',
      'Sat 31 03:06 sms Maria: URGENT shop (Acme) down since 02:05',
      'Sat 31 03:21 ticket 3 reply by Watchdesk',
      'Sat 31 03:21 email Acme: shop: unavailable since 03:05 (America/Halifax)',
      'Sat 31 04:05 ticket 3 reply by Watchdesk',
      'Sat 31 04:05 ticket 3 state resolved by Watchdesk',
      'Sat 31 04:05 email Acme: shop is available again',
      'Sat 31 04:05 sms Maria: RECOVERED shop (Acme) up since 03:05 after 1 h',
      // Five days of 24 hours after Tuesday 15:00, one of which had 25.
      'Sun 01 14:00 ticket 1 state closed by Policy',
      // Half an hour of Friday and one of Monday: 90 of 120 minutes.
      'Mon 02 09:00 email Devon: MEDIUM desk ticket 2 (Globex): acknowledgement is due 08:30, unacknowledged',
      // Nobody did: it goes to the next one.
      'Mon 02 09:30 ticket 2 assigned ines by Policy',
      'Mon 02 09:30 email Ines: [#2] How do I print?',
    ]);
  });
});
