// One file although it is long: who is connected, what was ordered from whom and what is believed change together.
import type { CheckState } from '../core/check-state.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { LocationSettings } from '../core/location-settings.ts';
import { locationStanding, type LastWord, type LocationStanding } from '../core/location-standing.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { MESSAGE_LIMIT } from '../core/probe-result.ts';
import { shiftCheck } from '../core/shift.ts';
import type { Away, Field, Seen } from '../probing/field.ts';
import type { LookoutSettings } from '../probing/lookout.ts';
import type { CheckOrder } from '../probing/prepare-check.ts';
import { storedSighting, type WatchedCheck } from '../probing/watched-check.ts';
import type { Change } from '../store/store.ts';
import {
  agesOf,
  PROTOCOL,
  resultOf,
  type AgentOrder,
  type OrderEvents,
  type Report,
  type ReportedCheck,
} from './protocol.ts';
import type { EnrolledAgent, Roster } from './roster.ts';

/** A stream of orders to one agent. */
export interface OrderStream {
  send<Name extends keyof OrderEvents>(event: Name, data: OrderEvents[Name]): void;
  end(): void;
}

export interface HubPorts {
  clock: Clock;
  roster: Roster;
  field: Pick<Field, 'sighted' | 'locationChanged' | 'lookedAtFrom' | 'refreshed'>;
  locations(): ReadonlyMap<string, LocationSettings>;
  /** The location of this process, which is heard of without a report; undefined: none. */
  here: string | undefined;
  /** A location that no agent reports for is this one. */
  standingHere(): LocationStanding;
  /** By check identity. */
  orders(): ReadonlyMap<string, CheckOrder>;
  /** The anchors of a location. */
  anchors(location: string): LookoutSettings;
  commit(change: Change): Promise<void>;
  /** A location was lost or is back, or lost or regained its own network. */
  onStanding(location: string, now: LocationStanding): void;
  /** What an agent reported cannot be used: said once for each agent and reason. */
  onOddReport(agent: EnrolledAgent, why: string): void;
  /** What an agent saw while it was cut off. */
  onPast(location: string, past: PastTransition): void;
  onConnected(agent: EnrolledAgent, standsBy: boolean): void;
}

export interface PastTransition {
  check: string;
  to: string;
  /** Unix milliseconds. */
  at: number;
  message: string;
}

export type Taken =
  /** Durable, or a repetition of what is. */
  | { is: 'taken'; assignment: number }
  /** A later start of this agent, or another machine with its credential, has taken its place. */
  | { is: 'superseded' };

/** An agent that listens to its orders. */
interface Session {
  agent: EnrolledAgent;
  boot: string;
  stream: OrderStream;
  assignment: number;
  /** By position in the assignment. */
  checks: readonly WatchedCheck[];
  /** The positions, by identity. */
  positions: ReadonlyMap<string, number>;
  heardMs: number;
}

/** What is known of one location. */
interface Place {
  word: LastWord;
  standing: LocationStanding;
  /** In order of arrival: the first one probes, the others stand by. */
  sessions: Session[];
}

interface Asked {
  location: string;
  identity: string;
  resolve(isKnown: boolean): void;
  timer: Timer;
}

const LOOK_EVERY_MS = 1_000;
/** An agent that is silent for so long gives way to one that stands by. */
const GIVES_WAY_AFTER_MS = 6_000;
/** How long an answer may take beyond the time limit of the probe. */
const ANSWER_GRACE_MS = 5_000;
const CHECKS_PER_PART = 200;

/**
 * Gives out checks to the agents of each location, takes their reports, and knows which locations are heard and see. What
 * is reported is durable before it is acknowledged.
 */
export class Hub implements Away {
  readonly #ports: HubPorts;
  readonly #places = new Map<string, Place>();
  /** By agent: starts of it whose place was taken. */
  readonly #superseded = new Map<string, Set<string>>();
  /** By agent: the report that is being taken. */
  readonly #taking = new Map<string, Promise<unknown>>();
  readonly #lastReport = new Map<string, { boot: string; seq: number }>();
  /** By the number of the question. */
  readonly #asked = new Map<number, Asked>();
  #questions = 0;
  #assignments = 0;
  readonly #oddities = new Set<string>();
  #timer: Timer | undefined;

  constructor(ports: HubPorts) {
    this.#ports = ports;
  }

