/** `2026-12-06 02:00 to 2026-12-06 04:00 (America/Toronto)` for two API times; by default in this machine's zone. */
export function localSpan(from: string, to: string, timeZone = Temporal.Now.timeZoneId()): string {
  return `${plainTime(from, timeZone)} to ${plainTime(to, timeZone)} (${timeZone})`;
}

const plainTime = (moment: string, timeZone: string): string =>
  Temporal.Instant.from(moment)
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .replace('T', ' ');
