import { expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { EscalationStep } from '../../src/core/escalation.ts';
import type { OnCallSchedule } from '../../src/core/on-call.ts';
import { isReached } from '../../src/on-call/coverage.ts';

const channel = (type: string, keys?: string[]) => ({
  type: { type, addresses: keys?.map((key) => ({ key })) },
  settings: {},
});
const channels = new Map([
  ['sms', channel('console', undefined)],
  ['email', channel('email', ['email'])],
  ['texts', channel('twilio', ['sms'])],
]) as unknown as Config['channels'];
const schedule = { name: 'night' } as OnCallSchedule;
const maria = { id: 'maria', name: 'Maria Chen', addresses: { email: 'maria@example.com' }, prefer: [] };
const step = (via: string[], to = 'night'): EscalationStep => ({
  act: 'page',
  to: { is: 'schedule', name: to },
  via,
  afterMs: 0,
});
const reached = (steps: EscalationStep[], person: object = maria) =>
  isReached(person as typeof maria, schedule, { people: new Map(), channels, escalation: { urgent: steps } });

test('reached is who is reached by what the escalation names, not by what nobody would use', () => {
  // What prints takes every page and reaches nobody, so that the mail is never tried.
  expect(reached([step(['sms'])])).toBe(false);
  expect(reached([step(['texts'])])).toBe(false);
  expect(reached([step(['sms', 'email'])])).toBe(true);
  expect(reached([step(['texts'])], { ...maria, addresses: { sms: '+12895550101' } })).toBe(true);
  // As they want it, or not paged at all: any way will do.
  expect(reached([step([])])).toBe(true);
  expect(reached([step(['sms'], 'day')])).toBe(true);
  expect(reached([step([])], { ...maria, addresses: {} })).toBe(false);
});
