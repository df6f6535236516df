import type { Clock } from '../core/clock.ts';
import { StoreError, type Change, type Store, type StoredBeat, type StoredCheck } from './store.ts';

const RETRY_MS = 1_000;

/** A change on its way, and who waits for it. */
interface Held {
  change: Change;
  /** Of a change of which only the last counts, by what it is of: later ones join it. */
  latest?: { checks: Map<string, StoredCheck>; beats: Map<string, StoredBeat> };
  promise: Promise<void>;
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
  readonly #onDurable: (afterMs: number) => void;
  #held: Held[] = [];
  #blocked = false;
  #trouble: string | undefined;

  /**
   * `onTrouble` hears when writing begins to fail, and with undefined when it goes on; `onDurable` how long each
   * change took that went through at once.
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

  /** What the store said when it last refused a write. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** Resolves when the change is durable; rejects only when the store says it can never be. */
  append(change: Change): Promise<void> {
    if (this.#blocked && isOfLatest(change)) return this.#merge(change);
    const held = heldOf(change);
    if (this.#blocked) this.#held.push(held);
    else this.#send(held);
    return held.promise;
  }

  /**
   * While the disk refuses, of every check only the last state is kept, and of every job its last word: probing goes on
   * for days without eating the memory. They join the last change only when that is of the same kind, so the order stays.
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

  /** Sends all that is held, in order; goes on until nothing is, whatever came in meanwhile. */
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

/** No later try can change it. */
const isFinal = (error: unknown): boolean => !(error instanceof StoreError) || error.kind === 'conflict';
