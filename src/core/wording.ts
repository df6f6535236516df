import { dateFormat, listFormat } from '../text/formats.ts';

/** Settings that every text depends on. */
export interface Wording {
  /** Without a trailing slash. */
  publicUrl: string;
  /** The company that runs Watchdesk, as its customers know it. */
  provider?: string | undefined;
  /** IANA time zone for times when the reader's own is not known. */
  timeZone: string;
}

/** `03:12`, in the reader's time zone. */
export function clockTime(at: number, timeZone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(Math.trunc(at)).toZonedDateTimeISO(timeZone);
  return local.toPlainTime().toString({ smallestUnit: 'minute' });
}

/** `03:12` today, `Nov 21 03:12` on another day: short enough for a page, never wrong by a day. */
export function clockTimeSeenFrom(at: number, now: number, timeZone: string): string {
  const then = Temporal.Instant.fromEpochMilliseconds(Math.trunc(at)).toZonedDateTimeISO(timeZone);
  const today = Temporal.Instant.fromEpochMilliseconds(Math.trunc(now)).toZonedDateTimeISO(timeZone);
  const time = clockTime(at, timeZone);
  if (then.toPlainDate().equals(today.toPlainDate())) return time;
  return `${dateFormat({ month: 'short', day: 'numeric' }).format(then.toPlainDate())} ${time}`;
}

/** `2026-11-22 03:12:09 America/Toronto` */
export function fullTime(at: number, timeZone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(Math.trunc(at)).toZonedDateTimeISO(timeZone);
  const date = local.toPlainDate().toString();
  return `${date} ${local.toPlainTime().toString({ smallestUnit: 'second' })} ${timeZone}`;
}

export const incidentUrl = (wording: Wording, incident: string): string =>
  `${wording.publicUrl}/incidents/${incident}`;

export const targetUrl = (wording: Wording, target: string): string =>
  `${wording.publicUrl}/targets/${encodeURIComponent(target)}`;

/** `token`: code and signature. */
export const answerUrl = (wording: Pick<Wording, 'publicUrl'>, token: string): string =>
  `${wording.publicUrl}/a/${token}`;

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** `shop, blog, and api` */
export const listed = (names: readonly string[]): string => listFormat({ type: 'conjunction' }).format(names);

/** `isp-a or isp-b` */
export const eitherOf = (names: readonly string[]): string =>
  listFormat({ type: 'disjunction' }).format(names);
