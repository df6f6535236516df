/** Clocks are set by an hour at most, in one place by half of one; twice that and more is looked at around a moment. */
const AROUND_MS = 4 * 3_600_000;

/** The times of a cron expression as clocks on the wall show them, written as if they were UTC, in milliseconds. */
export interface CronWalls {
  /** The last one before that wall time. */
  before(wall: number): number;
  /** Those after it, in their order, without end. */
  after(wall: number): () => number;
  /** It comes every hour. */
  isHourly: boolean;
}

/** Whether the hours of an expression of five fields begin with `*`. */
export const isHourlyCron = (cron: string): boolean => /^\S+\s+\*/.test(cron.trim());

/**
 * The last time of a cron expression at or before a moment, and the next one after it, in Unix milliseconds. As cron has
 * it (cron(8)): a time that the clocks skip comes right after, by as much as they were set; one that they show twice comes
 * once, the first time, unless it comes every hour anyway.
 */
export function cronTimesAround(
  walls: CronWalls,
  timeZone: string,
  now: number,
): { last: number; next: number } {
  // The expression is asked for what clocks on the wall show; only then it is found out when they do.
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

/** What the clocks of a zone show, as if it were UTC. */
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
