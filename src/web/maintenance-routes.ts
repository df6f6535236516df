import { z } from 'zod';
import { endedAnswer, windowAnswer } from './answers.ts';
import { apiRoute, CHANGES, READS, list, listing, pageOf, type ApiRoute } from './api-route.ts';
import {
  endMaintenance,
  maintenanceWish,
  planMaintenance,
  replaceMaintenance,
} from './acts/maintenance-acts.ts';
import { windowView } from './views.ts';

const maintenanceQuery = z.strictObject(listing);

/** API to list, plan and end maintenance windows. */
export const MAINTENANCE_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/api/v1/maintenance',
    may: READS,
    summary: 'Maintenance windows in progress or planned, earliest first.',
    query: maintenanceQuery,
    good: list('A list of windows.', windowAnswer),
    async handle({ query }, { planning, now }) {
      const { limit, cursor } = query;
      const all = planning.windows.list(now());
      return pageOf(all, { limit, cursor }, windowView);
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/api/v1/maintenance',
    may: CHANGES,
    summary: 'Plan a window: probes keep running, no incidents are opened; with `for` alone it starts now.',
    body: maintenanceWish,
    good: { status: 201, description: 'The window.', answer: windowAnswer },
    handle: async ({ body }, sources) => windowView(await planMaintenance(body, sources.newId(), sources)),
  }),
  apiRoute({
    method: 'PUT',
    path: '/api/v1/maintenance/{id}',
    may: CHANGES,
    summary: 'Replace a planned window.',
    body: maintenanceWish,
    good: { status: 200, description: 'The window.', answer: windowAnswer },
    handle: async ({ params, body }, sources) =>
      windowView(await replaceMaintenance(body, params['id']!, sources)),
  }),
  apiRoute({
    method: 'DELETE',
    path: '/api/v1/maintenance/{id}',
    may: CHANGES,
    summary: 'End or cancel a planned window; windows in the config are changed there.',
    good: { status: 200, description: 'Ended.', answer: endedAnswer },
    async handle({ params }, sources) {
      const id = params['id']!;
      await endMaintenance(id, sources);
      return { ended: id };
    },
  }),
];
