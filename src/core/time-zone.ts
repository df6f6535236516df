/** Common abbreviations that are no time zone, or one without daylight saving time, and the zone that is meant. */
const MEANT: Readonly<Record<string, string>> = {
  EST: 'America/Toronto',
  EDT: 'America/Toronto',
  CST: 'America/Chicago',
  CDT: 'America/Chicago',
  MST: 'America/Denver',
  MDT: 'America/Denver',
  PST: 'America/Vancouver',
  PDT: 'America/Vancouver',
  AST: 'America/Halifax',
  ADT: 'America/Halifax',
  NST: 'America/St_Johns',
  HST: 'Pacific/Honolulu',
  BST: 'Europe/London',
  CEST: 'Europe/Berlin',
  EEST: 'Europe/Athens',
  IST: 'Asia/Kolkata',
  JST: 'Asia/Tokyo',
  AEST: 'Australia/Sydney',
  AEDT: 'Australia/Sydney',
};

/**
 * For an invalid name of a time zone, what was expected instead; undefined for a name in the IANA database. `EST`,
 * `MST` and `HST` are in it too, but without daylight saving time: a person who writes them means another zone.
 */
export function timeZoneProblem(name: string): string | undefined {
  const expected = 'an IANA time zone, such as America/Toronto';
  const meant = MEANT[name.toUpperCase()];
  if (meant !== undefined) return `an IANA time zone; did you mean "${meant}"?`;
  try {
    // Throws for a name that is no time zone.
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    // Temporal also accepts offsets, but those have no daylight saving time.
    if (/^[A-Za-z]/.test(name)) return undefined;
    return expected;
  } catch {
    const plain = name.trim().replaceAll(' ', '_').toLowerCase();
    const near = Intl.supportedValuesOf('timeZone').find((zone) =>
      zone.toLowerCase().split('/').includes(plain),
    );
    return near === undefined ? expected : `an IANA time zone; did you mean "${near}"?`;
  }
}
