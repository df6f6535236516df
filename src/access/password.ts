import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { say } from '../text/say.ts';

/** https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const KEY_BYTES = 32;
const MAX_MEMORY = 256 * 1_048_576;

export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 200;

/** Why a new password is rejected; undefined when it is accepted. */
export function passwordProblem(password: string, again: string): string | undefined {
  if (password.length < PASSWORD_MIN) return say('sign-in.password-too-short', { count: PASSWORD_MIN });
  if (password.length > PASSWORD_MAX) return say('sign-in.password-too-long', { count: PASSWORD_MAX });
  return password === again ? undefined : say('sign-in.passwords-differ');
}

/** `scrypt:N:r:p:salt:hash`, salt and hash in base64url. */
export async function hashPassword(password: string, lane?: Lane): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, COST, KEY_BYTES, lane);
  const { N, r, p } = COST;
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join(':');
}

/** Whether the password is correct; false for a malformed hash. A wrong password takes as long as the right one. */
export async function isPassword(password: string, stored: string, lane?: Lane): Promise<boolean> {
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
    lane,
  );
  return timingSafeEqual(given, expected);
}

/** The queue in which a password is checked: attempts from one network do not delay other networks. */
export interface Lane {
  network: string;
  /** The user has signed in from there before, and goes first. */
  isKnown: boolean;
}

/** Most checks queued; more is an attack and is rejected. */
const MOST_WAITING = 32;
/** Most checks queued per network: an unknown one, and one with an earlier successful sign-in. */
const MOST_OF_NETWORK = { stranger: 1, known: 4 } as const;
const waiting: { lane: Lane | undefined; begin: () => void }[] = [];
let isWorking = false;

/** Too many passwords are being checked. */
export class Busy extends Error {}

/** Used for unknown names, so that response times do not reveal which names exist. */
export const NOBODYS_HASH = `scrypt:${COST.N}:${COST.r}:${COST.p}:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;

/** One at a time: each takes 128 MiB, and a thread of the pool that DNS lookups need, too. */
async function derive(
  password: string,
  salt: Buffer,
  cost: { N: number; r: number; p: number },
  bytes = KEY_BYTES,
  lane?: Lane,
): Promise<Buffer> {
  await turnOf(lane);
  try {
    return await deriveNow(password, salt, cost, bytes);
  } finally {
    const next = takeNext();
    if (next) next.begin();
    else isWorking = false;
  }
}

function turnOf(lane: Lane | undefined): Promise<void> {
  if (!isWorking) {
    isWorking = true;
    return Promise.resolve();
  }
  const strangers = waiting.filter((one) => one.lane?.isKnown === false).length;
  const ofNetwork = waiting.filter((one) => one.lane && one.lane.network === lane?.network).length;
  const most = lane?.isKnown === false ? MOST_OF_NETWORK.stranger : MOST_OF_NETWORK.known;
  if (lane && (ofNetwork >= most || (!lane.isKnown && strangers >= MOST_WAITING))) throw new Busy();
  return new Promise((begin) => waiting.push({ lane, begin }));
}

/** Known users first, then in order of arrival. */
function takeNext() {
  const known = waiting.findIndex(({ lane }) => lane === undefined || lane.isKnown);
  return waiting.splice(Math.max(0, known), 1)[0];
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
