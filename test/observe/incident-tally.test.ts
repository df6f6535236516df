import { expect, test } from 'vitest';
import type { Incident } from '../../src/core/incident.ts';
import { IncidentTally } from '../../src/observe/incident-tally.ts';
import { sampleIncident, type SampleFields } from '../support/sample-incident.ts';

const incident = (id: string, { episode, ...more }: SampleFields = {}): Incident =>
  sampleIncident({ id, episode: { startedAt: 1_000, openedAt: 2_000, ...episode }, ...more });

test('an incident begins once, is taken once and ends once; a relapse is none of its own', () => {
  const tally = new IncidentTally();
  tally.restore([incident('old')]);
  expect(tally.take(incident('old'))).toEqual({ isNew: false });
  expect(tally.take(incident('a'))).toEqual({ isNew: true });
  expect(tally.take(incident('a'))).toEqual({ isNew: false });
  const worked = { is: 'worked', at: 5_000, by: 'maria' } as const;
  expect(tally.take(incident('a', { status: worked }))).toEqual({ isNew: false, acknowledgedMs: 3_000 });
  expect(tally.take(incident('a', { status: worked }))).toEqual({ isNew: false });
  const over = { is: 'resolved', at: 9_000, how: 'recovered' } as const;
  expect(tally.take(incident('a', { status: over }))).toEqual({
    resolved: { afterMs: 8_000, how: 'recovered', wasWorked: true },
  });
  expect(tally.take(incident('a', { status: over }))).toEqual({});
  expect(tally.take(incident('a', { episode: { number: 2, startedAt: 20_000 } }))).toEqual({ isNew: false });
});
