import { hmac, isEqual } from '../outside/signature.ts';

const SIGNATURE_CHARACTERS = 22;

export interface LinkFacts {
  publicUrl: string;
  key: string;
}

/** URLs of tickets, and signed ones for people who do not sign in. */
export class DeskLinks {
  readonly #facts: () => LinkFacts;

  constructor(facts: () => LinkFacts) {
    this.#facts = facts;
  }

  desk(number: number): string {
    return `${this.#facts().publicUrl}/tickets/${number}`;
  }

  portal(number: number): string {
    return `${this.#facts().publicUrl}/portal/tickets/${number}`;
  }

  /** Whoever holds this link may rate the ticket, and nothing else. */
  rating(number: number, score: number): string {
    return `${this.#facts().publicUrl}/rate/${this.ratingToken(number)}?score=${score}`;
  }

  ratingToken(number: number): string {
    return `${number}-${this.#sign(`rate ${number}`)}`;
  }

  /** Returns the ticket number of a genuine rating token. */
  ratedBy(token: string): number | undefined {
    const [number = '', signature = ''] = split(token);
    if (!/^\d{1,12}$/.test(number)) return undefined;
    return isEqual(signature, this.#sign(`rate ${number}`)) ? Number(number) : undefined;
  }

  #sign(text: string): string {
    const digest = hmac('sha256', this.#facts().key, text, 'base64');
    return digest.replaceAll('+', '-').replaceAll('/', '_').slice(0, SIGNATURE_CHARACTERS);
  }
}

/** The signature may contain hyphens, too. */
function split(token: string): string[] {
  const at = token.indexOf('-');
  return at === -1 ? [token] : [token.slice(0, at), token.slice(at + 1)];
}
