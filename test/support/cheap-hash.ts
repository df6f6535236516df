import { randomBytes, scryptSync } from 'node:crypto';

const COST = { N: 16, r: 1, p: 1 };

/**
 * A password for `access.users`, as `watchdesk password` writes it, but cheap to compare: most tests sign in and are not
 * about what that costs.
 */
export function cheapHash(password: string): string {
  const salt = randomBytes(16);
  const hash = scryptSync(password.normalize('NFC'), salt, 32, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join(':');
}
