import { describe, expect, test } from 'vitest';
import type { HelpdeskRules } from '../../src/core/ticket-route.ts';
import { Night, tcpTargets } from '../support/night.ts';
import { PaperHelpdesk } from '../support/paper-helpdesk.ts';

const ESCALATION =
  '{ urgent: [{ page: operations-manager, via: [sms] }, { after: 60m, unless: worked, page: devon, via: [sms], repeat: 60m }], high: [] }';

/** One target on a helpdesk of paper, and its outage. */
async function outage(rules: Partial<HelpdeskRules> = {}, more = '') {
  const paper = new PaperHelpdesk();
  const night = await Night.begin({
    escalation: ESCALATION,
    targets: { a: tcpTargets(['shop'], () => more) },
    helpdesks: [paper.configured(rules)],
  });
  await night.minutes(5);
  night.world.stand('10.0.0.1', 'refusing');
  await night.minutes(4);
  expect(await night.raised()).toEqual(['shop open']);
  expect(paper.open).toHaveLength(1);
  return { paper, night };
}

const incident = async (night: Night) => (await night.incidents())[0]!;
const story = async (night: Night) =>
  (await night.store.events((await incident(night)).id)).map(({ text }) => text).join('\n');

/** "I have it." */
const take = async (night: Night, by = 'maria') =>
  night.settled(night.components.keeper.act(await incident(night), by, { is: 'acknowledge' }).then(() => {}));

const PEOPLE = { people: new Map([['maria', 'm.chen']]) };

