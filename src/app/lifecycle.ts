/** What a component of the running process may take part in; it leaves out what does not concern it. */
export interface Component<Settings, LastRun> {
  /** For messages, when a step of its life fails. */
  name: string;
  /** Takes up what the last run left. Nothing is probed or sent before `start`. */
  restore?(last: LastRun): void | Promise<void>;
  start?(): void | Promise<void>;
  /** New settings are in force. `isRunning`: false between `restore` and `start`. */
  apply?(settings: Settings, isRunning: boolean): void | Promise<void>;
  /** The wall clock was set by so many milliseconds: every time that it keeps moves with it. */
  clockStepped?(byMs: number): void | Promise<void>;
  /** Nothing ran for so many milliseconds: what was under way says nothing, and what came due meanwhile is taken. */
  slept?(ms: number): void;
  /** Forgets what is over; called about once a minute, with Unix milliseconds. */
  prune?(now: number): void;
  /** Why it does not do its work as it should; empty when it does. */
  complaints?(): readonly string[];
  /** Ends; resolves when what was under way has ended. `givenUp`: when it resolves, nothing is waited for any longer. */
  stop?(givenUp: Promise<unknown>): void | Promise<void>;
}

/**
 * Components live in the order in which they were added and end in reverse order, also when starting fails halfway: then
 * the components that were started, and the one that failed, are stopped before the error is passed on.
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

  /** All components move in one turn: nothing is decided while some go by the old time and others by the new one. */
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
   * Stops every component that was started; a second call finds nothing left to stop. `givenUp`: when it resolves,
   * nothing that is under way is waited for any longer, and what is left is only told to stop.
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
