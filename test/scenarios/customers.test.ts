import { describe, expect, test } from 'vitest';
import { DEFAULT_TEMPLATES } from '../../src/core/customer-text.ts';
import type { HumanAction } from '../../src/core/human-action.ts';
import { Night, tcpTargets } from '../support/night.ts';
import { PaperHelpdesk } from '../support/paper-helpdesk.ts';

const ACME = `customer: { name: Acme Ltd, contact: it@acme.example, timezone: America/Toronto }\n`;
const MORE = 'channels: { email: { type: email, host: 127.0.0.1, port: 1, from: "watch@provider.example" } }';

const begin = (more = '', targets: Record<string, string> = { acme: ACME + tcpTargets(['shop']) }) =>
  Night.begin({ targets, more: MORE + more });

const mails = (night: Night) =>
  night.sent.filter(({ to }) => to.startsWith('email ') && to !== 'email Maria Chen');
/** Below the greeting. */
const said = (text: string) => text.replace(/^Hello,\n\n/, '');
const at = (night: Night) => mails(night).map(({ at: ms }) => new Date(ms).toISOString().slice(11, 16));
const act = async (night: Night, action: HumanAction) =>
  night.settled(night.components.keeper.act((await night.incidents())[0]!, 'maria', action));

describe('customers are kept told', () => {
  test('at least hourly until it is over, then once more, on the ticket and by mail, in their own time', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(200);
    expect(at(night)).toEqual(['22:15', '23:15', '00:15', '01:15']);
    expect(mails(night)[0]!.text).toMatch(
      /^Hello,\n\nshop has been unavailable since 17:0\d \(America\/Toronto\)\. Cause so far: connection refused\.\nOur on-call engineer has been paged\.\nWe don't have an estimate yet\.\nNext update by 18:1\d \(America\/Toronto\)/,
    );
    expect(mails(night)[0]!.text).toMatch(/Ticket 1\.\n\nKind regards,\nYour support team$/);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(120);
    expect(mails(night)).toHaveLength(5);
    expect(mails(night)[4]!.text).toMatch(/^Hello,\n\nshop is available again\. Duration: 3 h/);
    const notes = await night.notes(1);
    expect(notes.filter((text) => text.includes('has been unavailable since'))).toHaveLength(4);
    expect(notes.at(-2)).toMatch(/shop is available again/);
  });

  test('as their own words have it, and signed by the provider', async () => {
    const night = await begin('\nprovider: Example Hosting', {
      acme: ACME + tcpTargets(['shop'], () => ', title: "Your web shop"'),
    });
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(20);
    const { subject, text } = mails(night)[0]!;
    expect(subject).toMatch(/^Your web shop: unavailable since/);
    expect(said(text)).toMatch(/^Your web shop has been unavailable since/);
    expect(text).toMatch(/\n\nKind regards,\nExample Hosting$/);
    expect(`${subject} ${text}`).not.toMatch(/\bshop-|URGENT|\[[A-Z0-9]{6}/);
  });

  test('an outage that ends before the first one is due is not spoken of', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(14);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(120);
    expect(mails(night)).toEqual([]);
    const [incident] = await night.incidents();
    const events = await night.store.events(incident!.id);
    expect(events.filter(({ event }) => event === 'customers-told')).toEqual([]);
  });

  test('the estimate of an engineer is in the next one, and what has passed is said to have passed', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(20);
    await act(night, { is: 'estimate', at: night.clock.now() + 90 * 60_000 });
    await night.minutes(60);
    expect(mails(night)[1]!.text).toMatch(
      /An engineer is working on it\.\nWe expect it to be fixed by 18:50 \(America\/Toronto\)\./,
    );
    await night.minutes(60);
    expect(mails(night)[2]!.text).toContain(
      'This is taking longer than our estimate of 18:50 (America/Toronto)',
    );
  });

  test('whoever has it is reminded ten minutes before, unless there is something new', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(20);
    await act(night, { is: 'acknowledge' });
    await night.minutes(50);
    const nudges = () => night.texts().filter((text) => text.includes('customer update goes out'));
    expect(nudges()).toEqual([
      expect.stringContaining('customer update goes out at 23:15, nothing new to report yet'),
    ]);
    await night.minutes(20);
    await act(night, { is: 'estimate', at: night.clock.now() + 3_600_000 });
    await night.minutes(50);
    expect(mails(night)).toHaveLength(3);
    expect(nudges()).toHaveLength(1);
  });

  test('a word of an engineer to the customer stands for the next status: never two for one hour', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(70);
    await act(night, { is: 'note', text: 'We are replacing the switch.', isPublic: true });
    await night.minutes(55);
    expect(at(night)).toEqual(['22:15', '23:10']);
    expect(mails(night)[1]!.text).toBe('We are replacing the switch.');
    await night.minutes(10);
    expect(at(night)).toEqual(['22:15', '23:10', '00:10']);
  });

  test('a kill or a stop of hours makes neither two nor none', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(16);
    await night.crash();
    await night.boot();
    await night.minutes(2);
    expect(mails(night)).toHaveLength(1);
    await night.crash();
    await night.clock.turn(5 * 3_600_000);
    await night.boot();
    await night.minutes(30);
    expect(mails(night)).toHaveLength(2);
  });

  test('a relapse within the hour is not told twice in it', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(18);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(5);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(50);
    expect(mails(night).filter(({ text }) => text.includes('has been unavailable'))).toHaveLength(1);
    await night.minutes(10);
    expect(mails(night).filter(({ text }) => text.includes('has been unavailable'))).toHaveLength(2);
  });

  test('every customer hears of their own targets, and of nobody else', async () => {
    const night = await begin('', {
      core: tcpTargets(['router']),
      acme:
        ACME + tcpTargets(['x', 'shop'], () => ', depends_on: [router]').replace(/ {2}- \{ name: x.*\n/, ''),
      zoo: `customer: { name: Zoo, contact: zoo@example.com }\n${tcpTargets(['x', 'y', 'till'], () => ', depends_on: [router]').replace(/ {2}- \{ name: [xy].*\n/g, '')}`,
    });
    night.world.behind('10.0.0.2', '10.0.0.1');
    night.world.behind('10.0.0.3', '10.0.0.1');
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(30);
    expect(await night.raised()).toEqual(['router open']);
    const texts = mails(night)
      .map(({ to, text }) => `${to}: ${said(text).split(' has')[0]}`)
      .sort();
    expect(texts).toEqual(['email Acme Ltd: shop', 'email Zoo: till']);
  });

  test('off is off; other words and paces are as the config says, and never slower than an hour', async () => {
    const night = await begin(
      '\ncustomer_updates: { every: 30m, first: 0s, nudge: 0s, templates: { update: "{targets} is out, {customer}." } }',
    );
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(35);
    expect(mails(night).map(({ text }) => text)).toEqual([
      'shop is out, Acme Ltd.',
      'shop is out, Acme Ltd.',
    ]);
    expect(DEFAULT_TEMPLATES.update).toContain('{next}');
    const late = await begin('\ncustomer_updates: { every: 20m, first: 50m }');
    late.world.stand('10.0.0.1', 'refusing');
    await late.minutes(25);
    expect(mails(late)).toHaveLength(1);
    const quiet = await begin('\ncustomer_updates: off');
    quiet.world.stand('10.0.0.1', 'refusing');
    await quiet.minutes(120);
    expect(mails(quiet)).toEqual([]);
  });
});

