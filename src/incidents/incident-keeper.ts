import { acknowledge, addNote, messageLost, messageReached } from '../core/answer-incident.ts';
import { checkRecovered, resolveByHand, targetRemoved } from '../core/close-incident.ts';
import { isMessage, type Effect } from '../core/effect.ts';
import { advanceEscalation, escalateNow, nextStepDueAt, type NewCode } from '../core/escalate.ts';
import {
  isOpen,
  stillFailing,
  type FailingCheck,
  type Incident,
  type TicketReference,
} from '../core/incident.ts';
import { IncidentDraft, type Decision } from '../core/incident-draft.ts';
import { checkWentDown, type IncidentRules } from '../core/open-incident.ts';
import type { Priority, Target } from '../core/target.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Journal } from '../store/journal.ts';
import type { Change, StoredCheck, TicketRecord } from '../store/store.ts';

export interface KeeperPorts {
  clock: Clock;
  journal: Journal;
  newId: () => string;
  newCode: NewCode;
  /** What has been decided, once it is durable. */
  onDecided(decision: Decision): void;
}

/**
 * Holds the open incidents, brings every event to the decision it calls for, and every decision to the store
 * before anything comes of it outside.
 */
export class IncidentKeeper {
  readonly #ports: KeeperPorts;
  #rules: Omit<IncidentRules, 'newId' | 'newCode'>;
  readonly #incidents = new Map<string, Incident>();
  /** The last incident by target and priority. */
  readonly #current = new Map<string, string>();
  #stepTimer: Timer | undefined;

  constructor(ports: KeeperPorts, rules: Omit<IncidentRules, 'newId' | 'newCode'>) {
    this.#ports = ports;
    this.#rules = rules;
  }

  set rules(rules: Omit<IncidentRules, 'newId' | 'newCode'>) {
    this.#rules = rules;
  }

  restore(incidents: readonly Incident[]): void {
    for (const incident of incidents) this.#remember(incident);
  }

  /** Begins to take due steps of escalations. */
  start(): void {
    this.#armSteps();
  }

  stop(): void {
    this.#stepTimer?.cancel();
  }

  get(id: string): Incident | undefined {
    return this.#incidents.get(id);
  }

