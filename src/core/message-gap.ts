/** Messages to a person are counted over this period. */
export const GAP_WINDOW_MS = 60_000;

/** In the first seconds of a storm each message goes out nearly at once: no page then waits for more than a second. */
const GAPS_MS = [0, 500, 900, 900, 900, 900, 900, 5_000, 10_000, 15_000];
const LONGEST_GAP_MS = 30_000;

/**
 * How long after the last message to a person the next one may leave: the more messages within a minute, the longer.
 * News in between is bundled, never dropped: the first page leaves at once, a thousand more half a second later as one,
 * those of the next five seconds as one message per gap, and a storm of an hour is two messages a minute.
 */
export function messageGapMs(sentWithinWindow: number): number {
  return GAPS_MS[sentWithinWindow] ?? LONGEST_GAP_MS;
}
