import type { Clock } from '../core/clock.ts';
import { StoreError, type Change, type Store, type StoredBeat, type StoredCheck } from './store.ts';

const RETRY_MS = 1_000;

/** A change that is not durable yet, with the promise of its caller. */
interface Held {
  change: Change;
  /** For changes of which only the latest state counts: that state by key; later changes are merged into it. */
  latest?: { checks: Map<string, StoredCheck>; beats: Map<string, StoredBeat> };
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Writes every change to the store in the order in which it was decided, however long the disk refuses. No external
 * action starts before its change is durable, so a full disk delays actions but loses none.
 */
export class Journal {
  readonly #store: Pick<Store, 'commit'>;
  readonly #clock: Clock;
  readonly #onTrouble: (error: StoreError | undefined) => void;
  readonly #onDurable: (afterMs: number) => void;
  #held: Held[] = [];
  #blocked = false;
  #trouble: string | undefined;

  /**
   * `onTrouble` is called with the error when writes begin to fail, and with undefined when they succeed again;
   * `onDurable` with how long each change took that was written at the first attempt.
   */
  constructor(
    store: Pick<Store, 'commit'>,
    clock: Clock,
    onTrouble: (error: StoreError | undefined) => void,
    onDurable: (afterMs: number) => void = () => {},
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
    this.#onDurable = onDurable;
  }

  /** The store's error from the last refused write; undefined while writes succeed. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** Resolves when the change is durable; rejects only when the store says that it can never be written. */
  append(change: Change): Promise<void> {
    if (this.#blocked && isOfLatest(change)) return this.#merge(change);
    const held = heldOf(change);
    if (this.#blocked) this.#held.push(held);
    else this.#send(held);
    return held.promise;
  }

  /**
   * While the disk refuses writes, keeps only the last state of each check and the last report of each job: days of
   * probing do not fill the memory. Changes are merged only into a last entry of the same kind: the order stays.
   */
  #merge({ checks = [], beats = [] }: Change): Promise<void> {
    let last = this.#held.at(-1);
    if (!last?.latest) {
      last = { ...heldOf({}), latest: { checks: new Map(), beats: new Map() } };
      this.#held.push(last);
    }
    for (const one of checks) last.latest!.checks.set(`${one.target}/${one.check}`, one);
    for (const one of beats) last.latest!.beats.set(one.token, one);
    return last.promise;
  }

  #send(held: Held): void {
    const sentAt = this.#clock.monotonic();
    const durable = () => {
      this.#onDurable(this.#clock.monotonic() - sentAt);
      held.resolve();
    };
    this.#store.commit(held.change).then(durable, (error: unknown) => {
      if (isFinal(error)) return held.reject(error);
      this.#held.push(held);
      if (!this.#blocked) {
        this.#blocked = true;
        this.#trouble = (error as StoreError).message;
        this.#onTrouble(error as StoreError);
        this.#clock.after(RETRY_MS, () => void this.#retry());
      }
    });
  }

  /** Retries all held changes, in order, until none is left, including those that arrive meanwhile. */
  async #retry(): Promise<void> {
    const batch = this.#held;
    this.#held = [];
    const outcomes = await Promise.allSettled(batch.map((held) => this.#store.commit(changeOf(held))));
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
      this.#trouble = undefined;
      this.#onTrouble(undefined);
    }
  }
}

function heldOf(change: Change): Held {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { change, promise, resolve, reject };
}

const changeOf = ({ change, latest }: Held): Change =>
  latest ? { checks: [...latest.checks.values()], beats: [...latest.beats.values()] } : change;

const isOfLatest = (change: Change): boolean => {
  const kinds = Object.keys(change);
  return kinds.length > 0 && kinds.every((kind) => kind === 'checks' || kind === 'beats');
};

/** No retry can succeed. */
const isFinal = (error: unknown): boolean => !(error instanceof StoreError) || error.kind === 'conflict';
