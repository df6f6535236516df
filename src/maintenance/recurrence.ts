import cronParser from 'cron-parser';
import type { MaintenanceSpan, MaintenanceTime } from '../core/maintenance.ts';

/** What is wrong with a cron expression of five fields and its length; undefined when nothing is. */
export function cronProblem(cron: string, timeZone: string, forMs: number): string | undefined {
  const FIVE = 'a cron expression of five fields, such as "0 2 * * SUN"';
  if (cron.trim().split(/\s+/).length !== 5) return `expected ${FIVE}`;
  try {
    const starts = cronParser.parseExpression(cron, { tz: timeZone });
    const first = starts.next().getTime();
    return starts.next().getTime() < first + forMs
      ? 'it starts again before it ends, which means permanent maintenance; use a shorter `for`'
      : undefined;
  } catch (error) {
    const never = /loop limit|day of month/i.test(String(error));
    return never ? 'this date never occurs; use one that does' : `expected ${FIVE}`;
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
