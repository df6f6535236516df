/** Makes a code that no other page has. Injected: the core knows no randomness. */
export type NewCode = () => string;

/** Crockford's base 32: no I, L, O or U, so that a code can be read out on the phone. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A code from random bytes, five bits a character. */
export function codeFrom(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ALPHABET[byte & 31]).join('');
}