describe('what humans do to a ticket comes back', () => {
  test('a note makes it worked: nobody is paged again', async () => {
    const { paper, night } = await outage();
    const pages = night.sent.length;
    paper.byHuman('1', { note: 'looking' });
    await night.minutes(1);
    expect((await incident(night)).status).toMatchObject({ is: 'worked', by: 'Ana Agent' });
    await night.minutes(180);
    expect(night.sent.length).toBe(pages);
    expect(await story(night)).toContain('Ana Agent added a note');
  });

  test('our own notes make it no less open: the next hour pages again', async () => {
    const { night } = await outage();
    await night.settled(night.components.keeper.decide((await incident(night)).id, () => undefined));
    const pages = night.sent.length;
    await night.minutes(61);
    expect(night.sent.length).toBe(pages + 1);
    expect(night.sent.at(-1)!.text).toContain('unacknowledged');
  });

  test('assigned is worked; given to another it is theirs', async () => {
    const { paper, night } = await outage();
    paper.byHuman('1', { assignee: 'Ana Agent' });
    await night.minutes(1);
    expect((await incident(night)).status).toMatchObject({ is: 'worked', by: 'Ana Agent' });
    paper.byHuman('1', { assignee: 'Bo Boss' });
    await night.minutes(1);
    expect((await incident(night)).status).toMatchObject({ is: 'worked', by: 'Bo Boss' });
    expect(await story(night)).toContain('assigned to Bo Boss');
  });

  test('who has it here is given the ticket there, under the name that they have there', async () => {
    const { paper, night } = await outage(PEOPLE);
    await take(night);
    await night.minutes(3);
    expect(paper.tickets[0]!.assigneeId).toBe('m.chen');
    expect((await incident(night)).status).toMatchObject({ is: 'worked', by: 'maria' });
    expect(await story(night)).not.toContain('assigned to');
    paper.byHuman('1', { assignee: 'Ana Agent' });
    await night.minutes(2);
    expect((await incident(night)).status).toMatchObject({ is: 'worked', by: 'Ana Agent' });
  });

  test('who takes the ticket right after we have given it to somebody else is heard', async () => {
    const { paper, night } = await outage({ ...PEOPLE, pollMs: 10_000 });
    await take(night, 'Maria Chen');
    await night.seconds(2);
    expect(paper.tickets[0]!.assigneeId).toBe('m.chen');
    paper.byHuman('1', { assignee: 'Ana Agent' });
    await night.minutes(1);
    expect((await incident(night)).status).toMatchObject({ is: 'worked', by: 'Ana Agent' });
  });

  test('who has taken it while the helpdesk was away keeps it', async () => {
    const { paper, night } = await outage(PEOPLE);
    paper.isDown = true;
    await take(night);
    await night.seconds(10);
    paper.byHuman('1', { assignee: 'Ana Agent' });
    await night.seconds(20);
    paper.isDown = false;
    await night.minutes(3);
    expect(paper.tickets[0]!.assignee).toBe('Ana Agent');
  });

  test('what cannot be given is asked for on the ticket, and holds nothing up', async () => {
    const { paper, night } = await outage(PEOPLE);
    paper.refusesAssigning = 'no rights in the group';
    await take(night);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(3);
    expect(paper.notesOf('1')).toContain(
      'This ticket could not be assigned to m.chen (no rights in the group). Please assign it manually.',
    );
    expect(paper.open).toEqual([]);
  });

  test('a ticket that ours was merged into is not taken from whoever has it', async () => {
    const { paper, night } = await outage(PEOPLE);
    const other = paper.openByHuman('said by a customer', 'low', { assignee: 'Ana Agent' });
    paper.byHuman('1', { mergedInto: other, status: 'resolved' });
    await night.minutes(2);
    await take(night);
    await night.minutes(2);
    expect(paper.tickets[1]!.assignee).toBe('Ana Agent');
  });

  test('who has it here keeps it when somebody else writes a note there', async () => {
    const { paper, night } = await outage();
    await take(night);
    paper.byHuman('1', { note: 'me too' });
    await night.minutes(1);
    expect((await incident(night)).status).toMatchObject({ is: 'worked', by: 'maria' });
  });

  test('a relapse whose reopening hangs, or shows late, is not taken for a human who ended the ticket', async () => {
    const { paper, night } = await outage({ pollMs: 1_000 });
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(3);
    expect(paper.open).toEqual([]);
    paper.hangs = true;
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    expect((await incident(night)).status.is).toBe('open');
    expect(paper.tickets[0]!.status).toBe('resolved');
    expect((await incident(night)).ticketNews?.broughtBack ?? 0).toBe(0);
    paper.hangs = false;
    paper.readLagMs = 3_000;
    await night.minutes(3);
    expect(paper.open).toHaveLength(1);
    expect((await incident(night)).ticketNews?.broughtBack ?? 0).toBe(0);
    expect(paper.notesOf('1')).not.toContain('opened again; resolved once more');
  });

  test('taken before the first list has come, it is worked as soon as that is there', async () => {
    const paper = new PaperHelpdesk();
    let listed = () => {};
    paper.listsAfter = new Promise((resolve) => {
      listed = resolve;
    });
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop']) },
      helpdesks: [paper.configured({ pollMs: 1_000 })],
    });
    night.world.stand('10.0.0.1', 'refusing');
    for (let second = 0; paper.open.length === 0; second++) {
      expect(second).toBeLessThan(600);
      await night.seconds(1);
    }
    await night.seconds(6);
    paper.byHuman('1', { assignee: 'Ana Agent', note: 'mine' });
    listed();
    await night.seconds(3);
    expect((await incident(night)).status).toMatchObject({ is: 'worked', by: 'Ana Agent' });
  });

  test('while doubles are looked for it is heard as at any other time', async () => {
    const { paper, night } = await outage({ pollMs: 1_000 });
    const secondsUntil = async (isSo: () => boolean) => {
      for (let second = 0; !isSo(); second++) {
        expect(second).toBeLessThan(60);
        await night.seconds(1);
      }
    };
    paper.byHuman('1', { isDeleted: true });
    await secondsUntil(() => paper.open.length === 1);
    const lookUps = paper.lookUps;
    await secondsUntil(() => paper.lookUps > lookUps);
    paper.byHuman('2', { note: 'mine' });
    await night.seconds(2);
    expect((await incident(night)).status).toMatchObject({ is: 'worked', by: 'Ana Agent' });
  });

  test('where the helpdesk assigns by itself, that proves nothing; a note does', async () => {
    const { paper, night } = await outage({ assignsItself: true });
    paper.byHuman('1', { assignee: 'Ana Agent' });
    await night.minutes(1);
    expect((await incident(night)).status.is).toBe('open');
    paper.byHuman('1', { note: 'mine' });
    await night.minutes(1);
    expect((await incident(night)).status.is).toBe('worked');
  });

  test('resolved while the target is down: opened again with a note, once; then it stands', async () => {
    const { paper, night } = await outage();
    paper.byHuman('1', { status: 'resolved' });
    await night.minutes(1);
    expect(paper.open).toHaveLength(1);
    expect(paper.notesOf('1')).toContain('shop is still failing: connection refused');
    expect((await incident(night)).status.is).not.toBe('resolved');
    await night.minutes(30);
    expect(paper.open).toHaveLength(1);
    paper.byHuman('1', { status: 'resolved' });
    await night.minutes(1);
    expect(paper.open).toHaveLength(0);
    expect((await incident(night)).status).toMatchObject({ is: 'resolved', how: 'by-hand' });
    expect(night.texts().at(-1)).toContain('still failing');
    // And nothing new is opened while it goes on failing.
    await night.minutes(120);
    expect(await night.raised()).toEqual(['shop resolved']);
    expect(paper.tickets).toHaveLength(1);
  });

  test('resolved while the target is down, and that is accepted: it stays so at once', async () => {
    const { paper, night } = await outage({ endedByHuman: 'accept' });
    paper.byHuman('1', { status: 'resolved' });
    await night.minutes(1);
    expect(paper.open).toHaveLength(0);
    expect((await incident(night)).status).toMatchObject({ is: 'resolved', how: 'by-hand' });
  });

  test('deleted: a new one is opened, once; the second time it is taken for an answer', async () => {
    const { paper, night } = await outage();
    paper.byHuman('1', { isDeleted: true });
    await night.minutes(7);
    expect(paper.open.map(({ remoteId }) => remoteId)).toEqual(['2']);
    expect((await incident(night)).ticket).toMatchObject({ remoteId: '2' });
    expect(await story(night)).toContain('Ticket 1 was deleted; opening a new one');
    paper.byHuman('2', { isDeleted: true });
    await night.minutes(7);
    expect(paper.tickets).toHaveLength(2);
    expect((await incident(night)).status).toMatchObject({ is: 'resolved', how: 'by-hand' });
  });

  test('merged: notes go where it lives on; that ticket is theirs, and not ours to end', async () => {
    const { paper, night } = await outage();
    const other = paper.openByHuman('the same, said by a customer', 'low');
    paper.byHuman('1', { mergedInto: other, status: 'resolved' });
    await night.minutes(1);
    expect((await incident(night)).ticket).toMatchObject({ remoteId: other });
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(3);
    expect(paper.notesOf(other)).toContain('shop recovered');
    expect(paper.open.map(({ remoteId }) => remoteId)).toEqual([other]);
    expect((await incident(night)).status).toMatchObject({ is: 'resolved', how: 'recovered' });
  });

  test('raised to urgent by a human: the operations manager is paged, once', async () => {
    const { paper, night } = await outage({}, ', priority: high');
    expect(night.sent).toEqual([]);
    paper.byHuman('1', { priority: 'urgent' });
    await night.minutes(1);
    expect(night.texts()).toEqual([
      expect.stringMatching(/^URGENT shop down since .* ticket raised to urgent/),
    ]);
    await night.minutes(20);
    expect(night.sent).toHaveLength(1);
    // Nobody works on it: the urgent escalation goes its way.
    await night.minutes(45);
    expect(night.sent).toHaveLength(2);
  });
});

