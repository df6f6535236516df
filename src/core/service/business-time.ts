import { spansOf, type Calendar } from '../hours.ts';

/** The hours in which a promise runs: those of a calendar, or all of them. */
export type ServiceHours = { is: 'always' } | { is: 'calendar'; calendar: Calendar };

export const ALWAYS: ServiceHours = { is: 'always' };

/** A stretch of time in Unix milliseconds: from the first moment to just before the last. */
export interface Stretch {
  from: number;
  /** Absent: it goes on. */
  to?: number;
}

const DAY_MS = 86_400_000;
/** A calendar that stays closed for so long never opens: the deadline is none. */
const MOST_CLOSED_DAYS = 3_700;

/**
 * Service time between two moments, in milliseconds: the hours are open, and no pause is on. Zero when the second
 * is not later than the first. Additive: what is split in two adds up to the whole.
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
 * The first moment by which so much service time has gone by; the start itself for none at all. Undefined when it
 * never comes: a pause goes on, or the calendar stays closed for ten years.
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
 * What people call a working day of that calendar: as much open time as its longest day of the week has. A day, where
 * it is always open.
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

/** Pauses in order, and what overlaps made one. */
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

/** What of a stretch lies between the pauses. */
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

/** When the calendar is open within a stretch, in order and without overlaps; ends when it stays closed for ten years. */
function* openSpans(calendar: Calendar, { from, to }: Required<Stretch>): Generator<Required<Stretch>> {
  const book = bookOf(calendar);
  // Hours that run over midnight may have begun on the day before; a zone is at most 15 hours ahead.
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

/** The hours of a calendar as moments, by the day on which they begin: worked out once. */
class DayBook {
  readonly #calendar: Calendar;
  readonly #days = new Map<number, readonly Required<Stretch>[]>();

  constructor(calendar: Calendar) {
    this.#calendar = calendar;
  }

  /** `day`: of the calendar's own dates, counted from 1970-01-01. */
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
