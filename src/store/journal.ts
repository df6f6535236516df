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
      if (!this.#blocked) this.#send(held);
      else if (onlyChecks(change)) this.#merge(held);
      else this.#held.push(held);
    });
  }

  /**
   * While the disk refuses, of every check only the last state is kept: probing goes on for days without eating
   * the memory. The last of a row is where it joins, so the order among everything else stays.
   */
  #merge(held: Held): void {
    const last = this.#held.at(-1);
    if (!last || !onlyChecks(last.change)) {
      this.#held.push(held);
      return;
    }
    const states = new Map(
      [...last.change.checks, ...(held.change.checks ?? [])].map((one) => [
        `${one.target}/${one.check}`,
        one,
      ]),
    );
    const { resolve, reject } = last;
    this.#held[this.#held.length - 1] = {
      change: { checks: [...states.values()] },
      resolve: () => (resolve(), held.resolve()),
      reject: (error) => (reject(error), held.reject(error)),
    };
  }

  #send(held: Held): void {
    this.#store.commit(held.change).then(held.resolve, (error: unknown) => {
      if (isFinal(error)) return held.reject(error);
      this.#held.push(held);
      if (!this.#blocked) {
        this.#blocked = true;
        this.#onTrouble(error as StoreError);
        this.#clock.after(RETRY_MS, () => void this.#retry());
      }
    });
  }

  /** Sends all that is held, in order; goes on until nothing is, whatever came in meanwhile. */
  async #retry(): Promise<void> {
    const batch = this.#held;
    this.#held = [];
    const outcomes = await Promise.allSettled(batch.map(({ change }) => this.#store.commit(change)));
    const failed: Held[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const held = batch[index]!;
      if (outcome.status === 'fulfilled') held.resolve();
      else if (isFinal(outcome.reason)) held.reject(outcome.reason);
      else failed.push(held);
    }
    this.#held = [...failed, ...this.#held];
    if (failed.length > 0) this.#clock.after(RETRY_MS, () => void this.#retry());
    else if (this.#held.length > 0) await this.#retry();
    else {
      this.#blocked = false;
      this.#onTrouble(undefined);
    }
  }
}

type ChecksOnly = Change & { checks: NonNullable<Change['checks']> };

const onlyChecks = (change: Change): change is ChecksOnly =>
  change.checks !== undefined && Object.keys(change).length === 1;

/** No later try can change it. */
const isFinal = (error: unknown): boolean => !(error instanceof StoreError) || error.kind === 'conflict';
