/** Pages state durations, which would be wrong if the page were older than this. */
const FRESH_MS = 2_000;
const MAX_PAGES = 12;
/** Pages with every single row are seldom requested. */
const LARGEST = 3_000_000;

/** Caches a page for all its readers, until something changes or it gets too old. */
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
