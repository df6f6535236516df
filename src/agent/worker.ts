// One file although it is long: what was ordered, what is known and what the hub has not heard yet change together.
import type { Observed } from '../core/check-state.ts';
import type { Clock } from '../core/clock.ts';
import { redactor } from '../core/redact.ts';
import { shiftCheck } from '../core/shift.ts';
import { MESSAGE_LIMIT, type ProbeResult } from '../core/probe-result.ts';
import {
  agesOf,
  MOST_CHECKS,
  MOST_STEADY,
  MOST_PAST,
  PROTOCOL,
  type AgentOrder,
  type OrderEvents,
  type Report,
} from '../locations/protocol.ts';
import { Lookout } from '../probing/lookout.ts';
import type { ProbePorts } from '../probing/ports.ts';
import { prepareOrder } from '../probing/prepare-check.ts';
import { Prober, scheduled, type ProbedCheck } from '../probing/prober.ts';
import type { CheckTypes } from '../probing/registry.ts';

export interface WorkerPorts {
  clock: Clock;
  probe: ProbePorts;
  types: CheckTypes;
  /** Drawn at the start of this process. */
  boot: string;
  /** Whether checks that start a program are probed here. */
  allowsCommands: boolean;
  /** Something is to be reported before the usual time. */
  onNews(): void;
  /** A check of the orders cannot be probed here. */
  onCannot(identity: string, why: string): void;
  onSight(isBlind: boolean): void;
}

/** A check that this agent was given. */
interface OrderedCheck extends ProbedCheck {
  fingerprint: string;
  /** Its position in the assignment. */
  at: number;
  /** Why it cannot be probed here. */
  cannot?: string;
  /** When the last probe began, Unix milliseconds. */
  probedAt?: number;
  /** The last good probe that was not reported yet. */
  steady?: { probedAt: number; durationMs: number };
  /** When it was last reported as well, monotonic clock. */
  steadyToldMs: number;
}

interface Move {
  check: OrderedCheck;
  to: string;
  at: number;
  message: string;
}

/** A report as it was built, and what of it must be said again if it was not taken. */
export interface Outgoing {
  report: Report;
  checks: readonly OrderedCheck[];
  moves: readonly Move[];
  answers: Report['answers'];
  lostPast: number;
}

const STEADY_EVERY_MS = 60_000;
/** Of a report; the hub takes 1 MiB. */
const MOST_BYTES = 800 * 1_024;
const MOST_PAST_AT_ONCE = 1_000;
const MOST_ANSWERS = 10_000;

/**
 * Probes what was ordered, and remembers what the hub has not heard yet. Whether the hub can be reached changes nothing
 * about the probing: cut off, it goes on with the orders that it has.
 */
export class Worker {
  readonly #ports: WorkerPorts;
  readonly #prober: Prober<OrderedCheck>;
  readonly #lookout: Lookout;
  #checks: OrderedCheck[] = [];
  #assignment = 0;
  /** Parts of orders that are not complete yet. */
  #coming: { assignment: number; orders: AgentOrder[] } = { assignment: 0, orders: [] };
  readonly #dirty = new Set<OrderedCheck>();
  #moves: Move[] = [];
  #lostPast = 0;
  #answers: Report['answers'] = [];
  #seq = 0;

