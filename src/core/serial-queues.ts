/**
 * Runs work of the same key one after another, in the order of the calls; work of other keys runs beside it. What reads,
 * decides and writes in one such turn builds on everything that was decided before it.
 */
export class SerialQueues<Key> {
  readonly #last = new Map<Key, Promise<unknown>>();

  /** Resolves or rejects as `work` does; a rejection holds nobody up. Work must not wait for its own key. */
  run<Value>(key: Key, work: () => Promise<Value>): Promise<Value> {
    const before = this.#last.get(key);
    const done = before === undefined ? work() : before.then(work, work);
    this.#last.set(key, done);
    const forget = () => {
      if (this.#last.get(key) === done) this.#last.delete(key);
    };
    done.then(forget, forget);
    return done;
  }
}
