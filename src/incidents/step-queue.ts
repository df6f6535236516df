import type { Clock, Timer } from '../core/clock.ts';
import { DueQueue } from '../core/due-queue.ts';

/** Due incidents taken before other work gets its turn: an outage of thousands must not stall the rest. */
const STEPS_IN_ONE_TURN = 100;
/** How long an incident is skipped after one of its steps threw an internal error. */
const FAULTY_MS = 60_000;

export interface StepQueuePorts {
  clock: Clock;
  /** Takes the due steps of an incident; throws on an internal error. */
  take(id: string, now: number): void;
  /** When the incident was opened: the oldest goes first. */
  openedAt(id: string): number;
  onFault(error: unknown): void;
}

/** Orders incidents by when their next step is due; each is queued at most once. */
export class StepQueue {
  readonly #ports: StepQueuePorts;
  #queue = new DueQueue<string>();
  /** The time under which an incident is queued; an entry with another time is stale. */
  readonly #dueAt = new Map<string, number>();
  /** Incidents whose last step threw, and until when they are skipped. */
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

  /** Sets when the next step of the incident is due; undefined: never. Takes effect with `arm`. */
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

  /** Removes all entries: each is put anew, as after a clock step. */
  clear({ forgetFaults }: { forgetFaults: boolean }): void {
    this.#queue = new DueQueue();
    this.#dueAt.clear();
    if (forgetFaults) this.#faultyUntil.clear();
  }

  /** Takes the steps that have come due. */
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
        // An incident whose step throws must not block the others.
        this.#faultyUntil.set(id, now + FAULTY_MS);
        this.put(id, now);
        onFault(error);
      }
    }
    this.arm();
  }

  /** Sets the timer for the earliest due step. */
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