describe('what looks like the doing of a human and is none', () => {
  test('a ticket that cannot be opened again is opened anew, and nobody has ended anything', async () => {
    const { paper, night } = await outage();
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(3);
    paper.refusesReopening = 'closed for good';
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(10);
    expect((await incident(night)).status.is).toBe('open');
    expect(paper.open.map(({ remoteId }) => remoteId)).toEqual(['2']);
    expect((await incident(night)).ticket).toMatchObject({ remoteId: '2' });
    await night.minutes(60);
    expect(paper.tickets).toHaveLength(2);
  });

  test('and when the answer to that is lost, the old one is not taken for it', async () => {
    const { paper, night } = await outage();
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(3);
    paper.refusesReopening = 'closed for good';
    paper.losesAnswers = true;
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(6);
    paper.losesAnswers = false;
    await night.minutes(30);
    expect(paper.open.map(({ remoteId }) => remoteId)).toEqual(['2']);
    expect(paper.tickets).toHaveLength(2);
    expect((await incident(night)).ticket).toMatchObject({ remoteId: '2' });
    expect((await incident(night)).status.is).toBe('open');
  });

  test('ended and brought back in the last outage, it is brought back once in the next one too', async () => {
    const { paper, night } = await outage();
    paper.byHuman('1', { status: 'resolved' });
    await night.minutes(2);
    expect(paper.open).toHaveLength(1);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(4);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(5);
    paper.byHuman('1', { status: 'resolved' });
    await night.minutes(2);
    expect(paper.open).toHaveLength(1);
    expect((await incident(night)).status.is).not.toBe('resolved');
  });

  test('never read before the relapse, a note on the last outage is no work on this one either', async () => {
    const { paper, night } = await outage({ pollMs: 600_000 });
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(3);
    paper.byHuman('1', { note: 'post mortem' });
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(15);
    expect((await incident(night)).status.is).toBe('open');
  });

  test('what was done about the last outage is no work on its relapse', async () => {
    const { paper, night } = await outage();
    paper.byHuman('1', { assignee: 'Ana Agent' });
    await night.minutes(1);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(5);
    paper.byHuman('1', { note: 'post mortem', assignee: 'Bo Boss' });
    await night.minutes(1);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(5);
    expect((await incident(night)).status.is).toBe('open');
    const before = night.sent.length;
    await night.minutes(61);
    expect(night.sent.length).toBe(before + 1);
  });

  test('deleted in the last outage, twice, the relapse gets a ticket of its own', async () => {
    const { paper, night } = await outage();
    paper.byHuman('1', { isDeleted: true });
    await night.minutes(4);
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(3);
    paper.byHuman('2', { isDeleted: true });
    await night.minutes(1);
    paper.refusesReopening = 'no such ticket';
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(10);
    expect((await incident(night)).status.is).toBe('open');
    expect(paper.open.map(({ remoteId }) => remoteId)).toEqual(['3']);
  });

  test('a rule of the helpdesk that assigns every new ticket is no human; who takes it then is', async () => {
    const paper = new PaperHelpdesk();
    paper.assignsNew = 'Robin';
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop']) },
      helpdesks: [paper.configured()],
    });
    await night.minutes(5);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(8);
    expect(paper.open).toMatchObject([{ assignee: 'Robin' }]);
    expect((await incident(night)).status.is).toBe('open');
    paper.byHuman('1', { assignee: 'Ana Agent' });
    await night.minutes(1);
    expect((await incident(night)).status).toMatchObject({ is: 'worked', by: 'Ana Agent' });
  });

  test('a helpdesk that calls high and urgent the same pages nobody for a high one', async () => {
    const paper = new PaperHelpdesk();
    paper.hasNoHigh = true;
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop'], () => ', priority: high') },
      helpdesks: [paper.configured()],
    });
    await night.minutes(5);
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    await night.minutes(3);
    expect(paper.open).toHaveLength(1);
    expect(night.sent).toEqual([]);
  });
});

