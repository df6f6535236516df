import { phaseMs } from '../core/cadence.ts';
import { newCheckState, type CheckState, type Observed } from '../core/check-state.ts';
import type { Prepared } from '../core/check-type.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { worstHealth, type HealthName } from '../core/health.ts';
import type { Transition } from '../core/judge.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import { redactor } from '../core/redact.ts';
import { checkIdentity, type Check, type Target } from '../core/target.ts';
import type { Change, StoredCheck } from '../store/store.ts';
import { Prober, scheduled, type ProbedCheck, type ProberPorts } from './prober.ts';

/**
 * A transition is written at once, and so is a count on its way to a threshold. An unchanged state is written in
 * batches, and for one check at most every five minutes: a crash only makes the time of its last good result that much
 * older.
 */
const FLUSH_MS = 5_000;
const STEADY_MS = 300_000;
/** Checks that are not well are written more often: their failure count is shown to people after a restart too. */
const TROUBLED_MS = 15_000;
const FLUSH_BATCH = 4_000;
/** A check that is being watched: what is known of it. */
export interface WatchedCheck extends ProbedCheck {
  target: Target;
  check: Check;
  /** When its state was last handed to the store, monotonic clock. */
  writtenAt: number;
}

export interface FieldPorts extends Omit<ProberPorts<WatchedCheck>, 'judged'> {
  clock: Clock;
  commit(change: Change): Promise<void>;
  /** A check has changed its health, or has started or stopped flapping; its state must be stored. */
  changed(watched: WatchedCheck): Promise<void>;
  removed(target: string, check: string): Promise<void>;
  /** A target reports under this token: since when that is listened for. */
  listen(token: string): number;
  onResult(watched: WatchedCheck, result: ProbeResult, transition: Transition | undefined): void;
}

export interface Watchlist {
  targets: readonly Target[];
  prepared: ReadonlyMap<string, Prepared>;
  /** Redacted from the output of every check. */
  sharedSecrets: readonly string[];
}

/** All that is watched and what is known of it; passes every transition on, and writes every state. */
export class Field {
  readonly #ports: FieldPorts;
  readonly #prober: Prober<WatchedCheck>;
  readonly #watched = new Map<string, WatchedCheck>();
  /** By target, until the watchlist changes. */
  #checksOf = new WeakMap<Target, readonly WatchedCheck[]>();
  /** Heartbeat checks by token: reports come often, and there may be many checks. */
  #listening = new Map<string, WatchedCheck[]>();
  readonly #dirty = new Set<WatchedCheck>();
  #targets: readonly Target[] = [];
  #flushTimer: Timer | undefined;
  #running = false;

