// One file although it is long: what is watched, what each location knows of it and what is known of it change together.
import { phaseMs } from '../core/cadence.ts';
import { agreed, votesNeeded } from '../core/agreement.ts';
import { newCheckState, type CheckState, type LastProbe, type Observed } from '../core/check-state.ts';
import type { Prepared } from '../core/check-type.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { worstHealth, type HealthName } from '../core/health.ts';
import type { Transition } from '../core/judge.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import { redactor } from '../core/redact.ts';
import { shiftCheck } from '../core/shift.ts';
import { checkIdentity, type SeenFrom, type Target } from '../core/target.ts';
import type { Change, StoredCheck, StoredSighting } from '../store/store.ts';
import { Prober, scheduled, type ProbedCheck, type ProberPorts } from './prober.ts';
import { STEADY_MS, Unwritten } from './unwritten.ts';
import {
  isOwn,
  sightingKey,
  storedCheck,
  storedSighting,
  wholeOf,
  type OwnSighting,
  type Sighting,
  type WatchedCheck,
} from './watched-check.ts';

/** A transition is written at once, and so is a count on its way to a threshold; the rest in batches. */
const FLUSH_MS = 5_000;
const FLUSH_BATCH = 4_000;

/** The locations of which this process is not one. */
export interface Away {
  /** Whether the location is heard and sees its own network: only then it has a vote. */
  isVoter(location: string): boolean;
  /** Has the check probed there at once. */
  probeSoon(location: string, identity: string): void;
  /** As `Field.ask`; resolves with false when no answer comes. */
  ask(location: string, identity: string): Promise<boolean>;
}

export interface FieldPorts extends Omit<ProberPorts<WatchedCheck>, 'judged' | 'doubt'> {
  clock: Clock;
  /** The location in which this process stands; undefined: none of the config's. */
  here: string | undefined;
  away: Away;
  /**
   * Verifies a failed probe: a promise of the result after our own network has been tested, undefined when there is
   * nothing to wait for.
   */
  doubt(target: Target, state: CheckState, result: ProbeResult): Promise<ProbeResult> | undefined;
  commit(change: Change): Promise<void>;
  /** A check has changed its health, or has started or stopped flapping; its state must be stored. */
  changed(watched: WatchedCheck): Promise<void>;
  removed(target: string, check: string): Promise<void>;
  /** A target reports under this token: since when that is listened for. */
  listen(token: string): number;
  /** A location goes on seeing that a check is well; of several good probes, the last one is told. */
  onRefreshed(watched: WatchedCheck, at: number, durationMs: number): void;
  /** `result`: undefined when a location was lost or is back, and what is known has changed without a probe. */
  onResult(watched: WatchedCheck, result: ProbeResult | undefined, transition: Transition | undefined): void;
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
  readonly #prober: Prober<WatchedCheck | OwnSighting>;
  readonly #watched = new Map<string, WatchedCheck>();
  /** By target, until the watchlist changes. */
  #checksOf = new WeakMap<Target, readonly WatchedCheck[]>();
  /** Heartbeat checks by token: reports come often, and there may be many checks. */
  #listening = new Map<string, WatchedCheck[]>();
  readonly #unwritten: Unwritten<WatchedCheck>;
  readonly #unwrittenSightings: Unwritten<Sighting>;
  #targets: readonly Target[] = [];
  #flushTimer: Timer | undefined;
  #running = false;

