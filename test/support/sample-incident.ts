import { newEpisode, type Episode } from '../../src/core/episode.ts';
import type { Incident } from '../../src/core/incident.ts';

export type SampleFields = Omit<Partial<Incident>, 'episode'> & { episode?: Partial<Episode> };

/** An open urgent incident of `shop`, with what the test says otherwise. */
export const sampleIncident = ({ episode, ...more }: SampleFields = {}): Incident => ({
  id: 'K7Q2M9XA',
  target: 'shop',
  kind: 'site',
  priority: 'urgent',
  startedAt: 1,
  openedAt: 2,
  status: { is: 'open' },
  reason: 'refused',
  message: 'connection refused',
  failing: [],
  helpdesk: 'desk',
  episode: newEpisode({ startedAt: 1, openedAt: 2, escalation: [], ...episode }),
  chores: { reviewAt: 900_002 },
  traits: [],
  counts: {},
  ...more,
});
