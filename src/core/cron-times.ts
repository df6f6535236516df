/** Margin around a moment, over twice the largest clock change (one hour; half an hour in one place). */
const AROUND_MS = 4 * 3_600_000;

/** The times of a cron expression in local wall-clock time, written as if they were UTC, in milliseconds. */
export interface CronWalls {
  /** The last time before that wall-clock time. */
  before(wall: number): number;
  /** Returns the times after it one by one, in order, without end. */
  after(wall: number): () => number;
  /** Whether the expression runs every hour. */
  isHourly: boolean;
}

/** Whether the hour field of a five-field expression begins with `*`. */
export const isHourlyCron = (cron: string): boolean => /^\S+\s+\*/.test(cron.trim());

/**
 * Returns the last time of a cron expression at or before a moment, and the next one after it, in Unix milliseconds. As
 * in cron(8): a time that a clock change skips comes right after it, later by the size of the change; a time that
 * occurs twice comes once, the first time, unless the expression runs every hour anyway.
 */
export function cronTimesAround(
  walls: CronWalls,
  timeZone: string,
  now: number,
): { last: number; next: number } {
  // The expression is evaluated in wall-clock time; its times are converted to moments afterwards.
  const wallNow = wallMs(now, timeZone);
  const moments: number[] = [];
  const note = (wall: number) => moments.push(...momentsOf(wall, timeZone, walls.isHourly));
  note(walls.before(wallNow - AROUND_MS + 1));
  const next = walls.after(wallNow - AROUND_MS);
  for (;;) {
    const wall = next();
    note(wall);
    if (wall > wallNow + AROUND_MS) break;
  }
  return {
    last: Math.max(...moments.filter((moment) => moment <= now)),
    next: Math.min(...moments.filter((moment) => moment > now)),
  };
}

/** Wall-clock time in a zone, as if it were UTC. */
function wallMs(moment: number, timeZone: string): number {
  const zoned = Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(timeZone);
  return moment + zoned.offsetNanoseconds / 1_000_000;
}

function momentsOf(wall: number, timeZone: string, isHourly: boolean): number[] {
  const shown = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC').toPlainDateTime();
  const at = (disambiguation: 'compatible' | 'later') =>
    shown.toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds;
  return isHourly ? [at('compatible'), at('later')] : [at('compatible')];
}