test('no longer urgent, an outage of lower priority pages nobody any more', async () => {
  const { paper, night } = await outage({}, ', priority: high');
  paper.byHuman('1', { priority: 'urgent' });
  await night.minutes(1);
  expect(night.sent).toHaveLength(1);
  paper.byHuman('1', { priority: 'high' });
  await night.minutes(180);
  expect(night.sent).toHaveLength(1);
  expect((await incident(night)).status.is).not.toBe('resolved');
});

test('raised to urgent, a page that is refused takes the next route of the urgent policy', async () => {
  const paper = new PaperHelpdesk();
  const night = await Night.begin({
    escalation: '{ urgent: [{ page: devon, via: [sms] }, { after: 4h, page: maria, via: [sms] }], high: [] }',
    targets: { a: tcpTargets(['shop'], () => ', priority: high') },
    helpdesks: [paper.configured()],
    send: async ({ recipient }) =>
      recipient.startsWith('Devon')
        ? { is: 'permanent', why: 'no such number' }
        : { is: 'done', value: 'ok' },
  });
  await night.minutes(5);
  night.world.stand('10.0.0.1', 'refusing');
  await night.minutes(4);
  paper.byHuman('1', { priority: 'urgent' });
  await night.minutes(2);
  expect(night.sent.map(({ to }) => to)).toEqual(['sms Maria Chen']);
});

