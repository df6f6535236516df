/** Whether the word of a location counts at present, and if not, why. */
export type LocationStanding =
  /** It reports, and sees its own network. */
  | { is: 'sees' }
  /** It reports, but its anchors do not respond: what it says of targets says nothing about them. */
  | { is: 'blind'; why: string }
  /** It has not reported for too long. */
  | { is: 'lost'; forMs: number };

/** What was last heard of a location. */
export interface LastWord {
  /**
   * When its last report came, monotonic clock. At first, when this process began to listen: what was known of a location
   * before a restart stands until it has had the time to report again.
   */
  atMs: number;
  /** Why it sees nothing; undefined: it sees. */
  blindBecause?: string;
}

/** The standing of a location; `lostAfterMs`: how long it may be silent. */
export function locationStanding(
  { atMs, blindBecause }: LastWord,
  lostAfterMs: number,
  nowMs: number,
): LocationStanding {
  const forMs = nowMs - atMs;
  if (forMs > lostAfterMs) return { is: 'lost', forMs };
  return blindBecause === undefined ? { is: 'sees' } : { is: 'blind', why: blindBecause };
}
