import cronParser from 'cron-parser';

/** Clocks are set by an hour at most, in one place by half of one; twice that and more is looked at around a moment. */
const AROUND_MS = 4 * 3_600_000;
const CRON_EXPECTED = 'a cron expression of five fields, such as "0 2 * * SUN"';

/** What is wrong with a cron expression of five fields, as the end of a sentence; undefined when nothing is. */
export function cronSyntaxProblem(cron: string): string | undefined {
  if (cron.trim().split(/\s+/).length !== 5) return `expected ${CRON_EXPECTED}`;
  try {
    cronParser.parseExpression(cron, { tz: 'UTC' }).next();
    return undefined;
  } catch (error) {
    const isNever = /loop limit|day of month/i.test(String(error));
    return isNever ? 'this date never occurs; use one that does' : `expected ${CRON_EXPECTED}`;
  }
}

/**
 * The last time of a cron expression at or before a moment, and the next one after it, in Unix milliseconds. As cron has
 * it (cron(8)): a time that the clocks skip comes right after, by as much as they were set; one that they show twice comes
 * once, the first time, unless it comes every hour anyway.
 */
export function cronTimesAround(cron: string, timeZone: string, now: number): { last: number; next: number } {
  const isHourly = /^\S+\s+\*/.test(cron.trim());
  // The expression is asked for what clocks on the wall show; only then it is found out when they do.
  const wallNow = wallMs(now, timeZone);
  const wallsFrom = (wall: number) =>
    cronParser.parseExpression(cron, { tz: 'UTC', currentDate: new Date(wall) });
  const moments: number[] = [];
  const note = (wall: number) => moments.push(...momentsOf(wall, timeZone, isHourly));
  note(
    wallsFrom(wallNow - AROUND_MS + 1)
      .prev()
      .getTime(),
  );
  const walls = wallsFrom(wallNow - AROUND_MS);
  for (;;) {
    const wall = walls.next().getTime();
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
