/** The lifecycle hooks of a component; it implements only those that it needs. */
export interface Component<Settings, LastRun> {
  /** Used in messages when a hook fails. */
  name: string;
  /** Restores what the last run stored. Nothing is probed or sent before `start`. */
  restore?(last: LastRun): void | Promise<void>;
  start?(): void | Promise<void>;
  /** New settings are in force. `isRunning`: false between `restore` and `start`. */
  apply?(settings: Settings, isRunning: boolean): void | Promise<void>;
  /** The wall clock was stepped by so many milliseconds: the component moves all its stored times with it. */
  clockStepped?(byMs: number): void | Promise<void>;
  /** Nothing ran for so many milliseconds: work in progress is inconclusive, and overdue work is done now. */
  slept?(ms: number): void;
  /** Drops finished items; called about once a minute, with Unix milliseconds. */
  prune?(now: number): void;
  /** The component's current problems; empty when there are none. */
  complaints?(): readonly string[];
  /** Ends; resolves when what was under way has ended. `givenUp`: when it resolves, nothing is waited for any longer. */
  stop?(givenUp: Promise<unknown>): void | Promise<void>;
}

/**
 * Components are restored and started in the order in which they were added, and stopped in reverse order. If starting
 * fails halfway, the components already started, and the one that failed, are stopped before the error is passed on.
 */
export class Lifecycle<Settings, LastRun = undefined> {
  readonly #components: Component<Settings, LastRun>[] = [];
  readonly #onFault: (error: unknown) => void;
  readonly #limit: () => Promise<unknown>;
  #started: Component<Settings, LastRun>[] = [];
  #isRunning = false;

  /**
   * `onFault`: hears of a component that could not be stopped; the others are stopped all the same. `limit`: a promise for
   * each stop; when it resolves, what is under way is not waited for any longer.
   */
  constructor(
    onFault: (error: unknown) => void,
    limit: () => Promise<unknown> = () => new Promise(() => {}),
  ) {
    this.#onFault = onFault;
    this.#limit = limit;
  }

  add(component: Component<Settings, LastRun>): void {
    this.#components.push(component);
  }

  async restore(last: LastRun): Promise<void> {
    for (const component of this.#components) {
      const done = component.restore?.(last);
      if (done) await done;
    }
  }

  async start(): Promise<void> {
    this.#isRunning = true;
    try {
      for (const component of this.#components) {
        this.#started.push(component);
        const done = component.start?.();
        if (done) await done;
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async apply(settings: Settings): Promise<void> {
    for (const component of this.#components) {
      const done = component.apply?.(settings, this.#isRunning);
      if (done) await done;
    }
  }

  /** All components move in one turn, so that no decision mixes old and new times. */
  async clockStepped(byMs: number): Promise<void> {
    await Promise.all(this.#components.map((component) => component.clockStepped?.(byMs)));
  }

  slept(ms: number): void {
    for (const component of this.#components) component.slept?.(ms);
  }

  prune(now: number): void {
    for (const component of this.#components) component.prune?.(now);
  }

  complaints(): string[] {
    return this.#components.flatMap((component) => component.complaints?.() ?? []);
  }

  /**
   * Stops every started component; a second call finds nothing left to stop. `givenUp`: once it resolves, work in
   * progress is no longer waited for, and the remaining components are only told to stop.
   */
  async stop(givenUp: Promise<unknown> = this.#limit()): Promise<void> {
    this.#isRunning = false;
    for (const component of this.#started.splice(0).reverse()) {
      try {
        const done = component.stop?.(givenUp);
        if (done) await Promise.race([done, givenUp]);
      } catch (error) {
        this.#onFault(new Error(`could not stop ${component.name}`, { cause: error }));
      }
    }
  }
}
