import { describe, expect, test } from 'vitest';
import type { Calendar } from '../../../src/core/hours.ts';
import { ALWAYS, type ServiceHours } from '../../../src/core/service/business-time.ts';
import { clocksOf, dueAt, isMissed, type TicketClock } from '../../../src/core/service/clocks.ts';
import { termsFor, type HoursOf, type ServiceLevel, type Terms } from '../../../src/core/service/promise.ts';
import type { TicketFact } from '../../../src/core/service/ticket-fact.ts';

const HOUR = 3_600_000;
const TORONTO = 'America/Toronto';

const weekly = (days: number[], from: string, to: string) => ({
  days,
  from: Temporal.PlainTime.from(from),
  to: Temporal.PlainTime.from(to),
});
const calendar = (hours: Calendar['hours']): ServiceHours => ({
  is: 'calendar',
  calendar: { name: 'x', timeZone: TORONTO, hours, isHoliday: (date) => date.toString() === '2026-12-25' },
});
const HOURS: Record<string, ServiceHours> = {
  always: ALWAYS,
  office: calendar([weekly([1, 2, 3, 4, 5], '08:00', '17:00')]),
  late: calendar([weekly([1, 2, 3, 4, 5], '12:00', '20:00')]),
};
const hoursOf: HoursOf = (name) => HOURS[name];

const at = (local: string): number =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(TORONTO).epochMilliseconds;
const local = (ms: number | undefined): string | undefined =>
  ms === undefined
    ? undefined
    : Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(TORONTO).toPlainDateTime().toString();

const terms = (promises: Terms['promises'], pausedWhile: Terms['pausedWhile'] = ['customer']): Terms => ({
  level: 'x',
  promises,
  pausedWhile,
});
const respond = (hours: number, name = 'office') =>
  terms({ respond: { withinMs: hours * HOUR, hours: name } });
const opened = (when: string, given: Terms): TicketFact[] => [
  { is: 'opened', at: at(when) },
  { is: 'terms', at: at(when), terms: given },
];
/** `respond running 3 h, due …`: how a clock reads. */
const read = (clock: TicketClock): string =>
  `${clock.clock}${clock.round > 1 ? ` ${clock.round}` : ''} ${clock.state.is} ${clock.usedMs / HOUR} of ${clock.limitMs / HOUR} h` +
  (clock.state.is === 'running' ? `, due ${local(dueAt(clock))}` : '') +
  (isMissed(clock) ? ', missed' : '');
const clocks = (facts: readonly TicketFact[], now: string): string[] =>
  clocksOf(facts, at(now), hoursOf).map(read);

