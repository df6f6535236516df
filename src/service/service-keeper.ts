import type { Clock, Timer } from '../core/clock.ts';
import { DueQueue } from '../core/due-queue.ts';
import { ticketTarget } from '../core/marked-urgent.ts';
import { isOpen, type Incident } from '../core/incident.ts';
import { alarmsRing, promiseSettled, type NewOwner, type RingRules } from '../core/service/ring.ts';
import {
  isRinging,
  nextRingAt,
  reassignOf,
  ringsDue,
  type Alarm,
  type AssignTo,
} from '../core/service/alarm.ts';
import { clocksOf, dueAt, isMissed, nameOfRound, type TicketClock } from '../core/service/clocks.ts';
import { termsFor, type ClockName, type HoursOf, type ServiceLevel } from '../core/service/promise.ts';
import {
  isSameTerms,
  resultsOf,
  serviceHeard,
  shiftService,
  usedAsWritten,
  termsChanged,
  termsOf,
  type ServiceTicket,
  type TicketWord,
} from '../core/service/service-ticket.ts';
import type { ClosingRules } from '../core/close-incident.ts';
import type { Priority } from '../core/target.ts';
import type { IncidentKeeper } from '../incidents/incident-keeper.ts';
import type { Change, Mark, Store } from '../store/store.ts';

/** Which SLA applies to whom, and which alarms go off when its time runs out. */
export interface ServicePolicy {
  levels: readonly ServiceLevel[];
  alarms: readonly Alarm[];
  hoursOf: HoursOf;
  /** Changes when the calendar of that name has changed. */
  fingerprintOf(hours: string): string;
}

export interface ServicePorts {
  clock: Clock;
  store: Pick<Store, 'serviceTicket'>;
  keeper: Pick<IncidentKeeper, 'open' | 'get' | 'decide' | 'begin'>;
  commit(change: Change): Promise<void>;
  ringing(ticket: ServiceTicket): Promise<RingRules>;
  closing(): ClosingRules;
  /** Reassigns a desk ticket by that rule; for any other ticket, returns its new assignee. */
  reassign(ticket: ServiceTicket, rule: AssignTo): Promise<{ owner: NewOwner; marks: Mark[] } | undefined>;
  /** One SLA target has been met or missed. */
  onCounted(clock: ClockName, priority: Priority, outcome: 'kept' | 'missed'): void;
  onFault(error: unknown): void;
}

/** Retry delay, so that an error with one ticket does not hold up the others. */
const FAULTY_MS = 60_000;
const LONGEST_WAIT_MS = 86_400_000;

/** Keeps the SLA clocks of all tickets, whatever helpdesk they are in, and raises an alarm when one runs out. */
export class ServiceKeeper {
  readonly #ports: ServicePorts;
  #policy: ServicePolicy;
  /** Open tickets, and those resolved during this run. */
  readonly #tickets = new Map<string, ServiceTicket>();
  readonly #due = new DueQueue<string>();
  readonly #dueAt = new Map<string, number>();
  #timer: Timer | undefined;
  #running = false;

  constructor(ports: ServicePorts, policy: ServicePolicy) {
    this.#ports = ports;
    this.#policy = policy;
  }

  restore(tickets: readonly ServiceTicket[]): void {
    for (const ticket of tickets) this.#tickets.set(ticket.id, ticket);
  }

  /** Starts the alarms; those that came due meanwhile go off at once. */
  async start(): Promise<void> {
    this.#running = true;
    // A policy that was changed while Watchdesk was not running is in force from now on.
    await this.#recommit(undefined);
    for (const { id } of this.open()) this.#plan(id);
    this.#arm();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
  }