  open(): Incident[] {
    return [...this.#incidents.values()].filter(isOpen);
  }

  /** Forgets what can no longer be reopened, unless something of it is still to be done. */
  prune(hasLiveEffects: (incident: string) => boolean): void {
    const before = this.#ports.clock.now() - this.#rules.reopenWindowMs;
    for (const incident of this.#incidents.values()) {
      if (incident.status.is !== 'resolved' || incident.status.at >= before || hasLiveEffects(incident.id))
        continue;
      this.#incidents.delete(incident.id);
      const key = keyOf(incident.target, incident.priority);
      if (this.#current.get(key) === incident.id) this.#current.delete(key);
    }
  }

  /** A check has reached its threshold. Resolves when the decision is durable. */
  wentDown(target: Target, priority: Priority, failing: FailingCheck, stored: StoredCheck): Promise<void> {
    const currentId = this.#current.get(keyOf(target.name, priority));
    const current = currentId === undefined ? undefined : this.#incidents.get(currentId);
    const now = this.#ports.clock.now();
    const { newId, newCode } = this.#ports;
    const decision = checkWentDown(
      { target, priority, failing, current, now },
      { ...this.#rules, newId, newCode },
    );
    return this.#apply(decision, { checks: [stored] });
  }

  /** A check has come back. Resolves when the decision is durable. */
  recovered(target: string, check: string, stored: StoredCheck): Promise<void> {
    const decisions = this.#holding(target, check).map((incident) =>
      checkRecovered(incident, check, this.#ports.clock.now(), this.#closing()),
    );
    if (decisions.length === 0) return this.#ports.journal.append({ checks: [stored] });
    return Promise.all(decisions.map((decision) => this.#apply(decision, { checks: [stored] }))).then(
      () => {},
    );
  }

  /** A check is no longer in the config. */
  removed(target: string, check: string): Promise<void> {
    const now = this.#ports.clock.now();
    const removedChecks = [{ target, check }];
    const decisions = this.#holding(target, check).map((incident) => {
      const alone = stillFailing(incident).every((part) => part.check === check);
      return alone
        ? targetRemoved(incident, now, this.#closing())
        : checkRecovered(incident, check, now, this.#closing());
    });
    if (decisions.length === 0) return this.#ports.journal.append({ removedChecks });
    return Promise.all(decisions.map((decision) => this.#apply(decision, { removedChecks }))).then(() => {});
  }

  acknowledge(incident: Incident, by: string, text?: string): Promise<Decision> {
    return this.#answer(acknowledge(incident, by, text, this.#ports.clock.now()));
  }

  note(incident: Incident, by: string, text: string): Promise<Decision> {
    return this.#answer(addNote(incident, by, text, this.#ports.clock.now()));
  }

  escalate(incident: Incident, by: string): Promise<Decision> {
    return this.#answer(escalateNow(incident, by, this.#ports.clock.now(), this.#ports.newCode));
  }

  resolve(incident: Incident, by: string, text?: string): Promise<Decision> {
    return this.#answer(resolveByHand(incident, by, text, this.#ports.clock.now(), this.#closing()));
  }

  /** An effect has come to its end: recorded together with what follows from it. */
  async settled(effect: Effect, ticket?: TicketReference): Promise<void> {
    const incident = this.#incidents.get(effect.incident);
    const more = {
      effects: [effect],
      tickets: ticketRecords(effect, incident, ticket),
      ticketStatus: ticketStatus(effect),
    };
    const decision = incident && this.#consequence(incident, effect, ticket);
    if (decision) await this.#apply(decision, more);
    else await this.#ports.journal.append(more);
  }

  #consequence(
    incident: Incident,
    effect: Effect,
    ticket: TicketReference | undefined,
  ): Decision | undefined {
    const { state } = effect;
    const { clock, newCode } = this.#ports;
    const now = clock.now();
    if (isMessage(effect)) {
      if (state.is === 'accepted')
        return messageReached(incident, effect, effect.content.person, now, newCode);
      if (state.is === 'dead') {
        const policy = this.#rules.escalation[incident.priority] ?? [];
        return messageLost(incident, effect, state.why, now, policy, newCode);
      }
      return undefined;
    }
    if (state.is === 'dead') {
      const draft = new IncidentDraft(incident, now);
      draft.event('effect-dead', `${effect.kind} is lost: ${state.why}.`);
      return draft.done('unreachable');
    }
    if (state.is !== 'accepted' || effect.kind !== 'ticket.open' || !ticket) return undefined;
    const draft = new IncidentDraft(incident, now);
    draft.set({ ticket });
    draft.event('ticket-opened', `Ticket ${ticket.remoteId} opened in ${ticket.adapter}.`);
    return draft.done('reached');
  }

  async #answer(decision: Decision): Promise<Decision> {
    await this.#apply(decision, {});
    return decision;
  }

  async #apply(decision: Decision, more: Change): Promise<void> {
    const { incident, effects, events } = decision;
    this.#remember(incident);
    await this.#ports.journal.append({ ...more, incidents: [incident], newEffects: effects, events });
    this.#ports.onDecided(decision);
    this.#armSteps();
  }

  #remember(incident: Incident): void {
    this.#incidents.set(incident.id, incident);
    const key = keyOf(incident.target, incident.priority);
    const other = this.#incidents.get(this.#current.get(key) ?? '');
    if (!other || other.openedAt <= incident.openedAt) this.#current.set(key, incident.id);
  }

  /** Whether an incident waits for that check to come back. */
  holds(target: string, check: string): boolean {
    return this.#holding(target, check).length > 0;
  }

  /** Incidents of a target in which that check has not come back. */
  #holding(target: string, check: string): Incident[] {
    return [...this.#incidents.values()].filter(
      (incident) => incident.target === target && stillFailing(incident).some((part) => part.check === check),
    );
  }

  #closing() {
    return { wording: this.#rules.wording, newCode: this.#ports.newCode };
  }

  #armSteps(): void {
    this.#stepTimer?.cancel();
    const dueAt = nextStepDueAt(this.#incidents.values());
    if (dueAt === undefined) return;
    const wait = Math.max(0, dueAt - this.#ports.clock.now());
    this.#stepTimer = this.#ports.clock.after(wait, () => this.#takeSteps());
  }

  #takeSteps(): void {
    const now = this.#ports.clock.now();
    for (const incident of this.open()) {
      const decision = advanceEscalation(incident, now, this.#ports.newCode);
      if (decision) void this.#apply(decision, {});
    }
    this.#armSteps();
  }
}

const keyOf = (target: string, priority: Priority): string => `${priority} ${target}`;

/** What an accepted effect changes in the record of the ticket. */
function ticketRecords(
  effect: Effect,
  incident: Incident | undefined,
  ticket: TicketReference | undefined,
): TicketRecord[] {
  if (effect.state.is !== 'accepted' || isMessage(effect) || !incident || !ticket) return [];
  if (effect.content.is !== 'ticket' || effect.kind !== 'ticket.open') return [];
  const { subject, body, priority } = effect.content;
  return [
    {
      id: `${ticket.adapter}:${ticket.remoteId}`,
      incident: incident.id,
      adapter: ticket.adapter,
      remoteId: ticket.remoteId,
      url: ticket.url,
      priority,
      status: 'open',
      subject,
      body,
      createdAt: effect.state.at,
    },
  ];
}

function ticketStatus({ kind, state, incident }: Effect): Change['ticketStatus'] {
  if (state.is !== 'accepted') return [];
  if (kind === 'ticket.resolve') return [{ incident, status: 'resolved' }];
  return kind === 'ticket.reopen' ? [{ incident, status: 'open' }] : [];
}
