import { describe, expect, test } from 'vitest';
import { Night, tcpTargets } from '../support/night.ts';

const MONDAY_9 = Date.parse('2026-11-23T14:00:00Z');
const SERVICE = `
channels: { email: { type: email, host: 127.0.0.1, from: "desk@provider.example" } }
teams: { support: { members: [maria, devon], email: team@example.com } }
calendars: { office: { timezone: America/Toronto, hours: [{ days: mon-fri, from: "08:00", to: "17:00" }] } }
service:
  hours: office
  levels:
    - { for: { priorities: urgent }, hours: always, acknowledge: 1h, respond: 2h }
    - { for: { priorities: high }, respond: 4h, resolve: 2wd }
    - { respond: 1wd }
  alarms:
    - { clock: respond, at: 75%, mail: assignee }
    - { clock: respond, at: 100%, for: { priorities: high }, page: operations-manager, via: [sms], repeat: 60m, unless: worked, raise: urgent, reassign: { round_robin: support } }
`;
const begin = (more = SERVICE) => Night.begin({ more, targets: { a: tcpTargets(['shop']) } }, MONDAY_9);
const AGENT = { is: 'agent', id: 'maria' } as const;

async function highTicket(night: Night): Promise<number> {
  const { desk } = night.components.office;
  const requester = { name: 'Ann', email: 'ann@acme.example', verifiedBy: 'portal' } as const;
  const ticket = await night.settled(
    desk.open(
      { subject: 'Printer', body: 'It is on fire', priority: 'high', origin: 'portal', requester },
      { is: 'requester', name: 'Ann', verifiedBy: 'portal' },
    ),
  );
  await night.clock.settle();
  return ticket.number;
}

const act = async (
  night: Night,
  number: number,
  action: Parameters<Night['components']['office']['desk']['act']>[2],
) => {
  const acted = await night.settled(night.components.office.desk.act(number, AGENT, action));
  await night.clock.settle();
  return acted;
};

