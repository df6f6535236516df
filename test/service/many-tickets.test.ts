import { expect, test } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { deadline, elapsed, type ServiceHours } from '../../src/core/service/business-time.ts';
import type { Alarm } from '../../src/core/service/alarm.ts';
import type { ServiceLevel } from '../../src/core/service/promise.ts';
import { ServiceKeeper, type ServicePolicy } from '../../src/service/service-keeper.ts';
import { quietDesk } from '../support/quiet-desk.ts';
import { HandClock } from '../support/hand-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOUR = 3_600_000;
const TICKETS = 10_000;
const office: ServiceHours = {
  is: 'calendar',
  calendar: {
    name: 'office',
    timeZone: 'America/Toronto',
    hours: [
      { days: [1, 2, 3, 4, 5], from: Temporal.PlainTime.from('08:00'), to: Temporal.PlainTime.from('17:00') },
    ],
    isHoliday: (date) => date.toString() === '2026-10-26',
  },
};
const level = (priority: 'high' | 'medium', respondMs: number): ServiceLevel => ({
  name: priority,
  scope: { priorities: [priority] },
  hours: 'office',
  promises: {
    respond: { within: { is: 'time', ms: respondMs } },
    resolve: { within: { is: 'time', ms: 9 * HOUR } },
  },
  pausedWhile: ['customer'],
});
const alarm: Alarm = { id: '1', clock: 'respond', share: 1, scope: {}, steps: [], mailsAssignee: false };
const policy: ServicePolicy = {
  levels: [level('high', 4 * HOUR), level('medium', 9 * HOUR)],
  alarms: [alarm],
  hoursOf: (name) => (name === 'office' ? office : undefined),
  fingerprintOf: (name) => name,
};

/*
 * A week of ten thousand tickets on a real store, through the real desk and the real clocks: opened minute by minute over
 * both changes of clocks, half of them answered after a while. Every alarm goes off at the very moment that is worked out
 * for its ticket alone, and every used-up time is what it is by itself.
 */
test('a week of 10,000 tickets, with clocks exact', async () => {
  const start = Date.parse('2026-10-25T04:00:00Z');
  const clock = new HandClock(start);
  const store = sqliteStore(`${await temporaryFolder()}/w.db`, { exclusive: true });
  const rung = new Map<string, number>();
  const service = new ServiceKeeper(
    {
      clock,
      store,
      keeper: {
        open: () => [],
        get: () => undefined,
        decide: async () => false,
        begin: async (decision, more = {}) => {
          rung.set(more.serviceTickets![0]!.id, clock.now());
          expect(decision.because).toBe('promise-rings');
          await store.commit(more);
          return true;
        },
      },
      commit: (change) => store.commit(change),
      ringing: async () => ({
        wording: { publicUrl: 'https://w.example', timeZone: 'America/Toronto' },
        newCode: () => 'C',
        newId: () => 'I',
        urgentEscalation: [],
        directory: {} as never,
      }),
      closing: () => ({}) as never,
      reassign: async () => undefined,
      onCounted: () => {},
      onFault: (error) => {
        throw error;
      },
    },
    policy,
  );
  await service.start();
  const desk = quietDesk(store, { heard: (word) => service.take(word) }, clock);
  desk.start();
  const begun = performance.now();
  const answered = new Map<number, number>();
  const openedAt = new Map<number, number>();
  const weekMs = 7 * 24 * HOUR;
  for (let n = 1; n <= TICKETS; n++) {
    await clock.turn(Math.floor((n * weekMs) / TICKETS) - (clock.now() - start));
    const opening = desk.open(
      { subject: `Ticket ${n}`, body: '', priority: n % 3 === 0 ? 'high' : 'medium', origin: 'portal' },
      { is: 'requester', name: 'Ann', verifiedBy: 'portal' },
    );
    openedAt.set(n, clock.now());
    // Every other one is answered, two hundred tickets later.
    const other = n - 200;
    if (other > 0 && other % 2 === 0) {
      answered.set(other, clock.now());
      void desk.act(other, { is: 'agent', id: 'maria' }, { is: 'reply', text: 'Done' });
    }
    if (n % 50 === 0) await opening;
  }
  await clock.settle();
  const seconds = (performance.now() - begun) / 1_000;
  const now = clock.now();
  let checked = 0;
  for (let n = 1; n <= TICKETS - 50; n++) {
    const limit = (n % 3 === 0 ? 4 : 9) * HOUR;
    const due = deadline(openedAt.get(n)!, limit, office)!;
    const stop = answered.get(n);
    const expected = due <= (stop ?? now) && !(stop !== undefined && stop < due) ? due : undefined;
    if (rung.get(`desk ${n}`) !== expected)
      expect({ n, rung: rung.get(`desk ${n}`), expected }).toBe('as worked out');
    const respond = service.clocks(service.get(`desk ${n}`)!).find((one) => one.clock === 'respond')!;
    expect(respond.usedMs).toBe(elapsed(openedAt.get(n)!, stop ?? now, office));
    checked++;
  }
  expect(checked).toBe(TICKETS - 50);
  expect(rung.size).toBeGreaterThan(1_000);
  console.log(`a week of ${TICKETS} tickets: ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThan(60);
  desk.stop();
  service.stop();
  await store.close();
});
