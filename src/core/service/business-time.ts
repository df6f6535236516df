import { spansOf, type Calendar } from '../hours.ts';

/** The hours in which an SLA clock runs: those of a calendar, or all of them. */
export type ServiceHours = { is: 'always' } | { is: 'calendar'; calendar: Calendar };

export const ALWAYS: ServiceHours = { is: 'always' };

/** A stretch of time in Unix milliseconds, half-open: it includes `from` but not `to`. */
export interface Stretch {
  from: number;
  /** Absent: the stretch has no end yet. */
  to?: number;
}

const DAY_MS = 86_400_000;
/** A calendar that stays closed this long never opens, so there is no deadline. */
const MOST_CLOSED_DAYS = 3_700;

/**
 * Service time between two moments, in milliseconds: time within the hours and outside the pauses. Zero when the second
 * is not later than the first. Additive: the parts of a split period add up to the whole.
 */
export function elapsed(
  from: number,
  to: number,
  hours: ServiceHours,
  pauses: readonly Stretch[] = [],
): number {
  if (to <= from) return 0;
  let sum = 0;
  for (const stretch of outside(joined(pauses), { from, to })) {
    sum += hours.is === 'always' ? stretch.to - stretch.from : openWithin(hours.calendar, stretch);
  }
  return sum;
}

/**
 * The first moment at which the given service time has passed; the start itself for none. Undefined when it never
 * comes: a pause goes on, or the calendar stays closed for ten years.
 */
export function deadline(
  from: number,
  durationMs: number,
  hours: ServiceHours,
  pauses: readonly Stretch[] = [],
): number | undefined {
  if (durationMs <= 0) return from;
  let left = durationMs;
  for (const stretch of outside(joined(pauses), { from, to: Infinity })) {
    if (hours.is === 'always') {
      if (stretch.from + left <= stretch.to) return stretch.from + left;
      left -= stretch.to - stretch.from;
      continue;
    }
    for (const open of openSpans(hours.calendar, stretch)) {
      if (open.from + left <= open.to) return open.from + left;
      left -= open.to - open.from;
    }
  }
  return undefined;
}

/**
 * The length of a working day of that calendar: the open time of the longest day of its week. 24 hours where it is
 * always open.
 */
export function workingDayMs(hours: ServiceHours): number {
  if (hours.is === 'always') return DAY_MS;
  const lengths = [1, 2, 3, 4, 5, 6, 7].map((day) =>
    hours.calendar.hours
      .filter(({ days }) => days.includes(day))
      .reduce((sum, { from, to }) => {
        const ms = from.until(to).total('milliseconds');
        return sum + (ms > 0 ? ms : ms + DAY_MS);
      }, 0),
  );
  return Math.max(...lengths);
}

/** The pauses in order, with overlapping ones merged. */
function joined(pauses: readonly Stretch[]): Required<Stretch>[] {
  const inOrder = pauses
    .map(({ from, to = Infinity }) => ({ from, to }))
    .filter(({ from, to }) => to > from)
    .sort((a, b) => a.from - b.from);
  const result: Required<Stretch>[] = [];
  for (const one of inOrder) {
    const last = result.at(-1);
    if (last && one.from <= last.to) last.to = Math.max(last.to, one.to);
    else result.push({ ...one });
  }
  return result;
}

/** The parts of a stretch that lie between the pauses. */
function* outside(pauses: readonly Required<Stretch>[], { from, to }: Required<Stretch>) {
  let at = from;
  for (const pause of pauses) {
    if (pause.to <= at) continue;
    if (pause.from >= to) break;
    if (pause.from > at) yield { from: at, to: pause.from };
    at = pause.to;
  }
  if (at < to) yield { from: at, to };
}

function openWithin(calendar: Calendar, stretch: Required<Stretch>): number {
  let sum = 0;
  for (const open of openSpans(calendar, stretch)) sum += open.to - open.from;
  return sum;
}

/** Open spans of the calendar within a stretch, in order, without overlaps; ends if closed for ten years. */
function* openSpans(calendar: Calendar, { from, to }: Required<Stretch>): Generator<Required<Stretch>> {
  const book = bookOf(calendar);
  // Hours past midnight may have begun on the day before; a zone is at most 15 hours ahead.
  let day = Math.floor(from / DAY_MS) - 2;
  let at = from;
  let closedDays = 0;
  for (; ; day++) {
    const spans = book.spansOn(day);
    for (const span of spans) {
      const begin = Math.max(at, span.from);
      const end = Math.min(to, span.to);
      if (begin >= end) continue;
      closedDays = 0;
      at = end;
      yield { from: begin, to: end };
    }
    if (day * DAY_MS > to + 2 * DAY_MS) return;
    if (spans.length === 0 && ++closedDays > MOST_CLOSED_DAYS) return;
  }
}

/** A calendar's hours as moments, by the day on which they begin: computed once and cached. */
class DayBook {
  readonly #calendar: Calendar;
  readonly #days = new Map<number, readonly Required<Stretch>[]>();

  constructor(calendar: Calendar) {
    this.#calendar = calendar;
  }

  /** `day`: a date of the calendar, in days since 1970-01-01. */
  spansOn(day: number): readonly Required<Stretch>[] {
    let spans = this.#days.get(day);
    if (!spans) {
      const { timeZone, hours, isHoliday } = this.#calendar;
      const date = EPOCH.add({ days: day });
      spans = spansOf(date, timeZone, hours, isHoliday)
        .map(({ from, to }) => ({ from: from.epochMilliseconds, to: to.epochMilliseconds }))
        .sort((a, b) => a.from - b.from);
      this.#days.set(day, spans);
    }
    return spans;
  }
}

const EPOCH = Temporal.PlainDate.from('1970-01-01');
const books = new WeakMap<Calendar, DayBook>();

function bookOf(calendar: Calendar): DayBook {
  let book = books.get(calendar);
  if (!book) books.set(calendar, (book = new DayBook(calendar)));
  return book;
}
