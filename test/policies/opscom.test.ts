import { describe, expect, test } from 'vitest';
import { PaperHelpdesk } from '../support/paper-helpdesk.ts';
import { PolicyStand } from './policy-stand.ts';

/* O: after hours for critical problems alone. Acme is Premium, Globex is Standard Plus. */
const MORE = `
hotline: { account_sid: AC${'0'.repeat(32)}, auth_token: a-token-for-the-test, forward_to: "+12895550100" }
`;
const begin = (
  from = '2026-10-27T10:00',
  more = MORE,
  helpdesks?: Parameters<typeof PolicyStand.begin>[0]['helpdesks'],
) =>
  PolicyStand.begin({
    policy: 'opscom',
    plans: ['premium', 'standard-plus'],
    zone: 'America/Toronto',
    from,
    more,
    isLong: true,
    ...(helpdesks && { helpdesks }),
  });

describe('O: OPS-COM', () => {
  test('O1 after hours, critical problems are triaged within 15 minutes and get an update with an estimate within the hour', async () => {
    const stand = await begin('2026-10-31T22:00');
    await stand.until('2026-10-31T22:30');
    stand.down('shop');
    await stand.minutes(12);
    const [incident] = await stand.night.incidents();
    expect(await stand.clock(1, 'acknowledge')).toMatch(/of 15 min$/);
    expect(stand.sent('sms Devon')).toHaveLength(1);
    // Not triaged in time: paged again, and the escalation points with it.
    await stand.minutes(20);
    expect(stand.night.said).toContain('promise acknowledge urgent missed');
    expect(stand.sent('sms Maria').length).toBeGreaterThan(0);
    await stand.act('shop', 'devon', { is: 'acknowledge' });
    await stand.act('shop', 'devon', { is: 'estimate', at: incident!.openedAt + 3 * 3_600_000 });
    await stand.minutes(45);
    const told = stand.night.sent.filter(({ to }) => to === 'email Acme');
    expect(told[0]!.at - incident!.openedAt).toBeLessThanOrEqual(3_600_000 + 2_000);
    expect(told[0]!.text).toContain('We expect it to be fixed by');
    // Triaged, and nothing is said: reminded a quarter of an hour before, and the status says so.
    stand.down('mail');
    await stand.minutes(12);
    const second = (await stand.night.incidents())[1]!;
    await stand.act('mail', 'devon', { is: 'acknowledge' });
    await stand.minutes(50);
    const minutesAfter = ({ at }: { at: number }) => Math.round((at - second.openedAt) / 60_000);
    const nudges = stand.night.sent.filter(
      ({ to, text }) =>
        to === 'email Devon' && text.includes('mail') && text.includes('nothing new to report'),
    );
    expect(nudges.map(minutesAfter)).toEqual([30]);
    const [first] = stand.night.sent.filter(({ to }) => to === 'email Globex');
    expect([minutesAfter(first!), first!.text]).toEqual([
      45,
      expect.stringContaining("We don't have an estimate yet"),
    ]);
    expect(stand.night.said).not.toContain('promise update urgent missed');
    // At other priorities nothing rings after hours.
    await stand.portal({ subject: 'A question', priority: 'high' });
    expect(await stand.clocks(3)).toEqual(['acknowledge running 0 of 480 min']);
  });

  test('O2 phone support is for Premium from 9 to 5 Eastern; Standard Plus uses email', async () => {
    const stand = await begin();
    expect(await stand.call('start', {})).toContain('For anything else, stay on the line');
    const globex = await stand.call('start', { From: '+12895550888' });
    expect(globex).toContain('Hello, Globex. Please email us.');
    expect(globex).not.toContain('stay on the line');
    // 9 is for everybody.
    expect(await stand.call('key', { From: '+12895550888', Digits: '9' })).toContain(
      'We have opened an urgent ticket',
    );
    await stand.until('2026-10-27T17:01');
    expect(await stand.call('start', {})).toContain(
      'We are currently closed. Support opens on Wednesday at 09:00.',
    );
  });

  test('O3 a bug is handed over to the tracker, linked both ways; the client is notified when it is fixed', async () => {
    const paper = new PaperHelpdesk();
    const stand = await begin();
    const desk = stand.night.config.deskSettings;
    await stand.night.reconfigure({
      helpdesks: [...stand.night.config.helpdesks, paper.configured({ name: 'jira', when: { tags: [] } })],
      deskSettings: { ...desk, rules: { ...desk.rules, bugs: 'jira' } },
    });
    await stand.portal({ subject: 'Permits are lost', severity: 2 });
    await stand.agent(1, { is: 'change', change: { tier: 2, severity: 1 } }, 'maria');
    await stand.night.settled(
      stand.night.components.office.bugs.hand(await stand.ticket(1), 'maria').then(() => {}),
    );
    await stand.minutes(2);
    expect(paper.tickets).toHaveLength(1);
    expect(paper.tickets[0]!.body).toContain(
      'Conversation with the customer: http://127.0.0.1:8080/tickets/1',
    );
    expect((await stand.ticket(1)).links).toEqual([expect.objectContaining({ kind: 'paper', to: '1' })]);
    await stand.agent(1, { is: 'reply', text: 'We expect it to be mended on Friday.' });
    paper.byHuman('1', { status: 'resolved' });
    await stand.minutes(15);
    expect(stand.night.sent.at(-1)!.text).toMatch(/has been fixed \(1\)\. Please try it/);
    expect(await stand.night.components.office.bugs.hand(await stand.ticket(1), 'maria')).toMatchObject({
      is: 'refused',
    });
  });

  test('O4 three front-line engineers take tickets in rotation, with two escalation contacts behind them', async () => {
    const stand = await begin();
    for (const subject of ['a', 'b', 'c', 'd']) await stand.portal({ subject });
    expect(
      await Promise.all([1, 2, 3, 4].map(async (number) => (await stand.ticket(number)).assignee)),
    ).toEqual(['maria', 'devon', 'ines', 'maria']);
    const { rules } = stand.night.config.deskSettings;
    expect([rules.tiers, stand.night.config.teams.get('escalation')!.members]).toEqual([
      { 1: 'front-line', 2: 'escalation' },
      ['maria', 'devon'],
    ]);
    await stand.agent(1, { is: 'change', change: { tier: 2, team: 'escalation' } });
    expect(await stand.ticket(1)).toMatchObject({ tier: 2, team: 'escalation' });
  });

  test('O5 a critical problem can be reported on the status page even while everything else is down', async () => {
    const stand = await begin('2026-10-31T22:00');
    stand.night.world.uplink = false;
    expect(stand.night.config.status?.takesReports).toBe(true);
    const taken = await stand.night.settled(
      stand.night.components.reports.take(
        { name: 'Ann', contact: '+1 555 0100', text: 'Nobody can park' },
        'form-1',
      ),
    );
    expect(taken).toBeDefined();
    await stand.minutes(1);
    expect(stand.sent('sms Devon').length).toBeGreaterThan(0);
  });

  test('the week, minute by minute', async () => {
    const stand = await begin(
      '2026-10-25T00:00',
      `${MORE}calendars: { office: { timezone: America/Toronto, hours: [{ days: mon-fri, from: "09:00", to: "17:00" }], holidays: [CA-ON, AT] } }\n`,
    );
    // Monday is a holiday: a question waits until Tuesday.
    await stand.until('2026-10-26T11:00');
    await stand.portal({ subject: 'How do I void a permit?' });
    await stand.until('2026-10-27T10:00');
    await stand.agent(1, { is: 'reply', text: 'By the button.', then: 'resolved' }, 'maria');
    // Saturday night, the hour before the clocks change: critical.
    await stand.until('2026-11-01T00:30');
    stand.down('shop');
    await stand.until('2026-11-01T00:40');
    await stand.act('shop', 'devon', { is: 'acknowledge' });
    await stand.act('shop', 'devon', { is: 'estimate', at: Date.parse('2026-11-01T07:00:00Z') });
    // Half past one, the second time.
    await stand.until('2026-11-01T01:30-05:00');
    stand.up('shop');
    await stand.until('2026-11-02T12:00');
    expect(await stand.timeline()).toEqual([
      // A holiday: nothing rings until Tuesday 17:00, and it is answered before.
      'Mon 26 11:00 ticket 1 opened by Ann',
      'Mon 26 11:00 ticket 1 assigned maria by Policy',
      'Mon 26 11:00 email Ann: [#1] How do I void a permit?',
      'Mon 26 11:00 email Maria: [#1] How do I void a permit?',
      'Tue 27 10:00 ticket 1 reply by maria',
      'Tue 27 10:00 ticket 1 state in-progress by maria',
      'Tue 27 10:00 ticket 1 state resolved by maria',
      'Tue 27 10:00 email Ann: [#1] How do I void a permit?',
      // Critical, after hours: the person on call at once, and nobody else, for Devon has it within a quarter of an hour.
      'Sun 01 00:36 ticket 2 opened by Watchdesk',
      'Sun 01 00:36 sms Devon: URGENT shop (Acme) down since 00:35',
      'Sun 01 00:40 ticket 2 assigned devon by Watchdesk',
      'Sun 01 00:40 ticket 2 state open by Watchdesk',
      // The first 01:21 of that night: the status with the estimate, of which Devon need not be reminded.
      'Sun 01 01:21 ticket 2 reply by Watchdesk',
      'Sun 01 01:21 email Acme: shop: unavailable since 00:35 (America/Toronto)',
      // The second 01:06 is a quarter of an hour before the next one is due, at the second 01:21.
      'Sun 01 01:06 email Devon: URGENT shop (Acme): customer update goes out at 01:21, nothing new to report yet',
      'Sun 01 01:21 ticket 2 reply by Watchdesk',
      'Sun 01 01:21 email Acme: shop: unavailable since 00:35 (America/Toronto)',
      // Two hours after it began, whatever the wall says.
      'Sun 01 01:35 ticket 2 reply by Watchdesk',
      'Sun 01 01:35 ticket 2 state resolved by Watchdesk',
      'Sun 01 01:35 email Acme: shop is available again',
      'Sun 01 01:35 sms Devon: RECOVERED shop (Acme) up since 01:35 after 2 h',
    ]);
  });
});
