import { createHmac } from 'node:crypto';
import { codeFrom } from '../core/new-code.ts';
import { isEqual } from '../outside/signature.ts';

/** How long the link in a page lets its holder act. */
export const LINK_LIFE_MS = 24 * 3_600_000;

/** Name of the stored mark that holds the signing key. */
export const ANSWER_KEY = 'answer-key';

const SIGNATURE_CHARACTERS = 6;

/** Answer links in pages: signed, because whoever holds one may answer its page. The code alone does not suffice. */
export class AnswerLinks {
  readonly #key: () => string;

  /** `key`: secret, and unchanged across restarts. */
  constructor(key: () => string) {
    this.#key = key;
  }

  /** `K7Q2M9XABC-4T8PNW` */
  tokenOf(code: string): string {
    return `${code}-${this.#signature(code)}`;
  }

  /** Returns the code of a genuine token, undefined for any other. Accepts look-alike letters for the intended ones. */
  codeOf(token: string): string | undefined {
    const [code = '', signature = '', ...more] = readable(token).split('-');
    if (more.length > 0 || code === '' || !isEqual(signature, this.#signature(code))) return undefined;
    return code;
  }

  #signature(code: string): string {
    const digest = createHmac('sha256', this.#key()).update(`answer ${code}`).digest();
    return codeFrom(digest.subarray(0, SIGNATURE_CHARACTERS));
  }
}

/** Reads look-alike letters as Crockford's base 32 does: https://www.crockford.com/base32.html */
export const readable = (text: string): string =>
  text.trim().toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
