import type { Config } from '../config/config.ts';
import { acknowledge, messageLost, messageReached } from '../core/answer-incident.ts';
import { doChores } from '../core/chores.ts';
import { checkRecovered } from '../core/close-incident.ts';
import { isMessage, type Effect } from '../core/effect.ts';
import { advanceEscalation, nextDueAt } from '../core/escalate.ts';
import type { FailingCheck, Incident } from '../core/incident.ts';
import type { Decision } from '../core/incident-draft.ts';
import { checkWentDown } from '../core/open-incident.ts';
import type { OnCallSchedule } from '../core/on-call.ts';
import { checkIdentity, type Check, type Target } from '../core/target.ts';
import { resolveAddressee } from '../delivery/addressee.ts';
import { messageText } from '../delivery/message-deliverer.ts';
import { incidentRulesOf } from '../incidents/incident-rules.ts';
import { directoryOf } from '../on-call/directory.ts';

/** How long an unhurried provider takes in the simulation. */
const TICKET_AFTER_MS = 200;

export interface SimulationOrder {
  config: Config;
  /** With the overrides that people have planned. */
  schedules: ReadonlyMap<string, OnCallSchedule>;
  target: Target;
  check: Check;
  /** When the first probe fails, Unix milliseconds. */
  at: number;
  forMs: number;
  /** After that long from the first page the person paged first says "I have it". */
  ackAfterMs?: number;
}

export interface SimulatedEvent {
  at: number;
  is: 'probe' | 'incident' | 'ticket' | 'page' | 'notice' | 'answer' | 'recovery';
  /** Who it goes to, as people read it. */
  to?: string;
  via?: string;
  text: string;
}

/** The whole course of an outage that this config would produce: the decisions run forward, and nothing sent. */
export function simulate(order: SimulationOrder): SimulatedEvent[] {
  return new Simulation(order).run();
}

class Simulation {
  readonly #order: SimulationOrder;
  readonly #events: SimulatedEvent[] = [];
  readonly #rules;
  #now: number;
  #incident!: Incident;
  #codes = 0;
  #firstTold: { person: string; at: number } | undefined;

