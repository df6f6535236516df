import type { Mark } from '../store/store.ts';

/** Whose turn it was last, by team; goes on after a restart. */
export class Turns {
  readonly #prefix: string;
  readonly #last = new Map<string, string>();

  /** `prefix`: under which name the marks are kept. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  restore(marks: readonly Mark[]): void {
    for (const { name, value } of marks) {
      if (name.startsWith(this.#prefix) && typeof value === 'string')
        this.#last.set(name.slice(this.#prefix.length), value);
    }
  }

  last(team: string): string | undefined {
    return this.#last.get(team);
  }

  /** Gives what is to be made durable with it. */
  take(team: string, person: string): Mark {
    this.#last.set(team, person);
    return { name: this.#prefix + team, value: person };
  }
}
