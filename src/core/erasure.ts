/** Replaces erased text. */
export const ERASED = '[erased]';

/** What identifies a person: addresses, names, phone numbers. */
export interface PersonMarks {
  email: string;
  names: readonly string[];
  phones: readonly string[];
}

/** Matches a person's marks in any text, ignoring case, as whole words. */
export function markPattern({ email, names, phones }: PersonMarks): RegExp {
  const quoted = [email, ...names, ...phones]
    .map((mark) => mark.trim())
    .filter((mark) => mark.length > 2)
    .toSorted((a, b) => b.length - a.length)
    .map((mark) => mark.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace(/\s+/g, '\\s+'));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${quoted.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
}

/**
 * Fields that hold text written by people, or a person's identity. Any other field holds a word of ours, an id or a
 * name of the config, and stays: a person called Low is no priority, and one called Iris no server.
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

/** Fields with who did something: a name from a helpdesk, or an id of the config, which stays. */
const WHO = new Set(['by', 'assignee', 'person', 'as']);

/** Objects whose `name` comes from the config: erasing a person renames no schedule and no customer. */
const OF_CONFIG = new Set<unknown>(['person', 'schedule', 'fallback', 'team', 'vendor', 'customer']);

/** Returns the document with every mark of the person replaced, wherever people have written or are named. */
export function withoutPerson(value: unknown, pattern: RegExp, isFree = false): unknown {
  if (typeof value === 'string') return isFree ? value.replace(pattern, ERASED) : value;
  if (Array.isArray(value)) return value.map((item) => withoutPerson(item, pattern, isFree));
  if (value === null || typeof value !== 'object') return value;
  const { is } = value as { is?: unknown };
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (key === 'name' && OF_CONFIG.has(is)) return [key, item];
      const isName = WHO.has(key) && typeof item === 'string' && /[\s@]/.test(item);
      // A key that people chose may hold a name; a single word is a field name of ours.
      const kept = isFree && /[\s@+]/.test(key) ? key.replace(pattern, ERASED) : key;
      return [
        kept,
        withoutPerson(item, pattern, (isFree && !NEVER_FREE.has(key)) || FREE_TEXT.has(key) || isName),
      ];
    }),
  );
}

/** Fields that hold a word of ours even inside text that people have written. */
const NEVER_FREE = new Set(['is', 'kind', 'event', 'verifiedBy', 'via', 'id', 'score']);
