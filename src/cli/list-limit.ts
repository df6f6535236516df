import { complain } from './print.ts';

const MOST = 500;

/** `--limit` of a command that lists; undefined after it has been told what was expected. */
export function listLimit(given: string): number | undefined {
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  complain(`--limit ${given}: expected a whole number from 1 to ${MOST}.`);
  return undefined;
}
