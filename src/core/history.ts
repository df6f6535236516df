/** State of a recorded span; all other time is up. `planned`: down during maintenance, which counts neither way. */
export type SpanState = 'down' | 'unknown' | 'planned';

/** A span in which a target was down, or in which its state was unknown. Unix milliseconds. */
export interface HistorySpan {
  /** `EVERYTHING` for a span in which no target's state was known. */
  target: string;
  state: SpanState;
  from: number;
  /** Undefined while the span lasts. */
  to?: number;
}

/** Stands for all targets: no target has this name. */
export const EVERYTHING = '*';

export interface HistoryDay {
  /** First moment of the day, and of the next one; for today: until now. */
  from: number;
  to: number;
  /** The part of the day for which the state was known. */
  knownMs: number;
  downMs: number;
  /** Number of outages that began or went on during the day. */
  outages: number;
}

type Interval = readonly [from: number, to: number];

/** Merges overlapping intervals; returns them in order. */
function united(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter(([from, to]) => to > from).toSorted((a, b) => a[0] - b[0]);
  const one: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = one.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else one.push([from, to]);
  }
  return one;
}

const lengthWithin = (intervals: readonly Interval[], from: number, to: number): number =>
  intervals.reduce((sum, span) => sum + Math.max(0, Math.min(span[1], to) - Math.max(span[0], from)), 0);

/** Returns `all` without `others`; both must be merged (`united`). */
function without(all: readonly Interval[], others: readonly Interval[]): Interval[] {
  return all.flatMap(([from, to]) => {
    const left: Interval[] = [];
    let at = from;
    for (const other of others) {
      if (other[1] <= at || other[0] >= to) continue;
      if (other[0] > at) left.push([at, other[0]]);
      at = Math.max(at, other[1]);
    }
    if (at < to) left.push([at, to]);
    return left;
  });
}

/** Start of each of the last `days` days including today, and the present moment as the last bound. */
export function dayBounds(days: number, now: number, timeZone: string): number[] {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).startOfDay();
  const bounds: number[] = [];
  for (let back = days - 1; back >= 0; back--) {
    bounds.push(today.subtract({ days: back }).startOfDay().epochMilliseconds);
  }
  return [...bounds, now];
}

/** Returns the history by day. While the monitor was away, a target that was down counts as unknown. */
export function historyDays(
  spans: readonly HistorySpan[],
  bounds: readonly number[],
  now: number,
): HistoryDay[] {
  const ofState = (state: SpanState) =>
    united(spans.filter((span) => span.state === state).map(({ from, to = now }): Interval => [from, to]));
  const unknown = united([...ofState('unknown'), ...ofState('planned')]);
  const down = without(ofState('down'), unknown);
  return bounds.slice(0, -1).map((from, index) => {
    const to = bounds[index + 1]!;
    return {
      from,
      to,
      knownMs: to - from - lengthWithin(unknown, from, to),
      downMs: lengthWithin(down, from, to),
      outages: down.filter((span) => span[0] < to && span[1] > from).length,
    };
  });
}

/** First moment of a period at which anything is known; undefined when nothing is. */
export function measuredFrom(spans: readonly HistorySpan[], from: number, to: number): number | undefined {
  const unknown = united(
    spans
      .filter(({ state }) => state === 'unknown')
      .map(({ from: begin, to: end = to }): Interval => [begin, end]),
  );
  const dark = unknown.find(([begin, end]) => begin <= from && end > from);
  const at = dark ? dark[1] : from;
  return at < to ? at : undefined;
}

/** Share of the known time in which the target was not down; undefined when nothing is known. */
export function uptimeOf(days: readonly HistoryDay[]): number | undefined {
  const known = days.reduce((sum, { knownMs }) => sum + knownMs, 0);
  const down = days.reduce((sum, { downMs }) => sum + downMs, 0);
  return known <= 0 ? undefined : Math.max(0, 1 - down / known);
}

/** Combines many targets: down while any of them is, and unknown only while the state of none is known. */
export function spansOfMany(
  own: readonly (readonly HistorySpan[])[],
  common: readonly HistorySpan[],
  now: number,
): HistorySpan[] {
  const intervalsOf = (spans: readonly HistorySpan[], isWanted: (state: SpanState) => boolean) =>
    united(spans.filter(({ state }) => isWanted(state)).map(({ from, to = now }): Interval => [from, to]));
  const isDark = (state: SpanState) => state !== 'down';
  const all: Interval[] = [[0, now]];
  const down: Interval[] = [];
  const seen: Interval[] = [];
  let isAnyInFullSight = false;
  for (const spans of own) {
    const dark = intervalsOf(spans, isDark);
    down.push(
      ...without(
        intervalsOf(spans, (state) => state === 'down'),
        dark,
      ),
    );
    if (dark.length === 0) isAnyInFullSight = true;
    else if (!isAnyInFullSight) seen.push(...without(all, dark));
  }
  const dark = isAnyInFullSight || own.length === 0 ? [] : without(all, united(seen));
  const as =
    (state: SpanState) =>
    ([from, to]: Interval): HistorySpan => ({ target: EVERYTHING, state, from, to });
  return [...common, ...united(down).map(as('down')), ...dark.map(as('unknown'))];
}