describe('a helpdesk that is down', () => {
  test('gets the last status alone when it is back, and none after the end', async () => {
    const paper = new PaperHelpdesk();
    const night = await Night.begin({
      targets: { acme: ACME + tcpTargets(['shop']) },
      helpdesks: [paper.configured({ fallbackAfterMs: 86_400_000 })],
    });
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(10);
    paper.isDown = true;
    await night.minutes(200);
    paper.isDown = false;
    await night.minutes(3);
    const replies = () => paper.tickets[0]!.notes.filter(({ isPublic }) => isPublic).map(({ text }) => text);
    expect(replies()).toEqual([expect.stringContaining('Next update by 21:15')]);
    paper.isDown = true;
    await night.minutes(60);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(5);
    paper.isDown = false;
    await night.minutes(5);
    expect(replies().slice(1)).toEqual([expect.stringContaining('shop is available again')]);
  });
});

describe('what is said is true', () => {
  test('that it works again is said only of what does', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(20);
    await act(night, { is: 'resolve' });
    await night.minutes(1);
    expect(mails(night).map(({ text }) => said(text).split('.')[0])).toEqual([
      expect.stringContaining('shop has been unavailable'),
      'The incident affecting shop has been closed by our engineers',
    ]);
  });

  test('a customer whose last target is taken out hears that, at the address they were told at', async () => {
    const night = await begin('', {
      acme: ACME + tcpTargets(['shop']),
      other: tcpTargets(['x', 'y']).replace(/ {2}- \{ name: x.*\n/, ''),
    });
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(20);
    const { targets } = night.config;
    await night.reconfigure({ targets: targets.filter(({ name }) => name !== 'shop') });
    await night.minutes(2);
    expect(mails(night).at(-1)!.text).toContain('has been closed: the service is no longer monitored');
  });

  test('what goes on failing when its router is back is not said to work', async () => {
    const night = await begin('', {
      core: tcpTargets(['router']),
      acme:
        ACME + tcpTargets(['x', 'shop'], () => ', depends_on: [router]').replace(/ {2}- \{ name: x.*\n/, ''),
    });
    night.world.behind('10.0.0.2', '10.0.0.1');
    night.world.stand('10.0.0.1', 'refusing');
    night.world.stand('10.0.0.2', 'refusing');
    await night.minutes(20);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(5);
    expect(await night.raised()).toEqual(['router resolved', 'shop open']);
    const texts = mails(night).map(({ text }) => text);
    expect(texts.filter((text) => text.includes('shop is available again'))).toEqual([]);
    expect(said(texts.at(-1)!)).toMatch(
      /^The service that shop depends on has recovered; anything still failing is handled as a new incident\.|^shop is now handled as a separate incident\./,
    );
  });

  test('of many, whose targets are back hears that, and nothing more', async () => {
    const night = await begin('\nincidents: { group_at: 2 }', {
      acme: ACME + tcpTargets(['shop'], () => ', site: hall-1'),
      zoo: `customer: { name: Zoo, contact: zoo@example.com }\n${tcpTargets(['x', 'till'], () => ', site: hall-1').replace(/ {2}- \{ name: x.*\n/, '')}`,
    });
    for (const host of ['10.0.0.1', '10.0.0.2']) night.world.stand(host, 'refusing');
    await night.minutes(20);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(180);
    const toAcme = mails(night).filter(({ to }) => to.endsWith('Acme Ltd'));
    const toZoo = mails(night).filter(({ to }) => to.endsWith('Zoo'));
    expect(toAcme.map(({ text }) => said(text).split('.')[0])).toEqual([
      expect.stringContaining('shop has been unavailable'),
      'shop is available again',
    ]);
    expect(toZoo.length).toBeGreaterThanOrEqual(3);
    expect(toZoo.every(({ text }) => said(text).startsWith('till'))).toBe(true);
  });

  test('switched off and on again it goes on, without a second one for the hour', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(20);
    const { updates } = night.config;
    await night.reconfigure({ updates: undefined });
    await night.minutes(100);
    expect(mails(night)).toHaveLength(1);
    await night.reconfigure({ updates });
    await night.minutes(20);
    expect(mails(night)).toHaveLength(2);
    await night.minutes(60);
    expect(mails(night)).toHaveLength(3);
  });
});

