import type { Mark } from '../store/store.ts';

/** Who had the last turn in each team; continues after a restart. */
export class Turns {
  readonly #prefix: string;
  readonly #last = new Map<string, string>();

  /** `prefix`: of the names under which the marks are stored. */
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

  /** Returns the mark to store with the assignment. */
  take(team: string, person: string): Mark {
    this.#last.set(team, person);
    return { name: this.#prefix + team, value: person };
  }
}
