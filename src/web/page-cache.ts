/** Sentences say for how long; older than this they would lie. */
const FRESH_MS = 2_000;
const MAX_PAGES = 12;
/** A page of every single row is seldom looked at. */
const LARGEST = 3_000_000;

/** A page that many look at is made once for all of them, until something changes or it grows old. */
export class PageCache {
  readonly #pages = new Map<string, { text: string; at: number }>();
  readonly #now: () => number;

  constructor(now: () => number, onChange: (callback: () => void) => () => void) {
    this.#now = now;
    onChange(() => this.#pages.clear());
  }

  get(key: string, make: () => string): string {
    const now = this.#now();
    const known = this.#pages.get(key);
    if (known && now >= known.at && now - known.at < FRESH_MS) return known.text;
    const text = make();
    if (text.length > LARGEST) return text;
    if (this.#pages.size >= MAX_PAGES) this.#pages.clear();
    this.#pages.set(key, { text, at: now });
    return text;
  }
}