  constructor(ports: FieldPorts) {
    this.#ports = ports;
    this.#unwritten = new Unwritten(ports.clock);
    this.#unwrittenSightings = new Unwritten(ports.clock);
    this.#prober = new Prober({
      ...ports,
      doubt: (probed, result) => ports.doubt(wholeOf(probed).target, probed.state, result),
      judged: (probed, result, observed) => {
        if (!('of' in probed)) return this.#judged(probed, result, observed);
        const { transition, flapChanged } = observed;
        const isFirst = transition?.why === 'first-good';
        this.#sighted(probed, { hasMoved: transition !== undefined, isFirst, flapChanged }, result);
      },
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
    storedSightings: readonly StoredSighting[] = [],
  ): void {
    const { clock } = this.#ports;
    const wanted = new Set<string>();
    const strike = redactor(sharedSecrets);
    const sightings = Map.groupBy(storedSightings, ({ target, check }) => checkIdentity(target, check));
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
        if (known) this.#forget(known);
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
        if (check.seenFrom === undefined) this.#prober.add(watched);
        else this.#lookFrom(watched, check.seenFrom, known, sightings.get(identity) ?? [], count);
      }
    }
    for (const [identity, known] of this.#watched) {
      if (wanted.has(identity)) continue;
      this.#forget(known);
      this.#watched.delete(identity);
      void this.#ports.removed(known.target.name, known.check.name);
    }
    for (const [identity] of stored) {
      if (wanted.has(identity)) continue;
      const slash = identity.indexOf('/');
      void this.#ports.removed(identity.slice(0, slash), identity.slice(slash + 1));
    }
    const left = storedSightings.filter(({ target, check, location }) => {
      const now = this.#watched.get(checkIdentity(target, check))?.check.seenFrom;
      return !now?.locations.includes(location);
    });
    if (left.length > 0) void this.#ports.commit({ removedSightings: left.map(sightingKey) });
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
    if (watched === undefined) return;
    if (watched.sightings === undefined) return this.#prober.probeSoon(watched);
    for (const sighting of watched.sightings.values()) this.#lookSoon(sighting);
  }

  /**
   * Resolves when a probe that began after this call has been judged: true when it is conclusive, false when it is not,
   * or when the check was removed or replaced.
   */
  async ask(identity: string): Promise<boolean> {
    const watched = this.#watched.get(identity);
    if (watched === undefined || !this.#running) return false;
    const { sightings, check } = watched;
    if (sightings === undefined) return this.#prober.ask(watched);
    const voters = [...sightings.values()].filter((one) => this.#isVoter(one));
    const answers = await Promise.all(
      voters.map((one) =>
        isOwn(one) ? this.#prober.ask(one) : this.#ports.away.ask(one.location, identity),
      ),
    );
    // As many as decide whether it is down have looked.
    const known = answers.filter(Boolean).length;
    return known > 0 && known >= votesNeeded(check.seenFrom!, voters.length);
  }

  /** What a location away from here knows now. */
  sighted(location: string, identity: string, seen: Seen): void {
    const sighting = this.#watched.get(identity)?.sightings?.get(location);
    if (sighting === undefined || isOwn(sighting)) return;
    const before = sighting.state;
    sighting.state = seen.state;
    if (seen.cannot === undefined) delete sighting.cannot;
    else sighting.cannot = seen.cannot;
    const moved = {
      hasMoved: before.health.is !== seen.state.health.is,
      isFirst: false,
      flapChanged: before.flap.is !== seen.state.flap.is,
    };
    this.#sighted(sighting, moved, seen.result);
  }

  /** A location away from here goes on seeing that a check is well. */
  refreshed(location: string, identity: string, at: number, durationMs: number): void {
    const watched = this.#watched.get(identity);
    const sighting = watched?.sightings?.get(location);
    if (!watched || !sighting || isOwn(sighting) || sighting.state.health.is !== 'up') return;
    sighting.state = { ...sighting.state, lastRunAt: at, lastGoodAt: at };
    this.#unwrittenSightings.add(sighting);
    const last = { ...(watched.state.last ?? GOOD), durationMs };
    const isWell = watched.state.health.is === 'up';
    const latest = Math.max(watched.state.lastRunAt ?? 0, at);
    watched.state = {
      ...watched.state,
      lastRunAt: latest,
      lastGoodAt: Math.max(watched.state.lastGoodAt ?? 0, at),
      ...(isWell && latest === at && { last }),
    };
    this.#unwritten.add(watched);
    this.#ports.onRefreshed(watched, at, durationMs);
  }

  /** A location was lost, or is back; or it lost or regained its own network. */
  locationChanged(location: string): void {
    for (const watched of this.#watched.values()) {
      if (watched.sightings?.has(location)) this.#agree(watched, undefined);
    }
  }

  /** Checks that are probed from a location. */
  *lookedAtFrom(location: string): Generator<WatchedCheck> {
    for (const watched of this.#watched.values()) if (watched.sightings?.has(location)) yield watched;
  }

  /** Whether the word of a location counts for a check at present. */
  hasVote(sighting: Sighting): boolean {
    return this.#isVoter(sighting) && sighting.state.health.is !== 'unknown';
  }

  /** The clock was stepped: everything moves with it. Returns what must be stored. */
  shift(byMs: number): Change {
    const checks: StoredCheck[] = [];
    const sightings: StoredSighting[] = [];
    for (const watched of this.#watched.values()) {
      watched.state = shiftCheck(watched.state, byMs);
      watched.watchedSince += byMs;
      checks.push(storedCheck(watched));
      for (const sighting of watched.sightings?.values() ?? []) {
        sighting.state = shiftCheck(sighting.state, byMs);
        sightings.push(storedSighting(sighting));
      }
    }
    return { checks, ...(sightings.length > 0 && { sightings }) };
  }

  /** Checks whose probe or verdict is overdue: they have dropped out of the schedule. */
  stuck(): ProbedCheck[] {
    return this.#prober.stuck();
  }

  /** Puts such a check back into the schedule. */
  unstick(probed: ProbedCheck): void {
    this.#prober.unstick(probed as WatchedCheck | OwnSighting);
  }

  /** Probes everything that this process probes as soon as possible: the earlier results mean nothing any more. */
  probeAll(): void {
    for (const watched of this.#watched.values()) {
      if (watched.sightings === undefined) this.#prober.probeSoon(watched);
      else for (const one of watched.sightings.values()) if (isOwn(one)) this.#prober.probeSoon(one);
    }
  }

  /** Time has passed in which nothing could be probed: the probes in progress are inconclusive. */
  slept(): void {
    this.#prober.slept();
  }

  /** Writes states that have not been written for a while as of `now`, monotonic clock. */
  async flush(now = this.#ports.clock.monotonic()): Promise<void> {
    const checks = this.#unwritten.takeDue(now);
    const sightings = this.#unwrittenSightings.takeDue(now);
    for (const batch of batches(checks)) await this.#ports.commit({ checks: batch.map(storedCheck) });
    for (const batch of batches(sightings))
      await this.#ports.commit({ sightings: batch.map(storedSighting) });
  }

  /** Takes a check out of the schedule. */
  #forget(watched: WatchedCheck): void {
    watched.gone = true;
    this.#unwritten.forget(watched);
    if (watched.sightings === undefined) return this.#prober.drop(watched);
    for (const sighting of watched.sightings.values()) {
      this.#unwrittenSightings.forget(sighting);
      if (isOwn(sighting)) this.#prober.drop(sighting);
    }
  }

  /** Sets up what each location knows: what it knew before, or what was stored. */
  #lookFrom(
    watched: WatchedCheck,
    { locations }: SeenFrom,
    known: WatchedCheck | undefined,
    stored: readonly StoredSighting[],
    among: number,
  ): void {
    const { clock, here } = this.#ports;
    watched.sightings = new Map();
    for (const location of locations) {
      const before = known?.sightings?.get(location)?.state;
      const state =
        before ?? stored.find((one) => one.location === location)?.state ?? newCheckState(clock.now());
      const sighting: Sighting = { location, of: watched, state, writtenAt: watched.writtenAt };
      if (location !== here) {
        watched.sightings.set(location, sighting);
        continue;
      }
      const own: OwnSighting = { ...scheduled({ ...watched, state }, among, clock.monotonic()), ...sighting };
      watched.sightings.set(location, own);
      this.#prober.add(own);
    }
    for (const one of known?.sightings?.values() ?? []) {
      if (!locations.includes(one.location))
        void this.#ports.commit({ removedSightings: [sightingKey(storedSighting(one))] });
    }
  }

  #lookSoon(sighting: Sighting): void {
    if (isOwn(sighting)) this.#prober.probeSoon(sighting);
    else if (sighting.cannot === undefined)
      this.#ports.away.probeSoon(sighting.location, sighting.of.identity);
  }

  #isVoter(sighting: Sighting): boolean {
    if (sighting.cannot !== undefined) return false;
    return isOwn(sighting) || this.#ports.away.isVoter(sighting.location);
  }

  /** A location has judged a check. */
  #sighted(
    sighting: Sighting,
    { hasMoved, isFirst, flapChanged }: Moved,
    result: ProbeResult | undefined,
  ): void {
    const { of: watched, state } = sighting;
    const isCounting = state.health.is === 'suspect' || state.health.is === 'recovering';
    // Also a recovery: after a crash, a location that was down once must not speak against what was decided since.
    const isUrgent = isCounting || flapChanged || (hasMoved && !isFirst);
    // A report from elsewhere is durable before it is taken.
    if (isOwn(sighting) && isUrgent) {
      this.#unwrittenSightings.written(sighting);
      void this.#ports.commit({ sightings: [storedSighting(sighting)] });
    } else {
      if (hasMoved) sighting.writtenAt = -Infinity;
      this.#unwrittenSightings.add(sighting);
    }
    // Whoever doubts first has the others look at once, so that they agree within seconds and not within an interval.
    const doubts = state.health.is === 'suspect' || state.health.is === 'down';
    if (doubts && hasMoved && watched.state.health.is !== 'down') {
      for (const other of watched.sightings!.values()) if (other !== sighting) this.#lookSoon(other);
    }
    this.#agree(watched, result);
  }

  #agree(watched: WatchedCheck, result: ProbeResult | undefined): void {
    const votes = [...watched.sightings!.values()].filter((one) => this.hasVote(one));
    const observed = agreed(watched.state, votes, watched.check.seenFrom!, this.#ports.clock.now());
    watched.state = observed.state;
    if (result || observed.transition || observed.flapChanged) this.#judged(watched, result, observed);
  }

  #judged(
    watched: WatchedCheck,
    result: ProbeResult | undefined,
    { state, transition, flapChanged }: Observed,
  ): void {
    const { onResult, changed } = this.#ports;
    onResult(watched, result, transition);
    // Counts towards a threshold must survive a crash; steady states may wait for the next batch.
    const counting = state.health.is === 'suspect' || state.health.is === 'recovering';
    if (transition?.why === 'first-good') watched.writtenAt = -Infinity;
    if (flapChanged || (transition && transition.why !== 'first-good')) {
      this.#unwritten.written(watched);
      void changed(watched);
    } else if (counting) this.#write(watched);
    else this.#unwritten.add(watched);
  }

  #write(watched: WatchedCheck): void {
    this.#unwritten.written(watched);
    void this.#ports.commit({ checks: [storedCheck(watched)] });
  }

  #armFlush(): void {
    this.#flushTimer = this.#ports.clock.after(FLUSH_MS, () => {
      void this.flush();
      if (this.#running) this.#armFlush();
    });
  }
}

function* batches<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let from = 0; from < items.length; from += FLUSH_BATCH) yield items.slice(from, from + FLUSH_BATCH);
}

const GOOD: LastProbe = { verdict: 'good', message: '', durationMs: 0, log: [] };

/** What a location away from here reports of a check. */
export interface Seen {
  state: CheckState;
  /** The probe behind it, when there was one. */
  result?: ProbeResult;
  cannot?: string;
}

/** What has changed in what a location knows. */
interface Moved {
  hasMoved: boolean;
  /** To its first good result: of many checks at once, after a start. */
  isFirst: boolean;
  flapChanged: boolean;
}
