import { request } from 'undici';
import type { Clock, Timer } from '../core/clock.ts';

const TIMEOUT_MS = 10_000;

export interface DeadManPorts {
  clock: Clock;
  /** Why the monitor is not in order; empty when it is. */
  complaints(): string[];
  onOutcome(outcome: 'sent' | 'failed' | 'withheld', why: string | undefined): void;
}

export interface DeadManSettings {
  ping: string;
  everyMs: number;
}

/**
 * Reports in at somebody who misses us when we are silent. Silence is the alarm, so nothing is sent while
 * anything is not in order.
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
    // The next one is armed first: however long an answer takes, the pace stays.
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
