import { createHmac, randomBytes } from 'node:crypto';
import { isEqual } from '../outside/signature.ts';

const STEP_MS = 30_000;
const DIGITS = 6;
/** Codes of the previous and the next step are valid too: clocks differ. */
const DRIFT = 1;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A new key in base32: https://www.rfc-editor.org/rfc/rfc4648#section-6 */
export function newTotpKey(): string {
  return [...randomBytes(32)].map((byte) => ALPHABET[byte & 31]).join('');
}

/** The URI for an authenticator app. */
export const totpUri = (key: string, account: string): string =>
  `otpauth://totp/Watchdesk:${encodeURIComponent(account)}?secret=${key}&issuer=Watchdesk`;

/** The code at a moment: https://www.rfc-editor.org/rfc/rfc6238 */
export function totpAt(key: string, now: number): string {
  return codeOf(key, Math.floor(now / STEP_MS));
}

/** The step of a valid code, which cannot be used again; undefined for a wrong or already used code. */
export function totpStep(key: string, code: string, now: number, usedStep = -1): number | undefined {
  const given = code.replace(/\s/g, '');
  const current = Math.floor(now / STEP_MS);
  let found: number | undefined;
  for (let step = current - DRIFT; step <= current + DRIFT; step++) {
    if (isEqual(given, codeOf(key, step)) && step > usedStep) found = step;
  }
  return found;
}

function codeOf(key: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', decoded(key)).update(counter).digest();
  // https://www.rfc-editor.org/rfc/rfc4226#section-5.3
  const offset = digest[digest.length - 1]! & 15;
  const number = digest.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

function decoded(key: string): Buffer {
  const bits = [...key.replace(/=+$/, '').toUpperCase()]
    .map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const bytes = bits.match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}
