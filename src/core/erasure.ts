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
 * Fields that hold what somebody has written, or who somebody is. Whatever is not named here holds a word of ours, an id or
 * a name of the config, and stays: a person called Low is no priority, and one called Iris no server.
 */
const FREE_TEXT = new Set([
  ...[
    'text',
    'body',
    'subject',
    'message',
    'name',
    'names',
    'email',
    'emails',
    'quoted',
    'about',
    'who',
    'replyTo',
  ],
  ...[
    'address',
    'said',
    'note',
    'title',
    'comment',
    'label',
    'log',
    'lines',
    'line',
    'why',
    'detail',
    'details',
  ],
  ...[
    'description',
    'displayName',
    'phone',
    'caller',
    'recipient',
    'requester',
    'reporter',
    'rating',
    'fields',
  ],
  ...['unsaid', 'output', 'perfdata', 'entry', 'evidence', 'remarks', 'reply', 'answer'],
]);

/** Who did something: by the name that a helpdesk has for them, or by an id of the config, which stays. */
const WHO = new Set(['by', 'assignee', 'person', 'as']);

/** Whose `name` is that of the config: erasing a person renames no schedule, and no customer. */
const OF_CONFIG = new Set<unknown>(['person', 'schedule', 'fallback', 'team', 'vendor', 'customer']);

/** The same document with every mark of the person replaced, wherever people have written or are named. */
export function withoutPerson(value: unknown, pattern: RegExp, isFree = false): unknown {
  if (typeof value === 'string') return isFree ? value.replace(pattern, ERASED) : value;
  if (Array.isArray(value)) return value.map((item) => withoutPerson(item, pattern, isFree));
  if (value === null || typeof value !== 'object') return value;
  const { is } = value as { is?: unknown };
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (key === 'name' && OF_CONFIG.has(is)) return [key, item];
      const isName = WHO.has(key) && typeof item === 'string' && /[\s@]/.test(item);
      // Of names that people gave; a single word is a field of ours.
      const kept = isFree && /[\s@+]/.test(key) ? key.replace(pattern, ERASED) : key;
      return [
        kept,
        withoutPerson(item, pattern, (isFree && !NEVER_FREE.has(key)) || FREE_TEXT.has(key) || isName),
      ];
    }),
  );
}

/** Within what people have written, what is a word of ours all the same. */
const NEVER_FREE = new Set(['is', 'kind', 'event', 'verifiedBy', 'via', 'id', 'score']);
