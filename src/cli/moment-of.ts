const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** `2026-12-24T09:00`, `2026-12-24T09:00Z`, `Sat 03:00` (the next one), `03:00`; undefined for anything else. */
export function momentOf(text: string, timeZone: string, now: number): number | undefined {
  const weekly = /^(?:(mon|tue|wed|thu|fri|sat|sun)[a-z]* )?([01]\d|2[0-3]):([0-5]\d)$/i.exec(text.trim());
  if (weekly) {
    const [, day, hour, minute] = weekly;
    const plainTime = Temporal.PlainTime.from(`${hour}:${minute}`);
    const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
    const wanted = day === undefined ? undefined : WEEKDAYS.indexOf(day.toLowerCase()) + 1;
    for (let ahead = 0; ahead <= 7; ahead++) {
      const date = today.add({ days: ahead });
      const at = date.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
      if (at > now && (wanted === undefined || date.dayOfWeek === wanted)) return at;
    }
  }
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    try {
      return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds;
    } catch {
      return undefined;
    }
  }
}
