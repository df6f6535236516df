/** Over this long a person's messages are counted. */
export const GAP_WINDOW_MS = 60_000;

const GAPS_MS = [0, 500, 1_000, 2_000, 5_000, 10_000, 15_000];
const LONGEST_GAP_MS = 30_000;

/**
 * How long after the last message to a person the next one may leave: the more there have been within a minute,
 * the longer. What comes up in between is bundled, never dropped: the first page leaves at once, a thousand more
 * half a second later as one, and a storm of an hour is two messages a minute.
 */
export function messageGapMs(sentWithinWindow: number): number {
  return GAPS_MS[sentWithinWindow] ?? LONGEST_GAP_MS;
}
