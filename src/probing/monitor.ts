// One file although it is long: one probing cycle of a check, from due to judged, is one state.
import { firstDueMs, nextDue, phaseMs } from '../core/cadence.ts';
import { newCheckState, observe, type CheckState } from '../core/check-state.ts';
import type { Prepared } from '../core/check-type.ts';
import { DueQueue } from '../core/due-queue.ts';
import { worstHealth, type HealthName } from '../core/health.ts';
import type { Transition } from '../core/judge.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import { redactor } from '../core/redact.ts';
import { checkIdentity, type Check, type Target } from '../core/target.ts';
import type { Change, StoredCheck } from '../store/store.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { ProbePorts } from './ports.ts';
import { runProbe, type RunningProbe } from './probe-runner.ts';

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
/**
 * Probes started in one turn of the event loop; then answers are read. Overload shows as late starts and skipped slots,
 * never as answers that arrived but were not read in time.
 */
const STARTS_PER_TURN = 100;
/** Commands that run at once: starting many together stalls the event loop, which everything else depends on. */
const MOST_COMMANDS = 8;
/** A check this overdue has been forgotten. */
const STUCK_MS = 60_000;

/** A check that is being watched. */
export interface WatchedCheck {
  readonly identity: string;
  target: Target;
  check: Check;
  prepared: Prepared;
  redact: (text: string) => string;
  state: CheckState;
  /** Since when its reports have been received. */
  watchedSince: number;
  dueMs: number;
  running: RunningProbe | undefined;
  /** Due, but waiting until fewer commands run. */
  isWaiting: boolean;
  /** When its state was last handed to the store, monotonic clock. */
  writtenAt: number;
  /** When the last probe was started, monotonic clock. */
  begunAt: number;
  /** Probe again as soon as the current probe has ended. */
  again: boolean;
  /** Callers that wait for a probe started after they asked: the current one does not count. */
  asked: ((isKnown: boolean) => void)[];
  /** Callers that wait for the current probe. */
  answering: ((isKnown: boolean) => void)[];
  gone: boolean;
}

export interface MonitorPorts {
  clock: Clock;
  probe: ProbePorts;
  commit(change: Change): Promise<void>;
  /** A check has changed its health, or has started or stopped flapping; its state must be stored. */
  changed(watched: WatchedCheck): Promise<void>;
  /**
   * Verifies a failed probe: a promise of the result after our own network has been tested, undefined when there is
   * nothing to wait for.
   */
  doubt(watched: WatchedCheck, result: ProbeResult): Promise<ProbeResult> | undefined;
  removed(target: string, check: string): Promise<void>;
  /** A target reports under this token: since when that is listened for. */
  listen(token: string): number;
  onStart(lagMs: number): void;
  onSkipped(slots: number): void;
  onResult(watched: WatchedCheck, result: ProbeResult, transition: Transition | undefined): void;
}

export interface Watchlist {
  targets: readonly Target[];
  prepared: ReadonlyMap<string, Prepared>;
  /** Redacted from the output of every check. */
  sharedSecrets: readonly string[];
}

/** Probes what is due, judges the results and passes every transition on. */
export class Monitor {
  readonly #ports: MonitorPorts;
  readonly #watched = new Map<string, WatchedCheck>();
  /** By target, until the watchlist changes. */
  #checksOf = new WeakMap<Target, readonly WatchedCheck[]>();
  /** Heartbeat checks by token: reports come often, and there may be many checks. */
  #listening = new Map<string, WatchedCheck[]>();
  readonly #queue = new DueQueue<WatchedCheck>();
  readonly #dirty = new Set<WatchedCheck>();
  #targets: readonly Target[] = [];
  #timer: Timer | undefined;
  #timerDueMs = Infinity;
  #flushTimer: Timer | undefined;
  #inFlight = 0;
  #commands = 0;
  readonly #waiting: WatchedCheck[] = [];
  #running = false;

  constructor(ports: MonitorPorts) {
    this.#ports = ports;
  }

