import { z } from 'zod';
import { buildWindow, maintenanceSchema } from '../config/maintenance-schema.ts';
import { spanAt } from '../maintenance/recurrence.ts';
import { say } from '../text/say.ts';
import { endedAnswer, windowAnswer } from './answers.ts';
import { by, list, listing, pageOf, type ApiRoute } from './api-route.ts';
import { HttpProblem, notFound } from './problem.ts';
import type { WebSources } from './sources.ts';
import { windowView } from './views.ts';

const maintenanceQuery = z.strictObject(listing);

const maintenanceBody = maintenanceSchema.extend({ by: by.optional() });

/** Planned work: what there is, more of it, and an early end. */
export const MAINTENANCE_ROUTES: readonly ApiRoute[] = [
  {
    method: 'GET',
    path: '/api/v1/maintenance',
    summary: 'Maintenance windows in progress or planned, earliest first.',
    query: maintenanceQuery,
    good: list('A list of windows.', windowAnswer),
    async handle({ query }, { planning, now }) {
      const { limit, cursor } = query as z.output<typeof maintenanceQuery>;
      const all = planning.windows.list(now());
      return pageOf(all, { limit, cursor }, windowView);
    },
  },
  {
    method: 'POST',
    path: '/api/v1/maintenance',
    summary: 'Plan a window: probes keep running, no incidents are opened; with `for` alone it starts now.',
    body: maintenanceBody,
    good: { status: 201, description: 'The window.', answer: windowAnswer },
    handle: ({ body }, sources) => plan(body as z.output<typeof maintenanceBody>, sources.newId(), sources),
  },
  {
    method: 'PUT',
    path: '/api/v1/maintenance/{id}',
    summary: 'Replace a planned window.',
    body: maintenanceBody,
    good: { status: 200, description: 'The window.', answer: windowAnswer },
    async handle({ params, body }, sources) {
      const id = params['id']!;
      notConfigured(id, sources);
      if (!sources.planning.windows.has(id)) throw notFound(say('maintenance.no-window', { id }));
      return plan(body as z.output<typeof maintenanceBody>, id, sources);
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/maintenance/{id}',
    summary: 'End or cancel a planned window; windows in the config are changed there.',
    good: { status: 200, description: 'Ended.', answer: endedAnswer },
    async handle({ params }, sources) {
      const id = params['id']!;
      notConfigured(id, sources);
      if (!(await sources.planning.endWindow(id))) throw notFound(say('maintenance.no-window', { id }));
      return { ended: id };
    },
  },
];

function notConfigured(id: string, { planning }: WebSources): void {
  if (planning.windows.isConfigured(id))
    throw new HttpProblem(
      409,
      say('maintenance.in-config-title'),
      say('maintenance.change-in-config', { id }),
    );
}

async function plan(
  { by: who, ...entry }: z.output<typeof maintenanceBody>,
  id: string,
  { planning, config, now }: WebSources,
) {
  const { targets, timeZone } = config();
  const window = buildWindow(entry, { id, now: now(), timeZone, targets, by: who });
  if (Array.isArray(window)) {
    const at = (path: string[]) => path.map((part) => (/^\d+$/.test(part) ? `[${part}]` : part)).join('');
    const problems = window.map(({ path, problem }) =>
      path.length > 0 ? `${at(path)}: ${problem}` : problem,
    );
    throw new HttpProblem(422, say('maintenance.not-planned'), say('maintenance.invalid'), problems);
  }
  const span = spanAt(window.time, now());
  if (!span) throw new HttpProblem(422, say('maintenance.not-planned'), say('maintenance.already-over'));
  await planning.planWindow(window);
  return windowView({ window, span, isOpen: span.from <= now() });
}
