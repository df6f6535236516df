import type { Clock } from '../core/clock.ts';
import type { HistorySpan } from '../core/history.ts';
import { availabilityOf, isOut } from '../core/availability.ts';
import type { Priority, Target } from '../core/target.ts';
import type { Field } from '../probing/field.ts';
import type { Change, Mark } from '../store/store.ts';
import type { History } from './history.ts';

const BY_PRIORITY_SINCE = 'history-by-priority-since';

/** What the last run stored. */
export interface RestoredHistory {
  spans: readonly HistorySpan[];
  /** When it was last known to be alive, Unix milliseconds. */
  aliveAt: number | undefined;
  /** Its targets. */
  known: readonly string[];
  marks: readonly Mark[];
}

export interface HistoryWatchPorts {
  clock: Clock;
  history: History;
  commit(change: Pick<Change, 'marks'>): Promise<void>;
  field: Pick<Field, 'targets' | 'checksOf'>;
  isBlind(): boolean;
  isPlanned(target: Target): boolean;
}

/** Records state changes of watched targets in the history. */
export class HistoryWatch {
  readonly #ports: HistoryWatchPorts;
  /** Checks that put their target out of service and have not recovered. */
  readonly #out = new Set<string>();
  /** Targets that have been watched before. */
  #known: ReadonlySet<string> = new Set();
  /** Since when history is also kept by priority. */
  #byPrioritySince = 0;

  constructor(ports: HistoryWatchPorts) {
    this.#ports = ports;
  }

  /** `targets`: the targets watched from now on; in a new store they need no first-seen spans of their own. */
  async restore(
    { spans, aliveAt, known, marks }: RestoredHistory,
    targets: readonly Target[],
  ): Promise<void> {
    const { clock, history, commit } = this.#ports;
    const now = clock.now();
    // A store from a version without history knows when it was last alive, but nothing earlier.
    history.restore(spans, spans.length === 0 ? undefined : aliveAt, now);
    this.#known = new Set(known.length === 0 ? targets.map(({ name }) => name) : known);
    const measuredSince = marks.find(({ name }) => name === BY_PRIORITY_SINCE)?.value;
    this.#byPrioritySince = typeof measuredSince === 'number' ? measuredSince : now;
    if (this.#byPrioritySince !== measuredSince)
      await commit({ marks: [{ name: BY_PRIORITY_SINCE, value: this.#byPrioritySince }] });
  }

  /** Sets the targets watched from now on. */
  async watching(targets: readonly Target[]): Promise<void> {
    const { clock, history } = this.#ports;
    const now = clock.now();
    const names = new Set(targets.map(({ name }) => name));
    // A target watched in the past has an open `unknown` span, which lasts until it is probed.
    const fresh = [...names.difference(this.#known)].filter((name) => !history.isTroubled(name));
    history.firstSeen(fresh, now);
    for (const gone of this.#known.difference(names)) history.note(gone, 'unknown', now);
    this.#known = names;
    const keys = new Set(targets.flatMap((target) => keysOf(target).map(({ key }) => key)));
    for (const key of history.troubled())
      if (key.includes(SEPARATOR) && !keys.has(key)) history.note(key, 'up', now);
    for (let from = 0; from < targets.length; from += NOTED_IN_ONE_TURN) {
      // Yields, so that other requests are served in between.
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
      // While the monitor is blind, one span covers all targets; a target never probed gets one span when first seen.
      if (health === 'unknown' && (isBlind() || !hasBegun)) continue;
      history.note(key, health, clock.now(), health === 'down' && isPlanned(target));
    }
  }

  /**
   * What the public page shows of a target: only checks of these priorities, as in its status sentence; for the time
   * before per-priority history was measured, all checks.
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

  /** The process was suspended for a while: nothing was observed. */
  slept(ms: number): void {
    const { clock, history } = this.#ports;
    history.gap(clock.now() - ms, clock.now());
  }

  /** A maintenance window may have opened or closed. */
  look(): void {
    const { history, field } = this.#ports;
    const troubled = new Set(history.troubled());
    if (troubled.size === 0) return;
    for (const target of field.targets) if (troubled.has(target.name)) this.note(target);
  }
}

/** For installations with thousands of targets. */
const NOTED_IN_ONE_TURN = 2_000;

/** Occurs in no target name. */
const SEPARATOR = '\n';

/** The keys under which the history keeps a target: its name, plus one per priority if its checks have several. */
function keysOf({ name, checks }: Target): { key: string; priority?: Priority }[] {
  const priorities = [...new Set(checks.map(({ priority }) => priority))];
  if (priorities.length < 2) return [{ key: name }];
  return [
    { key: name },
    ...priorities.map((priority) => ({ key: `${name}${SEPARATOR}${priority}`, priority })),
  ];
}
