/** Over this long a person's messages are counted. */
export const GAP_WINDOW_MS = 60_000;

/** The first seconds of a storm are worth a message each: nobody's page waits for a second then. */
const GAPS_MS = [0, 500, 900, 900, 900, 900, 900, 5_000, 10_000, 15_000];
const LONGEST_GAP_MS = 30_000;

/**
 * How long after the last message to a person the next one may leave: the more there have been within a minute,
 * the longer. What comes up in between is bundled, never dropped: the first page leaves at once, a thousand more
 * half a second later as one, what comes within the next five seconds goes within one each, and a storm of an hour
 * is two messages a minute.
 */
export function messageGapMs(sentWithinWindow: number): number {
  return GAPS_MS[sentWithinWindow] ?? LONGEST_GAP_MS;
}
