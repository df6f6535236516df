import { expect, test } from 'vitest';
import { Night, tcpTargets } from '../support/night.ts';
import { PaperHelpdesk } from '../support/paper-helpdesk.ts';

const SERVICE = `
service:
  levels:
    - { for: { priorities: high, plans: vip }, acknowledge: 1h, respond: 2h, resolve: 8h }
  alarms:
    - { clock: respond, at: 100%, page: operations-manager, via: [sms], raise: urgent, reassign: { on_call: operations-manager } }
`;

async function begin() {
  const paper = new PaperHelpdesk();
  const night = await Night.begin({
    more: SERVICE,
    targets: { a: `customer: { name: Acme, plan: vip, company: Acme Inc }\n${tcpTargets(['shop'])}` },
    helpdesks: [paper.configured()],
  });
  await night.minutes(2);
  const clocks = () =>
    night.components.office.service
      .open()
      .flatMap((ticket) => night.components.office.service.clocks(ticket))
      .map(({ clock, state, usedMs }) => `${clock} ${state.is} ${Math.round(usedMs / 60_000)}`);
  return { paper, night, clocks };
}

test('clocks run for a ticket that a human opened in another helpdesk, and what humans do there means the same', async () => {
  const { paper, night, clocks } = await begin();
  paper.openByHuman('Printer', 'high', { companies: ['Acme Inc'] });
  await night.minutes(30);
  expect(clocks()).toEqual(['acknowledge running 30', 'respond running 30', 'resolve running 30']);
  paper.byHuman('1', { note: 'I look' });
  await night.minutes(10);
  expect(clocks()).toEqual(['acknowledge stopped 30', 'respond running 40', 'resolve running 40']);
  paper.byHuman('1', { status: 'pending', waitingOn: 'third-party' });
  await night.minutes(10);
  expect(clocks()).toContain('respond running 50');
  paper.byHuman('1', { status: 'pending', waitingOn: 'customer' });
  await night.minutes(60);
  expect(clocks()).toEqual(['acknowledge stopped 30', 'respond paused 50', 'resolve paused 50']);
  paper.byHuman('1', { status: 'open', reply: 'It is the toner' });
  await night.minutes(10);
  expect(clocks()).toEqual(['acknowledge stopped 30', 'respond stopped 50', 'resolve running 60']);
  paper.byHuman('1', { status: 'resolved' });
  await night.minutes(10);
  expect(clocks()).toEqual([]);
  expect(night.said.filter((line) => line.startsWith('promise'))).toEqual([
    'promise acknowledge high kept',
    'promise respond high kept',
    'promise resolve high kept',
  ]);
});

test('what runs out there pages, raises it there, and is noted on it', async () => {
  const { paper, night } = await begin();
  paper.openByHuman('Printer', 'high', { companies: ['Acme Inc'] });
  await night.minutes(122);
  expect(paper.tickets[0]!.priority).toBe('urgent');
  expect(paper.tickets[0]!.notes.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^First response was due .*, not sent yet\.$/),
    // What people there do for themselves is asked of them.
    'Please assign it to the person on call (operations-manager).',
  ]);
  expect(night.sent.map(({ to }) => to)).toEqual(['sms Maria Chen']);
  await night.minutes(30);
  expect(night.sent).toHaveLength(1);
});

