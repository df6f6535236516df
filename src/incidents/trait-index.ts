/** Finds the items that share a trait, without searching all of them. */
export class TraitIndex<Item> {
  readonly #traits = new Map<Item, readonly string[]>();
  readonly #byTrait = new Map<string, Set<Item>>();

  add(item: Item, traits: readonly string[]): void {
    if (this.#traits.has(item)) return;
    this.#traits.set(item, traits);
    for (const trait of traits) {
      const items = this.#byTrait.get(trait);
      if (items) items.add(item);
      else this.#byTrait.set(trait, new Set([item]));
    }
  }

  delete(item: Item): void {
    for (const trait of this.#traits.get(item) ?? []) {
      const items = this.#byTrait.get(trait);
      items?.delete(item);
      if (items?.size === 0) this.#byTrait.delete(trait);
    }
    this.#traits.delete(item);
  }

  clear(): void {
    this.#traits.clear();
    this.#byTrait.clear();
  }

  /** Items that have one of these traits, at most `most`: those of the first trait come first. */
  sharing(traits: readonly string[], most = Infinity): Item[] {
    const found = new Set<Item>();
    for (const trait of traits) {
      for (const item of this.#byTrait.get(trait) ?? []) {
        if (found.size >= most) return [...found];
        found.add(item);
      }
    }
    return [...found];
  }
}