  constructor(order: SimulationOrder) {
    this.#order = order;
    this.#now = order.at;
    const { config, schedules } = order;
    const directory = directoryOf({ config: () => config, schedules: () => schedules, now: () => this.#now });
    const newCode = () => `SIM${String(++this.#codes).padStart(3, '0')}`;
    this.#rules = { ...incidentRulesOf(config), directory, newCode, newId: () => 'SIMULATED' };
  }

  run(): SimulatedEvent[] {
    const { target, check, at, forMs } = this.#order;
    const { failures, retryIntervalMs } = check.cadence;
    const openedAt = at + (failures - 1) * retryIntervalMs;
    const identity = checkIdentity(target.name, check.name);
    this.#say({ is: 'probe', text: `first failed probe of ${identity}` });
    this.#now = openedAt;
    const failing: FailingCheck = {
      target: target.name,
      check: check.name,
      type: check.type,
      subject: check.subject,
      reason: 'timeout',
      message: 'timed out',
      firstFailureAt: at,
      breachedAt: openedAt,
      failures,
      log: [],
    };
    const { priority } = check;
    this.#take(checkWentDown({ target, priority, failing, now: openedAt }, this.#rules));
    const end = at + forMs;
    for (;;) {
      const next = Math.min(nextDueAt([this.#incident]) ?? Infinity, this.#answerAt() ?? Infinity);
      if (next >= end) break;
      this.#now = Math.max(this.#now, next);
      this.#step();
    }
    this.#now = end;
    this.#say({ is: 'recovery', text: `${target.name} recovers` });
    this.#take(checkRecovered(this.#incident, { target: target.name, check: check.name }, end, this.#rules));
    return this.#events;
  }

  #step(): void {
    const now = this.#now;
    if ((this.#answerAt() ?? Infinity) <= now) {
      const { person } = this.#firstTold!;
      this.#say({ is: 'answer', text: `acknowledged by ${this.#nameOf(person)}` });
      this.#take(acknowledge(this.#incident, person, undefined, now));
    }
    const due = advanceEscalation(this.#incident, now, this.#rules);
    if (due) this.#take(due);
    const chore = doChores(this.#incident, now, {
      ...this.#rules,
      live: () => ({ opensTicket: false, pages: false }),
      ticketOf: () => undefined,
      whyNoTicket: () => undefined,
    });
    if (chore) this.#take(chore);
  }

  #answerAt(): number | undefined {
    const { ackAfterMs } = this.#order;
    if (ackAfterMs === undefined || !this.#firstTold || this.#incident.status.is !== 'open') return undefined;
    return this.#firstTold.at + ackAfterMs;
  }

  /** What is decided is taken to be done at once; what cannot reach anybody is lost, as it would be. */
  #take(decision: Decision): void {
    this.#incident = decision.incident;
    // Whoever answered is gone: it is the next page that is answered.
    if (decision.because === 'ack-lapsed') this.#firstTold = undefined;
    for (const { event, text } of decision.events) {
      if (SAID_BY_EVENT.has(event)) this.#say({ is: 'incident', text });
    }
    for (const effect of decision.effects) this.#deliver(effect);
  }

  #deliver(effect: Effect): void {
    const { config, schedules } = this.#order;
    if (!isMessage(effect)) {
      const { content } = effect;
      if (content.is !== 'ticket') return;
      const { helpdesk } = content;
      const text = content.subject || content.body.split('\n')[0]!;
      this.#say({ is: 'ticket', to: helpdesk, via: effect.kind, text });
      if (effect.kind === 'ticket.open') {
        const { adapter } = { adapter: helpdesk };
        this.#incident = {
          ...this.#incident,
          ticket: { adapter, helpdesk, remoteId: '4711', url: `${config.publicUrl}/tickets/4711` },
          chores: { ...this.#incident.chores, holdAt: undefined },
        };
      }
      return;
    }
    const leavesAt = effect.state.is === 'pending' ? Math.max(effect.state.dueAt, this.#now) : this.#now;
    const at = Math.min(leavesAt, this.#now + TICKET_AFTER_MS);
    const to = resolveAddressee(effect.content, { ...config, schedules }, at);
    const { via } = effect.content;
    const kind = effect.kind === 'page' ? 'page' : 'notice';
    if (typeof to === 'string') {
      this.#say({ is: kind, to: effect.content.to.name, via, text: `not delivered: ${to}` });
      const policy = this.#incident.escalation;
      this.#take(messageLost(this.#incident, effect, to, this.#now, policy, this.#rules));
      return;
    }
    const incidentOf = () => this.#incident;
    const text = messageText(
      effect,
      to,
      {
        incidentOf,
        publicUrl: config.publicUrl,
        token: (code: string) => `${code}-SIGNED`,
        nameOf: (person: string) => this.#nameOf(person),
        now: () => at,
      },
      0,
    );
    this.#say({ at, is: kind, to: to.recipient, via, text });
    if (effect.kind === 'page' && to.person !== undefined) this.#firstTold ??= { person: to.person, at };
    this.#incident = messageReached(
      this.#incident,
      effect,
      to.person,
      this.#now,
      this.#rules,
      this.#cardOf(via),
    ).incident;
  }

  /** A live message shows the end by itself. */
  #cardOf(via: string): string | undefined {
    return this.#order.config.channels.get(via)?.type.isLive ? `simulated ${via}` : undefined;
  }

  #nameOf(person: string): string {
    return this.#order.config.people.get(person)?.name ?? person;
  }

  #say(event: Omit<SimulatedEvent, 'at'> & { at?: number }): void {
    this.#events.push({ at: this.#now, ...event });
  }
}

/** The others are told by what comes of them. */
const SAID_BY_EVENT: ReadonlySet<string> = new Set([
  'opened',
  'ack-lapsed',
  'review',
  'resolved',
  'message-lost',
]);
