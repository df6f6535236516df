import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { ticketStatus } from '../../src/core/desk/desk-ticket.ts';
import { Night, tcpTargets, isOnPostgres } from '../support/night.ts';
import { PaperHelpdesk } from '../support/paper-helpdesk.ts';

const ESCALATION = '{ urgent: [{ page: operations-manager, via: [sms], repeat: 60m }] }';

async function deskOf(night: Night) {
  const keys = (await night.incidents()).map(({ id }) => id);
  const tickets = await Promise.all(keys.map((key) => night.store.desk.ticketByKey(key)));
  return tickets.flatMap((ticket) => (ticket ? [{ ...ticket, status: ticketStatus(ticket.state) }] : []));
}

const notes = async (night: Night, number: number) => (await night.notes(number)).join('\n');

describe('a ticket that the customer reads', () => {
  const ACME = 'customer: { name: Acme, requester: it@acme.example, timezone: America/Toronto }\n';
  const begin = async (rules = {}, acme = ACME) => {
    const paper = new PaperHelpdesk();
    const night = await Night.begin({
      escalation: ESCALATION,
      more: '\nprovider: Example Hosting',
      targets: { a: acme + tcpTargets(['shop'], () => ', title: "Your web shop"') },
      helpdesks: [paper.configured(rules)],
    });
    await night.minutes(5);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    return paper.tickets[0]!;
  };

  test('is a message to the customer; what the team needs is an internal note', async () => {
    const { subject, body, notes } = await begin();
    expect(subject).toBe('Your web shop: service disruption');
    expect(body).toMatch(/^Hello,\n\nOur monitoring shows that Your web shop has been unavailable since/);
    expect(body).toMatch(/Kind regards,\nExample Hosting$/);
    expect(`${subject} ${body}`).not.toMatch(/URGENT|10\.0\.0\.1|incidents\//);
    expect(notes[0]).toMatchObject({ isPublic: false, text: expect.stringContaining('10.0.0.1') });
  });

  test('is worded for the team where the config says so, or nobody of the customer reads it', async () => {
    for (const ticket of [await begin({ readBy: 'team' }), await begin({}, 'customer: { name: Acme }\n')]) {
      expect(ticket.subject).toBe('URGENT: shop (Acme) is down: connection refused');
      expect(ticket.body).toContain('10.0.0.1');
    }
    const { subject } = await begin({ readBy: 'customer' }, 'customer: { name: Acme }\n');
    expect(subject).toBe('Your web shop: service disruption');
  });
});

describe('the helpdesk is down', () => {
  async function down(rules = {}) {
    const paper = new PaperHelpdesk();
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop', 'mail']) },
      helpdesks: [paper.configured({ fallbackAfterMs: 300_000, ...rules })],
    });
    await night.minutes(5);
    paper.isDown = true;
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    return { paper, night };
  }

  test('the page leaves without a ticket; after `fallback_after` the desk holds it, and who was paged hears so', async () => {
    const { night } = await down();
    expect(await night.raised()).toEqual(['shop open']);
    expect(night.sent).toHaveLength(1);
    expect(night.sent[0]!.text).not.toContain('icket');
    expect(await deskOf(night)).toEqual([]);
    await night.minutes(4);
    expect(await deskOf(night)).toMatchObject([{ number: 1, status: 'open', priority: 'urgent' }]);
    expect(night.texts().at(-1)).toMatch(
      /ticket not accepted by paper, held in Watchdesk\. Ticket Desk 1, not yet in paper\./,
    );
    expect(await night.tickets()).toMatchObject([{ adapter: 'desk', remoteId: '1' }]);
    // The next reminder says it too.
    await night.minutes(60);
    expect(night.texts().at(-1)).toMatch(/still down since .* Ticket Desk 1, not yet in paper\./);
  });

  test('back again it gets the ticket with all that was said meanwhile, and the desk ticket ends', async () => {
    const { paper, night } = await down();
    await night.minutes(6);
    const [incident] = await night.incidents();
    await night.settled(
      night.components.keeper
        .act(incident!, 'maria', { is: 'note', text: 'the disk is full' })
        .then(() => {}),
    );
    await night.minutes(1);
    expect(await notes(night, 1)).toContain('Maria Chen: the disk is full');
    paper.isDown = false;
    await night.minutes(3);
    expect(paper.open).toHaveLength(1);
    expect(paper.notesOf('1')).toContain('Maria Chen: the disk is full');
    expect(await deskOf(night)).toMatchObject([{ status: 'resolved' }]);
    expect(await notes(night, 1)).toContain('Transferred to paper as ticket 1 (https://paper.example/1).');
    expect(await night.tickets()).toMatchObject([{ adapter: 'paper', remoteId: '1', status: 'open' }]);
    // From now on the desk hears nothing of it any more.
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(3);
    expect(paper.open).toHaveLength(0);
    expect(await notes(night, 1)).not.toContain('shop recovered');
  });

  test('who has it is given it at the desk that holds it, and where it is carried over to', async () => {
    const { paper, night } = await down({ people: new Map([['maria', 'm.chen']]) });
    await night.minutes(6);
    const [incident] = await night.incidents();
    await night.settled(
      night.components.keeper.act(incident!, 'maria', { is: 'acknowledge' }).then(() => {}),
    );
    await night.minutes(1);
    expect(await deskOf(night)).toMatchObject([{ assignee: 'maria' }]);
    paper.isDown = false;
    await night.minutes(3);
    expect(paper.open).toMatchObject([{ assigneeId: 'm.chen' }]);
  });

  test('it says that it is back: what waits is tried at once', async () => {
    const { paper, night } = await down();
    await night.minutes(10);
    paper.isDown = false;
    expect(night.components.ways.helpdeskCalls('paper', { 'x-watchdesk-secret': 'paper' }, '')).toBe(true);
    await night.seconds(3);
    expect(paper.open).toHaveLength(1);
  });

  test('an outage that is over before it is back: the ticket is carried over, told and resolved', async () => {
    const { paper, night } = await down();
    await night.minutes(6);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(3);
    expect(await deskOf(night)).toMatchObject([{ status: 'resolved' }]);
    expect(await night.tickets()).toMatchObject([{ adapter: 'desk', status: 'resolved' }]);
    await night.minutes(120);
    paper.isDown = false;
    await night.minutes(10);
    expect(paper.tickets).toMatchObject([{ status: 'resolved' }]);
    expect(paper.notesOf('1')).toContain('shop recovered');
  });

  test('down for less than that, the desk never hears of it', async () => {
    const { paper, night } = await down();
    await night.minutes(1);
    paper.isDown = false;
    await night.minutes(20);
    expect(paper.open).toHaveLength(1);
    expect(await deskOf(night)).toEqual([]);
  });

  test('a ticket that is refused for good is held at once, and opened anew when the helpdesk takes it', async () => {
    const { paper, night } = await down();
    paper.isDown = false;
    paper.refuses = 'there is no such queue';
    await night.minutes(2);
    expect(await deskOf(night)).toMatchObject([{ number: 1, status: 'open' }]);
    paper.refuses = undefined;
    await night.minutes(16);
    expect(paper.open).toHaveLength(1);
    expect(await deskOf(night)).toMatchObject([{ status: 'resolved' }]);
  });

  test('refused for good and taken later, it still gets what was said meanwhile', async () => {
    const { paper, night } = await down();
    paper.isDown = false;
    paper.refuses = 'there is no such queue';
    await night.minutes(2);
    const say = async (text: string, isPublic: boolean) => {
      const [incident] = await night.incidents();
      await night.settled(
        night.components.keeper.act(incident!, 'maria', { is: 'note', text, isPublic }).then(() => {}),
      );
    };
    await say('the disk is full', false);
    await say('We are on it.', true);
    await night.minutes(1);
    paper.refuses = undefined;
    await night.minutes(16);
    expect(paper.tickets[0]!.notes.map(({ text, isPublic }) => [text, isPublic])).toEqual(
      expect.arrayContaining([
        [expect.stringMatching(/^2026-11-22 22:1\d:\d\d UTC: Maria Chen: the disk is full$/), false],
        ['We are on it.', true],
      ]),
    );
  });

  test('deleted while it refuses new ones, the desk holds it, a second time too', async () => {
    const { paper, night } = await down();
    await night.minutes(6);
    paper.isDown = false;
    await night.minutes(3);
    expect(await deskOf(night)).toMatchObject([{ status: 'resolved' }]);
    paper.byHuman('1', { isDeleted: true });
    paper.refuses = 'the licence has ended';
    await night.minutes(12);
    expect(await deskOf(night)).toMatchObject([{ status: 'open' }]);
    paper.refuses = undefined;
    await night.minutes(20);
    expect(paper.open).toHaveLength(1);
    expect(await deskOf(night)).toMatchObject([{ status: 'resolved' }]);
  });

  test('a relapse that can neither be opened again nor anew: nobody has ended it, and the desk holds it', async () => {
    const { paper, night } = await down();
    paper.isDown = false;
    await night.minutes(2);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(4);
    paper.refusesReopening = 'closed for good';
    paper.refuses = 'the licence has ended';
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(12);
    expect(await night.raised()).toEqual(['shop open']);
    expect(await deskOf(night)).toMatchObject([{ status: 'open' }]);
    paper.refuses = undefined;
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(20);
    expect(await deskOf(night)).toMatchObject([{ status: 'resolved' }]);
    expect(paper.open).toEqual([]);
  });

  test('replaced by the desk while the desk holds its ticket, that one goes on', async () => {
    const { night } = await down();
    await night.minutes(8);
    const config = (await Night.begin({ targets: { a: tcpTargets(['shop']) } })).config;
    await night.reconfigure({ helpdesks: config.helpdesks });
    await night.minutes(40);
    expect(await night.raised()).toEqual(['shop open']);
    expect(await deskOf(night)).toMatchObject([{ number: 1, status: 'open' }]);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(4);
    expect(await deskOf(night)).toMatchObject([{ status: 'resolved' }]);
  });

  test('over before it is refused for good, the desk opens nothing for it', async () => {
    const { paper, night } = await down({ fallbackAfterMs: 3_600_000 });
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(4);
    expect(await night.raised()).toEqual(['shop resolved']);
    paper.isDown = false;
    paper.refuses = 'there is no such queue';
    await night.minutes(10);
    expect(await deskOf(night)).toEqual([]);
  });

  test('moved to another place under the same name, tickets of the old one are left alone', async () => {
    const { paper, night } = await down();
    paper.isDown = false;
    await night.minutes(2);
    const moved = new PaperHelpdesk();
    moved.place = 'another drawer';
    await night.reconfigure({ helpdesks: [moved.configured()] });
    moved.openByHuman('a ticket of somebody else', 'low');
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(4);
    expect(moved.tickets).toMatchObject([{ status: 'open', notes: [] }]);
  });

  test('killed while the desk holds it, nothing is lost or doubled', async () => {
    const { paper, night } = await down();
    await night.minutes(6);
    await night.settled(night.crash());
    await night.boot();
    await night.minutes(10);
    expect(await deskOf(night)).toHaveLength(1);
    paper.isDown = false;
    await night.minutes(5);
    expect(paper.tickets).toHaveLength(1);
    expect(await deskOf(night)).toMatchObject([{ status: 'resolved' }]);
  });
});

