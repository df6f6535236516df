import type { Clock, Timer } from '../core/clock.ts';
import { DueQueue } from '../core/due-queue.ts';

/** Of what is due at once, so many are taken before others have their turn: an outage of thousands must not stall the rest. */
const STEPS_IN_ONE_TURN = 100;
/** So long an incident is left alone whose step was a fault of ours. */
const FAULTY_MS = 60_000;

export interface StepQueuePorts {
  clock: Clock;
  /** Takes what is due of an incident; throws for a fault of ours. */
  take(id: string, now: number): void;
  /** When the incident was opened: the oldest goes first. */
  openedAt(id: string): number;
  onFault(error: unknown): void;
}

/** Says when something of an incident is due, by its id; each stands in it at most once. */
export class StepQueue {
  readonly #ports: StepQueuePorts;
  #queue = new DueQueue<string>();
  /** Under which time an incident stands in the queue; an entry of another time is stale. */
  readonly #dueAt = new Map<string, number>();
  /** Incidents whose last step was a fault, and until when they are left alone. */
  readonly #faultyUntil = new Map<string, number>();
  #timer: Timer | undefined;
  #timerDueAt = Infinity;
  #isRunning = false;

  constructor(ports: StepQueuePorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#isRunning = true;
    this.arm();
  }

  stop(): void {
    this.#isRunning = false;
    this.#timer?.cancel();
  }

  /** From now on that is when something of the incident is due; undefined: never. Takes effect with `arm`. */
  put(id: string, due: number | undefined): void {
    const dueAt = due === undefined ? undefined : Math.max(due, this.#faultyUntil.get(id) ?? -Infinity);
    if (dueAt !== this.#dueAt.get(id)) {
      this.#dueAt.delete(id);
      if (dueAt !== undefined) {
        this.#dueAt.set(id, dueAt);
        this.#queue.push(dueAt, id);
      }
    }
  }

  /** Forgets all entries: every one is put anew, as after a step of the clock. */
  clear({ forgetFaults }: { forgetFaults: boolean }): void {
    this.#queue = new DueQueue();
    this.#dueAt.clear();
    if (forgetFaults) this.#faultyUntil.clear();
  }

  /** Takes what has come due. */
  takeDue(): void {
    const { clock, take, openedAt, onFault } = this.#ports;
    const now = clock.now();
    const ids: string[] = [];
    while (ids.length < STEPS_IN_ONE_TURN) {
      const next = this.#queue.popDue(now);
      if (next === undefined) break;
      if (this.#dueAt.get(next.item) !== next.dueMs) continue;
      this.#dueAt.delete(next.item);
      ids.push(next.item);
    }
    for (const id of ids.toSorted((a, b) => openedAt(a) - openedAt(b))) {
      try {
        this.#faultyUntil.delete(id);
        take(id, now);
      } catch (error) {
        // One that cannot be reckoned must not hold up all others.
        this.#faultyUntil.set(id, now + FAULTY_MS);
        this.put(id, now);
        onFault(error);
      }
    }
    this.arm();
  }

  /** Sets the timer for what is due first. */
  arm(): void {
    const dueAt = this.#queue.nextMs ?? Infinity;
    if (dueAt === this.#timerDueAt && this.#timer) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDueAt = dueAt;
    if (dueAt === Infinity || !this.#isRunning) return;
    const { clock } = this.#ports;
    this.#timer = clock.after(Math.max(0, dueAt - clock.now()), () => {
      this.#timer = undefined;
      this.takeDue();
    });
  }
}