test('a human ends the ticket: the record says so, and the auditor finds nothing amiss', async () => {
  const { paper, night } = await outage({ endedByHuman: 'accept' });
  paper.byHuman('1', { status: 'resolved' });
  await night.minutes(3);
  expect((await night.tickets()).map(({ status }) => status)).toEqual(['resolved']);
  expect(night.said.filter((line) => line.startsWith('finding'))).toEqual([]);
});

test('a note in doubt on a ticket that is deleted then does not hold up what comes after it', async () => {
  const { paper, night } = await outage();
  paper.losesNotes = true;
  await night.settled(
    night.components.keeper
      .act(await incident(night), 'maria', { is: 'note', text: 'looking' })
      .then(() => {}),
  );
  paper.byHuman('1', { isDeleted: true });
  paper.losesNotes = false;
  await night.minutes(15);
  expect(paper.open.map(({ remoteId }) => remoteId)).toEqual(['2']);
  expect((await incident(night)).ticket).toMatchObject({ remoteId: '2' });
});

describe('odd lists', () => {
  const begin = async (paper: PaperHelpdesk) =>
    Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop']) },
      helpdesks: [paper.configured()],
    });

  test('a census that takes several rounds pages nobody', async () => {
    const paper = new PaperHelpdesk();
    const configured = paper.configured();
    configured.type.create({}, { now: () => Date.parse('2026-11-20T00:00:00Z') } as never);
    for (let index = 0; index < 10; index++) {
      const at = Date.parse('2026-11-20T00:00:00Z') + index * 60_000;
      paper.openByHuman(`old ${index}`, 'urgent', { createdAt: at, updatedAt: at });
    }
    paper.listsAtMost = 3;
    const night = await begin(paper);
    await night.minutes(5);
    expect(night.sent).toEqual([]);
    paper.openByHuman('new', 'urgent');
    await night.minutes(2);
    expect(night.texts()).toEqual([expect.stringContaining('new')]);
  });

  test('more changes in one second than a list takes do not hold it up', async () => {
    const paper = new PaperHelpdesk();
    const night = await begin(paper);
    await night.minutes(1);
    paper.listsAtMost = 5;
    for (let index = 0; index < 12; index++) paper.openByHuman(`bulk ${index}`, 'low');
    await night.minutes(3);
    paper.openByHuman('Phones are dead', 'urgent');
    await night.minutes(3);
    expect(night.texts()).toEqual([expect.stringContaining('Phones are dead')]);
  });

  test('tickets whose work of ours hangs do not keep others from being read', async () => {
    const names = Array.from({ length: 24 }, (_, index) => `host-${index}`);
    const paper = new PaperHelpdesk();
    const night = await Night.begin({
      escalation: ESCALATION,
      more: 'incidents: { group_at: 100 }',
      targets: { a: tcpTargets(names) },
      helpdesks: [paper.configured()],
    });
    await night.minutes(3);
    for (const index of names.keys()) night.world.stand(`10.0.0.${index + 1}`, 'refusing');
    await night.minutes(5);
    expect(paper.open).toHaveLength(24);
    for (const index of [...names.keys()].slice(0, 22)) night.world.stand(`10.0.0.${index + 1}`, 'well');
    await night.minutes(4);
    paper.hangs = true;
    for (const index of [...names.keys()].slice(0, 22)) night.world.stand(`10.0.0.${index + 1}`, 'refusing');
    await night.minutes(5);
    const last = paper.tickets.find(({ subject }) => subject.includes('host-23'))!;
    paper.byHuman(last.remoteId, { note: 'looking' });
    await night.minutes(2);
    const worked = (await night.incidents()).filter(({ status }) => status.is === 'worked');
    expect(worked.map(({ target }) => target)).toEqual(['host-23']);
    paper.release();
    await night.minutes(1);
  });

  test('times that cannot be, or are years ahead, do not make it deaf', async () => {
    const paper = new PaperHelpdesk();
    const night = await begin(paper);
    await night.minutes(1);
    paper.openByHuman('odd', 'low', { updatedAt: Number.NaN });
    paper.openByHuman('ahead', 'low', { updatedAt: night.clock.now() + 365 * 86_400_000 });
    await night.minutes(2);
    paper.openByHuman('Phones are dead', 'urgent');
    await night.minutes(2);
    expect(night.texts()).toEqual([expect.stringContaining('Phones are dead')]);
    expect(night.said.filter((line) => /^(fault|deaf)/.test(line))).toEqual([]);
  });

  test('another helpdesk under the same name has tickets of its own', async () => {
    const paper = new PaperHelpdesk();
    const night = await begin(paper);
    await night.minutes(1);
    paper.openByHuman('Phones are dead', 'urgent');
    await night.minutes(1);
    const other = new PaperHelpdesk();
    other.place = 'another drawer';
    await night.reconfigure({ helpdesks: [other.configured()] });
    await night.minutes(1);
    other.openByHuman('Mail is dead', 'urgent');
    await night.minutes(1);
    expect(night.texts().at(-1)).toContain('Mail is dead');
  });
});