  constructor(ports: WorkerPorts) {
    this.#ports = ports;
    this.#lookout = new Lookout(
      { anchors: [], intervalMs: 10_000, timeoutMs: 2_000 },
      {
        clock: ports.clock,
        probe: ports.probe,
        onChange: (now, before) => this.#sighted(now.network, before?.network),
      },
    );
    this.#prober = new Prober<OrderedCheck>({
      clock: ports.clock,
      probe: ports.probe,
      doubt: (check, result) => this.#lookout.doubt(result, check.state.health.is === 'down'),
      judged: (check, result, observed) => this.#judged(check, result, observed),
      onStart: () => {},
      onSkipped: () => {},
    });
  }

  get checks(): number {
    return this.#checks.length;
  }

  start(): void {
    this.#prober.start();
    this.#lookout.start();
  }

  stop(): void {
    this.#prober.stop();
    this.#lookout.stop();
  }

  slept(): void {
    this.#prober.slept();
    void this.#lookout.look();
  }

  clockStepped(byMs: number): void {
    for (const check of this.#checks) check.state = shiftCheck(check.state, byMs);
    this.#moves = this.#moves.map((move) => ({ ...move, at: move.at + byMs }));
  }

  greeted({ anchors }: OrderEvents['hello']): void {
    this.#lookout.settings = anchors;
  }

  /** Orders come in parts; the last one puts them into force. */
  ordered({ assignment, of, checks }: OrderEvents['orders']): void {
    if (this.#coming.assignment !== assignment) this.#coming = { assignment, orders: [] };
    this.#coming.orders.push(...checks);
    if (this.#coming.orders.length < of) return;
    const { orders } = this.#coming;
    this.#coming = { assignment: 0, orders: [] };
    this.#assignment = assignment;
    const before = new Map(this.#checks.map((check) => [check.identity, check]));
    this.#checks = orders.map((order, at) => {
      const known = before.get(order.identity);
      if (known?.fingerprint !== order.fingerprint) return this.#began(order, at, orders.length);
      before.delete(order.identity);
      known.at = at;
      // What the hub missed while it was away, or an older one of it never heard.
      const isNews =
        known.state.health.is !== order.state.health.is || known.state.flap.is !== order.state.flap.is;
      if (isNews || known.cannot !== undefined) this.#dirty.add(known);
      return known;
    });
    for (const gone of before.values()) {
      this.#prober.drop(gone);
      this.#dirty.delete(gone);
    }
    this.#ports.onNews();
  }

  asked({ n, checks }: OrderEvents['ask']): void {
    for (const at of checks) {
      const check = this.#checks[at];
      if (check === undefined) continue;
      if (check.cannot !== undefined) this.#answer(n, at, false);
      else if (n === 0) this.#prober.probeSoon(check);
      else void this.#prober.ask(check).then((isKnown) => this.#answer(n, check.at, isKnown));
    }
  }

  /** What the hub has not heard yet, as of now. */
  nextReport(): Outgoing {
    const { clock, boot } = this.#ports;
    const [now, nowMs] = [clock.now(), clock.monotonic()];
    const said: OrderedCheck[] = [];
    const checks: Report['checks'] = [];
    let bytes = 0;
    for (const check of this.#dirty) {
      if (said.length >= MOST_CHECKS || bytes > MOST_BYTES) break;
      const told = reportOf(check, now);
      bytes += JSON.stringify(told).length;
      checks.push(told);
      said.push(check);
      this.#dirty.delete(check);
      check.steady = undefined;
      check.steadyToldMs = nowMs;
    }
    const steady = this.#steady(now, nowMs);
    // The latest move of a check that is told now, or still is to be, is its present state; all others are the past.
    const latest = new Map(this.#moves.map((move) => [move.check, move]));
    const told = new Set(said);
    const isPresent = (move: Move) =>
      latest.get(move.check) === move && (told.has(move.check) || this.#dirty.has(move.check));
    const present = this.#moves.filter((move) => isPresent(move) && told.has(move.check));
    const past = this.#moves.filter((move) => !isPresent(move)).slice(0, MOST_PAST_AT_ONCE);
    const moves = new Set([...present, ...past]);
    this.#moves = this.#moves.filter((move) => !moves.has(move));
    const answers = this.#answers.splice(0, MOST_ANSWERS);
    const lostPast = this.#lostPast;
    this.#lostPast = 0;
    const { sight } = this.#lookout;
    const report: Report = {
      protocol: PROTOCOL,
      boot,
      seq: ++this.#seq,
      assignment: this.#assignment,
      ...(this.#lookout.isBlind && {
        blindBecause: `${sight!.total - sight!.seen} of ${sight!.total} anchors do not respond (${sight!.missing.join(', ')})`,
      }),
      checks,
      ...(steady && { steady }),
      answers,
      past: past.map(({ check, to, at, message }) => ({ check: check.identity, to, at: at - now, message })),
      lostPast,
    };
    return { report, checks: said, moves: [...moves], answers, lostPast };
  }

  /** The hub has taken a report. `assignment`: the one in force there; reports under another one were not used. */
  taken({ report, checks }: Outgoing, assignment: number): void {
    if (assignment !== report.assignment) this.#again(checks);
    if (this.#dirty.size > 0 || this.#moves.length > MOST_PAST_AT_ONCE) this.#ports.onNews();
  }

  /** A report did not arrive: what it said is said again, as it is then. */
  failed({ checks, moves, answers, lostPast }: Outgoing): void {
    this.#again(checks);
    this.#moves = [...moves, ...this.#moves].toSorted((a, b) => a.at - b.at);
    this.#answers = [...answers, ...this.#answers].slice(0, MOST_ANSWERS);
    this.#lostPast += lostPast;
    this.#bound();
  }

  #again(checks: readonly OrderedCheck[]): void {
    for (const check of checks) if (!check.gone) this.#dirty.add(check);
  }

  #began(order: AgentOrder, at: number, among: number): OrderedCheck {
    const { types, clock, allowsCommands, onCannot } = this.#ports;
    const prepared = prepareOrder(types, order);
    const cannot =
      prepared.is === 'problem'
        ? `${prepared.path.join('.')}${prepared.path.length > 0 ? ': ' : ''}expected ${prepared.expected}`
        : prepared.runsCommand && !allowsCommands
          ? 'programs are not started here; start the agent with --allow-exec'
          : undefined;
    const task = {
      identity: order.identity,
      cadence: order.cadence,
      prepared:
        prepared.is === 'prepared'
          ? prepared
          : {
              is: 'prepared' as const,
              subject: '',
              secrets: [],
              probe: () => Promise.reject(new Error(cannot)),
            },
      redact: redactor(prepared.is === 'prepared' ? prepared.secrets : []),
      state: shiftCheck(order.state, clock.now()),
      watchedSince: clock.now(),
    };
    const check: OrderedCheck = {
      ...scheduled(task, among, clock.monotonic()),
      fingerprint: order.fingerprint,
      at,
      steadyToldMs: -Infinity,
    };
    if (cannot === undefined) this.#prober.add(check);
    else {
      check.cannot = cannot;
      this.#dirty.add(check);
      onCannot(order.identity, cannot);
    }
    return check;
  }

  #judged(check: OrderedCheck, result: ProbeResult, { state, transition, flapChanged }: Observed): void {
    check.probedAt = result.startedAt;
    const isCounting = state.health.is === 'suspect' || state.health.is === 'recovering';
    if (transition) this.#moved(check, result, transition.to);
    if (transition || flapChanged || isCounting) {
      this.#dirty.add(check);
      this.#ports.onNews();
    } else if (state.health.is === 'up' && !this.#dirty.has(check)) {
      check.steady = { probedAt: result.startedAt, durationMs: result.durationMs };
    } else this.#dirty.add(check);
  }

  #moved(check: OrderedCheck, result: ProbeResult, to: string): void {
    const { clock } = this.#ports;
    const message = result.verdict === 'good' ? '' : result.message.slice(0, MESSAGE_LIMIT);
    this.#moves.push({ check, to, at: clock.now(), message });
    this.#bound();
  }

  #bound(): void {
    const over = this.#moves.length - MOST_PAST;
    if (over <= 0) return;
    this.#moves.splice(0, over);
    this.#lostPast += over;
  }

  #answer(n: number, at: number, isKnown: boolean): void {
    this.#answers.push([n, at, isKnown]);
    this.#ports.onNews();
  }

  #steady(now: number, nowMs: number): Report['steady'] {
    const steady: NonNullable<Report['steady']> = { at: [], probedAt: [], durationMs: [] };
    for (const check of this.#checks) {
      if (check.steady === undefined || nowMs - check.steadyToldMs < STEADY_EVERY_MS) continue;
      steady.at.push(check.at);
      steady.probedAt.push(Math.round(check.steady.probedAt - now));
      steady.durationMs.push(Math.round(check.steady.durationMs * 100) / 100);
      check.steady = undefined;
      check.steadyToldMs = nowMs;
      if (steady.at.length >= MOST_STEADY) break;
    }
    return steady.at.length === 0 ? undefined : steady;
  }

  #sighted(now: 'sees' | 'blind', before: 'sees' | 'blind' | undefined): void {
    this.#ports.onSight(now === 'blind');
    // Everything is looked at again before anything is judged.
    if (now === 'sees' && before === 'blind')
      for (const check of this.#checks) if (check.cannot === undefined) this.#prober.probeSoon(check);
    this.#ports.onNews();
  }
}

function reportOf({ at, state, probedAt, cannot }: OrderedCheck, now: number): Report['checks'][number] {
  return {
    at,
    state: agesOf(state, now) as Report['checks'][number]['state'],
    ...(probedAt !== undefined && { probedAt: probedAt - now }),
    ...(cannot !== undefined && { cannot }),
  };
}
