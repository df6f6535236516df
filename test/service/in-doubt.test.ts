import { expect, test } from 'vitest';
import { Night, tcpTargets } from '../support/night.ts';
import { PaperHelpdesk } from '../support/paper-helpdesk.ts';

/* What a review found, each of which went wrong once. */
const MONDAY_9 = Date.parse('2026-11-23T14:00:00Z');
const SERVICE = (calendar = 'office') => `
channels: { email: { type: email, host: 127.0.0.1, from: "desk@provider.example" } }
teams: { support: { members: [maria, devon] } }
calendars: { ${calendar}: { timezone: America/Toronto, hours: [{ days: mon-fri, from: "08:00", to: "17:00" }] } }
desk: { close: { resolved: 2d } }
service:
  hours: ${calendar}
  levels: [{ respond: 4h, resolve: 2wd }]
  alarms: [{ clock: respond, at: 100%, page: operations-manager, via: [sms] }]
`;
const begin = (helpdesks?: Parameters<typeof Night.begin>[0]['helpdesks']) =>
  Night.begin(
    { more: SERVICE(), targets: { a: tcpTargets(['shop']) }, ...(helpdesks && { helpdesks }) },
    MONDAY_9,
  );

async function open(night: Night): Promise<void> {
  await night.settled(
    night.components.office.desk
      .open(
        { subject: 'Printer', body: '', origin: 'portal', priority: 'medium' },
        { is: 'requester', name: 'Ann', verifiedBy: 'portal' },
      )
      .then(() => {}),
  );
  await night.clock.settle();
}
const act = async (
  night: Night,
  number: number,
  action: Parameters<Night['components']['office']['desk']['act']>[2],
) => {
  await night.settled(
    night.components.office.desk.act(number, { is: 'agent', id: 'maria' }, action).then(() => {}),
  );
  await night.clock.settle();
};
const promises = (night: Night) => night.said.filter((line) => line.startsWith('promise '));
const clocks = async (night: Night, id: string) => {
  const ticket = night.components.office.service.get(id) ?? (await night.store.serviceTicket(id))!;
  return night.components.office.service
    .clocks(ticket)
    .map(({ clock, state, usedMs }) => `${clock} ${state.is} ${Math.round(usedMs / 60_000)}`);
};

test('a ticket that was resolved before a restart, or long ago, keeps its clocks when something is done with it', async () => {
  const night = await begin();
  await open(night);
  await night.minutes(10);
  await act(night, 1, { is: 'reply', text: 'Done', then: 'resolved' });
  await night.crash();
  await night.boot();
  await night.minutes(60);
  await act(night, 1, { is: 'note', text: 'by the way' });
  expect(await clocks(night, 'desk 1')).toEqual(['respond stopped 10', 'resolve stopped 10']);
  // Closed by itself two days later, when nobody holds it in memory any more.
  await night.minutes(49 * 60);
  expect((await night.store.desk.ticket(1))!.state.is).toBe('closed');
  expect(await clocks(night, 'desk 1')).toEqual(['respond stopped 10', 'resolve stopped 10']);
  expect(promises(night)).toEqual(['promise respond medium kept', 'promise resolve medium kept']);
  expect(night.sent.filter(({ to }) => to.startsWith('sms'))).toEqual([]);
});

test("an alarm is not lost when the helpdesk's clock is ahead of ours", async () => {
  const paper = new PaperHelpdesk();
  const night = await begin([paper.configured()]);
  await night.minutes(2);
  const ahead = night.clock.now() + 3_000;
  paper.openByHuman('Printer', 'medium', { createdAt: ahead, updatedAt: ahead });
  await night.minutes(4 * 60 + 5);
  expect(night.sent.map(({ to }) => to)).toEqual(['sms Maria Chen']);
});

test.each([
  ['back by half an hour', -1_800_000],
  ['forward by two hours', 2 * 3_600_000],
])('an alarm rings in its time after the clock was set %s', async (_name, byMs) => {
  const night = await begin();
  await open(night);
  await night.minutes(30);
  night.clock.set(byMs);
  await night.settled(night.watchdesk.clockStepped(byMs));
  await night.minutes(3 * 60 + 25);
  expect(night.sent.filter(({ to }) => to.startsWith('sms'))).toEqual([]);
  await night.minutes(10);
  expect(night.sent.filter(({ to }) => to.startsWith('sms'))).toHaveLength(1);
});

test('carried over to its own helpdesk a ticket is neither acknowledged nor answered by that', async () => {
  const paper = new PaperHelpdesk();
  const night = await begin([paper.configured({ fallbackAfterMs: 300_000 })]);
  await night.minutes(5);
  paper.isDown = true;
  night.world.stand('10.0.0.1', 'refusing');
  await night.minutes(15);
  expect(await night.store.desk.ticket(1)).toBeDefined();
  paper.isDown = false;
  await night.minutes(15);
  const [incident] = night.components.keeper.open();
  expect(incident!.ticket!.adapter).toBe('paper');
  expect(promises(night)).toEqual([]);
  expect((await clocks(night, incident!.id)).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'respond running',
    'resolve running',
  ]);
});

test('a ticket that was merged into another one owes nothing any more', async () => {
  const night = await begin();
  await open(night);
  await open(night);
  await act(night, 1, { is: 'merge', into: 2 });
  await act(night, 2, { is: 'reply', text: 'Both done' });
  await night.minutes(6 * 60);
  expect(night.components.office.service.open().map(({ id }) => id)).toEqual(['desk 2']);
  expect(await night.incidents()).toEqual([]);
});

test('a calendar that was changed while nobody was there changes nothing of what was used up', async () => {
  const night = await begin();
  await night.minutes(7 * 60 + 50);
  await open(night);
  await night.minutes(5);
  await act(night, 1, { is: 'change', change: { subject: 'Printers' } });
  const before = night.config;
  await night.crash();
  await night.clock.turn(12 * 3_600_000);
  // The same hours under another name: the night that has gone by was none of the office's.
  const office = before.calendars.get('office')!;
  const calendars = new Map([['bureau', { ...office, name: 'bureau', fingerprint: 'another' }]]);
  const levels = before.service.levels.map((level) => ({ ...level, hours: 'bureau' }));
  night.replaceConfig({ calendars, service: { ...before.service, levels } });
  await night.boot();
  await night.minutes(5);
  // Five minutes until it was written, five until the office closed.
  expect((await clocks(night, 'desk 1'))[0]).toBe('respond running 10');
  expect(night.sent).toEqual([]);
});

test('two words with one key at the same moment are one', async () => {
  const night = await begin();
  await open(night);
  const { desk } = night.components.office;
  const say = () =>
    desk.act(
      1,
      { is: 'requester', name: 'Ann', verifiedBy: 'no' },
      { is: 'answer', text: 'Hello', key: 'mail 1' },
    );
  const both = await night.settled(Promise.all([say(), say()]));
  expect(both.map((one) => (one.is === 'done' ? one.because : one.is))).toEqual(['answered', 'nothing-new']);
});
