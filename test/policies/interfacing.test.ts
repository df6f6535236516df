import { describe, expect, test } from 'vitest';
import { MAIL_IN, PolicyStand } from './policy-stand.ts';

/* P: requests and reports by a formal procedure, the portal first. */
const begin = (from = '2026-10-27T10:00') =>
  PolicyStand.begin({
    policy: 'interfacing',
    plans: ['standard', 'standard'],
    zone: 'Europe/Vienna',
    from,
    more: `desk: { ${MAIL_IN} }\nhotline: { account_sid: AC${'0'.repeat(32)}, auth_token: a-token-for-the-test }\n`,
    isLong: true,
  });
const FIELDS = { component: 'Modeler' };

describe('P: Interfacing', () => {
  test('P1 a portal form opens a ticket, an email confirms it with its number, and the account manager creates the users', async () => {
    const stand = await begin();
    const rules = stand.night.config.deskSettings.rules;
    expect(rules.asksSeverity).toBe(true);
    expect(rules.fields.map(({ label, requiredFor }) => [label, requiredFor])).toEqual([
      ['Product component', ['fault', 'request', 'question']],
    ]);
    await stand.portal({ subject: 'It prints blank pages', type: 'fault', severity: 2, fields: FIELDS });
    expect(stand.night.sent.map(({ to, subject }) => [to, subject])).toEqual([
      ['email Ann', '[#1] It prints blank pages'],
    ]);
    const { access } = stand.night.components;
    const made = await stand.night.settled(
      access.addUser(
        { name: 'Ann', email: 'Ann@acme.example', role: 'customer', customer: 'Acme' },
        'the account manager',
      ),
    );
    expect(access.usersOf('Acme')).toEqual([
      expect.objectContaining({ id: made!.id, email: 'ann@acme.example', createdBy: 'the account manager' }),
    ]);
    expect(access.usersOf('Globex')).toEqual([]);
  });

  test('P2 a ticket goes from Opened to Closed with status, comments and documents; the assignee closes it', async () => {
    const stand = await begin();
    expect(stand.night.config.deskSettings.rules.names).toMatchObject({ new: 'Opened', closed: 'Closed' });
    const { kept } = await stand.night.settled(
      stand.night.components.office.attachments.keep([{ name: 'plan.txt', bytes: Buffer.from('a plan') }]),
    );
    await stand.portal({ subject: 'a', fields: FIELDS });
    await stand.agent(1, { is: 'assign', to: 'devon' });
    await stand.agent(1, { is: 'reply', text: 'See the plan', attachments: kept });
    const early = stand.agent(1, { is: 'state', to: 'closed' }, 'ines');
    await expect(early).rejects.toThrow('ticket 1 is assigned to devon, and only the assignee may close it');
    await stand.agent(1, { is: 'state', to: 'closed' });
    const entries = await stand.night.store.desk.entries(1);
    expect(
      entries
        .filter(({ isPublic }) => isPublic)
        .map(({ event, text }) => `${event} ${event === 'automatic-answer' ? '' : text}`.trim()),
    ).toEqual([
      'opened',
      'automatic-answer',
      'state open',
      'reply See the plan',
      'state in-progress',
      'state closed',
    ]);
    expect(
      entries.flatMap(({ attachments = [] }) => attachments.map(({ name, type }) => [name, type])),
    ).toEqual([['plan.txt', 'text/plain; charset=utf-8']]);
  });

  test('P3 email and phone open no formal ticket; unverified people can still report an outage', async () => {
    const stand = await begin();
    await stand.mail('How do I print?');
    expect(await stand.ticket(1)).toMatchObject({ type: 'quick question', requester: { verifiedBy: 'no' } });
    expect(stand.night.sent).toEqual([]);
    // Support makes one of it.
    // But not one that is done on somebody's word alone.
    const asked = stand.agent(1, { is: 'change', change: { type: 'request' } });
    await expect(asked).rejects.toThrow(/is not verified, which the type request requires/);
    await stand.agent(1, { is: 'change', change: { type: 'question' } });
    expect((await stand.ticket(1)).type).toBe('question');
    // By telephone: without the PIN nobody is verified, and an outage is taken all the same.
    await stand.call('key', { Digits: '9' });
    await stand.call('pin', { Digits: '' });
    await stand.minutes(1);
    expect(await stand.ticket(2)).toMatchObject({ priority: 'urgent', customer: 'Acme' });
    expect((await stand.ticket(2)).body).not.toContain('PIN verified');
    // In the portal we know who asks.
    await stand.portal({ subject: 'Another user, please', type: 'request', fields: FIELDS });
    expect((await stand.ticket(3)).type).toBe('request');
  });

  test('the week, minute by minute', async () => {
    const stand = await begin('2026-10-25T00:00');
    // In the hour that comes twice in Vienna: the second of the two.
    await stand.until('2026-10-25T02:30+01:00');
    await stand.portal({ subject: 'Blank pages', type: 'fault', fields: FIELDS });
    await stand.until('2026-10-26T10:00');
    await stand.agent(1, { is: 'assign', to: 'devon' }, 'devon');
    await stand.until('2026-10-27T09:00');
    await stand.mail('A quick one', 'Where is the manual?', 'Bob <bob@globex.example>');
    await stand.until('2026-10-27T09:05');
    await stand.agent(2, { is: 'reply', text: 'Under Help.', then: 'resolved' }, 'ines');
    await stand.until('2026-10-28T16:00');
    await stand.agent(1, { is: 'reply', text: 'Mended.' }, 'devon');
    await stand.until('2026-10-28T16:10');
    await stand.agent(1, { is: 'state', to: 'closed' }, 'devon');
    await stand.until('2026-10-31T03:00');
    stand.down('shop');
    await stand.until('2026-10-31T04:00');
    stand.up('shop');
    await stand.until('2026-11-02T12:00');
    expect(await stand.timeline()).toEqual([
      // The second half past two of that night; confirmed with its number.
      'Sun 25 02:30 ticket 1 opened by Ann',
      'Sun 25 02:30 email Ann: [#1] Blank pages',
      'Mon 26 10:00 ticket 1 assigned devon by devon',
      'Mon 26 10:00 ticket 1 state open by devon',
      // By mail: a quick question, without a confirmation, answered all the same.
      'Tue 27 09:00 ticket 2 opened by Bob',
      'Tue 27 09:05 ticket 2 reply by ines',
      'Tue 27 09:05 ticket 2 state in-progress by ines',
      'Tue 27 09:05 ticket 2 state resolved by ines',
      'Tue 27 09:05 email Bob: [#2] A quick one',
      'Wed 28 16:00 ticket 1 reply by devon',
      'Wed 28 16:00 ticket 1 state in-progress by devon',
      'Wed 28 16:00 email Ann: [#1] Blank pages',
      // From Opened to Closed, by the assignee.
      'Wed 28 16:10 ticket 1 state closed by devon',
      'Wed 28 16:10 email Ann: [#1] Blank pages',
      'Sat 31 03:06 ticket 3 opened by Watchdesk',
      'Sat 31 03:06 sms Maria: URGENT shop (Acme) down since 22:05',
      'Sat 31 03:21 ticket 3 reply by Watchdesk',
      'Sat 31 03:21 email Acme: shop: unavailable since 03:05 (Europe/Vienna)',
      'Sat 31 04:05 ticket 3 reply by Watchdesk',
      'Sat 31 04:05 ticket 3 state resolved by Watchdesk',
      'Sat 31 04:05 email Acme: shop is available again',
      'Sat 31 04:05 sms Maria: RECOVERED shop (Acme) up since 23:05 after 1 h',
    ]);
  });
});