describe('a promise', () => {
  test('warns whoever has the ticket, then pages, raises and reassigns, each once', async () => {
    const night = await begin();
    const number = await highTicket(night);
    await act(night, number, { is: 'assign', to: 'maria' });
    night.sent.length = 0;
    await night.minutes(2 * 60 + 59);
    expect(night.texts()).toEqual([]);
    await night.minutes(2);
    expect(night.sent.map(({ to }) => to)).toEqual(['email Maria Chen']);
    expect(night.texts()[0]).toMatch(/^HIGH desk ticket 1.*: first response is due 18:00, not sent yet\./);
    await night.minutes(58);
    expect(night.sent).toHaveLength(1);
    await night.minutes(2);
    expect(night.texts().filter((text) => /first response was due 18:00/.test(text))).toHaveLength(1);
    const ticket = (await night.store.desk.ticket(number))!;
    expect([ticket.priority, ticket.assignee]).toEqual(['urgent', 'devon']);
    expect(night.said).toContain('promise respond high missed');
  });

  test('kept in time rings nothing; what rang is over with the answer', async () => {
    const night = await begin();
    const number = await highTicket(night);
    await night.minutes(3 * 60 + 30);
    expect((await night.incidents()).map(({ reason }) => reason)).toEqual(['promise']);
    await act(night, number, { is: 'reply', text: 'Water is on its way.' });
    expect((await night.incidents()).map(({ status }) => status)).toMatchObject([
      { is: 'resolved', how: 'settled' },
    ]);
    expect(night.said).toContain('promise respond high kept');
    await night.minutes(24 * 60);
    expect(night.sent.filter(({ to }) => to.startsWith('sms'))).toEqual([]);
  });

  test('rings once over a crash', async () => {
    const night = await begin();
    await highTicket(night);
    await night.minutes(4 * 60 + 1);
    const pages = () => night.sent.filter(({ to }) => to.startsWith('sms')).length;
    const before = pages();
    expect(before).toBeGreaterThan(0);
    await night.crash();
    await night.boot();
    await night.minutes(30);
    expect(pages()).toBe(before);
    await night.minutes(31);
    // The reminder of the escalation, an hour after the first.
    expect(pages()).toBe(before + 1);
  });

  test('that ran out while nobody was there rings at the start', async () => {
    const night = await begin();
    await highTicket(night);
    await night.crash();
    await night.clock.turn(5 * 3_600_000);
    await night.boot();
    await night.minutes(1);
    expect(night.texts().filter((text) => /first response was due 18:00/.test(text))).toHaveLength(1);
    expect((await night.incidents()).length).toBe(1);
  });

  test('is made for an outage, too: its first page has its clock running before any helpdesk has taken it', async () => {
    const night = await begin();
    night.world.stand('10.0.0.1', 'refusing');
    await night.minutes(5);
    const [incident] = night.components.keeper.open();
    const ticket = night.components.office.service.get(incident!.id)!;
    expect(night.components.office.service.clocks(ticket).map(({ clock }) => clock)).toEqual([
      'acknowledge',
      'respond',
    ]);
    await night.settled(
      night.components.keeper.act(incident!, 'maria', { is: 'acknowledge' }).then(() => {}),
    );
    expect(night.said).toContain('promise acknowledge urgent kept');
  });

  test('nothing is owed for a ticket that lives on in another, and nothing is counted for it', async () => {
    const night = await begin();
    const [first, second] = [await highTicket(night), await highTicket(night)];
    await night.minutes(30);
    expect(await act(night, second, { is: 'merge', into: first })).toMatchObject({ is: 'done' });
    const { service } = night.components.office;
    expect(service.get(`desk ${second}`)).toMatchObject({ status: 'resolved', results: [] });
    expect(service.clocks(service.get(`desk ${first}`)!)).toHaveLength(2);
    expect(night.said.filter((line) => line.startsWith('promise'))).toEqual([]);
  });

  test("tickets of two customers are not merged: neither reads what is the other's", async () => {
    const night = await begin();
    const { desk } = night.components.office;
    for (const customer of ['Acme', 'Globex', undefined]) {
      const given = { subject: 'x', body: '', origin: 'agent' as const, ...(customer && { customer }) };
      await night.settled(desk.open(given, AGENT));
    }
    expect(await act(night, 2, { is: 'merge', into: 1 })).toEqual({
      is: 'refused',
      why: "ticket 2 belongs to Globex and ticket 1 to Acme, and customers must not see each other's tickets; link them instead",
    });
    expect(await act(night, 3, { is: 'merge', into: 1 })).toMatchObject({ is: 'done' });
  });

  test('whoever has the ticket reads who has answered', async () => {
    const night = await begin();
    const number = await highTicket(night);
    await act(night, number, { is: 'assign', to: 'devon' });
    await night.settled(
      night.components.office.desk
        .act(
          number,
          { is: 'requester', name: 'Cleo', verifiedBy: 'portal' },
          { is: 'answer', text: 'Me, too' },
        )
        .then(() => {}),
    );
    await night.minutes(1);
    expect(night.texts().at(-1)).toContain('Cleo wrote:');
  });

  test('a ticket is found by number, by words of it, and by whoever asked', async () => {
    const night = await begin();
    await highTicket(night);
    await night.settled(
      night.components.office.desk.open({ subject: 'Mail 100%', body: 'full', origin: 'agent' }, AGENT),
    );
    const found = async (text: string) =>
      (await night.store.desk.list({ limit: 10, text })).items.map(({ number }) => number);
    expect(await found('#2')).toEqual([2]);
    expect(await found('ann@acme')).toEqual([1]);
    expect(await found('on fire')).toEqual([1]);
    expect(await found('100%')).toEqual([2]);
    expect(await found("' OR 1")).toEqual([]);
  });
});
