import { formatDuration } from '../../core/duration.ts';
import { dayBounds, historyDays, uptimeOf, type HistoryDay } from '../../core/history.ts';
import { HISTORY_DAYS } from '../../history/history.ts';
import { dateFormat, numberFormat } from '../../text/formats.ts';
import { say } from '../../text/say.ts';
import { html, Html } from '../html.ts';
import type { WebSources } from '../sources.ts';

/** Bars are judged at a glance: a day counts as down if the target was down at any time in it. */
type DayState = 'up' | 'down' | 'unknown';

const DAY_MS = 86_400_000;
const NEARLY_ALL = 0.95;

const dayState = ({ knownMs, downMs }: HistoryDay): DayState =>
  downMs > 0 ? 'down' : knownMs <= 0 ? 'unknown' : 'up';

/** `99.98%`; never rounded up to 100%. */
function percentText(share: number | undefined): string {
  if (share === undefined) return say('target.no-data');
  const digits = { maximumFractionDigits: share >= 0.99 ? 3 : 2, roundingMode: 'floor' } as const;
  return numberFormat({ style: 'percent', ...digits }).format(Math.min(1, share));
}

/** `99.98%`, with the period covered if less is known than requested; if `isPublic`, empty for less than a day. */
export function uptimeText(days: readonly HistoryDay[], isPublic = false): string {
  const known = days.reduce((sum, { knownMs }) => sum + knownMs, 0);
  const asked = days.reduce((sum, { from, to }) => sum + to - from, 0);
  if (isPublic && known < DAY_MS) return '';
  const uptime = percentText(uptimeOf(days));
  if (known >= asked * NEARLY_ALL || known <= 0) return uptime;
  return say('target.uptime-of-known-time', { uptime, duration: formatDuration(known) });
}

/** The past ninety days of targets, one bar per day. */
export class Strips {
  readonly #sources: Pick<WebSources, 'history'>;
  readonly #now: number;
  readonly #bounds: readonly number[];
  readonly #timeZone: string;
  /** The strip shared by all targets that were never down. */
  #plain: Html | undefined;

  constructor(sources: Pick<WebSources, 'history' | 'config'>, now: number) {
    const { timeZone } = sources.config();
    this.#sources = sources;
    this.#now = now;
    this.#bounds = dayBounds(HISTORY_DAYS, now, timeZone);
    this.#timeZone = timeZone;
  }

  days(target: string): HistoryDay[] {
    return historyDays(this.#sources.history.spansOf(target), this.#bounds, this.#now);
  }

  /** As one picture with one sentence: for long lists. */
  small(target: string): Html {
    if (this.#sources.history.ownSpansOf(target).length === 0)
      return (this.#plain ??= this.#small(this.days(target)));
    return this.#small(this.days(target));
  }

  #small(days: readonly HistoryDay[]): Html {
    const name = dayNameIn(this.#timeZone);
    const bad = days.filter(({ downMs }) => downMs > 0);
    const said = bad
      .slice(-5)
      .reverse()
      .map(({ from, downMs }) =>
        say('target.day-down', { day: name.format(from), duration: formatDuration(downMs) }),
      );
    if (bad.length > 5) said.push(say('target.more-days-down', { count: bad.length - 5 }));
    const uptime = uptimeText(days);
    const text =
      bad.length === 0
        ? say('target.strip', { days: HISTORY_DAYS, uptime })
        : say('target.strip-with-outages', { days: HISTORY_DAYS, uptime, outages: said.join(', ') });
    return html`<span class="strip" role="img" aria-label="${text}" title="${text}"
      ><svg viewBox="0 0 ${HISTORY_DAYS} 1" preserveAspectRatio="none" aria-hidden="true">
        ${(['down', 'unknown'] as const).map((state) => path(days, state))}
      </svg></span
    >`;
  }

  /** Every day as an element of its own, with hover and keyboard navigation. */
  large(target: string): Html {
    return dayList(this.days(target), this.#timeZone, true);
  }
}

const dayNameIn = (timeZone: string): Intl.DateTimeFormat =>
  dateFormat({ month: 'short', day: 'numeric', timeZone });

/** One bar per day; each states its date, uptime and outages. `isWalked`: by keyboard too, if it is the only list. */
export function dayList(days: readonly HistoryDay[], timeZone: string, isWalked = false): Html {
  const name = dayNameIn(timeZone);
  return html`<ol class="days" aria-label="${say('target.past-days', { count: days.length })}">
    ${days.map((day) => {
      const text = dayText(day, name);
      return html`<li class="${dayState(day)}" ${isWalked ? html`tabindex="0"` : ''} title="${text}">
        <span class="sr">${text}</span>
      </li>`;
    })}
  </ol>`;
}

function dayText(day: HistoryDay, dayName: Intl.DateTimeFormat): string {
  const { from, downMs, outages } = day;
  const name = dayName.format(from);
  if (downMs > 0) {
    const [uptime, duration] = [percentText(uptimeOf([day])), formatDuration(downMs)];
    return say('target.day-with-outages', { day: name, uptime, count: outages, duration });
  }
  return dayState(day) === 'unknown'
    ? say('target.day-without-data', { day: name })
    : say('target.day-without-outage', { day: name });
}

/** One shape for all days with the same state. */
function path(days: readonly HistoryDay[], state: DayState): Html {
  let shape = '';
  for (let index = 0; index < days.length; index++) {
    if (dayState(days[index]!) !== state) continue;
    let end = index + 1;
    while (end < days.length && dayState(days[end]!) === state) end++;
    shape += `M${index} 0h${end - index}v1H${index}z`;
    index = end;
  }
  return shape === '' ? new Html('') : html`<path class="${state}" d="${shape}" />`;
}
