import type { Config } from '../config/config.ts';
import { acknowledge, messageLost, messageReached } from '../core/answer-incident.ts';
import { doChores } from '../core/chores.ts';
import { checkRecovered } from '../core/close-incident.ts';
import { isMessage, type Effect } from '../core/effect.ts';
import { advanceEscalation, nextDueAt } from '../core/escalate.ts';
import { Family, parentNames } from '../core/family.ts';
import { newCheckState, observe } from '../core/check-state.ts';
import type { FailingCheck, Incident } from '../core/incident.ts';
import type { Decision } from '../core/incident-draft.ts';
import { checkWentDown } from '../core/open-incident.ts';
import type { MaintenanceWindow } from '../core/maintenance.ts';
import type { OnCallSchedule } from '../core/on-call.ts';
import { holdText } from '../core/placement.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import { REASONS, type Reason } from '../core/reason.ts';
import { checkIdentity, type Check, type Target } from '../core/target.ts';
import { resolveAddressee } from '../delivery/addressee.ts';
import { messageText } from '../delivery/message-deliverer.ts';
import { incidentRulesOf } from '../incidents/incident-rules.ts';
import { MaintenancePlan } from '../maintenance/maintenance-plan.ts';
import { directoryOf } from '../on-call/directory.ts';

/** How long a helpdesk takes to open a ticket in the simulation. */
const TICKET_AFTER_MS = 200;

export interface SimulationOrder {
  config: Config;
  /** Including overrides planned by people. */
  schedules: ReadonlyMap<string, OnCallSchedule>;
  /** Maintenance windows planned by people, besides those of the config. */
  windows: readonly MaintenanceWindow[];
  target: Target;
  check: Check;
  /** When the first probe fails, Unix milliseconds. */
  at: number;
  forMs: number;
  /** The reason that the failed probes report. */
  reason: Reason;
  /** Targets that fail at the same time, such as the router in front of it. */
  alongside: readonly string[];
  /** How long after the first page the person paged first acknowledges. */
  ackAfterMs?: number;
}

export interface SimulatedEvent {
  at: number;
  is: 'probe' | 'held' | 'incident' | 'ticket' | 'page' | 'notice' | 'answer' | 'recovery';
  /** The recipient's name. */
  to?: string;
  via?: string;
  text: string;
}

