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

/** An error of the client or the server, worded for the operator. */
export function postgresFault(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, message = String(error) } = error as { code?: unknown; message?: string };
  const isFinal =
    typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && FINAL_CLASSES.has(code.slice(0, 2));
  return isFinal
    ? new StoreError('conflict', message)
    : new StoreError('not-writable', `PostgreSQL: ${message}`);
}