describe('a ticket that is none of ours', () => {
  test('marked urgent it pages the operations manager; worked, nobody is paged again; resolved, it is over', async () => {
    const { paper, night } = await outage();
    const before = night.sent.length;
    const id = paper.openByHuman('Mail is down for all of us', 'medium');
    await night.minutes(2);
    expect(night.sent.length).toBe(before);
    paper.byHuman(id, { priority: 'urgent' });
    await night.minutes(1);
    expect(night.sent.slice(before).map(({ to, text }) => [to, text])).toEqual([
      ['sms Maria Chen', expect.stringMatching(/^URGENT paper ticket 2: Mail is down for all of us\. http/)],
    ]);
    const [, marked] = await night.incidents();
    expect(marked).toMatchObject({
      kind: 'ticket',
      reason: 'marked-urgent',
      priority: 'urgent',
      ticket: { remoteId: id },
    });
    expect(paper.notesOf(id)).toContain('Marked urgent');
    paper.byHuman(id, { note: 'restarting it' });
    await night.minutes(120);
    expect((await night.incidents())[1]!.status.is).toBe('worked');
    paper.byHuman(id, { status: 'resolved' });
    await night.minutes(1);
    expect((await night.incidents())[1]!.status.is).toBe('resolved');
    // The last word of a human is not taken back.
    expect(paper.tickets[1]!.status).toBe('resolved');
  });

  test('nobody works on it: paged again after an hour, as for any urgent ticket', async () => {
    const { paper, night } = await outage();
    paper.openByHuman('Phones are dead', 'urgent');
    await night.minutes(1);
    const before = night.texts().filter((text) => text.includes('ticket 2')).length;
    await night.minutes(61);
    expect(night.texts().filter((text) => text.includes('ticket 2')).length).toBe(before + 1);
  });

  test('urgent before we ever listened, it pages nobody; neither does a start pause or a crash page twice', async () => {
    const paper = new PaperHelpdesk();
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop']) },
      helpdesks: [paper.configured()],
    });
    await night.minutes(1);
    paper.openByHuman('while we listen', 'urgent');
    await night.minutes(1);
    expect(night.sent).toHaveLength(1);
    await night.settled(night.crash());
    const during = paper.openByHuman('while we were away', 'urgent');
    paper.byHuman('1', { note: 'touched while we were away' });
    await night.boot();
    await night.minutes(3);
    expect(night.texts().filter((text) => text.includes('while we were away'))).toHaveLength(1);
    expect(night.texts().filter((text) => text.includes('while we listen'))).toHaveLength(1);
    expect(during).toBe('2');
  });

  test('urgent since last week when the monitor is set up: known, and silent', async () => {
    const paper = new PaperHelpdesk();
    const configured = paper.configured();
    configured.type.create({}, { now: () => Date.parse('2026-11-20T00:00:00Z') } as never);
    paper.openByHuman('old and urgent', 'urgent');
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop']) },
      helpdesks: [configured],
    });
    await night.minutes(2);
    paper.byHuman('1', { note: 'still at it' });
    await night.minutes(2);
    expect(night.sent).toEqual([]);
    // Lowered and raised again it is news.
    paper.byHuman('1', { priority: 'low' });
    await night.minutes(1);
    paper.byHuman('1', { priority: 'urgent' });
    await night.minutes(1);
    expect(night.sent).toHaveLength(1);
  });

  test('ended by hand here while the ticket stays urgent there, a start later does not page again', async () => {
    const { paper, night } = await outage();
    const id = paper.openByHuman('Phones are dead', 'urgent');
    await night.minutes(1);
    await night.settled(
      night.components.keeper.act((await night.incidents())[1]!, 'maria', { is: 'resolve' }).then(() => {}),
    );
    paper.byHuman(id, { status: 'open' });
    await night.minutes(45);
    const before = night.sent.length;
    await night.settled(night.crash());
    await night.boot();
    paper.byHuman(id, { note: 'still at it' });
    await night.minutes(3);
    expect(
      night
        .texts()
        .slice(before)
        .filter((text) => text.includes('ticket 2')),
    ).toEqual([]);
  });

  test('one of ours that a customer opens again after the outage is over pages nobody', async () => {
    const { paper, night } = await outage();
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(60);
    const before = night.sent.length;
    paper.byHuman('1', { status: 'open' });
    await night.minutes(3);
    expect(night.sent.length).toBe(before);
    expect(await night.raised()).toEqual(['shop resolved']);
  });

  test('its helpdesk is taken out of the config: nobody is paged for ever', async () => {
    const { paper, night } = await outage();
    paper.openByHuman('Phones are dead', 'urgent');
    await night.minutes(1);
    await night.reconfigure({ helpdesks: [new PaperHelpdesk().configured({ name: 'another' })] });
    await night.minutes(1);
    expect((await night.incidents())[1]!.status).toMatchObject({ is: 'resolved', how: 'removed' });
    const before = night.texts().filter((text) => text.includes('ticket 2')).length;
    await night.minutes(200);
    expect(night.texts().filter((text) => text.includes('ticket 2')).length).toBe(before);
  });

  test('one of ours that was not urgent, opened again as urgent by a human, pages', async () => {
    const { paper, night } = await outage({}, ', priority: high');
    night.world.stand('10.0.0.1', 'well');
    await night.minutes(60);
    expect(night.sent).toEqual([]);
    paper.byHuman('1', { status: 'open', priority: 'urgent' });
    await night.minutes(2);
    expect(night.sent).toHaveLength(1);
  });

  test('a helpdesk that loses every answer and our key too gets a few tickets in a day, not one a minute', async () => {
    const paper = new PaperHelpdesk();
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop']) },
      helpdesks: [paper.configured({ pageUrgent: false })],
    });
    await night.minutes(5);
    paper.losesAnswers = true;
    paper.keyComesLater = true;
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(24 * 60);
    expect(paper.tickets.length).toBeLessThanOrEqual(12);
  });

  test('our own ticket whose answer and key were lost does not page as one that a human marked', async () => {
    const paper = new PaperHelpdesk();
    paper.indexLagMs = 300_000;
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop']) },
      helpdesks: [paper.configured({ pollMs: 1_000 })],
    });
    await night.minutes(5);
    paper.losesAnswers = true;
    paper.keyComesLater = true;
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(4);
    paper.losesAnswers = false;
    paper.tickets[0]!.key = (await incident(night)).id;
    await night.minutes(3);
    expect(await night.raised()).toEqual(['shop open']);
    expect(paper.tickets).toHaveLength(1);
  });

  test("one without a key from before is a human's, however long one of ours is in doubt", async () => {
    const paper = new PaperHelpdesk();
    const night = await Night.begin({
      escalation: ESCALATION,
      targets: { a: tcpTargets(['shop']) },
      helpdesks: [paper.configured()],
    });
    await night.minutes(5);
    const id = paper.openByHuman('The printer smokes', 'low');
    await night.minutes(30);
    paper.losesAnswers = true;
    paper.keyComesLater = true;
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(5);
    paper.byHuman(id, { priority: 'urgent' });
    await night.minutes(2);
    expect(night.texts().filter((text) => text.includes('The printer smokes'))).toHaveLength(1);
  });

  test('its helpdesk becomes another kind under the same name: nobody is paged for ever', async () => {
    const { paper, night } = await outage();
    paper.openByHuman('Phones are dead', 'urgent');
    await night.minutes(1);
    const moved = new PaperHelpdesk();
    moved.place = 'another drawer';
    await night.reconfigure({ helpdesks: [moved.configured()] });
    await night.minutes(1);
    expect((await night.incidents())[1]!.status).toMatchObject({ is: 'resolved', how: 'removed' });
  });

  test('it can be left alone: `page_urgent: false`', async () => {
    const { paper, night } = await outage({ pageUrgent: false });
    const before = night.sent.length;
    paper.openByHuman('Phones are dead', 'urgent');
    await night.minutes(5);
    expect(night.sent.length).toBe(before);
  });

  test('marked again a day later it pages again: an incident of its own on the same ticket', async () => {
    const { paper, night } = await outage();
    const id = paper.openByHuman('Phones are dead', 'urgent');
    await night.minutes(1);
    paper.byHuman(id, { priority: 'low' });
    await night.minutes(24 * 60);
    const before = night.sent.length;
    paper.byHuman(id, { priority: 'urgent' });
    await night.minutes(1);
    expect(night.sent.length).toBe(before + 1);
    expect(night.said.filter((line) => /^(fault|store|finding)/.test(line))).toEqual([]);
    expect((await night.tickets()).filter(({ remoteId }) => remoteId === id)).toHaveLength(2);
  });

  test('no longer urgent, it is over for whoever was paged', async () => {
    const { paper, night } = await outage();
    const id = paper.openByHuman('Phones are dead', 'urgent');
    await night.minutes(1);
    paper.byHuman(id, { priority: 'low' });
    await night.minutes(1);
    expect((await night.incidents())[1]!.status).toMatchObject({ is: 'resolved', how: 'lowered' });
    expect(night.texts().at(-1)).toMatch(/^NO LONGER URGENT paper ticket 2 \(Phones are dead\) at/);
    expect(paper.tickets[1]!.status).toBe('open');
  });
});

test('a genuine webhook has the helpdesk asked at once, any other one not', async () => {
  const { paper, night } = await outage({ pollMs: 3_600_000 });
  await night.minutes(1);
  const before = paper.polls;
  expect(night.components.ways.helpdeskCalls('paper', { 'x-watchdesk-secret': 'guess' }, '')).toBe(false);
  expect(
    night.components.ways.helpdeskCalls('nobody', { 'x-watchdesk-secret': 'paper' }, ''),
  ).toBeUndefined();
  await night.seconds(10);
  expect(paper.polls).toBe(before);
  paper.openByHuman('Phones are dead', 'urgent');
  expect(night.components.ways.helpdeskCalls('paper', { 'x-watchdesk-secret': 'paper' }, '')).toBe(true);
  await night.seconds(3);
  expect(paper.polls).toBe(before + 1);
  expect(night.texts().at(-1)).toContain('Phones are dead');
});