test('an outage that opened while statuses were off gets them when they are on', async () => {
  const night = await begin();
  const { updates } = night.config;
  await night.reconfigure({ updates: undefined });
  night.world.stand('10.0.0.1', 'refusing');
  await night.minutes(60);
  await night.reconfigure({ updates });
  await night.minutes(45);
  expect(mails(night)).toHaveLength(1);
});

describe('a third party', () => {
  test('is written to when an engineer says that the cause lies there', async () => {
    const night = await Night.begin({
      targets: {
        acme:
          ACME +
          tcpTargets(
            ['shop'],
            () => ', vendor: { name: Example Hosting, phone: "+1 555 0100", email: noc@hosting.example }',
          ),
      },
      more: MORE,
    });
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(5);
    await act(night, { is: 'vendor', text: 'Port 443 is closed at your edge.' });
    await night.minutes(1);
    expect(mails(night)).toEqual([
      expect.objectContaining({
        to: 'email Example Hosting',
        text: expect.stringContaining('Port 443 is closed at your edge.'),
      }),
    ]);
    expect((await night.notes(1)).at(-1)).toContain('Example Hosting has been emailed. Call +1 555 0100.');
  });

  test('that nobody has named is said to be none', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(5);
    expect((await act(night, { is: 'vendor' })).because).toBe('no-vendor');
  });
});
