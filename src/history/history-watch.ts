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
  isPlanned(target: Target): boolean;
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
    // A store of a version that kept no history knows when it lived last, and nothing of before.
    const since = spans.length === 0 ? undefined : lastAliveAt;
    this.#ports.history.restore(spans, since, this.#ports.clock.now());
    this.#known = new Set(known);
  }

  /** What is watched from now on. */
  watching(targets: readonly Target[]): void {
    const { clock, history } = this.#ports;
    const now = clock.now();
    const names = new Set(targets.map(({ name }) => name));
    // What was watched before has ended in a time of which nothing is known; that goes on until it is probed.
    const fresh = [...names.difference(this.#known)].filter((name) => !history.isTroubled(name));
    history.firstSeen(fresh, now);
    for (const gone of this.#known.difference(names)) history.note(gone, 'unknown', now);
    this.#known = names;
    for (const target of targets) this.note(target);
  }

  note(target: Target): void {
    if (target.ours) return;
    const { clock, history, field, isBlind, isPlanned } = this.#ports;
    const health = field.healthOf(target);
    const hasBegun = field.checksOf(target).some(({ state }) => state.lastRunAt !== undefined);
    // While the monitor is blind, that is said of all of them; and of what was never probed, once, when it comes.
    if (health === 'unknown' && (isBlind() || !hasBegun)) return;
    const isOut = health === 'down' || health === 'recovering';
    history.note(target.name, health, clock.now(), isOut && isPlanned(target));
  }

  /** The process stood still for a while: nothing was seen. */
  slept(ms: number): void {
    const { clock, history } = this.#ports;
    history.gap(clock.now() - ms, clock.now());
  }

  /** Planned work may have begun or ended. */
  look(): void {
    const { history, field } = this.#ports;
    const troubled = new Set(history.troubled());
    if (troubled.size === 0) return;
    for (const target of field.targets) if (troubled.has(target.name)) this.note(target);
  }
}
