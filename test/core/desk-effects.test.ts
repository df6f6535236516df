import { expect, test } from 'vitest';
import { deskEffects, type DeskEffectFacts } from '../../src/core/desk/desk-effects.ts';
import type { DeskTicket } from '../../src/core/desk/desk-ticket.ts';
import { whyNotMerged } from '../../src/core/desk/merging.ts';
import type { Telling } from '../../src/core/desk/telling.ts';

const T = 1_000;
const ticket = {
  ...{ number: 12, sent: 3, subject: 'Printer', priority: 'low', state: { is: 'new' } },
  ...{ createdAt: 1, updatedAt: 1 },
} as DeskTicket;
const facts: DeskEffectFacts = {
  newCode: () => 'CODE',
  mailVia: 'email',
  answers: '<1@acme.example>',
  hooks: [],
  url: 'https://w.example/desk/12',
};
const requester = { is: 'requester', name: 'Ada', email: 'ada@acme.example' } as const;
const told = (to: object, what: string): Telling => ({ to, what, subject: 's', text: 't' }) as Telling;
const hook = (name: string, events?: readonly string[]) =>
  ({ name, ...(events && { events }), withNotes: false, url: 'https://h', timeoutMs: 1 }) as never;
const of = (tellings: Telling[], more: Partial<DeskEffectFacts> = {}) =>
  deskEffects({ ticket, entries: [], told: tellings, because: 'answered' }, T, { ...facts, ...more });

test('each mail is counted on, and stands in the order of whoever it is for', () => {
  const { ticket: after, effects } = of([
    told(requester, 'reply'),
    told({ is: 'person', id: 'maria' }, 'assigned'),
  ]);
  expect(effects.map(({ id, lane }) => [id, lane])).toEqual([
    ['desk-12:notice:4', 'email/ada@acme.example'],
    ['desk-12:notice:5', 'email/maria'],
  ]);
  expect(after.sent).toBe(5);
});

test('only the requester’s mail answers theirs, and only what a person wrote says so', () => {
  const { effects } = of([told(requester, 'reply'), told({ is: 'person', id: 'maria' }, 'assigned')]);
  expect(effects.map(({ content }) => (content as { occasion: object }).occasion)).toEqual([
    { is: 'mail', subject: 's', text: 't', thread: 'ticket.12', isHuman: true, answers: '<1@acme.example>' },
    { is: 'mail', subject: 's', text: 't', thread: 'ticket.12', isHuman: false },
  ]);
});

test('without a channel for mails nobody is told, and nothing is counted', () => {
  const { ticket: after, effects } = of([told(requester, 'reply')], { mailVia: undefined });
  expect([after, effects]).toEqual([ticket, []]);
});

test('a receiver gets the events that it wants, in an order of its own for each ticket', () => {
  const hooks = [hook('all'), hook('some', ['answered']), hook('others', ['opened'])];
  const { effects } = of([], { hooks });
  expect(effects.map(({ id, lane }) => [id, lane])).toEqual([
    ['desk-12:event:4', 'hook all/12'],
    ['desk-12:event:5', 'hook some/12'],
  ]);
});

test('tickets are merged unless one is missing, the same, or of another customer', () => {
  const one = { number: 1, customer: 'Acme' };
  expect(whyNotMerged(one, undefined, 9)).toMatchObject({ because: 'no-such-ticket' });
  expect(whyNotMerged(one, one, 1)).toMatchObject({ because: 'itself' });
  expect(whyNotMerged(one, { number: 2, customer: 'Globex' }, 2)).toMatchObject({
    because: 'of-another-customer',
  });
  expect(whyNotMerged(one, { number: 2, customer: 'Acme' }, 2)).toBeUndefined();
  expect(whyNotMerged(one, { number: 2, customer: undefined }, 2)).toBeUndefined();
  expect(
    whyNotMerged({ number: 1, customer: undefined }, { number: 2, customer: 'Acme' }, 2),
  ).toBeUndefined();
});
