// One file although it is long: one probing cycle of a check, from due to judged, is one state.
import { firstDueMs, nextDue, type Cadence } from '../core/cadence.ts';
import { observe, type CheckState, type Observed } from '../core/check-state.ts';
import type { Prepared } from '../core/check-type.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { DueQueue } from '../core/due-queue.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import type { ProbePorts } from './ports.ts';
import { runProbe, type RunningProbe } from './probe-runner.ts';

/**
 * Probes started in one turn of the event loop; then answers are read. Overload shows as late starts and skipped slots,
 * never as answers that arrived but were not read in time.
 */
const STARTS_PER_TURN = 100;
/** Commands that run at once: starting many together stalls the event loop, which everything else depends on. */
const MOST_COMMANDS = 8;
/** A check this overdue has been forgotten. */
const STUCK_MS = 60_000;

/** What is to be probed, and what is known of it from here. */
export interface ProbeTask {
  readonly identity: string;
  readonly cadence: Cadence;
  prepared: Prepared;
  redact: (text: string) => string;
  state: CheckState;
  /** Since when its reports have been received. */
  watchedSince: number;
}

/** A check in the schedule of a prober. */
export interface ProbedCheck extends ProbeTask {
  dueMs: number;
  running: RunningProbe | undefined;
  /** Due, but waiting until fewer commands run. */
  isWaiting: boolean;
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

/** A check that is first due within its interval; `among`: checks that begin together and are spread. */
export const scheduled = (task: ProbeTask, among: number, nowMs: number): ProbedCheck => ({
  ...task,
  dueMs: firstDueMs(task.identity, task.cadence.intervalMs, among, nowMs),
  running: undefined,
  isWaiting: false,
  begunAt: nowMs,
  again: false,
  asked: [],
  answering: [],
  gone: false,
});

export interface ProberPorts<Probed extends ProbedCheck> {
  clock: Clock;
  probe: ProbePorts;
  /**
   * Verifies a failed probe: a promise of the result after our own network has been tested, undefined when there is
   * nothing to wait for.
   */
  doubt(check: Probed, result: ProbeResult): Promise<ProbeResult> | undefined;
  /** A probe has been judged; the check has its new state and its next slot. */
  judged(check: Probed, result: ProbeResult, observed: Observed): void;
  onStart(lagMs: number): void;
  onSkipped(slots: number): void;
}

/** Probes what is due and judges the results, as they are seen from this place. */
export class Prober<Probed extends ProbedCheck> {
  readonly #ports: ProberPorts<Probed>;
  readonly #checks = new Set<Probed>();
  readonly #queue = new DueQueue<Probed>();
  #timer: Timer | undefined;
  #timerDueMs = Infinity;
  #inFlight = 0;
  #commands = 0;
  readonly #waiting: Probed[] = [];
  #running = false;

