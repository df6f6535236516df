/** Names that are in use, and mean no zone, or one that never changes its clocks. */
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
 * What is wrong with the name of a time zone, as what was expected instead; undefined when it is one of the IANA
 * database. `EST`, `MST` and `HST` stand there too, and know no daylight saving time: who writes them means another.
 */
export function timeZoneProblem(name: string): string | undefined {
  const expected = 'an IANA time zone, such as America/Toronto';
  const meant = MEANT[name.toUpperCase()];
  if (meant !== undefined) return `an IANA time zone; did you mean "${meant}"?`;
  try {
    // Throws for what is no zone.
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    // Offsets are understood too, but know no change of clocks.
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
