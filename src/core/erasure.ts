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

/** The same value with every mark of the person replaced, in keys too. */
export function withoutPerson(value: unknown, pattern: RegExp): unknown {
  if (typeof value === 'string') return value.replace(pattern, ERASED);
  if (Array.isArray(value)) return value.map((item) => withoutPerson(item, pattern));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(pattern, ERASED), withoutPerson(item, pattern)]),
  );
}
