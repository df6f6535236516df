// One file although it is long: everything held, asked about and placed is one state, compared as a whole.
import { breachedAt, failingCheck, standingOf } from '../core/check-state.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { Family } from '../core/family.ts';
import { allTargets, failingTargets, stillFailing, type Incident } from '../core/incident.ts';
import { outageChecks, parentFact } from '../core/parent-fact.ts';
import {
  place,
  type GroupRules,
  type HeadFact,
  type HoldReason,
  type ParentFact,
  type Placement,
  type WaitingFact,
} from '../core/placement.ts';
import { checkIdentity, type Priority, type Target } from '../core/target.ts';
import { traitsOf } from '../core/traits.ts';
import type { Field } from '../probing/field.ts';
import { storedCheck, type WatchedCheck } from '../probing/watched-check.ts';
import type { StoredCheck } from '../store/store.ts';
import { flapNow } from '../core/flapping.ts';
import { AffectedList } from './affected-list.ts';
import type { GroupMember, IncidentKeeper } from './incident-keeper.ts';
import { TraitIndex } from './trait-index.ts';

export interface GatePorts {
  clock: Clock;
  /** The watched checks, and a way to have one probed at once. */
  field: Pick<Field, 'targets' | 'watched' | 'checksOf' | 'find' | 'ask' | 'probeSoon'>;
  keeper: IncidentKeeper;
  commit(change: { checks: StoredCheck[] }): Promise<void>;
  /** Maintenance windows that are open for a target. */
  windowsFor(target: Target, now: number): { name: string; until: number }[];
  onHeld(watched: WatchedCheck, because: HoldReason, by: readonly string[]): void;
  /** An internal error. */
  onFault(error: unknown): void;
}

/** A parent whose probe is inconclusive is asked again this often, MOST_ASKS times; then it is unseen. */
const ASK_AGAIN_MS = 2_000;
const MOST_ASKS = 5;

/** Siblings probed at once; a larger storm shows among that many. */
const MOST_SIBLINGS = 100;

/** Checks placed before other work gets its turn: an outage of thousands must not delay anything else. */
const PLACED_IN_ONE_TURN = 100;

/** The targets that join each group in one turn. */
type Joining = Map<string, { trait: string; members: GroupMember[] }>;

/** The checks that are placed together, as of one moment. */
interface Together {
  /** Checks that may be part of a group, as of the start: one placed early still counts for those placed later. */
  grouping: TraitIndex<WatchedCheck>;
  joining: Joining;
}

/** A check at risk that is held back from an incident for now. */
export interface Held {
  watched: WatchedCheck;
  because: HoldReason;
  by: readonly string[];
  until?: number;
  askedSince?: number;
  asking: boolean;
}

/**
 * Stands between the checks and the incidents. It compares the two instead of following events: a check at risk without
 * an incident is placed or held for a named reason, one that is well again is released; after a restart or a reload the
 * same comparison continues where it was.
 */
export class Gate {
  readonly #ports: GatePorts;
  #rules: GroupRules;
  readonly #held = new Map<string, Held>();
  /** Checks that have begun to fail but have not reached the threshold. */
  readonly #inDoubt = new TraitIndex<WatchedCheck>();
  readonly #flapping = new Set<WatchedCheck>();
  /** Incidents whose siblings, the targets that share a trait with them, have already been probed. */
  readonly #siblingsAsked = new Set<string>();
  #family = new Family([]);
  readonly #affected: AffectedList;
  readonly #traitsOf = new WeakMap<Target, readonly string[]>();
  /** Checks held because they may be part of a group. */
  readonly #grouping = new TraitIndex<WatchedCheck>();
  /** All watched targets, in config order. */
  #siblings = new TraitIndex<Target>();
  #timer: Timer | undefined;
  #timerDueAt = Infinity;
  /** A sweep is scheduled for the next turn. */
  #sweeping = false;
  /** A sweep is running, over several turns. */
  #placing = false;
  /** Something has changed since the running sweep began. */
  #sweepAgain = false;
  #stopped = true;

