import { describe, expect, test } from 'vitest';
import type { Accepted } from '../../src/core/accepted.ts';
import type { Effect, EffectKind } from '../../src/core/effect.ts';
import { effectEnded, type EndRules } from '../../src/core/effect-ended.ts';
import type { Incident } from '../../src/core/incident.ts';
import type { Decision } from '../../src/core/incident-draft.ts';
import { plainDirectory } from '../support/plain-directory.ts';
import { sampleMessage, sampleTicketOrder } from '../support/sample-effect.ts';
import { sampleIncident } from '../support/sample-incident.ts';

const T = Date.parse('2026-11-22T08:00:00Z');
let codes = 0;
const rules: EndRules = {
  newCode: () => `C${++codes}`,
  directory: plainDirectory,
  policy: [],
  timeZone: 'UTC',
  opensTicket: false,
  freshTicket: () => ({ subject: 'shop is down', body: 'again', helpdesk: 'zammad' }),
};
const ticket = { adapter: 'zammad', helpdesk: 'zammad', remoteId: '4711', url: 'https://z/4711' };
const accepted = { is: 'accepted', at: T, remoteId: '4711' } as const;
const dead = { is: 'dead', at: T, why: 'HTTP 422' } as const;

const ended = (
  effect: Effect,
  { incident = sampleIncident(), answer }: { incident?: Incident; answer?: Partial<Accepted> } = {},
  more: Partial<EndRules> = {},
) =>
  effectEnded(incident, { effect, ...(answer && { accepted: { remoteId: '4711', ...answer } }) }, T, {
    ...rules,
    ...more,
  });
const decided = (...given: Parameters<typeof ended>): Decision => {
  const next = ended(...given);
  if ('is' in next) throw new Error(`nothing follows: ${next.because}`);
  return next;
};
const kinds = ({ effects }: Decision) => effects.map(({ kind }) => kind);
const events = (decision: Decision) => decision.events.map(({ event }) => event);
const order = (kind: EffectKind, state: Effect['state'] = accepted) => sampleTicketOrder(kind, { state });

describe('nothing follows', () => {
  test('for what was no longer wanted', () => {
    const moot = { ...dead, isMoot: true };
    expect(ended(sampleMessage({ state: moot }))).toEqual({ is: 'nothing', because: 'was-moot' });
    expect(ended(order('ticket.open', moot))).toEqual({ is: 'nothing', because: 'was-moot' });
  });

  test('for work that was done and tells nothing new', () => {
    for (const kind of ['ticket.note', 'ticket.reopen', 'ticket.resolve', 'ticket.assign'] as const)
      expect(ended(order(kind), { answer: {} })).toEqual({ is: 'nothing', because: 'done-as-wanted' });
  });

  test('for a message that has only been confirmed, and for events', () => {
    const confirmed = sampleMessage({ state: { ...accepted, is: 'confirmed' } });
    expect(ended(confirmed)).toEqual({ is: 'nothing', because: 'not-at-its-end' });
    const event: Effect = { ...order('event'), content: { is: 'event', hook: 'h', event: 'e', body: {} } };
    expect(ended(event)).toEqual({ is: 'nothing', because: 'no-part-of-the-incident' });
  });
});

describe('an opened ticket', () => {
  test('is known from now on, and no longer to be held by the desk', () => {
    const incident = sampleIncident({ chores: { reviewAt: T, holdAt: T + 1 } });
    const decision = decided(order('ticket.open'), { incident, answer: { ticket } });
    expect(decision.because).toBe('reached');
    expect(decision.incident).toMatchObject({ ticket, chores: { reviewAt: T, holdAt: undefined } });
    expect(events(decision)).toEqual(['ticket-opened']);
    expect(decision.effects).toEqual([]);
  });

  test('is told what its helpdesk would not take, and is searched for doubles later', () => {
    const answer = { ticket, remarks: ['no such group'], sweepAfterMs: 5_000 };
    const decision = decided(order('ticket.open'), { answer });
    expect(kinds(decision)).toEqual(['ticket.note']);
    expect(events(decision)).toEqual(['ticket-opened', 'ticket-remark']);
    expect(decision.incident.chores.sweep).toEqual({ dueAt: T + 5_000, round: 0 });
  });

  test('hears what could not be said while there was none, and the one that was held ends', () => {
    const incident = sampleIncident({
      unsaid: [{ at: T - 5, kind: 'ticket.note', body: 'a customer has called' }],
      standIn: { since: T - 9, why: 'down', ticket: { ...ticket, adapter: 'desk', remoteId: '1' } },
    });
    const decision = decided(order('ticket.open'), { incident, answer: { ticket } });
    expect(kinds(decision)).toContain('ticket.note');
    expect(kinds(decision)).toContain('hold.resolve');
    expect(decision.incident.unsaid).toBeUndefined();
    expect(decision.incident.standIn?.until).toBe(T);
  });

  test('one of several that survived is the ticket from now on', () => {
    const other = { ...ticket, remoteId: '4712' };
    const decision = decided(order('ticket.sweep'), { answer: { ticket: other } });
    expect([decision.because, decision.incident.ticket]).toEqual(['swept', other]);
  });

  test('in the desk is where those who were paged find it', () => {
    const incident = sampleIncident({
      standIn: { since: T, why: 'down' },
      episode: { told: [{ to: { is: 'person', name: 'maria' }, via: 'sms', lane: 'l', by: 'page' }] },
    });
    const decision = decided(order('hold.open'), { incident, answer: { ticket } });
    expect([decision.because, kinds(decision)]).toEqual(['ticket-held', ['notice']]);
  });
});

