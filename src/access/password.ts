import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const KEY_BYTES = 32;
const MAX_MEMORY = 256 * 1_048_576;

export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 200;

/** Why a new password is not taken; undefined when it is. */
export function passwordProblem(password: string, again: string): string | undefined {
  if (password.length < PASSWORD_MIN) return `At least ${PASSWORD_MIN} characters.`;
  if (password.length > PASSWORD_MAX) return `At most ${PASSWORD_MAX} characters.`;
  return password === again ? undefined : 'The two are not the same.';
}

/** `scrypt:N:r:p:salt:hash`, salt and hash in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, COST);
  const { N, r, p } = COST;
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join(':');
}

/** Whether it is that password; false for a hash that is none. Takes as long for a wrong one as for the right one. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [kind, n, r, p, salt, hash] = stored.split(':');
  if (kind !== 'scrypt' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64url');
  const cost = { N: Number(n), r: Number(r), p: Number(p) };
  if (!Number.isInteger(Math.log2(cost.N)) || cost.N > 2 ** 20 || expected.length === 0) return false;
  const given = await derive(
    password.slice(0, PASSWORD_MAX),
    Buffer.from(salt, 'base64url'),
    cost,
    expected.length,
  );
  return timingSafeEqual(given, expected);
}

/** Waiting for their turn: more is an attack, and waits elsewhere. */
const MOST_WAITING = 8;
let waiting = 0;
let turn: Promise<unknown> = Promise.resolve();

/** Too many passwords are being looked at. */
export class Busy extends Error {}

/** Compared with when there is nobody of that name, so that nobody learns who there is. */
export const NOBODYS_HASH = `scrypt:${COST.N}:${COST.r}:${COST.p}:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;

/** One at a time: each takes 128 MiB, and a thread that names are looked up with, too. */
async function derive(
  password: string,
  salt: Buffer,
  cost: { N: number; r: number; p: number },
  bytes = KEY_BYTES,
): Promise<Buffer> {
  if (waiting >= MOST_WAITING) throw new Busy();
  waiting++;
  const mine = turn.then(() => deriveNow(password, salt, cost, bytes)).finally(() => waiting--);
  turn = mine.catch(() => {});
  return mine;
}

function deriveNow(
  password: string,
  salt: Buffer,
  cost: { N: number; r: number; p: number },
  bytes: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password.normalize('NFC'), salt, bytes, { ...cost, maxmem: MAX_MEMORY }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}
