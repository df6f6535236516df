import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DeskTicket } from '../../src/core/desk/desk-ticket.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const DAY = 86_400_000;
const SHA = 'a'.repeat(64);

const ticket = (number: number, daysAgo: number, state: DeskTicket['state']): DeskTicket => ({
  number,
  subject: `Printer number ${number} is jammed`,
  body: 'Paper everywhere; voilà, das Büro brennt',
  type: 'question',
  state,
  priority: 'medium',
  wished: {},
  origin: 'api',
  tier: 1,
  fields: {},
  links: [],
  sent: 0,
  requester: { name: 'Ann Jones', email: 'ann@acme.example', verifiedBy: 'api' },
  createdAt: Date.now() - daysAgo * DAY,
  updatedAt: Date.now() - daysAgo * DAY,
});

async function filled() {
  const store = sqliteStore(join(await temporaryFolder(), 'w.db'), { exclusive: true });
  const closed = (daysAgo: number) => ({ is: 'closed', at: Date.now() - daysAgo * DAY }) as const;
  const deskTickets = [
    ...Array.from({ length: 120 }, (_, n) => ticket(n + 1, 400, closed(400))),
    ticket(121, 400, { is: 'open' }),
    ticket(122, 20, closed(20)),
  ];
  await store.commit({
    deskTickets,
    deskEntries: deskTickets.map(({ number }) => ({
      ticket: number,
      at: Date.now(),
      event: 'note',
      by: { is: 'agent', id: 'maria' },
      text: 'The toner was empty',
      isPublic: false,
      attachments: [
        {
          id: `${number}`,
          name: 'a.pdf',
          type: 'application/pdf',
          bytes: 1,
          sha256: number === 1 ? SHA : 'b'.repeat(64),
        },
      ],
    })),
  });
  return store;
}

test('tickets that were closed long enough ago go, with what was written on them; others stay', async () => {
  const store = await filled();
  expect(await store.tidy({})).toMatchObject({ tickets: 0 });
  const removed = await store.tidy({ ticketsMs: 365 * DAY });
  // The other file is named by tickets that stay.
  expect(removed).toEqual({ tickets: 120, messages: 0, incidents: 0, files: [SHA] });
  const { items } = await store.desk.list({ limit: 500 });
  expect(items.map(({ number }) => number)).toEqual([122, 121]);
  expect(await store.desk.entries(1)).toEqual([]);
  expect(await store.desk.entries(121)).toHaveLength(1);
  expect(await store.tidy({ ticketsMs: 365 * DAY })).toMatchObject({ tickets: 0 });
  // A number is given once.
  expect(await store.desk.lastNumber()).toBe(122);
  await store.close();
});

test('a search finds every word by its beginning, wherever it stands, and nothing else', async () => {
  const store = await filled();
  const found = async (text: string, more = {}) =>
    (await store.desk.list({ limit: 500, text, states: ['open'], ...more })).items.map(
      ({ number }) => number,
    );
  for (const text of [
    'printer jammed',
    'JAM print',
    'buro brennt',
    'Ann Jones',
    'ann@acme.example',
    '121',
    '#121',
    'voila paper',
  ])
    expect([text, await found(text)]).toEqual([text, [121]]);
  for (const text of [
    'printer burning',
    'ammed',
    '"',
    "' OR 1=1",
    'NOT printer unicorn',
    '*',
    '(',
    'nothing',
  ])
    expect([text, await found(text)]).toEqual([text, []]);
  // What the team wrote among itself is found by the team, not through a customer's search.
  expect(await found('toner empty')).toEqual([121]);
  expect(await found('toner empty', { requester: 'ann@acme.example' })).toEqual([]);
  await store.commit({ deskTickets: [{ ...ticket(121, 1, { is: 'open' }), subject: 'Scanner' }] });
  expect([await found('jammed'), await found('scanner')]).toEqual([[], [121]]);
  await store.close();
});