  constructor(ports: GatePorts, rules: GroupRules) {
    this.#ports = ports;
    this.#rules = rules;
    this.#affected = new AffectedList(ports.clock, (incident, targets) => {
      const stillHeld = targets.filter(({ target }) =>
        this.heldOf(target).some(({ because }) => because === 'behind'),
      );
      ports.keeper.affected(incident, stillHeld);
    });
  }

  /** Compares everything now, and from now on also whenever a hold expires. Call again after a reload. */
  async start(rules = this.#rules): Promise<void> {
    const { field, keeper } = this.#ports;
    this.#rules = rules;
    this.#stopped = false;
    this.#family = new Family(field.targets);
    this.#siblings = new TraitIndex();
    for (const target of field.targets) this.#siblings.add(target, this.#traits(target));
    for (const [identity, { watched }] of this.#held) {
      if (field.find(identity) !== watched) this.#drop(identity);
    }
    this.#inDoubt.clear();
    this.#siblingsAsked.clear();
    this.#flapping.clear();
    const changes: Promise<void>[] = [];
    const atRisk: WatchedCheck[] = [];
    const waitedFor = keeper.waitedFor();
    for (const watched of field.watched()) {
      this.#noteDoubt(watched);
      if (watched.state.flap.is === 'flapping') this.#flapping.add(watched);
      const standing = standingOf(watched.state);
      if (standing === 'well' && waitedFor.has(watched.target.name)) {
        changes.push(this.#letGo(watched).catch(this.#ports.onFault));
      }
      if (standing !== 'at-risk' || this.#held.has(watched.identity)) continue;
      if (!keeper.isOpenPart(watched.target.name, watched.check.name)) atRisk.push(watched);
    }
    changes.push(...this.#placeTogether(atRisk));
    this.#sweepSoon();
    await Promise.all(changes);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#affected.stop();
  }

  held(): Held[] {
    return [...this.#held.values()];
  }

  heldOf(name: string): Held[] {
    const target = this.#family.get(name);
    if (!target) return [];
    return target.checks.flatMap((check) => this.#held.get(checkIdentity(name, check.name)) ?? []);
  }

  /** A check's state has changed in a way that matters. Resolves when the consequences are durable. */
  changed(watched: WatchedCheck): Promise<void> {
    this.#noteDoubt(watched);
    this.#noteFlapping(watched);
    const standing = standingOf(watched.state);
    const asItIs = () => this.#ports.commit({ checks: [storedCheck(watched)] });
    this.#sweepSoon();
    if (standing === 'at-risk') return this.#place(watched, true);
    if (standing !== 'well') return asItIs();
    try {
      const durable = this.#letGo(watched, true);
      this.#askChildren(watched.target);
      return durable;
    } catch (error) {
      this.#ports.onFault(error);
      return asItIs();
    }
  }

  /** Tells the ticket when a check of an open incident starts or stops flapping. */
  #noteFlapping(watched: WatchedCheck): void {
    const flaps = watched.state.flap.is === 'flapping';
    if (flaps === this.#flapping.has(watched)) return;
    if (flaps) this.#flapping.add(watched);
    else this.#flapping.delete(watched);
    this.#ports.keeper.flapping(watched.target.name, watched.check.name, flapNow(watched.state.flap));
  }

  #noteDoubt(watched: WatchedCheck): void {
    if (watched.state.health.is === 'suspect') this.#inDoubt.add(watched, this.#traits(watched.target));
    else this.#inDoubt.delete(watched);
  }

  /** Something that held checks wait for has changed: an incident or a maintenance window. */
  look(): void {
    this.#sweepSoon();
  }

  /** A human has closed the incident of these checks: those that still fail are held for that reason from now on. */
  consider(parts: readonly { target: string; check: string }[]): void {
    for (const { target, check } of parts) {
      const watched = this.#ports.field.find(checkIdentity(target, check));
      if (watched && standingOf(watched.state) === 'at-risk') void this.#place(watched);
    }
  }

  /** Checks at risk with no incident and no hold reason: there must never be any. */
  unplaced(): WatchedCheck[] {
    const { field, keeper } = this.#ports;
    return field
      .watched()
      .filter(
        ({ identity, state, target, check }) =>
          standingOf(state) === 'at-risk' &&
          !this.#held.has(identity) &&
          !keeper.isOpenPart(target.name, check.name),
      )
      .toArray();
  }

  /** A check that cannot be placed must not block the others; the auditor finds it. */
  #place(watched: WatchedCheck, hasChanged = false, together?: Together): Promise<void> {
    try {
      return this.#placed(watched, hasChanged, together);
    } catch (error) {
      this.#ports.onFault(error);
      return hasChanged ? this.#ports.commit({ checks: [storedCheck(watched)] }) : Promise.resolve();
    }
  }

  #placed(watched: WatchedCheck, hasChanged: boolean, together: Together | undefined): Promise<void> {
    const { keeper, commit } = this.#ports;
    const { target, check, state, identity } = watched;
    const stored = storedCheck(watched);
    const asItIs = () => (hasChanged ? commit({ checks: [stored] }) : Promise.resolve());
    if (this.#stopped) return asItIs();
    if (keeper.isOpenPart(target.name, check.name)) {
      this.#drop(identity);
      return asItIs();
    }
    const placement = this.#placement(watched, together?.grouping ?? this.#grouping);
    if (placement.is === 'hold') {
      this.#hold(watched, placement);
      return asItIs();
    }
    if (placement.is === 'join-group' && !together) {
      // Checks that fail in one turn join together: one note, one write.
      this.#hold(watched, { is: 'hold', because: 'grouping', by: [placement.incident] });
      this.#sweepSoon();
      return asItIs();
    }
    this.#drop(identity);
    keeper.noLongerAffected(target.name, 'own-incident');
    const failing = failingCheck(target.name, check, state);
    if (placement.is === 'open') {
      const done = keeper.wentDown(target, check.priority, failing, stored);
      this.#sweepSoon();
      return done;
    }
    const { incident, trait } = placement;
    const { joining } = together!;
    const members = joining.get(incident)?.members ?? [];
    joining.set(incident, { trait, members: [...members, { target, failing, stored }] });
    return Promise.resolve();
  }

  #placement(watched: WatchedCheck, grouping: TraitIndex<WatchedCheck>): Placement {
    const { clock, keeper, windowsFor } = this.#ports;
    const { target, check, state, identity } = watched;
    const now = clock.now();
    const { failures, retryIntervalMs } = check.cadence;
    const traits = this.#traits(target);
    return place(
      {
        now,
        target: target.name,
        priority: check.priority,
        traits,
        breachedAt: breachedAt(state),
        hasOwnIncident: this.#isFailingPart(target.name, check.priority),
        isDismissed: keeper.holds(target.name, check.name),
        windows: windowsFor(target, now),
        parents: target.dependsOn.map(({ anyOf }) => anyOf.map((name) => this.#parent(name))),
        askedSince: this.#held.get(identity)?.askedSince,
        coolMs: failures * retryIntervalMs,
        heads: keeper.openSharing(traits).map(headFact),
        waiting: grouping.sharing(traits).map((one) => this.#waitingFact(one)),
        inDoubt: this.#inDoubt
          .sharing(traits)
          .map((one) => ({ target: one.target.name, traits: this.#traits(one.target) })),
      },
      this.#rules,
    );
  }

  /** The target already fails in an open incident: its further failing checks belong to that incident. */
  #isFailingPart(target: string, priority: Priority): boolean {
    const incident = this.#ports.keeper.openOf(target, priority);
    return incident !== undefined && failingTargets(incident).includes(target);
  }

  #parent(name: string): ParentFact {
    const { field } = this.#ports;
    const target = this.#family.get(name);
    if (!target) return { name, is: 'unseen' };
    const checks = outageChecks(target, field.checksOf(target));
    return parentFact(
      name,
      checks.map(({ state }) => state),
    );
  }

  #waitingFact({ target, check, state }: WatchedCheck): WaitingFact {
    const traits = this.#traits(target);
    return { target: target.name, priority: check.priority, breachedAt: breachedAt(state), traits };
  }

  #drop(identity: string): void {
    const held = this.#held.get(identity);
    if (held === undefined) return;
    this.#held.delete(identity);
    this.#grouping.delete(held.watched);
  }

  #traits(target: Target): readonly string[] {
    let traits = this.#traitsOf.get(target);
    if (traits === undefined) this.#traitsOf.set(target, (traits = target.ours ? [] : traitsOf(target)));
    return traits;
  }

  #hold(watched: WatchedCheck, { because, by, until, ask }: Extract<Placement, { is: 'hold' }>): void {
    const before = this.#held.get(watched.identity);
    const held: Held = { asking: false, ...before, watched, because, by, until };
    this.#held.set(watched.identity, held);
    if (before && before.watched !== watched) this.#grouping.delete(before.watched);
    if (because === 'grouping') this.#grouping.add(watched, this.#traits(watched.target));
    else this.#grouping.delete(watched);
    if (before?.because !== because) this.#ports.onHeld(watched, because, by);
    if (because === 'behind') this.#list(watched, by);
    if (because === 'grouping') this.#askSiblings(watched, by);
    if (ask && !held.asking) void this.#ask(held, ask);
    if (until !== undefined && until < this.#timerDueAt) this.#arm();
  }

  /**
   * Has all ancestors probed at once, and compares again when they have answered. An inconclusive answer does not
   * count: the parent is asked again, a limited number of times.
   */
  async #ask(held: Held, { itself, since }: { itself: boolean; since: number }, tries = 0): Promise<void> {
    const { field, clock } = this.#ports;
    held.asking = true;
    const asked = [...this.#family.ancestors(held.watched.target)].flatMap((target) =>
      outageChecks(target, field.checksOf(target)).map(({ identity }) => identity),
    );
    if (itself) asked.push(held.watched.identity);
    const answers = await Promise.all(asked.map((identity) => field.ask(identity)));
    const now = this.#held.get(held.watched.identity);
    if (now === undefined || this.#stopped) return;
    if (answers.includes(false) && tries < MOST_ASKS) {
      clock.after(ASK_AGAIN_MS, () => void this.#ask(now, { itself, since }, tries + 1));
      return;
    }
    now.asking = false;
    now.askedSince = since;
    this.#sweepSoon();
  }

  /** Probes the targets that share a trait at once, to see a storm sooner; done once for each incident. */
  #askSiblings({ target }: WatchedCheck, heads: readonly string[]): void {
    const { field } = this.#ports;
    const fresh = heads.filter((head) => !this.#siblingsAsked.has(head));
    if (fresh.length === 0) return;
    for (const head of fresh) this.#siblingsAsked.add(head);
    for (const sibling of this.#siblings.sharing(this.#traits(target), MOST_SIBLINGS)) {
      for (const { identity, state } of field.checksOf(sibling)) {
        if (state.health.is === 'up') field.probeSoon(identity);
      }
    }
  }

  /** Lists the target on the ticket of the parent it fails behind: the nearest ancestor that has an incident. */
  #list(watched: WatchedCheck, by: readonly string[], seen = new Set<string>()): void {
    const { keeper, clock } = this.#ports;
    const { target, state } = watched;
    for (const name of by) {
      if (seen.has(name)) continue;
      seen.add(name);
      const incident = keeper.failingIn(name);
      if (incident) {
        const since = Math.min(breachedAt(state), clock.now());
        this.#affected.add(incident.id, { target: target.name, customer: target.customer?.name, since });
        continue;
      }
      const parent = this.heldOf(name).find(({ because }) => because === 'behind');
      if (parent) this.#list(watched, parent.by, seen);
    }
  }

  /** A parent is well again: its children are probed at once, without waiting for their next slot. */
  #askChildren(target: Target): void {
    const { field } = this.#ports;
    for (const child of this.#family.descendants(target)) {
      for (const { identity, state } of field.checksOf(child)) {
        if (state.health.is !== 'up') field.probeSoon(identity);
      }
    }
  }

  #letGo(watched: WatchedCheck, hasChanged = false): Promise<void> {
    const { keeper, commit, field } = this.#ports;
    const { target, check, identity } = watched;
    this.#drop(identity);
    const stored = storedCheck(watched);
    if (field.checksOf(target).every(({ state }) => standingOf(state) === 'well')) {
      keeper.noLongerAffected(target.name, 'back');
    }
    if (keeper.holds(target.name, check.name)) return keeper.recovered(target.name, check.name, stored);
    return hasChanged ? commit({ checks: [stored] }) : Promise.resolve();
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timerDueAt = Math.min(Infinity, ...this.held().flatMap(({ until }) => until ?? []));
    if (this.#timerDueAt === Infinity || this.#stopped) return;
    const wait = Math.max(0, this.#timerDueAt - this.#ports.clock.now());
    this.#timer = this.#ports.clock.after(wait, () => this.#sweep());
  }

  /** Places them as of one moment: a check placed early still counts for those placed later, in any order. */
  #placeTogether(checks: readonly WatchedCheck[]): Promise<void>[] {
    const together = this.#together(checks);
    const changes = checks.map((watched) => this.#place(watched, false, together));
    return [...changes, ...this.#join(together)];
  }

  /** As `#placeTogether`, a bounded number per turn. */
  #placeInTurns(checks: readonly WatchedCheck[], together = this.#together(checks)): void {
    const { clock } = this.#ports;
    for (const watched of checks.slice(0, PLACED_IN_ONE_TURN)) {
      // It may have recovered or been removed in an earlier turn.
      if (this.#held.get(watched.identity)?.watched !== watched) continue;
      if (standingOf(watched.state) === 'at-risk') void this.#place(watched, false, together);
    }
    this.#join(together);
    const rest = checks.slice(PLACED_IN_ONE_TURN);
    if (rest.length > 0 && !this.#stopped) {
      clock.after(0, () => this.#placeInTurns(rest, together));
      return;
    }
    this.#placing = false;
    this.#arm();
    if (this.#sweepAgain) this.#sweepSoon();
  }

  #together(checks: readonly WatchedCheck[]): Together {
    const grouping = new TraitIndex<WatchedCheck>();
    for (const watched of checks) {
      const held = this.#held.get(watched.identity);
      if (held === undefined || held.because === 'grouping')
        grouping.add(watched, this.#traits(watched.target));
    }
    return { grouping, joining: new Map() };
  }

  #join({ joining }: Together): Promise<void>[] {
    const groups = [...joining];
    joining.clear();
    return groups.flatMap(([incident, { trait, members }]) => {
      try {
        return this.#ports.keeper.joinGroup(incident, trait, members);
      } catch (error) {
        // A group that cannot be joined must not block the others; the auditor finds its members.
        this.#ports.onFault(error);
        return [];
      }
    });
  }

  /** Schedules one sweep for everything that happens in this turn. */
  #sweepSoon(): void {
    if (this.#placing) this.#sweepAgain = true;
    if (this.#sweeping || this.#placing || this.#held.size === 0 || this.#stopped) return;
    this.#sweeping = true;
    this.#ports.clock.after(0, () => this.#sweep());
  }

  #sweep(): void {
    this.#sweeping = false;
    if (this.#placing) this.#sweepAgain = true;
    if (this.#stopped || this.#placing) return;
    this.#sweepAgain = false;
    const waiting: WatchedCheck[] = [];
    for (const { watched } of this.held()) {
      if (watched.gone) this.#drop(watched.identity);
      else if (standingOf(watched.state) === 'at-risk') waiting.push(watched);
    }
    this.#placing = true;
    this.#placeInTurns(waiting);
  }
}

/** A changed incident is a new object. */
const headFacts = new WeakMap<Incident, HeadFact>();

function headFact(incident: Incident): HeadFact {
  let fact = headFacts.get(incident);
  if (fact === undefined) headFacts.set(incident, (fact = headFactOf(incident)));
  return fact;
}

function headFactOf(incident: Incident): HeadFact {
  const first = stillFailing(incident).find(({ target }) => target === incident.target);
  return {
    incident: incident.id,
    target: incident.target,
    priority: incident.priority,
    breachedAt: first?.breachedAt ?? incident.openedAt,
    traits: incident.traits,
    group: incident.episode.group,
    size: allTargets(incident).length,
  };
}