  /** Another policy is in force from now on: time used up under the old one stays used up. */
  async apply(policy: ServicePolicy): Promise<void> {
    const before = this.#policy;
    this.#policy = policy;
    if (!this.#running) return;
    await this.#recommit(before);
    for (const { id } of this.open()) this.#plan(id);
    this.#arm();
  }

  get policy(): ServicePolicy {
    return this.#policy;
  }

  open(): ServiceTicket[] {
    return [...this.#tickets.values()].filter(({ status }) => status === 'open');
  }

  get(id: string): ServiceTicket | undefined {
    return this.#tickets.get(id);
  }

  clocks(ticket: ServiceTicket): TicketClock[] {
    return clocksOf(ticket.facts, this.#ports.clock.now(), this.#policy.hoursOf);
  }

  /** Takes news of a ticket; returns what is to be stored with it. News of one ticket must come one after another. */
  async take(word: TicketWord): Promise<Pick<Change, 'serviceTickets'>> {
    const stored = await this.#stored(word.id);
    // Read in this turn: an alarm may have gone off while the store was asked.
    return { serviceTickets: [this.#heard(this.#tickets.get(word.id) ?? stored, word)] };
  }

  #heard(known: ServiceTicket | undefined, word: TicketWord): ServiceTicket {
    const { clock } = this.#ports;
    const { levels, hoursOf } = this.#policy;
    const now = clock.now();
    const terms = termsFor(levels, word, hoursOf);
    const { ticket, tell } = this.#counted(serviceHeard(known, word, terms, now, hoursOf));
    const heard = this.#printed(ticket);
    tell();
    this.#tickets.set(heard.id, heard);
    this.#plan(heard.id);
    this.#arm();
    this.#settle(heard);
    return heard;
  }

  /** Like `take`, for a ticket that may have been resolved before this run; durable when it resolves. */
  async hear(word: TicketWord): Promise<void> {
    const stored = await this.#stored(word.id);
    const known = this.#tickets.get(word.id) ?? stored;
    const heard = this.#heard(known, word);
    if (JSON.stringify(heard) !== JSON.stringify(known))
      await this.#ports.commit({ serviceTickets: [heard] });
  }

  /** After a clock step: the times of past events move with the clock. */
  async shift(byMs: number): Promise<void> {
    const shifted = this.open().map((ticket) => shiftService(ticket, byMs));
    for (const ticket of shifted) this.#tickets.set(ticket.id, ticket);
    this.wake();
    if (shifted.length > 0) await this.#ports.commit({ serviceTickets: shifted });
  }

  /** Time may have passed unnoticed. */
  wake(): void {
    if (!this.#running) return;
    for (const { id } of this.open()) this.#plan(id);
    this.look();
  }

  async known(id: string): Promise<ServiceTicket | undefined> {
    const stored = await this.#stored(id);
    return this.#tickets.get(id) ?? stored;
  }

  /** A ticket resolved long ago is no longer in memory; it continues from its stored state. */
  async #stored(id: string): Promise<ServiceTicket | undefined> {
    return this.#tickets.has(id) ? undefined : this.#ports.store.serviceTicket(id);
  }

  /** Records which calendars the times were reckoned by, and when: they may have changed after a restart. */
  #printed(ticket: ServiceTicket): ServiceTicket {
    const names = Object.values(termsOf(ticket)?.promises ?? {}).map(({ hours }) => hours);
    const prints = Object.fromEntries(names.map((name) => [name, this.#policy.fingerprintOf(name)]));
    return { ...ticket, prints, readAt: this.#ports.clock.now() };
  }

  /** Removes tickets that are resolved and stored from memory. */
  prune(before: number): void {
    for (const [id, { status, resolvedAt = 0 }] of this.#tickets) {
      if (status === 'resolved' && resolvedAt < before) this.#tickets.delete(id);
    }
  }

  /** Replaces SLA terms that are no longer in force. */
  async #recommit(before: ServicePolicy | undefined): Promise<void> {
    const { clock, commit } = this.#ports;
    const { levels, hoursOf, fingerprintOf } = this.#policy;
    const now = clock.now();
    const changed = this.open().flatMap((stored) => {
      const terms = termsFor(levels, stored, hoursOf);
      const areOthers = Object.entries(stored.prints ?? {}).some(
        ([name, print]) => fingerprintOf(name) !== print,
      );
      // After a restart with changed calendars, the time used up stays as it was last written.
      const ticket = before === undefined && areOthers ? usedAsWritten(stored, terms) : stored;
      const old = termsOf(ticket);
      const names = Object.values(old?.promises ?? {}).map(({ hours }) => hours);
      const areHoursOther =
        before !== undefined && names.some((name) => before.fingerprintOf(name) !== fingerprintOf(name));
      if (isSameTerms(old, terms) && !areHoursOther) return ticket === stored ? [] : [this.#printed(ticket)];
      const used = areHoursOther ? clocksOf(ticket.facts, now, before.hoursOf) : undefined;
      return [this.#printed(termsChanged(ticket, terms, used, now, hoursOf))];
    });
    if (changed.length === 0) return;
    for (const ticket of changed) this.#tickets.set(ticket.id, ticket);
    await commit({ serviceTickets: changed });
  }

  /** Counts rounds that have ended or run out since, once each; `tell` reports them when that is certain. */
  #counted(ticket: ServiceTicket): { ticket: ServiceTicket; tell: () => void } {
    const { clock, onCounted } = this.#ports;
    const known = new Set(ticket.counted);
    const fresh = clocksOf(ticket.facts, clock.now(), this.#policy.hoursOf).filter((one) => {
      const isOver = one.state.is === 'stopped' || isMissed(one);
      return isOver && !known.has(nameOfRound(one));
    });
    if (fresh.length === 0) return { ticket, tell: () => {} };
    return {
      ticket: { ...ticket, counted: [...ticket.counted, ...fresh.map(nameOfRound)] },
      tell: () => {
        for (const one of fresh) onCounted(one.clock, ticket.priority, isMissed(one) ? 'missed' : 'kept');
      },
    };
  }

  #plan(id: string): void {
    const ticket = this.#tickets.get(id);
    const at = ticket?.status === 'open' ? this.#nextAt(ticket) : undefined;
    if (at === undefined) this.#dueAt.delete(id);
    else if (this.#dueAt.get(id) !== at) {
      this.#dueAt.set(id, at);
      this.#due.push(at, id);
    }
  }

  /** When the next alarm goes off, or when a clock runs out, which then counts as missed. */
  #nextAt(ticket: ServiceTicket): number | undefined {
    const { alarms, hoursOf } = this.#policy;
    const now = this.#ports.clock.now();
    const runningOut = clocksOf(ticket.facts, now, hoursOf).flatMap((one) =>
      one.state.is === 'running' && !ticket.counted.includes(nameOfRound(one)) ? (dueAt(one) ?? []) : [],
    );
    const all = [nextRingAt(ticket, alarms, now, hoursOf) ?? [], runningOut].flat();
    return all.length === 0 ? undefined : Math.min(...all);
  }

  #arm(): void {
    const { clock } = this.#ports;
    const next = this.#due.nextMs;
    this.#timer?.cancel();
    if (next === undefined || !this.#running) return;
    const wait = Math.max(0, Math.min(next - clock.now(), LONGEST_WAIT_MS));
    this.#timer = clock.after(wait, () => this.look());
  }

  /** Raises the alarms that have come due. */
  look(): void {
    const now = this.#ports.clock.now();
    for (let due = this.#due.popDue(now); due; due = this.#due.popDue(now)) {
      const { item: id, dueMs } = due;
      if (this.#dueAt.get(id) !== dueMs) continue;
      this.#dueAt.delete(id);
      void this.#ring(id);
    }
    this.#arm();
  }

  async #ring(id: string): Promise<void> {
    const { clock, commit, reassign, onFault } = this.#ports;
    let before: ServiceTicket | undefined;
    try {
      const ticket = this.#tickets.get(id);
      if (ticket?.status !== 'open' || !this.#running) return;
      const { alarms, hoursOf } = this.#policy;
      const now = clock.now();
      const { rings, keys } = ringsDue(ticket, alarms, now, hoursOf);
      const { ticket: rung, tell } = this.#counted({
        ...ticket,
        rung: [...ticket.rung, ...keys],
        results: resultsOf(ticket, now, hoursOf),
      });
      this.#tickets.set(id, rung);
      before = ticket;
      if (keys.length === 0) await commit({ serviceTickets: [rung] });
      else {
        const rule = reassignOf(rings);
        const chosen = rule && (await reassign(rung, rule));
        const marks = chosen?.marks ?? [];
        const change = { serviceTickets: [this.#tickets.get(id) ?? rung], marks };
        const incident = this.#incidentOf(rung);
        const rules = { ...(await this.#ports.ringing(rung)), ...(chosen && { newOwner: chosen.owner }) };
        if (incident) {
          const decided = await this.#ports.keeper.decide(
            incident.id,
            (current) => (isOpen(current) ? alarmsRing(current, rung, rings, now, rules) : undefined),
            change,
          );
          if (!decided) await commit(change);
        } else if (
          !(await this.#ports.keeper.begin(alarmsRing(undefined, rung, rings, now, rules), change))
        ) {
          throw new Error(`an incident of ticket ${id} is open that is not found by it`);
        }
      }
      tell();
      this.#plan(id);
      this.#arm();
    } catch (error) {
      onFault(error);
      // It is retried: an alarm that has not been written has not gone off.
      const known = this.#tickets.get(id);
      if (before && known) this.#tickets.set(id, { ...known, rung: before.rung, counted: before.counted });
      this.#dueAt.set(id, clock.now() + FAULTY_MS);
      this.#due.push(clock.now() + FAULTY_MS, id);
      this.#arm();
    }
  }

  /** What the alarm was about has been done: the incident that paged for it is settled. */
  #settle(ticket: ServiceTicket): void {
    if (ticket.rung.length === 0) return;
    const { clock, keeper, closing, onFault } = this.#ports;
    const incident = this.#incidentOf(ticket);
    if (incident?.reason !== 'promise') return;
    if (ticket.status === 'open' && isRinging(ticket, clock.now(), this.#policy.hoursOf)) return;
    void keeper
      .decide(incident.id, (current) => promiseSettled(current, clock.now(), closing()))
      .catch(onFault);
  }

  /** The open incident of a ticket: its outage, or one about the ticket itself. */
  #incidentOf({ id, ticket }: ServiceTicket): Incident | undefined {
    const own = this.#ports.keeper.get(id);
    if (own && isOpen(own)) return own;
    return this.#ports.keeper
      .open()
      .find(
        (incident) =>
          incident.target === ticketTarget(ticket) ||
          (incident.ticket?.remoteId === ticket.remoteId && incident.ticket.helpdesk === ticket.helpdesk),
      );
  }
}