/** The whole course of an outage with this config: decisions are run forward in time, nothing is sent. */
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
    const { target, check, at, forMs, reason } = this.#order;
    const { failures } = check.cadence;
    const end = at + forMs;
    const identity = checkIdentity(target.name, check.name);
    this.#say({ is: 'probe', text: `first failed probe of ${identity}: ${REASONS[reason]}` });
    const judged = this.#judged(end);
    if (judged.downAt === undefined) {
      this.#now = end;
      this.#say({
        is: 'recovery',
        text: `${target.name} recovers after ${judged.failed} of ${failures} failed probes; nothing is opened`,
      });
      return this.#events;
    }
    const openedAt = this.#released(judged.downAt, end);
    if (openedAt === undefined) {
      this.#now = judged.upAt;
      this.#say({ is: 'recovery', text: `${target.name} recovers; nothing has been opened` });
      return this.#events;
    }
    this.#now = openedAt;
    const failing: FailingCheck = {
      target: target.name,
      check: check.name,
      type: check.type,
      subject: check.subject,
      reason,
      message: REASONS[reason],
      firstFailureAt: at,
      breachedAt: judged.downAt,
      failures,
      log: [],
    };
    const { priority } = check;
    this.#take(checkWentDown({ target, priority, failing, now: openedAt }, this.#rules));
    this.#sayWhoIsBehind();
    for (;;) {
      const next = Math.min(nextDueAt([this.#incident]) ?? Infinity, this.#answerAt() ?? Infinity);
      if (next >= judged.upAt) break;
      this.#now = Math.max(this.#now, next);
      this.#step();
    }
    this.#now = judged.upAt;
    this.#say({ is: 'recovery', text: `${target.name} recovers` });
    const recovered = { target: target.name, check: check.name };
    this.#take(checkRecovered(this.#incident, recovered, judged.upAt, this.#rules));
    return this.#events;
  }

  /** When the probes take the check down and up again, judged as the monitor does. */
  #judged(end: number): { failed: number; downAt?: number; upAt: number } {
    const { check, at, reason } = this.#order;
    const result = (isGood: boolean, startedAt: number): ProbeResult =>
      isGood
        ? { verdict: 'good', message: 'ok', startedAt, durationMs: 0, log: [] }
        : {
            verdict: 'failed',
            reason,
            message: REASONS[reason],
            startedAt,
            durationMs: 0,
            log: [],
          };
    let { state } = observe(newCheckState(at), result(true, at), check.cadence, at);
    let downAt: number | undefined;
    let failed = 0;
    const { intervalMs, retryIntervalMs } = check.cadence;
    for (let now = at; ;) {
      const isGood = now >= end;
      if (!isGood) failed++;
      state = observe(state, result(isGood, now), check.cadence, now).state;
      if (state.health.is === 'down') downAt ??= now;
      if (isGood && state.health.is === 'up')
        return { failed, ...(downAt !== undefined && { downAt }), upAt: now };
      const isInDoubt = state.health.is === 'suspect' || state.health.is === 'recovering';
      // At the regular interval, probes keep to the check's own grid, as the first failed one did.
      now = isInDoubt ? now + retryIntervalMs : at + (Math.floor((now - at) / intervalMs) + 1) * intervalMs;
    }
  }

  /** When the incident opens: at once, or when its hold ends; undefined if the outage ends before that. */
  #released(downAt: number, end: number): number | undefined {
    const { config, target, alongside, windows } = this.#order;
    this.#now = downAt;
    const isDown = (name: string) => alongside.includes(name);
    const blocking = target.dependsOn
      .filter(({ anyOf }) => anyOf.every(isDown))
      .flatMap(({ anyOf }) => anyOf);
    if (blocking.length > 0) {
      const text = `${target.name} ${holdText('behind', blocking)}: no ticket and no page of its own`;
      this.#say({ is: 'held', text });
      return undefined;
    }
    const plan = new MaintenancePlan();
    plan.configured = config.windows;
    for (const window of windows) plan.add(window);
    for (let now = downAt; ;) {
      const open = plan.openFor(target, now);
      if (open.length === 0) {
        this.#now = now;
        const parents = parentNames(target);
        if (parents.length > 0) this.#say({ is: 'held', text: `${holdText('asking-parents', parents)}; up` });
        return now;
      }
      const until = Math.max(...open.map((window) => window.until));
      this.#now = now;
      const names = open.map(({ name }) => name);
      const shown = Temporal.Instant.fromEpochMilliseconds(until)
        .toZonedDateTimeISO(config.timeZone)
        .toPlainDateTime()
        .toString({ smallestUnit: 'minute' })
        .replace('T', ' ');
      this.#say({ is: 'held', text: `${holdText('maintenance', names)} until ${shown}; nothing is opened` });
      if (until >= end) return undefined;
      now = until;
    }
  }

  /** Targets that depend only on it fail with it, and open no incident of their own. */
  #sayWhoIsBehind(): void {
    const { config, target, alongside } = this.#order;
    const down = new Set([target.name, ...alongside]);
    const below = [...new Family(config.targets).descendants(target)];
    for (let grown = -1; grown !== down.size;) {
      grown = down.size;
      for (const one of below)
        if (one.dependsOn.some(({ anyOf }) => anyOf.every((name) => down.has(name)))) down.add(one.name);
    }
    const behind = below.filter(({ name }) => down.has(name)).map(({ name }) => name);
    if (behind.length === 0) return;
    const named = behind.slice(0, 10).join(', ');
    const more = behind.length > 10 ? ` and ${behind.length - 10} more` : '';
    const text = `behind it, with no ticket and no page of their own: ${named}${more}`;
    this.#say({ is: 'held', text });
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

  /** Effects are assumed to succeed at once; pages that reach nobody are lost, as in reality. */
  #take(decision: Decision): void {
    this.#incident = decision.incident;
    // The first responder is gone: the next page is the one to be acknowledged.
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
      const policy = this.#incident.episode.escalation;
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

  /** A live message shows the end of the incident by itself. */
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

/** The simulation reports other events by their consequences. */
const SAID_BY_EVENT: ReadonlySet<string> = new Set([
  'opened',
  'ack-lapsed',
  'review',
  'resolved',
  'message-lost',
]);
