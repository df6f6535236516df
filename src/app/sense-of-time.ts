import type { Clock, Timer } from '../core/clock.ts';

/** The clock is read at least this often, so that a clock step or a sleep is noticed soon. */
const BEAT_MS = 1_000;
/** A beat this late means that the process was stalled, and could neither probe nor receive. */
const STALLED_MS = 5_000;
const PRUNE_MS = 60_000;

export interface SenseOfTimePorts {
  clock: Clock;
  /** Nothing ran for so many milliseconds. */
  onStalled(ms: number): void;
  /** About once a minute, with Unix milliseconds. */
  onMinute(now: number): void;
}

/** Detects when the process was stalled, and says when to drop finished items. */
export class SenseOfTime {
  readonly #ports: SenseOfTimePorts;
  #beat: Timer | undefined;
  #minute: Timer | undefined;

  constructor(ports: SenseOfTimePorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#armMinute();
    this.#armBeat(this.#ports.clock.monotonic());
  }

  stop(): void {
    this.#beat?.cancel();
    this.#minute?.cancel();
  }

  #armBeat(last: number): void {
    const { clock, onStalled } = this.#ports;
    const heartbeat = () => {
      // Reading the clock makes it compare itself with the monotonic clocks.
      clock.now();
      const now = clock.monotonic();
      const late = now - last - BEAT_MS;
      if (late > STALLED_MS) onStalled(late);
      this.#armBeat(now);
    };
    this.#beat = clock.after(BEAT_MS, heartbeat);
  }

  #armMinute(): void {
    const { clock, onMinute } = this.#ports;
    this.#minute = clock.after(PRUNE_MS, () => {
      onMinute(clock.now());
      this.#armMinute();
    });
  }
}