test('who is known there is given it there, in turn, and that is no work of theirs', async () => {
  const paper = new PaperHelpdesk();
  const people = new Map([
    ['maria', 'm.chen'],
    ['devon', 'd.hall'],
  ]);
  const night = await Night.begin({
    more: `
teams: { support: { members: [maria, devon] } }
service:
  levels: [{ for: { priorities: high }, respond: 2h }]
  alarms:
    - { clock: respond, at: 100%, page: operations-manager, via: [sms], repeat: 60m, unless: worked, reassign: { least_loaded: support } }
`,
    targets: { a: tcpTargets(['shop']) },
    helpdesks: [paper.configured({ people })],
  });
  await night.minutes(2);
  const printer = paper.openByHuman('Printer', 'high');
  await night.minutes(125);
  const ticket = (id: string) => paper.tickets.find(({ remoteId }) => remoteId === id)!;
  expect(ticket(printer).assigneeId).toBe('m.chen');
  expect(ticket(printer).notes.map(({ text }) => text)).toContain('Assigned to Maria Chen.');
  expect(await night.raised()).toEqual(['paper ticket 1 open']);
  await night.minutes(60);
  expect(night.sent).toHaveLength(2);
  paper.byHuman(printer, { reply: 'It is the toner' });
  await night.minutes(2);
  expect(await night.raised()).toEqual(['paper ticket 1 resolved']);

  // Whose turn it is outlives a crash.
  await night.settled(night.crash());
  await night.boot();
  const mail = paper.openByHuman('Mail', 'high');
  await night.minutes(125);
  expect(ticket(mail).assigneeId).toBe('d.hall');
  // It would be Maria's turn, who has it already.
  const phone = paper.openByHuman('Phone', 'high', { assignee: 'Agent m.chen', assigneeId: 'm.chen' });
  await night.minutes(125);
  expect(ticket(phone).assigneeId).toBe('d.hall');
});

test('where the priority cannot be raised it is urgent for us all the same, until a human ends it', async () => {
  const { paper, night } = await begin();
  paper.keepsPriorities = true;
  paper.openByHuman('Printer', 'high', { companies: ['Acme Inc'] });
  await night.minutes(130);
  expect(night.sent.map(({ to }) => to)).toEqual(['sms Maria Chen']);
  // Read again and again as high, which nobody has made it.
  paper.byHuman('1', { note: 'I look' });
  await night.minutes(30);
  expect(await night.raised()).toEqual(['paper ticket 1 worked']);
  expect(night.texts().join()).not.toContain('NO LONGER URGENT');
  paper.byHuman('1', { status: 'resolved' });
  await night.minutes(5);
  expect(await night.raised()).toEqual(['paper ticket 1 resolved']);
});

test('a human who lowers what an alarm has raised ends it, and whoever was told of it hears that', async () => {
  const { paper, night } = await begin();
  paper.openByHuman('Printer', 'high', { companies: ['Acme Inc'], requester: 'ann@acme.example' });
  await night.minutes(140);
  expect(paper.tickets[0]!.priority).toBe('urgent');
  const statuses = () => paper.tickets[0]!.notes.filter(({ isPublic }) => isPublic).length;
  const before = statuses();
  expect(before).toBeGreaterThan(0);
  paper.byHuman('1', { priority: 'medium', reply: 'It can wait, they say' });
  await night.minutes(5);
  expect(night.texts().at(-1)).toMatch(/^NO LONGER URGENT/);
  expect(statuses()).toBe(before + 1);
  // No page and no status any more.
  const sent = night.sent.length;
  await night.minutes(6 * 60);
  expect([night.sent.length, statuses()]).toEqual([sent, before + 1]);
});

test('of several alarms at once the highest raise counts, and each is paged once', async () => {
  const paper = new PaperHelpdesk();
  const night = await Night.begin({
    more: `
service:
  levels: [{ for: { priorities: medium }, acknowledge: 1h, respond: 1h }]
  alarms:
    - { clock: acknowledge, at: 100%, raise: urgent }
    - { clock: respond, at: 100%, raise: high }
    - { clock: respond, at: 100%, raise: urgent }
`,
    targets: { a: tcpTargets(['shop']) },
    helpdesks: [paper.configured()],
  });
  await night.minutes(2);
  paper.openByHuman('Printer', 'medium');
  await night.minutes(65);
  expect(paper.tickets[0]!.priority).toBe('urgent');
  expect(night.sent).toHaveLength(1);
});
