import { PRIORITIES, type Priority } from '../target.ts';
import { CLOCKS, type ClockName } from './promise.ts';
import type { ServiceTicket } from './service-ticket.ts';

/** SLA targets met and missed for one clock, by customer, plan, priority and month. */
export interface ReportRow {
  /** `2026-11`, in the time zone of the report. */
  month: string;
  customer: string;
  plan: string;
  priority: Priority;
  clock: ClockName;
  kept: number;
  missed: number;
  /** Service time used by the rounds that have ended; undefined when none has. */
  p50Ms?: number;
  p90Ms?: number;
}

/**
 * Counts SLA targets by the month in which the ticket was opened. A round that still runs counts only once it has been
 * missed.
 */
export class ReportTally {
  readonly #timeZone: string;
  readonly #groups = new Map<string, { row: ReportRow; used: number[] }>();
  /** Cache: most tickets are from the same month as the one before. */
  #month: { name: string; from: number; to: number } | undefined;

  constructor(timeZone: string) {
    this.#timeZone = timeZone;
  }

  add({ openedAt, customer = '', plan = '', priority, results }: ServiceTicket): void {
    const month = this.#monthOf(openedAt);
    for (const { clock, usedMs, at, missed } of results) {
      if (at === undefined && !missed) continue;
      const key = JSON.stringify([month, customer, plan, priority, clock]);
      let group = this.#groups.get(key);
      if (!group)
        this.#groups.set(
          key,
          (group = { row: { month, customer, plan, priority, clock, kept: 0, missed: 0 }, used: [] }),
        );
      if (missed) group.row.missed++;
      else group.row.kept++;
      if (at !== undefined) group.used.push(usedMs);
    }
  }

  rows(): ReportRow[] {
    return [...this.#groups.values()]
      .map(({ row, used }) => {
        used.sort((a, b) => a - b);
        return used.length === 0 ? row : { ...row, p50Ms: quantile(used, 0.5), p90Ms: quantile(used, 0.9) };
      })
      .sort(
        (a, b) =>
          b.month.localeCompare(a.month) ||
          a.customer.localeCompare(b.customer) ||
          PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
          CLOCKS.indexOf(a.clock) - CLOCKS.indexOf(b.clock),
      );
  }

  #monthOf(at: number): string {
    const known = this.#month;
    if (known && at >= known.from && at < known.to) return known.name;
    const name = monthOf(at, this.#timeZone);
    this.#month = { name, ...monthBounds(name, this.#timeZone) };
    return name;
  }
}

/** The nearest rank, so that the result is a time that a ticket really took. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!;

export const monthOf = (at: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toPlainYearMonth()
    .toString();

/** First moment of a month, and of the next one. */
export function monthBounds(month: string, timeZone: string): { from: number; to: number } {
  const first = Temporal.PlainYearMonth.from(month).toPlainDate({ day: 1 });
  const at = (date: Temporal.PlainDate) => date.toZonedDateTime(timeZone).epochMilliseconds;
  return { from: at(first), to: at(first.add({ months: 1 })) };
}
