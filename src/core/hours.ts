/** Hours that repeat every week. Times are local. */
export interface WeeklyHours {
  /** ISO days on which they begin: 1 is Monday, 7 is Sunday. */
  days: readonly number[];
  from: Temporal.PlainTime;
  /** At or before `from`: the hours end on the next day. */
  to: Temporal.PlainTime;
}

/** The hours of an office, and the days on which it stays closed. */
export interface Calendar {
  name: string;
  timeZone: string;
  hours: readonly WeeklyHours[];
  isHoliday(date: Temporal.PlainDate): boolean;
  /** Changes with any change to the calendar in the config; absent where the calendar cannot change. */
  fingerprint?: string;
}

/** When a layer of a schedule applies. */
export type Restriction =
  | { is: 'hours'; hours: WeeklyHours }
  | { is: 'during'; calendar: Calendar }
  | { is: 'outside'; calendar: Calendar };

export interface HoursSpan {
  from: Temporal.Instant;
  to: Temporal.Instant;
}

/** Whether the restriction applies at that moment; `timeZone` is that of the schedule. */
export function isWithin(restriction: Restriction, at: Temporal.Instant, timeZone: string): boolean {
  switch (restriction.is) {
    case 'hours':
      return around(at, timeZone, [restriction.hours]).some((span) => contains(span, at));
    case 'during':
      return isOpenAt(restriction.calendar, at);
    case 'outside':
      return !isOpenAt(restriction.calendar, at);
  }
}

export function isOpenAt(calendar: Calendar, at: Temporal.Instant): boolean {
  const { timeZone, hours, isHoliday } = calendar;
  return around(at, timeZone, hours, isHoliday).some((span) => contains(span, at));
}

/** When the calendar opens next, or the given moment when it is open; undefined when it stays closed for a year. */
export function opensAt(calendar: Calendar, at: Temporal.Instant): Temporal.Instant | undefined {
  if (isOpenAt(calendar, at)) return at;
  const { timeZone, hours, isHoliday } = calendar;
  const today = at.toZonedDateTimeISO(timeZone).toPlainDate();
  for (let ahead = 0; ahead <= 366; ahead++) {
    const opening = spansOf(today.add({ days: ahead }), timeZone, hours, isHoliday)
      .map(({ from }) => from)
      .filter((from) => Temporal.Instant.compare(from, at) > 0)
      .sort(Temporal.Instant.compare)[0];
    if (opening) return opening;
  }
  return undefined;
}

/** Moments between two others at which the restriction may begin or cease to apply. */
export function boundariesOf(
  restriction: Restriction,
  from: Temporal.Instant,
  to: Temporal.Instant,
  timeZone: string,
): Temporal.Instant[] {
  const { zone, hours, isHoliday } =
    restriction.is === 'hours'
      ? { zone: timeZone, hours: [restriction.hours], isHoliday: undefined }
      : { zone: restriction.calendar.timeZone, ...restriction.calendar };
  const found: Temporal.Instant[] = [];
  const last = to.toZonedDateTimeISO(zone).toPlainDate();
  let date = from.toZonedDateTimeISO(zone).toPlainDate().subtract({ days: 1 });
  for (; Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
    for (const span of spansOf(date, zone, hours, isHoliday)) found.push(span.from, span.to);
  }
  return found;
}

const contains = ({ from, to }: HoursSpan, at: Temporal.Instant): boolean =>
  Temporal.Instant.compare(from, at) <= 0 && Temporal.Instant.compare(at, to) < 0;

/** Spans that may contain that moment: those that began on its day or on the day before. */
function around(
  at: Temporal.Instant,
  timeZone: string,
  hours: readonly WeeklyHours[],
  isHoliday?: Calendar['isHoliday'],
): HoursSpan[] {
  const today = at.toZonedDateTimeISO(timeZone).toPlainDate();
  return [today.subtract({ days: 1 }), today].flatMap((date) => spansOf(date, timeZone, hours, isHoliday));
}

/**
 * The hours that begin on a day, as moments: around a clock change they begin and end at their wall-clock time or,
 * where that time is skipped, as long after the gap as it lies within it (RFC 5545, 3.3.5). A holiday has none.
 */
export function spansOf(
  date: Temporal.PlainDate,
  timeZone: string,
  hours: readonly WeeklyHours[],
  isHoliday?: Calendar['isHoliday'],
): HoursSpan[] {
  if (isHoliday?.(date)) return [];
  return hours
    .filter(({ days }) => days.includes(date.dayOfWeek))
    .map(({ from, to }) => {
      const isOvernight = Temporal.PlainTime.compare(to, from) <= 0;
      const end = isOvernight ? date.add({ days: 1 }) : date;
      return {
        from: date.toZonedDateTime({ timeZone, plainTime: from }).toInstant(),
        to: end.toZonedDateTime({ timeZone, plainTime: to }).toInstant(),
      };
    })
    .filter(({ from, to }) => Temporal.Instant.compare(from, to) < 0);
}
