import { hash } from 'node:crypto';
import type { SqlValue } from './sql-database.ts';
import type { ColumnType } from './tables.ts';

/** A key of PostgreSQL's indexes ends at 2,704 bytes; UTF-16 code units have at most three bytes each in UTF-8. */
const MOST_KEY_UNITS = 800;
const SHOWN_UNITS = 100;

/**
 * The value as both databases can hold it, so that a store can be copied between them. PostgreSQL refuses U+0000 and
 * lone surrogates: each becomes U+FFFD. A key that is too long for an index keeps its beginning and gets its SHA-256.
 */
export function storable(value: SqlValue, type: ColumnType | undefined): SqlValue {
  if (typeof value === 'string') return type === 'key' ? storableKey(value) : cleaned(value);
  if (typeof value === 'number' && !Number.isInteger(value)) return Math.round(value);
  return value;
}

/** A key as it is stored, to look for it. */
export function storableKey(key: string): string {
  const text = cleaned(key);
  return text.length <= MOST_KEY_UNITS
    ? text
    : cleaned(`${text.slice(0, SHOWN_UNITS)} sha256:${hash('sha256', text)}`);
}

const cleaned = (text: string): string => {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '\uFFFD') : whole;
};
