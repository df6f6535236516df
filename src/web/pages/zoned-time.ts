import { language } from '../../text/language.ts';
import { html, type Html } from '../html.ts';

/** `Mon, Nov 23, 09:00`, in a time zone that the page names; `clock` uses the viewer's own instead. */
export function timeIn(timeZone: string, at: number, now: number): Html {
  const yearOf = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).year;
  const format = new Intl.DateTimeFormat(language(), {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(yearOf(at) !== yearOf(now) && { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  });
  return html`<time datetime="${new Date(at).toISOString()}">${format.format(at)}</time>`;
}