  constructor(ports: FieldPorts) {
    this.#ports = ports;
    this.#prober = new Prober({
      ...ports,
      judged: (watched, result, observed) => this.#judged(watched, result, observed),
    });
  }

  get inFlight(): number {
    return this.#prober.inFlight;
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  checksOf(target: Target): readonly WatchedCheck[] {
    let checks = this.#checksOf.get(target);
    if (checks === undefined) {
      checks = target.checks.flatMap(
        (check) => this.#watched.get(checkIdentity(target.name, check.name)) ?? [],
      );
      this.#checksOf.set(target, checks);
    }
    return checks;
  }

  watched(): MapIterator<WatchedCheck> {
    return this.#watched.values();
  }

  /** Checks that wait for reports with this token; empty for an unknown token. */
  listening(token: string): readonly WatchedCheck[] {
    return this.#listening.get(token) ?? [];
  }

  find(identity: string): WatchedCheck | undefined {
    return this.#watched.get(identity);
  }

  healthOf(target: Target): HealthName {
    return worstHealth(this.checksOf(target).map(({ state }) => state.health.is));
  }

  /** How late the next start is; grows when the process is stalled. */
  overdueMs(): number {
    return this.#prober.overdueMs();
  }

  /**
   * Replaces the watchlist. Unchanged checks keep their timer, counters and current probe; changed ones keep their
   * counters and are probed anew; removed ones are dropped.
   */
  watch(
    { targets, prepared, sharedSecrets }: Watchlist,
    stored: ReadonlyMap<string, CheckState> = new Map(),
  ): void {
    const { clock } = this.#ports;
    const wanted = new Set<string>();
    const strike = redactor(sharedSecrets);
    const count = targets.reduce((sum, target) => sum + target.checks.length, 0);
    for (const target of targets) {
      for (const check of target.checks) {
        const identity = checkIdentity(target.name, check.name);
        wanted.add(identity);
        const known = this.#watched.get(identity);
        if (known?.check.fingerprint === check.fingerprint) {
          known.target = target;
          known.check = check;
          // Equal but from the new config, so that the old config can be freed.
          known.prepared = prepared.get(identity)!;
          continue;
        }
        const state = known?.state ?? stored.get(identity) ?? newCheckState(clock.now());
        if (known) {
          this.#prober.drop(known);
          this.#dirty.delete(known);
        }
        const ready = prepared.get(identity)!;
        const task = {
          identity,
          cadence: check.cadence,
          prepared: ready,
          redact: ready.secrets.length === 0 ? strike : redactor([...sharedSecrets, ...ready.secrets]),
          state,
          watchedSince: ready.beatToken === undefined ? clock.now() : this.#ports.listen(ready.beatToken),
        };
        const nowMs = clock.monotonic();
        const writtenAt = nowMs - phaseMs(identity, STEADY_MS);
        const watched: WatchedCheck = { ...scheduled(task, count, nowMs), target, check, writtenAt };
        this.#watched.set(identity, watched);
        this.#prober.add(watched);
      }
    }
    for (const [identity, known] of this.#watched) {
      if (wanted.has(identity)) continue;
      this.#prober.drop(known);
      this.#dirty.delete(known);
      this.#watched.delete(identity);
      void this.#ports.removed(known.target.name, known.check.name);
    }
    for (const [identity] of stored) {
      if (wanted.has(identity)) continue;
      const slash = identity.indexOf('/');
      void this.#ports.removed(identity.slice(0, slash), identity.slice(slash + 1));
    }
    this.#targets = targets;
    this.#checksOf = new WeakMap();
    this.#listening = Map.groupBy(
      [...this.#watched.values()].filter(({ prepared: { beatToken } }) => beatToken !== undefined),
      ({ prepared: { beatToken } }) => beatToken!,
    );
  }

  start(): void {
    this.#running = true;
    this.#prober.start();
    this.#armFlush();
  }

  /** Stops the current probes, with verdict unknown, and writes all states. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#flushTimer?.cancel();
    this.#prober.stop();
    await this.flush(Infinity);
  }

  /** Probes as soon as possible: something has happened that should not wait for the next slot. */
  probeSoon(identity: string): void {
    const watched = this.#watched.get(identity);
    if (watched) this.#prober.probeSoon(watched);
  }

  /**
   * Resolves when a probe that began after this call has been judged: true when it is conclusive, false when it is not,
   * or when the check was removed or replaced.
   */
  async ask(identity: string): Promise<boolean> {
    const watched = this.#watched.get(identity);
    return watched !== undefined && this.#prober.ask(watched);
  }

  /** Checks whose probe or verdict is overdue: they have dropped out of the schedule. */
  stuck(): WatchedCheck[] {
    return this.#prober.stuck();
  }

  /** Puts such a check back into the schedule. */
  unstick(watched: WatchedCheck): void {
    this.#prober.unstick(watched);
  }

  /** Probes everything as soon as possible: the earlier results mean nothing any more. */
  probeAll(): void {
    for (const { identity } of this.#watched.values()) this.probeSoon(identity);
  }

  /** Time has passed in which nothing could be probed: the probes in progress are inconclusive. */
  slept(): void {
    this.#prober.slept();
  }

  /** Writes states that have not been written for a while as of `now`, monotonic clock. */
  async flush(now = this.#ports.clock.monotonic()): Promise<void> {
    const due = [...this.#dirty].filter(
      ({ writtenAt, state }) => writtenAt <= now - (state.health.is === 'up' ? STEADY_MS : TROUBLED_MS),
    );
    for (const watched of due) this.#written(watched);
    for (let from = 0; from < due.length; from += FLUSH_BATCH) {
      await this.#ports.commit({ checks: due.slice(from, from + FLUSH_BATCH).map(storedCheck) });
    }
  }

  #written(watched: WatchedCheck): void {
    this.#dirty.delete(watched);
    watched.writtenAt = this.#ports.clock.monotonic();
  }

  #judged(watched: WatchedCheck, result: ProbeResult, { state, transition, flapChanged }: Observed): void {
    const { onResult, changed } = this.#ports;
    onResult(watched, result, transition);
    // Counts towards a threshold must survive a crash; steady states may wait for the next batch.
    const counting = state.health.is === 'suspect' || state.health.is === 'recovering';
    if (transition?.why === 'first-good') watched.writtenAt = -Infinity;
    if (flapChanged || (transition && transition.why !== 'first-good')) {
      this.#written(watched);
      void changed(watched);
    } else if (counting) this.#write(watched);
    else this.#dirty.add(watched);
  }

  #write(watched: WatchedCheck): void {
    this.#written(watched);
    void this.#ports.commit({ checks: [storedCheck(watched)] });
  }

  #armFlush(): void {
    this.#flushTimer = this.#ports.clock.after(FLUSH_MS, () => {
      void this.flush();
      if (this.#running) this.#armFlush();
    });
  }
}

/** For a good result, only its time is stored. */
export const storedCheck = ({ target, check, state }: WatchedCheck): StoredCheck => ({
  target: target.name,
  check: check.name,
  state: state.last?.verdict === 'good' ? { ...state, last: undefined } : state,
});
