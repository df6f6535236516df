import type { Clock } from '../core/clock.ts';
import type { HistorySpan } from '../core/history.ts';
import { availabilityOf, isOut } from '../core/availability.ts';
import type { Priority, Target } from '../core/target.ts';
import type { Monitor } from '../probing/monitor.ts';
import type { Change, Mark } from '../store/store.ts';
import type { History } from './history.ts';

const BY_PRIORITY_SINCE = 'history-by-priority-since';

/** What the last run left. */
export interface RestoredHistory {
  spans: readonly HistorySpan[];
  /** When it was seen alive last, in Unix milliseconds. */
  aliveAt: number | undefined;
  /** Its targets. */
  known: readonly string[];
  marks: readonly Mark[];
}

export interface HistoryWatchPorts {
  clock: Clock;
  history: History;
  commit(change: Pick<Change, 'marks'>): Promise<void>;
  field: Pick<Monitor, 'targets' | 'checksOf'>;
  isBlind(): boolean;
  isPlanned(target: Target): boolean;
}

/** Tells the history what becomes of the targets that are watched. */
export class HistoryWatch {
  readonly #ports: HistoryWatchPorts;
  /** Checks that proved their target out of service and have not come back. */
  readonly #out = new Set<string>();
  /** Targets that have been watched before. */
  #known: ReadonlySet<string> = new Set();
  /** Since when what is measured is told apart by priority. */
  #byPrioritySince = 0;

  constructor(ports: HistoryWatchPorts) {
    this.#ports = ports;
  }

  /** `targets`: watched from now on; of a fresh store nothing needs to be said target by target. */
  async restore(
    { spans, aliveAt, known, marks }: RestoredHistory,
    targets: readonly Target[],
  ): Promise<void> {
    const { clock, history, commit } = this.#ports;
    const now = clock.now();
    // A store of a version that kept no history knows when it lived last, and nothing of before.
    history.restore(spans, spans.length === 0 ? undefined : aliveAt, now);
    this.#known = new Set(known.length === 0 ? targets.map(({ name }) => name) : known);
    const measuredSince = marks.find(({ name }) => name === BY_PRIORITY_SINCE)?.value;
    this.#byPrioritySince = typeof measuredSince === 'number' ? measuredSince : now;
    if (this.#byPrioritySince !== measuredSince)
      await commit({ marks: [{ name: BY_PRIORITY_SINCE, value: this.#byPrioritySince }] });
  }

  /** What is watched from now on. */
  async watching(targets: readonly Target[]): Promise<void> {
    const { clock, history } = this.#ports;
    const now = clock.now();
    const names = new Set(targets.map(({ name }) => name));
    // What was watched before has ended in a time of which nothing is known; that goes on until it is probed.
    const fresh = [...names.difference(this.#known)].filter((name) => !history.isTroubled(name));
    history.firstSeen(fresh, now);
    for (const gone of this.#known.difference(names)) history.note(gone, 'unknown', now);
    this.#known = names;
    const keys = new Set(targets.flatMap((target) => keysOf(target).map(({ key }) => key)));
    for (const key of history.troubled())
      if (key.includes(SEPARATOR) && !keys.has(key)) history.note(key, 'up', now);
    for (let from = 0; from < targets.length; from += NOTED_IN_ONE_TURN) {
      // Whoever asks for something meanwhile is served in between.
      if (from > 0) await new Promise(setImmediate);
      for (const target of targets.slice(from, from + NOTED_IN_ONE_TURN)) this.note(target);
    }
  }

  note(target: Target): void {
    if (target.ours) return;
    const { clock, history, field, isBlind, isPlanned } = this.#ports;
    const checks = field.checksOf(target);
    const hasBegun = checks.some(({ state }) => state.lastRunAt !== undefined);
    const wasOut = history.isOut(target.name);
    const counted = checks.map(({ identity, check, state }) => {
      const one = { state, counts: check.counts !== false, wasOut: this.#out.has(identity) || wasOut };
      if (isOut(one)) this.#out.add(identity);
      else if (state.health.is !== 'unknown') this.#out.delete(identity);
      return { ...one, priority: check.priority };
    });
    for (const { key, priority } of keysOf(target)) {
      const health = availabilityOf(
        counted.filter((one) => priority === undefined || one.priority === priority),
      );
      // While the monitor is blind, that is said of all of them; and of what was never probed, once, when it comes.
      if (health === 'unknown' && (isBlind() || !hasBegun)) continue;
      history.note(key, health, clock.now(), health === 'down' && isPlanned(target));
    }
  }

  /**
   * What the public page shows of a target: by checks of these priorities alone, as its sentence is. Before that was
   * measured, by all of them.
   */
  spansFor(target: Target, priorities: readonly Priority[]): readonly HistorySpan[] | undefined {
    const { history } = this.#ports;
    const keys = keysOf(target).filter(({ priority }) => priority !== undefined);
    if (keys.length === 0) {
      const [only] = target.checks;
      return only && !priorities.includes(only.priority) ? undefined : history.ownSpansOf(target.name);
    }
    const wanted = keys.filter(({ priority }) => priorities.includes(priority!));
    if (wanted.length === 0) return undefined;
    const since = this.#byPrioritySince;
    const now = this.#ports.clock.now();
    const before = history
      .ownSpansOf(target.name)
      .filter(({ from }) => from < since)
      .map((span) => ({ ...span, to: Math.min(span.to ?? now, since) }));
    return [...before, ...wanted.flatMap(({ key }) => history.ownSpansOf(key))];
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

/** In an installation of thousands of targets. */
const NOTED_IN_ONE_TURN = 2_000;

/** No name of a target has it. */
const SEPARATOR = '\n';

/** Under which names the history keeps a target: its own, and one for each priority where its checks have several. */
function keysOf({ name, checks }: Target): { key: string; priority?: Priority }[] {
  const priorities = [...new Set(checks.map(({ priority }) => priority))];
  if (priorities.length < 2) return [{ key: name }];
  return [
    { key: name },
    ...priorities.map((priority) => ({ key: `${name}${SEPARATOR}${priority}`, priority })),
  ];
}
