import { z } from 'zod';
import { buildWindow, maintenanceSchema } from '../../config/maintenance-schema.ts';
import type { PlannedWindow } from '../../maintenance/maintenance-plan.ts';
import { spanAt } from '../../maintenance/recurrence.ts';
import { say } from '../../text/say.ts';
import { by } from '../api-route.ts';
import { HttpProblem, notFound } from '../problem.ts';
import type { WebSources } from '../sources.ts';

/** A maintenance window as submitted by a form or through the API. */
export const maintenanceWish = maintenanceSchema.extend({ by: by.optional() });
export type MaintenanceWish = z.output<typeof maintenanceWish>;

type Planner = Pick<WebSources, 'planning' | 'config' | 'now'>;

function notConfigured(id: string, { planning }: Planner): void {
  if (planning.windows.isConfigured(id))
    throw new HttpProblem(
      409,
      say('maintenance.in-config-title'),
      say('maintenance.change-in-config', { id }),
    );
}

/**
 * Plans a maintenance window with that id, or replaces the existing one.
 * @throws HttpProblem that says what is wrong with it.
 */
export async function planMaintenance(
  { by: who, ...entry }: MaintenanceWish,
  id: string,
  { planning, config, now }: Planner,
): Promise<PlannedWindow> {
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
  return { window, span, isOpen: span.from <= now() };
}

/** Replaces a planned maintenance window. */
export function replaceMaintenance(
  wish: MaintenanceWish,
  id: string,
  sources: Planner,
): Promise<PlannedWindow> {
  notConfigured(id, sources);
  if (!sources.planning.windows.has(id)) throw notFound(say('maintenance.no-window', { id }));
  return planMaintenance(wish, id, sources);
}

/** Ends or cancels a planned maintenance window. */
export async function endMaintenance(id: string, sources: Planner): Promise<void> {
  notConfigured(id, sources);
  if (!(await sources.planning.endWindow(id))) throw notFound(say('maintenance.no-window', { id }));
}
