import { StoreError } from './store.ts';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const FINAL_CLASSES = new Set([
  /** Data that the type cannot hold. */
  '22',
  /** A key that exists, a value that is missing. */
  '23',
  /** A program limit: a key too long for its index. */
  '54',
  /** Refused by a trigger: a trail is never changed. */
  'P0',
]);

/** Codes of errors after which the same connection is of no use. */
const isOfConnection = (code: string): boolean => code.startsWith('08') || code.startsWith('57P');

export interface PostgresFault {
  error: StoreError;
  /** The connection is gone, or the server was about to end it: whether the statement took effect is not known. */
  isLost: boolean;
}

/** An error of the client or the server, worded for the operator. */
export function postgresFault(error: unknown): PostgresFault {
  if (error instanceof StoreError) return { error, isLost: error.kind === 'unknown' };
  const { code, message = String(error) } = error as { code?: unknown; message?: string };
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code))
    return { error: new StoreError('not-writable', `PostgreSQL: ${message}`), isLost: true };
  if (FINAL_CLASSES.has(code.slice(0, 2)))
    return { error: new StoreError('conflict', message), isLost: false };
  return { error: new StoreError('not-writable', `PostgreSQL: ${message}`), isLost: isOfConnection(code) };
}