describe('work on a ticket that is refused for good', () => {
  test('a note without a ticket is kept for the one that comes', () => {
    const decision = decided(order('ticket.note', dead));
    expect(decision.because).toBe('unreachable');
    expect(decision.incident.unsaid).toEqual([{ at: 0, kind: 'ticket.note', body: 'connection refused' }]);
    expect([decision.events, decision.effects]).toEqual([[], []]);
  });

  test('only the last hundred such notes are kept', () => {
    const unsaid = Array.from({ length: 100 }, (_, at) => ({
      at,
      kind: 'ticket.note' as const,
      body: `${at}`,
    }));
    const decision = decided(order('ticket.note', dead), { incident: sampleIncident({ unsaid }) });
    expect(decision.incident.unsaid).toHaveLength(100);
    expect(decision.incident.unsaid![0]!.at).toBe(1);
  });

  test('an assignment is taken back in words, for whoever reads the ticket believes it', () => {
    const decision = decided(order('ticket.assign', dead), { incident: sampleIncident({ ticket }) });
    expect(kinds(decision)).toEqual(['ticket.note']);
  });

  test('the desk holds a ticket that its helpdesk refuses, without waiting any longer', () => {
    const chores = { reviewAt: T, holdAt: T + 600_000 };
    const held = decided(order('ticket.open', dead), { incident: sampleIncident({ chores }) });
    expect(kinds(held)).toEqual(['hold.open']);
    expect(held.incident.standIn).toMatchObject({ since: T });
    // Not where it is not to be held, is held already, or where the outage is over.
    const not = [
      sampleIncident(),
      sampleIncident({ chores, standIn: { since: 1, why: 'down' } }),
      sampleIncident({ chores, status: { is: 'resolved', at: T, how: 'recovered' } }),
    ];
    for (const incident of not) expect(kinds(decided(order('ticket.open', dead), { incident }))).toEqual([]);
  });

  test('what cannot be opened again is opened anew, once, and only while the outage goes on', () => {
    const incident = sampleIncident({ ticket });
    const refused = order('ticket.reopen', dead);
    expect(kinds(decided(refused, { incident }))).toEqual(['ticket.open']);
    expect(kinds(decided(refused, { incident }, { opensTicket: true }))).toEqual([]);
    expect(kinds(decided(refused, { incident }, { freshTicket: () => undefined }))).toEqual([]);
    const over = sampleIncident({ ticket, status: { is: 'resolved', at: T, how: 'recovered' } });
    expect(kinds(decided(refused, { incident: over }))).toEqual([]);
  });
});

describe('a page', () => {
  test('that was accepted has told its person', () => {
    const decision = decided(sampleMessage({ state: accepted }), { answer: {} });
    expect(decision.because).toBe('reached');
    expect(decision.incident.episode.told).toMatchObject([{ to: { name: 'maria' }, via: 'sms', by: 'page' }]);
  });

  test('that went within another message has no live message of its own', () => {
    const alone = decided(sampleMessage({ state: accepted }), { answer: { card: 'm1' } });
    expect(alone.incident.cards).toMatchObject([{ id: 'm1' }]);
    const bundled = sampleMessage({ state: accepted }, { bundledCode: 'C0' });
    expect(decided(bundled, { answer: { card: 'm1' } }).incident.cards).toBeUndefined();
  });

  test('that was lost has told nobody', () => {
    const decision = decided(sampleMessage({ state: dead }));
    expect(decision.because).toBe('unreachable');
    expect(decision.incident.episode.lost).toEqual([{ to: { is: 'person', name: 'maria' }, via: 'sms' }]);
  });
});