  /** Call again when the config has changed: everybody gets new orders. */
  start(): void {
    const { clock, locations, here, field } = this.#ports;
    const nowMs = clock.monotonic();
    for (const name of locations().keys()) {
      if (name === here || this.#places.has(name)) continue;
      this.#places.set(name, { word: { atMs: nowMs }, standing: { is: 'sees' }, sessions: [] });
      // What its last report said is judged once more: the process may have ended between the two.
      field.locationChanged(name);
    }
    for (const [name, { sessions }] of this.#places) {
      if (!locations().has(name) || name === here) {
        for (const { stream } of sessions) {
          stream.send('bye', { why: 'stopping' });
          stream.end();
        }
        this.#places.delete(name);
      } else if (sessions[0]) this.#order(name, sessions[0]);
    }
    this.#timer?.cancel();
    this.#armTimer();
  }

  stop(): void {
    this.#timer?.cancel();
    for (const { sessions } of this.#places.values()) {
      for (const { stream } of sessions.splice(0)) {
        stream.send('bye', { why: 'stopping' });
        stream.end();
      }
    }
    for (const n of [...this.#asked.keys()]) this.#answer(n, false);
  }

  /** Nothing ran for a while: nobody could be heard meanwhile. */
  slept(): void {
    const atMs = this.#ports.clock.monotonic();
    for (const place of this.#places.values()) place.word = { ...place.word, atMs };
  }

  /** The agents that listen to their orders for a location. */
  agentsOf(location: string): { agent: EnrolledAgent; standsBy: boolean }[] {
    const sessions = this.#places.get(location)?.sessions ?? [];
    return sessions.map(({ agent }, n) => ({ agent, standsBy: n > 0 }));
  }

  isConnected(id: string): boolean {
    return this.#places.values().some(({ sessions }) => sessions.some(({ agent }) => agent.id === id));
  }

  standingOf(location: string): LocationStanding {
    return this.#places.get(location)?.standing ?? this.#ports.standingHere();
  }

  isVoter(location: string): boolean {
    return this.#places.get(location)?.standing.is === 'sees';
  }

  probeSoon(location: string, identity: string): void {
    const session = this.#places.get(location)?.sessions[0];
    const at = session?.positions.get(identity);
    if (at !== undefined) session!.stream.send('ask', { n: 0, checks: [at] });
  }

  ask(location: string, identity: string): Promise<boolean> {
    const { clock } = this.#ports;
    const session = this.#places.get(location)?.sessions[0];
    const at = session?.positions.get(identity);
    if (at === undefined) return Promise.resolve(false);
    const n = ++this.#questions;
    return new Promise((resolve) => {
      const wait = session!.checks[at]!.cadence.timeoutMs + ANSWER_GRACE_MS;
      const timer = clock.after(wait, () => this.#answer(n, false));
      this.#asked.set(n, { location, identity, resolve, timer });
      session!.stream.send('ask', { n, checks: [at] });
    });
  }

  /** An agent listens to its orders from now on; `undefined`: its place was taken, it must end. Returns how it leaves. */
  connect(agent: EnrolledAgent, boot: string, stream: OrderStream): (() => void) | undefined {
    const { clock, anchors, onConnected } = this.#ports;
    const place = this.#places.get(agent.location);
    if (this.#superseded.get(agent.id)?.has(boot)) return undefined;
    const before = place?.sessions.find((one) => one.agent.id === agent.id);
    if (before && before.boot !== boot) {
      // The later start wins: either it was restarted, or its credential is used twice, of which the first one hears.
      this.#noteSuperseded(agent.id, before.boot);
      before.stream.send('bye', { why: 'superseded' });
    }
    if (before) {
      before.stream.end();
      place!.sessions.splice(place!.sessions.indexOf(before), 1);
    }
    stream.send('hello', { protocol: PROTOCOL, location: agent.location, anchors: anchors(agent.location) });
    const session: Session = {
      agent,
      boot,
      stream,
      assignment: 0,
      checks: [],
      positions: new Map(),
      heardMs: clock.monotonic(),
    };
    if (place === undefined) {
      // A location that the config does not have, or that is probed from by this process.
      this.#stand(session);
      return () => {};
    }
    place.sessions.push(session);
    onConnected(agent, place.sessions[0] !== session);
    if (place.sessions[0] === session) this.#order(agent.location, session);
    else this.#stand(session);
    return () => this.#left(agent.location, session);
  }

  /** Ends what an agent that was revoked still does. */
  revoked(id: string): void {
    for (const [location, { sessions }] of this.#places) {
      for (const session of sessions.filter(({ agent }) => agent.id === id)) {
        session.stream.send('bye', { why: 'revoked' });
        session.stream.end();
        this.#left(location, session);
      }
    }
  }

  /** Takes a report: one after the other for each agent. Rejects with a StoreError when it cannot be made durable. */
  report(agent: EnrolledAgent, report: Report): Promise<Taken> {
    const next = (this.#taking.get(agent.id) ?? Promise.resolve())
      .catch(() => {})
      .then(() => this.#take(agent, report));
    this.#taking.set(agent.id, next);
    return next;
  }

  async #take(agent: EnrolledAgent, report: Report): Promise<Taken> {
    const { clock, roster, field, commit, onPast } = this.#ports;
    const { boot, seq } = report;
    if (this.#superseded.get(agent.id)?.has(boot)) return { is: 'superseded' };
    const place = this.#places.get(agent.location);
    const session = place?.sessions.find((one) => one.agent.id === agent.id && one.boot === boot);
    if (session) session.heardMs = clock.monotonic();
    const last = this.#lastReport.get(agent.id) ?? agent.last;
    if (last?.boot === boot && seq <= last.seq) return { is: 'taken', assignment: session?.assignment ?? 0 };
    const isCurrent = session !== undefined && report.assignment === session.assignment;
    if (!isCurrent && report.checks.length > 0)
      this.#odd(agent, 'it reports under an assignment that is over');
    const checks = isCurrent ? this.#known(agent, session, report.checks) : [];
    const now = clock.now();
    const seen = checks.map(({ watched, reported }): [WatchedCheck, Seen] => {
      const cleaned = cleanState(reported.state, watched.redact);
      const state = shiftCheck(cleaned, now);
      const result = resultOf({ ...reported, state: cleaned }, now);
      const cannot =
        reported.cannot === undefined ? undefined : neutraliseLine(reported.cannot, MESSAGE_LIMIT);
      return [watched, { state, ...(result && { result }), ...(cannot !== undefined && { cannot }) }];
    });
    if (seen.length > 0 || report.past.length > 0) {
      const { location } = agent;
      const sightings = seen.map(([of, { state }]) => storedSighting({ location, of, state }));
      const stored = roster.afterReport(agent, { boot, seq });
      await commit({ ...(sightings.length > 0 && { sightings }), ...(stored && { agents: [stored] }) });
      if (stored) roster.stored(stored);
    }
    this.#lastReport.set(agent.id, { boot, seq });
    for (const { check, to, at, message } of report.past)
      onPast(agent.location, {
        check: neutraliseLine(check, 200),
        to: neutraliseLine(to, 20),
        at: now + at,
        message: neutraliseLine(message, MESSAGE_LIMIT),
      });
    if (report.lostPast > 0)
      this.#odd(agent, `it could not keep ${report.lostPast} transitions while it was cut off`);
    const isActive = session !== undefined && place!.sessions[0] === session;
    // Its own network first: of a place that sees nothing, nothing else counts.
    if (isActive) this.#heard(agent.location, place!, report.blindBecause);
    for (const [watched, one] of seen) field.sighted(agent.location, watched.identity, one);
    if (isCurrent && isActive) {
      this.#refresh(agent, session, report);
      for (const [n, at, isKnown] of report.answers) {
        const identity = session.checks[at]?.identity;
        const asked = this.#asked.get(n);
        if (asked?.identity === identity && asked?.location === agent.location) this.#answer(n, isKnown);
      }
    }
    return { is: 'taken', assignment: session?.assignment ?? 0 };
  }

  #known(agent: EnrolledAgent, session: Session, checks: readonly ReportedCheck[]) {
    return checks.flatMap((reported) => {
      const watched = session.checks[reported.at];
      if (watched !== undefined && !watched.gone) return [{ watched, reported }];
      if (watched === undefined) this.#odd(agent, 'it reports checks that it was not given');
      return [];
    });
  }

  #refresh(agent: EnrolledAgent, session: Session, { steady }: Report): void {
    if (steady === undefined) return;
    const now = this.#ports.clock.now();
    for (const [n, at] of steady.at.entries()) {
      const watched = session.checks[at];
      const [age, durationMs] = [steady.probedAt[n], steady.durationMs[n]];
      if (watched === undefined || age === undefined || durationMs === undefined) {
        this.#odd(agent, 'it reports checks that it was not given');
        return;
      }
      this.#ports.field.refreshed(agent.location, watched.identity, now + age, durationMs);
    }
  }

  #answer(n: number, isKnown: boolean): void {
    const asked = this.#asked.get(n);
    this.#asked.delete(n);
    asked?.timer.cancel();
    asked?.resolve(isKnown);
  }

  /** Gives out everything that a location probes, to one agent. */
  #order(location: string, session: Session): void {
    const { field, orders, clock } = this.#ports;
    const all = orders();
    const checks = [...field.lookedAtFrom(location)].filter(({ identity }) => all.has(identity));
    session.assignment = ++this.#assignments;
    session.checks = checks;
    session.positions = new Map(checks.map(({ identity }, at) => [identity, at]));
    const now = clock.now();
    const order = (watched: WatchedCheck): AgentOrder => ({
      ...all.get(watched.identity)!,
      identity: watched.identity,
      cadence: watched.cadence,
      fingerprint: watched.check.fingerprint,
      state: agesOf(watched.sightings!.get(location)!.state, now),
    });
    const { assignment } = session;
    for (let from = 0; from === 0 || from < checks.length; from += CHECKS_PER_PART) {
      const part = checks.slice(from, from + CHECKS_PER_PART).map(order);
      session.stream.send('orders', { assignment, of: checks.length, from, checks: part });
    }
  }

  /** An agent that stands by has nothing to probe. */
  #stand(session: Session): void {
    session.assignment = ++this.#assignments;
    session.checks = [];
    session.positions = new Map();
    session.stream.send('orders', { assignment: session.assignment, of: 0, from: 0, checks: [] });
  }

  #left(location: string, session: Session): void {
    const place = this.#places.get(location);
    const at = place?.sessions.indexOf(session) ?? -1;
    if (at < 0) return;
    place!.sessions.splice(at, 1);
    if (at > 0) return;
    for (const [n, asked] of [...this.#asked]) if (asked.location === location) this.#answer(n, false);
    const next = place!.sessions[0];
    if (next) this.#order(location, next);
  }

  #heard(location: string, place: Place, blindBecause: string | undefined): void {
    const atMs = this.#ports.clock.monotonic();
    const why = blindBecause === undefined ? undefined : neutraliseLine(blindBecause, MESSAGE_LIMIT);
    place.word = { atMs, ...(why !== undefined && { blindBecause: why }) };
    this.#judge(location, place);
  }

  #judge(location: string, place: Place): void {
    const { clock, locations, field, onStanding } = this.#ports;
    const lostAfterMs = locations().get(location)?.lostAfterMs ?? Infinity;
    const before = place.standing;
    place.standing = locationStanding(place.word, lostAfterMs, clock.monotonic());
    if (before.is === place.standing.is) return;
    onStanding(location, place.standing);
    field.locationChanged(location);
  }

  #armTimer(): void {
    this.#timer = this.#ports.clock.after(LOOK_EVERY_MS, () => {
      this.#look();
      this.#armTimer();
    });
  }

  #look(): void {
    const nowMs = this.#ports.clock.monotonic();
    for (const [location, place] of this.#places) {
      const [first, second] = place.sessions;
      if (
        first &&
        second &&
        nowMs - first.heardMs > GIVES_WAY_AFTER_MS &&
        nowMs - second.heardMs < GIVES_WAY_AFTER_MS
      ) {
        place.sessions.push(place.sessions.shift()!);
        this.#stand(first);
        this.#order(location, second);
      }
      this.#judge(location, place);
    }
  }

  #noteSuperseded(id: string, boot: string): void {
    const boots = this.#superseded.get(id) ?? new Set<string>();
    boots.add(boot);
    if (boots.size > MOST_BOOTS) boots.delete(boots.values().next().value!);
    this.#superseded.set(id, boots);
  }

  #odd(agent: EnrolledAgent, why: string): void {
    const key = `${agent.id} ${why}`;
    if (this.#oddities.has(key)) return;
    if (this.#oddities.size > MOST_ODDITIES) this.#oddities.clear();
    this.#oddities.add(key);
    this.#ports.onOddReport(agent, why);
  }
}

const MOST_BOOTS = 100;
const MOST_ODDITIES = 1_000;

/** Whoever reports may have been taken over by a stranger: its texts are as hostile as any. */
function cleanState(state: ReportedCheck['state'], redact: (text: string) => string): CheckState {
  const { last } = state;
  const clean = (text: string) => neutraliseLine(redact(text), MESSAGE_LIMIT);
  return {
    ...(state as CheckState),
    ...(last && {
      last: {
        ...(last as NonNullable<CheckState['last']>),
        message: clean(last.message),
        log: last.log.map(clean),
      },
    }),
  };
}