describe('the clocks of a ticket', () => {
  test('run from the opening, or from the next opening of the office', () => {
    const facts = opened('2026-11-21T23:00', respond(4));
    expect(clocks(facts, '2026-11-22T12:00')).toEqual(['respond running 0 of 4 h, due 2026-11-23T12:00:00']);
    expect(clocks(facts, '2026-11-23T09:00')).toEqual(['respond running 1 of 4 h, due 2026-11-23T12:00:00']);
  });

  test('one that has run out says when it did, however late it is read', () => {
    const facts = opened('2026-11-23T09:00', respond(4));
    expect(clocks(facts, '2026-11-25T09:00')).toEqual([
      'respond running 18 of 4 h, due 2026-11-23T13:00:00, missed',
    ]);
  });

  test('an answer stops it; one that is heard of late stopped it when it was given', () => {
    const facts: TicketFact[] = [
      ...opened('2026-11-23T09:00', respond(4)),
      { is: 'responded', at: at('2026-11-23T12:59') },
    ];
    expect(clocks(facts, '2026-11-23T16:00')[0]).toMatch(/^respond stopped 3\.98/);
    expect(clocksOf(facts, at('2026-11-23T16:00'), hoursOf).some(isMissed)).toBe(false);
  });

  test('an acknowledgement is no answer, and an answer is an acknowledgement', () => {
    const both = terms({
      acknowledge: { withinMs: HOUR, hours: 'always' },
      respond: { withinMs: 2 * HOUR, hours: 'always' },
    });
    const facts: TicketFact[] = [
      ...opened('2026-11-23T09:00', both),
      { is: 'acknowledged', at: at('2026-11-23T09:30') },
    ];
    expect(clocks(facts, '2026-11-23T10:00')).toEqual([
      'acknowledge stopped 0.5 of 1 h',
      'respond running 1 of 2 h, due 2026-11-23T11:00:00',
    ]);
    const answered: TicketFact[] = [
      ...opened('2026-11-23T09:00', both),
      { is: 'responded', at: at('2026-11-23T09:30') },
    ];
    expect(clocks(answered, '2026-11-23T10:00')).toEqual([
      'acknowledge stopped 0.5 of 1 h',
      'respond stopped 0.5 of 2 h',
    ]);
  });

  const resolve = terms({ resolve: { withinMs: 9 * HOUR, hours: 'office' } });

  test('stand while it waits on the customer, in hours of the office', () => {
    const facts: TicketFact[] = [
      ...opened('2026-11-27T15:00', resolve),
      { is: 'waiting', on: 'customer', at: at('2026-11-27T16:00') },
      { is: 'going', at: at('2026-11-30T09:00') },
    ];
    expect(clocks(facts, '2026-11-28T12:00')).toEqual(['resolve paused 1 of 9 h']);
    // 65 hours of the clock were 2 hours of the office.
    expect(clocks(facts, '2026-11-30T09:00')).toEqual(['resolve running 1 of 9 h, due 2026-11-30T17:00:00']);
  });

  test('go on while it waits on a third party, unless the policy says otherwise', () => {
    const waiting: TicketFact = { is: 'waiting', on: 'third-party', at: at('2026-11-23T10:00') };
    expect(clocks([...opened('2026-11-23T09:00', resolve), waiting], '2026-11-23T12:00')[0]).toMatch(
      /^resolve running 3 of 9/,
    );
    const paused = { ...resolve, pausedWhile: ['customer', 'third-party'] as const };
    expect(clocks([...opened('2026-11-23T09:00', paused), waiting], '2026-11-23T12:00')).toEqual([
      'resolve paused 1 of 9 h',
    ]);
  });

  test('a hold that is set on a holiday holds', () => {
    const facts: TicketFact[] = [
      ...opened('2026-12-24T16:00', resolve),
      { is: 'waiting', on: 'customer', at: at('2026-12-25T11:00') },
    ];
    expect(clocks(facts, '2026-12-29T12:00')).toEqual(['resolve paused 1 of 9 h']);
  });

  test('resolved out of a hold and opened again: what was used stays used, and no old deadline comes back', () => {
    const facts: TicketFact[] = [
      ...opened('2026-11-23T08:00', resolve),
      { is: 'waiting', on: 'customer', at: at('2026-11-23T10:00') },
      { is: 'resolved', at: at('2026-11-24T10:00') },
      { is: 'reopened', at: at('2026-11-26T08:00') },
    ];
    expect(clocks(facts, '2026-11-25T08:00')).toEqual(['resolve stopped 2 of 9 h']);
    expect(clocks(facts, '2026-11-26T09:00')).toEqual(['resolve running 3 of 9 h, due 2026-11-26T15:00:00']);
  });

  test('another priority: the deadline is another, and what was used up is kept', () => {
    const facts: TicketFact[] = [
      ...opened('2026-11-23T08:00', respond(9)),
      { is: 'terms', at: at('2026-11-23T11:00'), terms: respond(4) },
    ];
    expect(clocks(facts, '2026-11-23T11:00')).toEqual(['respond running 3 of 4 h, due 2026-11-23T12:00:00']);
    const tooLate: TicketFact[] = [
      ...opened('2026-11-23T08:00', respond(9)),
      { is: 'terms', at: at('2026-11-23T14:00'), terms: respond(4) },
    ];
    expect(clocks(tooLate, '2026-11-23T14:30')).toEqual([
      'respond running 6.5 of 4 h, due 2026-11-23T14:00:00, missed',
    ]);
  });

  test('another calendar in mid-flight: each part counts by its own', () => {
    const facts: TicketFact[] = [
      ...opened('2026-11-23T10:00', respond(6)),
      { is: 'terms', at: at('2026-11-23T11:00'), terms: respond(6, 'late') },
    ];
    expect(clocks(facts, '2026-11-23T13:00')).toEqual(['respond running 2 of 6 h, due 2026-11-23T17:00:00']);
  });

  test('hours that were changed under the same name: what had been used up then stands', () => {
    const facts: TicketFact[] = [
      ...opened('2026-11-23T10:00', respond(6, 'late')),
      { is: 'terms', at: at('2026-11-23T15:00'), terms: respond(6, 'late'), used: { respond: 5 * HOUR } },
    ];
    expect(clocks(facts, '2026-11-23T15:30')).toEqual([
      'respond running 5.5 of 6 h, due 2026-11-23T16:00:00',
    ]);
  });

  test('the customer is told again and again: every round counts for itself, the same word once', () => {
    const hourly = terms({ update: { withinMs: HOUR, hours: 'always' } });
    const facts: TicketFact[] = [
      ...opened('2026-11-23T03:00', hourly),
      { is: 'told', at: at('2026-11-23T03:50') },
      { is: 'told', at: at('2026-11-23T03:50:20') },
      { is: 'responded', at: at('2026-11-23T05:20') },
      { is: 'resolved', at: at('2026-11-23T06:00') },
    ];
    expect(clocks(facts, '2026-11-23T09:00').map((text) => text.replace(/(\.\d\d)\d+/, '$1'))).toEqual([
      'update stopped 0.83 of 1 h',
      'update 2 stopped 1.49 of 1 h, missed',
      'update 3 stopped 0.66 of 1 h',
    ]);
  });

  test('a ticket that people opened for the customer is answered by the first word, not by its own text', () => {
    const facts = opened('2026-11-23T09:00', respond(4));
    expect(clocks(facts, '2026-11-23T10:00')).toEqual(['respond running 1 of 4 h, due 2026-11-23T13:00:00']);
  });
});

