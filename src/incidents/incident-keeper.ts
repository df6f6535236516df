// One file although it is long: every event of an incident passes here; each takes a few lines to reach its decision.
import { OpenIncidents } from './open-incidents.ts';
import { PartIndex } from './part-index.ts';
import { StepQueue } from './step-queue.ts';
import { nowAffected, noLongerAffected } from '../core/affect.ts';
import { messageDelayed } from '../core/answer-incident.ts';
import { doChores, type FreshTicket, type LiveWork } from '../core/chores.ts';
import type { FlapNow } from '../core/flapping.ts';
import { partFlaps } from '../core/part-flaps.ts';
import { checkRecovered, helpdeskGone, targetRemoved } from '../core/close-incident.ts';
import type { TellingRules } from '../core/customer-updates.ts';
import type { Directory, Paging } from '../core/directory.ts';
import { type Effect, type Message } from '../core/effect.ts';
import { advanceEscalation, nextDueAt } from '../core/escalate.ts';
import {
  allTargets,
  failingTargets,
  isOpen,
  stillAffected,
  stillFailing,
  type FailingCheck,
  type Incident,
} from '../core/incident.ts';
import type { AffectedTarget } from '../core/episode.ts';
import { decideAction, type HumanAction } from '../core/human-action.ts';
import { type Decision } from '../core/incident-draft.ts';
import type { EscalationStep } from '../core/escalation.ts';
import type { NewCode } from '../core/new-code.ts';
import { checkWentDown, joinGroup } from '../core/open-incident.ts';
import type { Priority, Target } from '../core/target.ts';
import { shiftIncident } from '../core/shift.ts';
import type { Clock } from '../core/clock.ts';
import type { EndedEffect } from '../core/accepted.ts';
import { effectEnded, type EndRules } from '../core/effect-ended.ts';
import type { Journal } from '../store/journal.ts';
import type { Change, StoredCheck } from '../store/store.ts';
import type { ConfiguredRules } from './incident-rules.ts';
import { ticketRecord, ticketRecords, ticketStatus } from './ticket-records.ts';

export interface KeeperPorts {
  clock: Clock;
  journal: Journal;
  newId: () => string;
  newCode: NewCode;
  directory: Directory;
  /** Which effects of an incident are in progress. */
  live(incident: string): LiveWork;
  /** The content of a ticket that must be opened anew. */
  ticketOf(incident: Incident): FreshTicket | undefined;
  /** The helpdesk's last error for a ticket that it has not accepted. */
  whyNoTicket(incident: string): string | undefined;
  /** An internal error. */
  onFault(error: unknown): void;
  /** Called with each decision once it is durable. */
  onDecided(decision: Decision): void;
}

/** A target that joins a group incident, with the check state that is stored with it. */
export interface GroupMember {
  target: Target;
  failing: FailingCheck;
  stored: StoredCheck;
}

/**
 * Holds the open incidents, turns every event into a decision, and stores every decision before it has any external
 * effect.
 */
export class IncidentKeeper {
  readonly #ports: KeeperPorts;
  #rules: ConfiguredRules;
  readonly #incidents = new Map<string, Incident>();
  readonly #open = new OpenIncidents();
  readonly #parts = new PartIndex();
  /** The last incident by target and priority, for every target that is part of it. */
  readonly #current = new Map<string, string>();
  /** Number of decisions that are not durable yet, by incident; their effects will follow. */
  readonly #deciding = new Map<string, number>();
  readonly #steps: StepQueue;

