import { cronSyntaxProblem, cronWalls } from '../../checks/shared/cron.ts';
import { cronTimesAround } from '../core/cron-times.ts';
import type { MaintenanceSpan, MaintenanceTime } from '../core/maintenance.ts';

/** What is wrong with a five-field cron expression and its duration; undefined when nothing is. */
export function cronProblem(
  cron: string,
  timeZone: string,
  forMs: number,
  now: number = Date.now(),
): string | undefined {
  const wrong = cronSyntaxProblem(cron);
  if (wrong !== undefined) return wrong;
  const walls = cronWalls(cron);
  const first = cronTimesAround(walls, timeZone, now).next;
  return cronTimesAround(walls, timeZone, first).next < first + forMs
    ? 'it starts again before it ends, which means permanent maintenance; use a shorter `for`'
    : undefined;
}

/** The span open at that moment, or the next one; undefined when there are no more. */
export function spanAt(time: MaintenanceTime, now: number): MaintenanceSpan | undefined {
  if (time.is === 'once') return now < time.to ? { from: time.from, to: time.to } : undefined;
  const { cron, forMs, timeZone } = time;
  const { last, next } = cronTimesAround(cronWalls(cron), timeZone, now);
  const from = now < last + forMs ? last : next;
  return { from, to: from + forMs };
}
