import type { NewCode } from '../core/new-code.ts';
import { keyFor } from '../outside/signature.ts';
import type { Journal } from '../store/journal.ts';
import type { Mark } from '../store/store.ts';
import { ANSWER_KEY } from '../answering/answer-links.ts';

export interface SigningKeyPorts {
  newKey: NewCode;
  journal: Pick<Journal, 'append'>;
}

/**
 * The secret that signs every link. It is created once and outlives the process: links in pages already sent must keep
 * working.
 */
export class SigningKey {
  readonly #ports: SigningKeyPorts;
  #value = '';

  constructor(ports: SigningKeyPorts) {
    this.#ports = ports;
  }

  /** Restores the stored key, or creates and stores one. */
  async restore(marks: readonly Mark[]): Promise<void> {
    const stored = marks.find(({ name }) => name === ANSWER_KEY)?.value;
    this.#value = typeof stored === 'string' ? stored : this.#ports.newKey();
    if (this.#value === stored) return;
    await this.#ports.journal.append({ marks: [{ name: ANSWER_KEY, value: this.#value }] });
  }

  /** The key for links in pages; empty before `restore`. */
  get value(): string {
    return this.#value;
  }

  /** A key derived for one purpose only. */
  for(purpose: string): string {
    return keyFor(this.#value, purpose);
  }
}
