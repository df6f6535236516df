/** A time in which no report of a target could be received: Watchdesk was not running, or its machine slept. */
export interface ListeningGap {
  /** Unix milliseconds. */
  from: number;
  to: number;
}

/** A report is judged by the gaps since the one before it: older ones no longer matter. */
const MOST_GAPS = 50;

/** The gaps with one more, oldest first; those that touch become one. */
export function withGap(gaps: readonly ListeningGap[], gap: ListeningGap): readonly ListeningGap[] {
  if (!(gap.to > gap.from)) return gaps;
  const isApart = (one: ListeningGap) => one.to < gap.from || one.from > gap.to;
  const touching = [gap, ...gaps.filter((one) => !isApart(one))];
  const merged = {
    from: Math.min(...touching.map(({ from }) => from)),
    to: Math.max(...touching.map(({ to }) => to)),
  };
  return [...gaps.filter(isApart), merged].sort((a, b) => a.from - b.from).slice(-MOST_GAPS);
}

/** The first gap in which a report sent between those times would have been lost. */
export const gapBetween = (
  gaps: readonly ListeningGap[],
  from: number,
  to: number,
): ListeningGap | undefined => gaps.find((gap) => gap.to > from && gap.from <= to);