describe('two helpdesks', () => {
  test('the first that fits gets the ticket; the other one is not slowed by it being down', async () => {
    const [vip, rest] = [new PaperHelpdesk(), new PaperHelpdesk()];
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: {
        a: `customer: { name: Acme Ltd, plan: vip, requester: it@acme.example, company: 4711 }\n${tcpTargets(['shop'])}`,
        b: `customer: { name: Bolt Inc }\n${tcpTargets(['ware']).replace('10.0.0.1', '10.0.1.1')}`,
      },
      helpdesks: [
        vip.configured({ name: 'vip', when: { customers: ['Acme Ltd'] } }),
        rest.configured({ name: 'rest' }),
      ],
    });
    await night.minutes(5);
    vip.isDown = true;
    night.world.stand('10.0.0.1', 'refusing');
    night.world.stand('10.0.1.1', 'refusing');
    await night.minutes(4);
    expect(rest.open).toMatchObject([{ subject: expect.stringContaining('ware (Bolt Inc)') }]);
    vip.isDown = false;
    await night.minutes(3);
    expect(vip.open).toMatchObject([{ subject: 'shop: service disruption', requester: 'it@acme.example' }]);
    expect(rest.tickets).toHaveLength(1);
    night.world.stand('10.0.0.1', 'well');
    night.world.stand('10.0.1.1', 'well');
    await night.minutes(3);
    expect([...vip.open, ...rest.open]).toEqual([]);
    expect(night.said.filter((line) => line.startsWith('fault'))).toEqual([]);
  });

  test('one that is put before the others takes nothing over that is open already', async () => {
    const [old, added] = [new PaperHelpdesk(), new PaperHelpdesk()];
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop']) },
      helpdesks: [old.configured()],
    });
    await night.minutes(5);
    const strangers = added.configured({ name: 'vip', when: { tags: ['vip'] } });
    strangers.type.create({}, { now: () => night.clock.now() } as never);
    added.openByHuman('a ticket of somebody else', 'low');
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    await night.reconfigure({ helpdesks: [strangers, old.configured()] });
    await night.minutes(4);
    expect(old.open).toHaveLength(1);
    expect(await night.raised()).toEqual(['shop open']);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(3);
    expect(old.open).toEqual([]);
    expect(added.tickets).toMatchObject([{ status: 'open', notes: [] }]);
  });

  test('a copy that a human made of our ticket is not taken for a double', async () => {
    const paper = new PaperHelpdesk();
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop']) },
      helpdesks: [paper.configured()],
    });
    await night.minutes(5);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(30);
    const { key } = paper.tickets[0]!;
    paper.openByHuman('CLONE - shop is down', 'low', { key });
    await night.minutes(90);
    expect(paper.open).toHaveLength(2);
    // One with the very same subject is.
    paper.openByHuman(paper.tickets[0]!.subject, 'urgent', { key });
    await night.minutes(7 * 60);
    expect(paper.open).toHaveLength(2);
  });

  test('a human marks a ticket urgent in the second one', async () => {
    const [first, second] = [new PaperHelpdesk(), new PaperHelpdesk()];
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop']) },
      helpdesks: [first.configured({ when: { tags: ['x'] } }), second.configured({ name: 'second' })],
    });
    await night.minutes(1);
    second.openByHuman('Phones are dead', 'urgent');
    await night.minutes(1);
    expect(night.texts()).toEqual([expect.stringContaining('URGENT second ticket 1: Phones are dead.')]);
    expect(second.notesOf('1')).toContain('Marked urgent');
  });

  // Versions of that age had no PostgreSQL.
  test.skipIf(isOnPostgres)(
    'what an older version stored without a name goes on with the first one',
    async () => {
      const paper = new PaperHelpdesk();
      const night = await Night.begin({
        escalation: ESCALATION,
        targets: { a: tcpTargets(['shop', 'mail']) },
        helpdesks: [paper.configured()],
      });
      await night.minutes(5);
      night.world.stand('10.0.0.1', 'refusing');
      await night.minutes(4);
      paper.isDown = true;
      night.world.stand('10.0.0.2', 'refusing');
      await night.minutes(4);
      await night.settled(night.crash());
      const database = new DatabaseSync(night.storePath);
      database.exec(`UPDATE incidents SET document = json_remove(document, '$.helpdesk', '$.ticket.helpdesk');
      UPDATE effects SET document = json_remove(document, '$.content.helpdesk')`);
      database.close();
      await night.boot();
      paper.isDown = false;
      await night.minutes(8);
      expect(paper.open).toHaveLength(2);
      night.world.stand('10.0.0.1', 'well');
      night.world.stand('10.0.0.2', 'well');
      await night.minutes(4);
      expect(paper.open).toEqual([]);
      expect(night.said.filter((line) => /^(fault|finding)/.test(line))).toEqual([]);
    },
  );

  test('a helpdesk that is replaced keeps nobody waiting: old tickets in the desk are still served', async () => {
    const paper = new PaperHelpdesk();
    const night = await Night.begin({ escalation: ESCALATION, targets: { a: tcpTargets(['shop']) } });
    await night.minutes(5);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    await night.reconfigure({ helpdesks: [paper.configured()] });
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(3);
    expect(await deskOf(night)).toMatchObject([{ status: 'resolved' }]);
    expect(paper.tickets).toEqual([]);
  });
});
