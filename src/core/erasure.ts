/** What stands in the place of what was erased. */
export const ERASED = '[erased]';

/** By what a person is known: addresses, names, phone numbers. */
export interface PersonMarks {
  email: string;
  names: readonly string[];
  phones: readonly string[];
}

/** Finds the marks of a person in any text, whatever their case, as whole words. */
export function markPattern({ email, names, phones }: PersonMarks): RegExp {
  const quoted = [email, ...names, ...phones]
    .map((mark) => mark.trim())
    .filter((mark) => mark.length > 2)
    .toSorted((a, b) => b.length - a.length)
    .map((mark) => mark.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace(/\s+/g, '\\s+'));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${quoted.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
}

/**
 * What holds a word of ours, an id or a name in the config, and never what somebody has written: a person called Low is no
 * priority, and one called Open no state.
 */
const NOT_FREE_TEXT = new Set([
  ...['is', 'kind', 'priority', 'status', 'state', 'how', 'event', 'reason', 'origin', 'what', 'because'],
  ...[
    'adapter',
    'helpdesk',
    'via',
    'place',
    'lane',
    'role',
    'verifiedBy',
    'clock',
    'type',
    'category',
    'tier',
  ],
  ...[
    'id',
    'key',
    'incident',
    'remoteId',
    'queue',
    'channel',
    'hook',
    'check',
    'health',
    'severity',
    'result',
  ],
]);

/** The same value with every mark of the person replaced; in keys too, where they are no words of ours. */
export function withoutPerson(value: unknown, pattern: RegExp): unknown {
  if (typeof value === 'string') return value.replace(pattern, ERASED);
  if (Array.isArray(value)) return value.map((item) => withoutPerson(item, pattern));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      isWordOfOurs(key) ? key : key.replace(pattern, ERASED),
      typeof item === 'string' && NOT_FREE_TEXT.has(key) && isWordOfOurs(item)
        ? item
        : withoutPerson(item, pattern),
    ]),
  );
}

/** Ids, names of fields and states have neither blanks nor an address in them. */
const isWordOfOurs = (text: string): boolean => /^[A-Za-z0-9_-]{1,60}$/.test(text);
