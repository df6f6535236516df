import { formatDuration } from '../../core/duration.ts';
import { dayBounds, historyDays, uptimeOf, type HistoryDay } from '../../core/history.ts';
import { plural } from '../../core/wording.ts';
import { HISTORY_DAYS } from '../../history/history.ts';
import { html, Html } from '../html.ts';
import type { WebSources } from '../sources.ts';

/** Bars are told on sight, times to the day: a bad day is one in which it was down at all. */
type DayState = 'up' | 'down' | 'unknown';

const DAY_MS = 86_400_000;
const NEARLY_ALL = 0.95;

const dayState = ({ knownMs, downMs }: HistoryDay): DayState =>
  downMs > 0 ? 'down' : knownMs <= 0 ? 'unknown' : 'up';

/** `99.98 %`; never rounded up to a hundred. */
function percentText(share: number | undefined): string {
  if (share === undefined) return 'no data';
  if (share >= 1) return '100 %';
  const percent = Math.floor(share * 100_000) / 1_000;
  return `${percent
    .toFixed(percent >= 99 ? 3 : 2)
    .replace(/0+$/, '')
    .replace(/\.$/, '')} %`;
}

/** `99.98 %`, and of how long where less is known than is asked for; nothing of less than a day where `isPublic`. */
export function uptimeText(days: readonly HistoryDay[], isPublic = false): string {
  const known = days.reduce((sum, { knownMs }) => sum + knownMs, 0);
  const asked = days.reduce((sum, { from, to }) => sum + to - from, 0);
  if (isPublic && known < DAY_MS) return '';
  const text = percentText(uptimeOf(days));
  return known < asked * NEARLY_ALL && known > 0 ? `${text}, measured for ${formatDuration(known)}` : text;
}

/** The past ninety days of targets, a bar a day. */
export class Strips {
  readonly #sources: Pick<WebSources, 'engine'>;
  readonly #now: number;
  readonly #bounds: readonly number[];
  readonly #timeZone: string;
  /** Of everything that was never down: the same for all. */
  #plain: Html | undefined;

  constructor(sources: Pick<WebSources, 'engine' | 'config'>, now: number) {
    const { timeZone } = sources.config();
    this.#sources = sources;
    this.#now = now;
    this.#bounds = dayBounds(HISTORY_DAYS, now, timeZone);
    this.#timeZone = timeZone;
  }

  days(target: string): HistoryDay[] {
    return historyDays(this.#sources.engine.history.spansOf(target), this.#bounds, this.#now);
  }

  /** As a picture with one sentence: for long lists. */
  small(target: string): Html {
    if (this.#sources.engine.history.ownSpansOf(target).length === 0)
      return (this.#plain ??= this.#small(this.days(target)));
    return this.#small(this.days(target));
  }

  #small(days: readonly HistoryDay[]): Html {
    const name = dayNameIn(this.#timeZone);
    const bad = days.filter(({ downMs }) => downMs > 0);
    const said = bad
      .slice(-5)
      .reverse()
      .map(({ from, downMs }) => `${name.format(from)} down ${formatDuration(downMs)}`);
    const more = bad.length > 5 ? ` and ${plural(bad.length - 5, 'more day')}` : '';
    const text = `${HISTORY_DAYS} days: ${uptimeText(days)}${said.length > 0 ? `; ${said.join(', ')}${more}` : ''}`;
    return html`<span class="strip" role="img" aria-label="${text}" title="${text}"
      ><svg viewBox="0 0 ${HISTORY_DAYS} 1" preserveAspectRatio="none" aria-hidden="true">
        ${(['down', 'unknown'] as const).map((state) => path(days, state))}
      </svg></span
    >`;
  }

  /** Every day by itself, to be hovered and walked through. */
  large(target: string): Html {
    return dayList(this.days(target), this.#timeZone, true);
  }
}

const dayNameIn = (timeZone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone });

/** A bar a day; each says its date, uptime and outages. `isWalked`: by keyboard too, where there is one list of them. */
export function dayList(days: readonly HistoryDay[], timeZone: string, isWalked = false): Html {
  const name = dayNameIn(timeZone);
  return html`<ol class="days" aria-label="Past ${days.length} days">
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
  if (downMs > 0)
    return `${name}: ${percentText(uptimeOf([day]))}, ${plural(outages, 'outage')}, down ${formatDuration(downMs)}`;
  return `${name}: ${dayState(day) === 'unknown' ? 'no data' : 'no outage'}`;
}

/** One shape for all days of a state. */
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