  constructor(ports: ProberPorts<Probed>) {
    this.#ports = ports;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How late the next start is; grows when the process is stalled. */
  overdueMs(): number {
    const next = this.#queue.nextMs;
    return next === undefined ? 0 : Math.max(0, this.#ports.clock.monotonic() - next);
  }

  add(check: Probed): void {
    this.#checks.add(check);
    this.#queue.push(check.dueMs, check);
    this.#arm();
  }

  /** Drops a check: its current probe is stopped, and whoever waits for it hears that nothing is known. */
  drop(check: Probed): void {
    this.#checks.delete(check);
    this.#letGo(check);
  }

  start(): void {
    this.#running = true;
    this.#arm();
  }

  /** Stops the current probes, with verdict unknown. */
  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    for (const check of this.#checks) this.#letGo(check);
  }

  /** Probes as soon as possible: something has happened that should not wait for the next slot. */
  probeSoon(check: Probed): void {
    if (check.running) {
      check.again = true;
      return;
    }
    if (check.isWaiting) return;
    check.dueMs = this.#ports.clock.monotonic();
    this.#queue.push(check.dueMs, check);
    this.#arm();
  }

  /**
   * Resolves when a probe that began after this call has been judged: true when it is conclusive, false when it is not,
   * or when the check was removed or replaced.
   */
  ask(check: Probed): Promise<boolean> {
    if (check.gone || !this.#running) return Promise.resolve(false);
    return new Promise((resolve) => {
      check.asked.push(resolve);
      this.probeSoon(check);
    });
  }

  /** Checks whose probe or verdict is overdue: they have dropped out of the schedule. */
  stuck(): Probed[] {
    const now = this.#ports.clock.monotonic();
    // While starts are overdue, the machine is behind and no check has been forgotten.
    const isBehind = this.overdueMs() > 0;
    const isLate = ({ running, isWaiting, begunAt, dueMs, cadence }: Probed) =>
      !isWaiting &&
      (running ? now - begunAt > cadence.timeoutMs + STUCK_MS : !isBehind && now - dueMs > STUCK_MS);
    return this.#running ? this.#checks.values().filter(isLate).toArray() : [];
  }

  /** Puts such a check back into the schedule. */
  unstick(check: Probed): void {
    check.running?.stop();
    check.running = undefined;
    for (const resolve of check.answering.splice(0)) resolve(false);
    this.probeSoon(check);
  }

  /** Time has passed in which nothing could be probed: the probes in progress are inconclusive. */
  slept(): void {
    for (const { running } of this.#checks) running?.stop();
  }

  #letGo(check: Probed): void {
    check.gone = true;
    check.running?.stop();
    for (const resolve of [...check.asked.splice(0), ...check.answering.splice(0)]) resolve(false);
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
      const check = due.item;
      if (check.gone || check.running || check.isWaiting || check.dueMs !== due.dueMs) continue;
      if (check.prepared.runsCommand && this.#commands >= MOST_COMMANDS) {
        check.isWaiting = true;
        this.#waiting.push(check);
        continue;
      }
      this.#ports.onStart(Math.max(0, this.#ports.clock.monotonic() - due.dueMs));
      this.#probe(check);
      starts++;
    }
    this.#arm();
  }

  #probe(check: Probed): void {
    const { prepared, watchedSince, redact, cadence } = check;
    check.answering = check.asked.splice(0);
    const order = { prepared, watchedSince, redact, timeoutMs: cadence.timeoutMs };
    const running = runProbe(order, this.#ports.probe);
    if (prepared.runsCommand) this.#commands++;
    check.running = running;
    check.begunAt = this.#ports.clock.monotonic();
    this.#inFlight++;
    void running.result.then((result) => {
      if (prepared.runsCommand) {
        this.#commands--;
        this.#startWaiting();
      }
      this.#ended(check, result);
    });
  }

  /** First come, first served, so that no check waits forever. */
  #startWaiting(): void {
    while (this.#running && this.#commands < MOST_COMMANDS) {
      const check = this.#waiting.shift();
      if (!check) return;
      check.isWaiting = false;
      if (!check.gone && !check.running) this.#probe(check);
    }
  }

  #ended(check: Probed, result: ProbeResult): void {
    this.#inFlight--;
    const doubted = result.verdict === 'failed' && !check.gone ? this.#ports.doubt(check, result) : undefined;
    if (doubted === undefined) return this.#judge(check, result);
    void doubted.then((certain) => this.#judge(check, certain));
  }

  #judge(check: Probed, result: ProbeResult): void {
    check.running = undefined;
    if (check.gone) return;
    const { clock, judged } = this.#ports;
    const observed = observe(check.state, result, check.cadence, clock.now());
    check.state = observed.state;
    // Plan the next probe first, whatever the handlers below do.
    this.#plan(check);
    try {
      judged(check, result, observed);
    } finally {
      const isKnown = result.verdict !== 'unknown';
      for (const resolve of check.answering.splice(0)) resolve(isKnown);
    }
  }

  #plan(check: Probed): void {
    const now = this.#ports.clock.monotonic();
    const { identity, cadence, state } = check;
    const next = nextDue(identity, cadence, state.health.is, check.dueMs, now);
    if (next.skipped > 0) this.#ports.onSkipped(next.skipped);
    check.dueMs = check.again ? now : next.dueMs;
    check.again = false;
    this.#queue.push(check.dueMs, check);
    this.#arm();
  }
}
