import type { Clock } from '../core/clock.ts';
import { StoreError, type Change, type Store } from './store.ts';

const RETRY_MS = 1_000;

interface Held {
  change: Change;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Brings every change to the store in the order in which it was decided, however long the disk refuses. Nothing
 * is done outside before its change is durable, so a full disk delays and never loses.
 */
export class Journal {
  readonly #store: Pick<Store, 'commit'>;
  readonly #clock: Clock;
  readonly #onTrouble: (error: StoreError | undefined) => void;
  #held: Held[] = [];
  #blocked = false;

  /** `onTrouble` hears when writing begins to fail, and with undefined when it goes on. */
  constructor(
    store: Pick<Store, 'commit'>,
    clock: Clock,
    onTrouble: (error: StoreError | undefined) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** Resolves when the change is durable; rejects only when the store says it can never be. */
  append(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      const held = { change, resolve, reject };
      if (this.#blocked) this.#held.push(held);
      else this.#send(held);
    });
  }

  #send(held: Held): void {
    this.#store.commit(held.change).then(
      () => {
        if (this.#blocked && this.#held.length === 0) {
          this.#blocked = false;
          this.#onTrouble(undefined);
        }
        held.resolve();
      },
      (error: unknown) => {
        if (!(error instanceof StoreError) || error.kind === 'conflict') return held.reject(error);
        this.#held.push(held);
        if (this.#held.length === 1) {
          if (!this.#blocked) this.#onTrouble(error);
          this.#blocked = true;
          this.#clock.after(RETRY_MS, () => this.#retry());
        }
      },
    );
  }

  #retry(): void {
    const held = this.#held;
    this.#held = [];
    for (const one of held) this.#send(one);
  }
}
