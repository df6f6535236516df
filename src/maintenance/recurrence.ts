import cronParser from 'cron-parser';
import type { MaintenanceSpan, MaintenanceTime } from '../core/maintenance.ts';

/** Five fields, or six with seconds first; a sentence on what is wrong when it cannot be read. */
export function cronProblem(cron: string, timeZone: string): string | undefined {
  if (cron.trim().split(/\s+/).length < 5) return 'a cron expression of five fields, such as "0 2 * * SUN"';
  try {
    cronParser.parseExpression(cron, { tz: timeZone }).next();
    return undefined;
  } catch {
    return 'a cron expression of five fields, such as "0 2 * * SUN"';
  }
}

/** The span that is open at that moment, or else the next one; undefined when there is none any more. */
export function spanAt(time: MaintenanceTime, now: number): MaintenanceSpan | undefined {
  if (time.is === 'once') return now < time.to ? { from: time.from, to: time.to } : undefined;
  const { cron, forMs, timeZone } = time;
  const at = (moment: number) =>
    cronParser.parseExpression(cron, { tz: timeZone, currentDate: new Date(moment) });
  // Starts are looked for from just before this moment, so that the one that is now counts.
  const last = at(now + 1)
    .prev()
    .getTime();
  if (now < last + forMs) return { from: last, to: last + forMs };
  const next = at(now).next().getTime();
  return { from: next, to: next + forMs };
}