  get inFlight(): number {
    return this.#inFlight;
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
    const next = this.#queue.nextMs;
    return next === undefined ? 0 : Math.max(0, this.#ports.clock.monotonic() - next);
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
          this.#letGo(known);
          this.#dirty.delete(known);
        }
        const ready = prepared.get(identity)!;
        const watched: WatchedCheck = {
          identity,
          target,
          check,
          prepared: ready,
          redact: ready.secrets.length === 0 ? strike : redactor([...sharedSecrets, ...ready.secrets]),
          state,
          watchedSince: ready.beatToken === undefined ? clock.now() : this.#ports.listen(ready.beatToken),
          dueMs: firstDueMs(identity, check.cadence.intervalMs, count, clock.monotonic()),
          running: undefined,
          isWaiting: false,
          begunAt: clock.monotonic(),
          writtenAt: clock.monotonic() - phaseMs(identity, STEADY_MS),
          again: false,
          asked: [],
          answering: [],
          gone: false,
        };
        this.#watched.set(identity, watched);
        this.#queue.push(watched.dueMs, watched);
      }
    }
    for (const [identity, known] of this.#watched) {
      if (wanted.has(identity)) continue;
      this.#letGo(known);
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
    this.#arm();
  }

  start(): void {
    this.#running = true;
    this.#arm();
    this.#armFlush();
  }

  /** Stops the current probes, with verdict unknown, and writes all states. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#timer?.cancel();
    this.#flushTimer?.cancel();
    for (const watched of this.#watched.values()) this.#letGo(watched);
    await this.flush(Infinity);
  }

  /** Probes as soon as possible: something has happened that should not wait for the next slot. */
  probeSoon(identity: string): void {
    const watched = this.#watched.get(identity);
    if (!watched) return;
    if (watched.running) {
      watched.again = true;
      return;
    }
    if (watched.isWaiting) return;
    watched.dueMs = this.#ports.clock.monotonic();
    this.#queue.push(watched.dueMs, watched);
    this.#arm();
  }

  /**
   * Resolves when a probe that began after this call has been judged: true when it is conclusive, false when it is not,
   * or when the check was removed or replaced.
   */
  ask(identity: string): Promise<boolean> {
    const watched = this.#watched.get(identity);
    if (!watched || !this.#running) return Promise.resolve(false);
    return new Promise((resolve) => {
      watched.asked.push(resolve);
      this.probeSoon(identity);
    });
  }

  /** Checks whose probe or verdict is overdue: they have dropped out of the schedule. */
  stuck(): WatchedCheck[] {
    const now = this.#ports.clock.monotonic();
    // While starts are overdue, the machine is behind and no check has been forgotten.
    const isBehind = this.overdueMs() > 0;
    const isLate = ({ running, isWaiting, begunAt, dueMs, check }: WatchedCheck) =>
      !isWaiting &&
      (running ? now - begunAt > check.cadence.timeoutMs + STUCK_MS : !isBehind && now - dueMs > STUCK_MS);
    return this.#running ? this.#watched.values().filter(isLate).toArray() : [];
  }

  /** Puts such a check back into the schedule. */
  unstick(watched: WatchedCheck): void {
    watched.running?.stop();
    watched.running = undefined;
    for (const resolve of watched.answering.splice(0)) resolve(false);
    this.probeSoon(watched.identity);
  }

  /** Probes everything as soon as possible: the earlier results mean nothing any more. */
  probeAll(): void {
    for (const { identity } of this.#watched.values()) this.probeSoon(identity);
  }

  /** Time has passed in which nothing could be probed: the probes in progress are inconclusive. */
  slept(): void {
    for (const { running } of this.#watched.values()) running?.stop();
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

  #letGo(watched: WatchedCheck): void {
    watched.gone = true;
    watched.running?.stop();
    for (const resolve of [...watched.asked.splice(0), ...watched.answering.splice(0)]) resolve(false);
  }

  #arm(): void {
    const next = this.#queue.nextMs;
    if (!this.#running || next === undefined || next >= this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = next;
    const wait = Math.max(0, next - this.#ports.clock.monotonic());
    this.#timer = this.#ports.clock.after(wait, () => this.#tick());
  }

  #tick(): void {
    this.#timerDueMs = Infinity;
    const now = this.#ports.clock.monotonic();
    // Timers count whole milliseconds: anything due within this one starts now.
    let starts = 0;
    while (starts < STARTS_PER_TURN) {
      const due = this.#queue.popDue(now + 1);
      if (due === undefined) break;
      const watched = due.item;
      if (watched.gone || watched.running || watched.isWaiting || watched.dueMs !== due.dueMs) continue;
      if (watched.prepared.runsCommand && this.#commands >= MOST_COMMANDS) {
        watched.isWaiting = true;
        this.#waiting.push(watched);
        continue;
      }
      this.#ports.onStart(Math.max(0, this.#ports.clock.monotonic() - due.dueMs));
      this.#probe(watched);
      starts++;
    }
    this.#arm();
  }

  #probe(watched: WatchedCheck): void {
    const { prepared, watchedSince, redact, check } = watched;
    watched.answering = watched.asked.splice(0);
    const order = { prepared, watchedSince, redact, timeoutMs: check.cadence.timeoutMs };
    const running = runProbe(order, this.#ports.probe);
    if (prepared.runsCommand) this.#commands++;
    watched.running = running;
    watched.begunAt = this.#ports.clock.monotonic();
    this.#inFlight++;
    void running.result.then((result) => {
      if (prepared.runsCommand) {
        this.#commands--;
        this.#startWaiting();
      }
      this.#ended(watched, result);
    });
  }

  /** First come, first served, so that no check waits forever. */
  #startWaiting(): void {
    while (this.#running && this.#commands < MOST_COMMANDS) {
      const watched = this.#waiting.shift();
      if (!watched) return;
      watched.isWaiting = false;
      if (!watched.gone && !watched.running) this.#probe(watched);
    }
  }

  #ended(watched: WatchedCheck, result: ProbeResult): void {
    this.#inFlight--;
    const doubted =
      result.verdict === 'failed' && !watched.gone ? this.#ports.doubt(watched, result) : undefined;
    if (doubted === undefined) return this.#judge(watched, result);
    void doubted.then((certain) => this.#judge(watched, certain));
  }

  #judge(watched: WatchedCheck, result: ProbeResult): void {
    watched.running = undefined;
    if (watched.gone) return;
    const { clock, onResult, changed } = this.#ports;
    const { cadence } = watched.check;
    const { state, transition, flapChanged } = observe(watched.state, result, cadence, clock.now());
    watched.state = state;
    // Plan the next probe first, whatever the handlers below do.
    this.#plan(watched);
    const isKnown = result.verdict !== 'unknown';
    try {
      onResult(watched, result, transition);
      // Counts towards a threshold must survive a crash; steady states may wait for the next batch.
      const counting = state.health.is === 'suspect' || state.health.is === 'recovering';
      if (transition?.why === 'first-good') watched.writtenAt = -Infinity;
      if (flapChanged || (transition && transition.why !== 'first-good')) {
        this.#written(watched);
        void changed(watched);
      } else if (counting) this.#write(watched);
      else this.#dirty.add(watched);
    } finally {
      for (const resolve of watched.answering.splice(0)) resolve(isKnown);
    }
  }

  #plan(watched: WatchedCheck): void {
    const now = this.#ports.clock.monotonic();
    const { identity, check, state } = watched;
    const next = nextDue(identity, check.cadence, state.health.is, watched.dueMs, now);
    if (next.skipped > 0) this.#ports.onSkipped(next.skipped);
    watched.dueMs = watched.again ? now : next.dueMs;
    watched.again = false;
    this.#queue.push(watched.dueMs, watched);
    this.#arm();
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