  constructor(ports: KeeperPorts, rules: ConfiguredRules) {
    this.#ports = ports;
    this.#rules = rules;
    this.#steps = new StepQueue({
      clock: ports.clock,
      take: (id, now) => this.#takeStep(id, now),
      openedAt: (id) => this.#incidents.get(id)?.openedAt ?? 0,
      onFault: ports.onFault,
    });
  }

  set rules(rules: ConfiguredRules) {
    this.#rules = rules;
  }

  restore(incidents: readonly Incident[]): void {
    for (const incident of incidents) this.#remember(incident);
  }

  /** Starts taking due escalation steps. */
  start(): void {
    this.#queueSteps();
    this.#steps.start();
  }

  stop(): void {
    this.#steps.stop();
  }

  get(id: string): Incident | undefined {
    return this.#incidents.get(id);
  }

  open(): Incident[] {
    return this.#open.all();
  }

  /** Open incidents with that ticket id, in any helpdesk. */
  openWithTicket(remoteId: string): Incident[] {
    return this.#open.withTicket(remoteId);
  }

  /** Open incidents that have one of these traits. */
  openSharing(traits: readonly string[]): Incident[] {
    return this.#open.sharing(traits);
  }

  /** Forgets incidents that can no longer be reopened, unless they still have work to do. */
  prune(hasLiveEffects: (incident: string) => boolean): void {
    const before = this.#ports.clock.now() - this.#rules.reopenWindowMs;
    for (const incident of this.#incidents.values()) {
      const { status, chores } = incident;
      if (status.is !== 'resolved' || status.at >= before || hasLiveEffects(incident.id)) continue;
      // An incident that a human ended stays ended until the target has recovered.
      if (chores.sweep || (status.how === 'by-hand' && stillFailing(incident).length > 0)) continue;
      this.#incidents.delete(incident.id);
      this.#parts.delete(incident);
      for (const target of allTargets(incident)) {
        const key = keyOf(target, incident.priority);
        if (this.#current.get(key) === incident.id) this.#current.delete(key);
      }
    }
  }

  /** A check has reached its failure threshold. Resolves when the decision is durable. */
  wentDown(target: Target, priority: Priority, failing: FailingCheck, stored: StoredCheck): Promise<void> {
    const last = this.#incidents.get(this.#current.get(keyOf(target.name, priority)) ?? '');
    const current = last && isOpen(last) ? this.openOf(target.name, priority) : last;
    const now = this.#ports.clock.now();
    const { newId } = this.#ports;
    const decision = checkWentDown(
      { target, priority, failing, current, now },
      { ...this.#rules, ...this.#paging(), newId },
    );
    return this.#apply(decision, { checks: [stored] });
  }

  /** Targets that share a trait join a group incident. */
  joinGroup(id: string, trait: string, members: readonly GroupMember[]): Promise<void> {
    const checks = members.map(({ stored }) => stored);
    const incident = this.#incidents.get(id);
    // If the incident has ended meanwhile, the targets are placed anew at their next probe or audit.
    if (!incident || !isOpen(incident)) return this.#ports.journal.append({ checks });
    return this.#apply(joinGroup(incident, trait, members, this.#ports.clock.now()), { checks });
  }

  /** Targets fail behind the target of that incident. */
  affected(id: string, targets: readonly Omit<AffectedTarget, 'until'>[]): void {
    const incident = this.#incidents.get(id);
    const decision = incident && nowAffected(incident, targets, this.#ports.clock.now());
    if (decision) void this.#apply(decision, {});
  }

  /** A check of an open incident starts or stops flapping. */
  flapping(target: string, check: string, flap: FlapNow | undefined): void {
    for (const incident of this.#holding(target, check).filter(isOpen)) {
      void this.#apply(partFlaps(incident, { target, check }, flap, this.#ports.clock.now()), {});
    }
  }

  noLongerAffected(target: string, how: 'back' | 'own-incident'): void {
    // A resolved incident also still records what became of the targets behind it.
    for (const id of this.#parts.affectedIdsOf(target)) {
      const incident = this.#incidents.get(id);
      if (!incident) continue;
      const decision = noLongerAffected(incident, target, how, this.#ports.clock.now());
      if (decision) void this.#apply(decision, {});
    }
  }

  /** A check has recovered. Resolves when the decision is durable. */
  recovered(target: string, check: string, stored: StoredCheck): Promise<void> {
    const decisions = this.#holding(target, check).map((incident) =>
      checkRecovered(incident, { target, check }, this.#ports.clock.now(), this.#telling()),
    );
    if (decisions.length === 0) return this.#ports.journal.append({ checks: [stored] });
    return Promise.all(decisions.map((decision) => this.#apply(decision, { checks: [stored] }))).then(
      () => {},
    );
  }

  /** A check has been removed from the config. */
  removed(target: string, check: string): Promise<void> {
    const now = this.#ports.clock.now();
    const removedChecks = [{ target, check }];
    const decisions = this.#holding(target, check).map((incident) => {
      const alone = stillFailing(incident).every((part) => part.check === check && part.target === target);
      return alone
        ? targetRemoved(incident, now, this.#telling())
        : checkRecovered(incident, { target, check }, now, this.#telling());
    });
    if (decisions.length === 0) return this.#ports.journal.append({ removedChecks });
    return Promise.all(decisions.map((decision) => this.#apply(decision, { removedChecks }))).then(() => {});
  }

  /** A human acts on an incident; `more` is stored with it. Resolves when both are durable. */
  async act(incident: Incident, by: string, action: HumanAction, more: Change = {}): Promise<Decision> {
    const decision = decideAction(incident, by, action, this.#ports.clock.now(), this.#telling());
    await this.#apply(decision, more);
    return decision;
  }

  helpdeskGone(id: string): void {
    const closing = this.#telling();
    void this.decide(id, (incident) => helpdeskGone(incident, this.#ports.clock.now(), closing));
  }

  isDeciding(incident: string): boolean {
    return this.#deciding.has(incident);
  }

  /** Decides on the current state of an incident. Returns false when there is nothing to do. */
  async decide(
    id: string,
    work: (incident: Incident) => Decision | undefined,
    more: Change = {},
  ): Promise<boolean> {
    const incident = this.#incidents.get(id);
    const decision = incident && work(incident);
    if (!decision) return false;
    const ticketStatus =
      decision.because === 'ticket-ended' ? [{ incident: id, status: 'resolved' as const }] : [];
    await this.#apply(decision, { ...more, ticketStatus });
    return true;
  }

  /** Opens an incident that no check caused. Returns false, and stores nothing, when one with that name is open. */
  async begin(decision: Decision, more: Change = {}): Promise<boolean> {
    const { target, priority } = decision.incident;
    if (this.openOf(target, priority)) return false;
    const tickets = ticketRecord(decision.incident, decision.incident.message, '');
    await this.#apply(decision, { ...more, tickets });
    return true;
  }

  /** Effects have settled together: records them together with their consequences. */
  async settled(ended: readonly EndedEffect[]): Promise<void> {
    const decisions: Decision[] = [];
    for (const end of ended) {
      const incident = this.#incidents.get(end.effect.incident);
      if (!incident) continue;
      const next = effectEnded(incident, end, this.#ports.clock.now(), this.#endRules(incident));
      if ('is' in next) continue;
      this.#remember(next.incident);
      decisions.push(next);
    }
    const effects = ended.map(({ effect }) => effect);
    await this.#decided(decisions, {
      effects,
      tickets: ended.flatMap(({ effect, accepted }) =>
        ticketRecords(effect, this.#incidents.get(effect.incident), accepted?.ticket),
      ),
      ticketStatus: effects.flatMap(
        (effect) => ticketStatus(effect, this.#incidents.get(effect.incident)) ?? [],
      ),
    });
  }

  /** A page is delayed: sends it by the next route as well. Returns false when that was done before. */
  async detour(effect: Effect<Message>): Promise<boolean> {
    const incident = this.#incidents.get(effect.incident);
    if (!incident) return false;
    const policy = this.#policyOf(incident);
    const now = this.#ports.clock.now();
    const decision = messageDelayed(incident, effect, now, policy, this.#paging());
    if (!decision) return false;
    await this.#apply(decision, {});
    return true;
  }

  /** The wall clock was stepped: moves all past and due times of the incidents by the same amount. */
  shift(byMs: number): Promise<void> {
    const incidents = [...this.#incidents.values()].map((incident) => shiftIncident(incident, byMs));
    for (const incident of incidents) {
      this.#incidents.set(incident.id, incident);
      this.#open.put(incident);
    }
    // Fault times of the old clock mean nothing any more.
    this.#queueSteps({ forgetFaults: true });
    return this.#ports.journal.append({ incidents });
  }

  /** Rewrites incidents that the auditor did not find in the store. */
  rewrite(ids: ReadonlySet<string>): Promise<void> {
    const incidents = [...ids].flatMap((id) => this.#incidents.get(id) ?? []);
    return incidents.length > 0 ? this.#ports.journal.append({ incidents }) : Promise.resolve();
  }

  /** Time may have passed unnoticed, as after sleep: takes all steps that are due. */
  wake(): void {
    this.#queueSteps();
    this.#steps.takeDue();
  }

  /** What the core needs to know of the incident to decide what follows when an effect settles. */
  #endRules(incident: Incident): EndRules {
    return {
      ...this.#paging(),
      policy: this.#policyOf(incident),
      timeZone: this.#rules.wording.timeZone,
      opensTicket: this.#ports.live(incident.id).opensTicket,
      freshTicket: () => this.#ports.ticketOf(incident),
    };
  }

  async #apply(decision: Decision, more: Change): Promise<void> {
    this.#remember(decision.incident);
    await this.#decided([decision], more);
  }

  /** Makes decisions durable together; they are reported only after that. */
  async #decided(decisions: readonly Decision[], more: Change): Promise<void> {
    // When several decisions touched one incident, the last one includes the others.
    const incidents = new Map(decisions.map(({ incident }) => [incident.id, incident]));
    for (const id of incidents.keys()) this.#deciding.set(id, (this.#deciding.get(id) ?? 0) + 1);
    try {
      await this.#ports.journal.append({
        ...more,
        incidents: [...incidents.values()],
        newEffects: decisions.flatMap(({ effects }) => effects),
        events: decisions.flatMap(({ events }) => events),
      });
    } finally {
      for (const id of incidents.keys()) {
        const left = this.#deciding.get(id)! - 1;
        if (left > 0) this.#deciding.set(id, left);
        else this.#deciding.delete(id);
      }
    }
    for (const decision of decisions) this.#ports.onDecided(decision);
    for (const { incident } of decisions) this.#queue(this.#incidents.get(incident.id) ?? incident);
    this.#steps.arm();
  }

  #remember(incident: Incident): void {
    this.#incidents.set(incident.id, incident);
    this.#open.put(incident);
    this.#queue(incident);
    this.#parts.put(incident);
    for (const target of allTargets(incident)) {
      const key = keyOf(target, incident.priority);
      const other = this.#incidents.get(this.#current.get(key) ?? '');
      if (!other || other.openedAt <= incident.openedAt) this.#current.set(key, incident.id);
    }
  }

  /** The open incident of a target with that priority: its own, or a group incident. */
  openOf(target: string, priority: Priority): Incident | undefined {
    const incident = this.#incidents.get(this.#current.get(keyOf(target, priority)) ?? '');
    if (!incident || !isOpen(incident)) return undefined;
    // A member that has recovered has left the group: its next outage is its own.
    return incident.target === target || failingTargets(incident).includes(target) ? incident : undefined;
  }

  /** The open incident in which a target fails. */
  failingIn(target: string): Incident | undefined {
    return this.#of(target)
      .filter(isOpen)
      .find((incident) => stillFailing(incident).some((part) => part.target === target));
  }

  /** Whether a check is a failing part of an open incident. */
  isOpenPart(target: string, check: string): boolean {
    return this.#holding(target, check).some(isOpen);
  }

  /** Whether an incident waits for that check to recover. */
  holds(target: string, check: string): boolean {
    return this.#holding(target, check).length > 0;
  }

  /** Targets whose recovery some incident waits for. */
  waitedFor(): Set<string> {
    const names = new Set<string>();
    for (const incident of this.#incidents.values()) {
      for (const { target } of [...stillFailing(incident), ...stillAffected(incident)]) names.add(target);
    }
    return names;
  }

  /** Incidents of a target in which that check has not recovered. */
  #holding(target: string, check: string): Incident[] {
    return this.#of(target).filter((incident) => this.#parts.isFailing(incident, target, check));
  }

  /** Incidents that include a target, in the order in which they were opened. */
  #of(target: string): Incident[] {
    return [...this.#parts.idsOf(target)].flatMap((id) => this.#incidents.get(id) ?? []);
  }

  /** Incidents that a human ended while a check still fails: they page nobody, but must not be forgotten. */
  endedButFailing(): Incident[] {
    return [...this.#incidents.values()].filter(
      (incident) =>
        incident.status.is === 'resolved' &&
        incident.status.how === 'by-hand' &&
        stillFailing(incident).length > 0,
    );
  }

  /** All steps that may page for it: of the policy it was opened or raised with, and of today's policy. */
  #policyOf({ episode: { escalation }, priority }: Incident): EscalationStep[] {
    return [...escalation, ...(this.#rules.escalation[priority] ?? [])];
  }

  #paging(): Paging {
    const { newCode, directory } = this.#ports;
    return { newCode, directory };
  }

  #telling(): TellingRules {
    const { wording, updates } = this.#rules;
    return { ...this.#paging(), wording, updates };
  }

  /** Queues the steps of all incidents anew. */
  #queueSteps({ forgetFaults = false } = {}): void {
    this.#steps.clear({ forgetFaults });
    for (const incident of this.#incidents.values()) this.#queue(incident);
    this.#steps.arm();
  }

  #queue(incident: Incident): void {
    this.#steps.put(incident.id, nextDueAt([incident]));
  }

  #takeStep(id: string, now: number): void {
    const { live, ticketOf, whyNoTicket } = this.#ports;
    // Pruned since it was queued.
    if (!this.#incidents.has(id)) return;
    const step = advanceEscalation(this.#incidents.get(id)!, now, this.#paging());
    if (step) void this.#apply(step, {});
    const rules = { ...this.#telling(), live, ticketOf, whyNoTicket };
    const chore = doChores(this.#incidents.get(id)!, now, rules);
    if (chore) void this.#apply(chore, {});
    this.#queue(this.#incidents.get(id)!);
  }
}

const keyOf = (target: string, priority: Priority): string => `${priority} ${target}`;
