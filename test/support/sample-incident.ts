import type { Incident } from '../../src/core/incident.ts';

/** An open urgent incident of `shop`, with what the test says otherwise. */
export const sampleIncident = (more: Partial<Incident> = {}): Incident => ({
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
  escalation: [],
  due: [],
  chores: { reviewAt: 900_002 },
  traits: [],
  affected: [],
  news: [],
  told: [],
  lost: [],
  counts: {},
  reopened: 0,
  ...more,
});
