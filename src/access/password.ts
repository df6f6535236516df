import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { say } from '../text/say.ts';

/** https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const KEY_BYTES = 32;
const MAX_MEMORY = 256 * 1_048_576;

export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 200;

/** Why a new password is not taken; undefined when it is. */
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

/** Whether it is that password; false for a hash that is none. Takes as long for a wrong one as for the right one. */
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

/** In whose name a password is looked at: nobody's attempts keep those of other networks waiting. */
export interface Lane {
  network: string;
  /** They have signed in from there before, and go first. */
  isKnown: boolean;
}

/** Waiting for their turn: more is an attack, and waits elsewhere. */
const MOST_WAITING = 32;
/** Of one network; of one that somebody has signed in from before. */
const MOST_OF_NETWORK = { stranger: 1, known: 4 } as const;
const waiting: { lane: Lane | undefined; begin: () => void }[] = [];
let isWorking = false;

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

/** Who is known goes first, then who has waited longest. */
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
