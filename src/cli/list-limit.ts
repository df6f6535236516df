import { complain } from './print.ts';

const MOST = 500;

/** Parses `--limit` of a list command; prints what was expected and returns undefined when it is invalid. */
export function listLimit(given: string): number | undefined {
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  complain(`--limit ${given}: expected a whole number from 1 to ${MOST}.`);
  return undefined;
}
