/** Wrong attempts that are free. */
const FREE = 5;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 15 * 60_000;
const FORGET_MS = 3_600_000;
const MOST_NAMES = 10_000;

interface Attempts {
  wrong: number;
  at: number;
}

/** Holds those up who guess: by the name that is tried, and by the address from which. */
export class LoginGuard {
  readonly #attempts = new Map<string, Attempts>();

  /** Until when nothing of that name or from that address is even looked at; undefined when it may be tried. */
  heldUntil(names: readonly string[], now: number): number | undefined {
    const until = Math.max(...names.map((name) => this.#until(name, now)));
    return until > now ? until : undefined;
  }

  wrong(names: readonly string[], now: number): void {
    if (this.#attempts.size > MOST_NAMES) this.#forget(now);
    for (const name of names) {
      const known = this.#attempts.get(name);
      this.#attempts.set(name, {
        wrong: (known && now - known.at < FORGET_MS ? known.wrong : 0) + 1,
        at: now,
      });
    }
  }

  right(names: readonly string[]): void {
    for (const name of names) this.#attempts.delete(name);
  }

  #until(name: string, now: number): number {
    const known = this.#attempts.get(name);
    if (!known || now - known.at > FORGET_MS || known.wrong < FREE) return -Infinity;
    return known.at + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (known.wrong - FREE));
  }

  #forget(now: number): void {
    for (const [name, { at }] of this.#attempts) if (now - at > FORGET_MS) this.#attempts.delete(name);
    if (this.#attempts.size > MOST_NAMES) this.#attempts.clear();
  }
}
