import { request } from 'undici';
import type { Clock, Timer } from '../core/clock.ts';

const TIMEOUT_MS = 10_000;

export interface DeadManPorts {
  clock: Clock;
  /** The monitor's current problems; empty when there are none. */
  complaints(): string[];
  onOutcome(outcome: 'sent' | 'failed' | 'withheld', why: string | undefined): void;
}

export interface DeadManSettings {
  ping: string;
  everyMs: number;
}

/**
 * Pings an external service that raises an alarm when the pings stop. Silence is the alarm, so no ping is sent while
 * the monitor has any problem.
 */
export class DeadManSwitch {
  readonly #ports: DeadManPorts;
  #settings: DeadManSettings | undefined;
  #timer: Timer | undefined;
  #stopped = true;

  constructor(ports: DeadManPorts) {
    this.#ports = ports;
  }

  set settings(settings: DeadManSettings | undefined) {
    const changed = JSON.stringify(settings) !== JSON.stringify(this.#settings);
    this.#settings = settings;
    if (changed && !this.#stopped) this.start();
  }

  start(): void {
    this.#stopped = false;
    this.#timer?.cancel();
    if (this.#settings) this.#timer = this.#ports.clock.after(this.#settings.everyMs, () => void this.#go());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #go(): Promise<void> {
    // Arm the next ping first, so that a slow response does not change the interval.
    this.start();
    const { complaints, onOutcome } = this.#ports;
    const settings = this.#settings;
    if (!settings) return;
    const why = complaints();
    if (why.length > 0) return onOutcome('withheld', why.join(' '));
    try {
      const { statusCode, body } = await request(settings.ping, {
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { 'user-agent': 'watchdesk' },
      });
      await body.dump({ limit: 65_536 });
      const good = statusCode < 400;
      onOutcome(good ? 'sent' : 'failed', good ? undefined : `the switch returned HTTP ${statusCode}`);
    } catch (error) {
      onOutcome('failed', `could not reach the switch: ${(error as Error).message}`);
    }
  }
}