describe('what is promised', () => {
  const level = (
    name: string,
    scope: ServiceLevel['scope'],
    more: Partial<ServiceLevel> = {},
  ): ServiceLevel => ({
    name,
    scope,
    hours: 'office',
    promises: {},
    pausedWhile: ['customer'],
    ...more,
  });
  const levels = [
    level(
      'complaints',
      { types: ['complaint'] },
      { promises: { acknowledge: { within: { is: 'working-days', days: 2 } } } },
    ),
    level('urgent VIP', { priorities: ['urgent'], plans: ['vip'] }, { hours: 'always' }),
    level('networks', { kinds: ['network'] }),
    level('rest', {}),
  ];

  test.each([
    [{ priority: 'urgent', plan: 'vip' }, 'urgent VIP'],
    [{ priority: 'urgent', plan: 'essentials' }, 'rest'],
    [{ priority: 'urgent' }, 'rest'],
    [{ priority: 'high', plan: 'vip' }, 'rest'],
    [{ priority: 'low', kind: 'network' }, 'networks'],
    [{ priority: 'low', type: 'complaint', plan: 'vip' }, 'complaints'],
  ] as const)('%j is %s', (ticket, expected) => {
    expect(termsFor(levels, ticket, hoursOf).level).toBe(expected);
  });

  test('working days are of the calendar that applies', () => {
    const { promises } = termsFor(levels, { priority: 'low', type: 'complaint' }, hoursOf);
    expect(promises.acknowledge).toEqual({ withinMs: 18 * HOUR, hours: 'office' });
  });

  test('without a level nothing is promised', () => {
    expect(termsFor(levels.slice(0, 1), { priority: 'urgent' }, hoursOf).promises).toEqual({});
  });
});
