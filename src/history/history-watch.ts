import type { Clock } from '../core/clock.ts';
import type { HistorySpan } from '../core/history.ts';
import type { Target } from '../core/target.ts';
import type { Monitor } from '../probing/monitor.ts';
import type { History } from './history.ts';

export interface HistoryWatchPorts {
  clock: Clock;
  history: History;
  field: Pick<Monitor, 'targets' | 'healthOf' | 'checksOf'>;
  isBlind(): boolean;
}

/** Tells the history what becomes of the targets that are watched. */
export class HistoryWatch {
  readonly #ports: HistoryWatchPorts;
  /** Targets that have been watched before. */
  #known: ReadonlySet<string> = new Set();

  constructor(ports: HistoryWatchPorts) {
    this.#ports = ports;
  }

  /** `known`: targets of the last run; of a fresh store nothing needs to be said target by target. */
  restore(spans: readonly HistorySpan[], lastAliveAt: number | undefined, known: readonly string[]): void {
    this.#ports.history.restore(spans, lastAliveAt, this.#ports.clock.now());
    this.#known = new Set(known);
  }

  /** What is watched from now on. */
  watching(targets: readonly Target[]): void {
    const { clock, history } = this.#ports;
    const now = clock.now();
    const names = new Set(targets.map(({ name }) => name));
    history.firstSeen([...names.difference(this.#known)], now);
    for (const gone of this.#known.difference(names)) history.note(gone, 'up', now);
    this.#known = names;
    for (const target of targets) this.note(target);
  }

  note(target: Target): void {
    if (target.ours) return;
    const { clock, history, field, isBlind } = this.#ports;
    const health = field.healthOf(target);
    const hasBegun = field.checksOf(target).some(({ state }) => state.lastRunAt !== undefined);
    // While the monitor is blind, that is said of all of them; and of what was never probed, once, when it comes.
    if (health === 'unknown' && (isBlind() || !hasBegun)) return;
    history.note(target.name, health, clock.now());
  }
}
