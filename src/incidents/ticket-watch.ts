// One file although it is long: one polling round through a helpdesk is one state.
import type { Clock, Timer } from '../core/clock.ts';
import type { Outcome } from '../core/effect.ts';
import type { EscalationPolicy } from '../core/escalation.ts';
import { isOpen, type Incident, type TicketReference } from '../core/incident.ts';
import { markedUrgent } from '../core/marked-urgent.ts';
import type { TellingRules } from '../core/customer-updates.ts';
import { ticketHeard, type HearingRules } from '../core/ticket-heard.ts';
import {
  CENSUS_MS,
  censusTaken,
  changesHeard,
  isUrgent,
  isUsable,
  looks,
  type TicketLedger,
} from '../core/ticket-ledger.ts';
import type { HumanAct, TicketReading } from '../core/ticket-reading.ts';
import type { Customer } from '../core/target.ts';
import { DESK, type HelpdeskRules } from '../core/ticket-route.ts';
import type { Journal } from '../store/journal.ts';
import type { Mark, Store } from '../store/store.ts';
import { isIn, type Helpdesk } from '../helpdesks/helpdesk.ts';
import type { IncidentKeeper } from './incident-keeper.ts';
import { say } from '../text/say.ts';

/** Every ticket of an open incident is read at least this often: a deleted ticket is in no list of changes. */
const READ_EVERY_MS = 60_000;
const MOST_READS = 20;
/** A helpdesk's search index may lag, and its times are whole seconds. */
const OVERLAP_MS = 2_000;
const POKE_GAP_MS = 2_000;
/** After our last change to a ticket, the helpdesk may return its old state for this long. */
const SETTLE_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;
/** How far the helpdesk's clock and ours may differ unnoticed. */
const NEAR_MS = 2 * 60_000;

/** A helpdesk that is polled. */
export interface HeardHelpdesk {
  rules: HelpdeskRules;
  helpdesk: Helpdesk;
}

export interface TicketWatchPorts {
  clock: Clock;
  keeper: IncidentKeeper;
  store: Pick<Store, 'incident'>;
  journal: Pick<Journal, 'append'>;
  newId: () => string;
  /** Our own effects on the incident's ticket are in progress: what is read meanwhile may be our own doing. */
  isAtWork(incident: string): boolean;
  /** Since when a ticket has been opening there, which may exist for a moment without our idempotency key. */
  openingSince(helpdesk: string): number | undefined;
  escalation(): EscalationPolicy;
  hearing(): TellingRules & Pick<HearingRules, 'ticketOf'>;
  ackExpiresMs(): number | undefined;
  /** The customer of that ticket, if the ticket says so. */
  customerOf(reading: TicketReading): Customer | undefined;
  /** Reports any ticket's current state, and what humans have done to it. */
  wantsReadings(adapter: string): boolean;
  onReading(
    helpdesk: { name: string; adapter: string; place: string },
    reading: TicketReading,
    acts: readonly HumanAct[],
  ): Promise<void>;
  onHeard(helpdesk: string, outcome: Outcome<number>, wasDeaf: boolean): void;
  onFault(error: unknown): void;
}

interface Round extends HeardHelpdesk {
  ledger: TicketLedger | undefined;
  /** By ticket, its state when last read; the change times alone are too coarse, in whole seconds. */
  heard: Map<string, string>;
  /** By ticket, up to when the SLA clocks know what humans have done to it. */
  actsAt: Map<string, number>;
  /** By incident, when its ticket was last read; 0: read it again. */
  readAt: Map<string, number>;
  /** Incidents whose ticket was missing at the last read: missing twice means deleted. */
  missing: Set<string>;
  failures: number;
  notBefore: number;
  startedAt: number;
  timer: Timer | undefined;
  isRunning: boolean;
  again: boolean;
}

/** Polls the helpdesks: what humans do to tickets changes incidents; tickets they mark urgent page. */
export class TicketWatch {
  readonly #ports: TicketWatchPorts;
  #rounds = new Map<string, Round>();
  readonly #ledgers = new Map<string, TicketLedger>();
  /** By incident, when our last effect on its ticket ended. */
  readonly #workedAt = new Map<string, number>();
  /** Why a helpdesk is unreachable, and since when. */
  readonly #deaf = new Map<string, { since: number; why: string }>();
  #running = false;
  #startedAt = Infinity;

  constructor(ports: TicketWatchPorts) {
    this.#ports = ports;
  }

  restore(marks: readonly Mark[]): void {
    const now = this.#ports.clock.now();
    for (const { name, value } of marks) {
      const ledger = value as TicketLedger;
      if (name.startsWith(MARK) && isUsable(ledger, now)) this.#ledgers.set(name.slice(MARK.length), ledger);
    }
  }

  set helpdesks(helpdesks: readonly HeardHelpdesk[]) {
    for (const round of this.#rounds.values()) {
      if (round.ledger) this.#ledgers.set(bookOf(round), round.ledger);
      round.timer?.cancel();
    }
    const heard = helpdesks.filter(({ helpdesk }) => helpdesk.changedSince);
    this.#rounds = new Map(heard.map((one) => [one.rules.name, this.#roundOf(one)]));
    for (const name of this.#deaf.keys()) if (!this.#rounds.has(name)) this.#deaf.delete(name);
    if (this.#running) this.start();
  }

  #roundOf(heard: HeardHelpdesk): Round {
    return {
      ...heard,
      ledger: this.#ledgers.get(bookOf(heard)),
      heard: new Map(),
      actsAt: new Map(),
      readAt: new Map(),
      missing: new Set(),
      failures: 0,
      notBefore: -Infinity,
      startedAt: -Infinity,
      timer: undefined,
      isRunning: false,
      again: false,
    };
  }

  start(): void {
    this.#running = true;
    this.#startedAt = Math.min(this.#startedAt, this.#ports.clock.now());
    for (const round of this.#rounds.values()) this.#after(round, 0);
  }

  stop(): void {
    this.#running = false;
    for (const round of this.#rounds.values()) round.timer?.cancel();
  }

  /** The helpdesk says that something has changed: polls it now. */
  poke(name: string): void {
    const round = this.#rounds.get(name);
    if (!round || !this.#running) return;
    if (round.isRunning) round.again = true;
    else {
      const earliest = Math.max(round.startedAt + POKE_GAP_MS, round.notBefore);
      this.#after(round, Math.max(0, earliest - this.#ports.clock.monotonic()));
    }
  }

  /** As `poke`, for every helpdesk of that adapter. */
  pokeAdapter(adapter: string): void {
    for (const [name, { helpdesk }] of this.#rounds) if (helpdesk.adapter === adapter) this.poke(name);
  }

  /** One of our effects on a ticket has ended. */
  worked(incident: string): void {
    this.#workedAt.set(incident, this.#ports.clock.monotonic());
  }

  /** The helpdesk has accepted an order: if it was unreachable, it may be back, so it is polled now. */
  answers(helpdesk: string): void {
    if (this.#deaf.has(helpdesk)) this.poke(helpdesk);
  }

  /** Helpdesks that are unreachable, with their last error: shown to people. */
  get deaf(): { name: string; since: number; why: string }[] {
    return [...this.#deaf].map(([name, one]) => ({ name, ...one }));
  }

  #after(round: Round, ms: number): void {
    round.timer?.cancel();
    round.timer = this.#ports.clock.after(ms, () => void this.#go(round));
  }

  async #go(round: Round): Promise<void> {
    const { clock, onHeard, onFault } = this.#ports;
    const { name, pollMs } = round.rules;
    if (round.isRunning) return;
    round.isRunning = true;
    round.again = false;
    round.startedAt = clock.monotonic();
    let outcome: Outcome<number>;
    try {
      outcome = await this.#listen(round);
    } catch (error) {
      onFault(error);
      outcome = { is: 'temporary', why: say('delivery.internal-error') };
    }
    round.isRunning = false;
    if (!this.#running || this.#rounds.get(name) !== round) return;
    round.failures = outcome.is === 'done' ? 0 : round.failures + 1;
    const wasDeaf = this.#deaf.has(name);
    if (outcome.is === 'done') this.#deaf.delete(name);
    else this.#deaf.set(name, { since: this.#deaf.get(name)?.since ?? clock.now(), why: outcome.why });
    onHeard(name, outcome, wasDeaf);
    const asked = 'retryAfterMs' in outcome ? (outcome.retryAfterMs ?? 0) : 0;
    const patience = Math.min(LONGEST_WAIT_MS, pollMs * 2 ** Math.min(round.failures, 8));
    const wait =
      outcome.is === 'done' ? pollMs : Math.max(asked, patience, Math.min(pollMs, LONGEST_WAIT_MS));
    // A helpdesk that asked for a later retry is not polled sooner, not even when poked.
    round.notBefore = clock.monotonic() + asked;
    this.#after(round, round.again && outcome.is === 'done' ? POKE_GAP_MS : wait);
  }

  /** One polling round; returns how many changes were new. */
  async #listen(round: Round): Promise<Outcome<number>> {
    const { helpdesk } = round;
    const now = this.#ports.clock.now();
    const before = round.ledger;
    const changed = await helpdesk.changedSince!(before?.since ?? now - CENSUS_MS);
    if (changed.is !== 'done') return changed;
    const { tickets, isComplete } = changed.value;
    const overlapMs = helpdesk.indexLagMs + OVERLAP_MS;
    if (!before || before.isCensus) {
      // In the built-in desk, a ticket opened since the start is news; elsewhere the clocks differ.
      const isNews = ({ createdAt }: TicketReading) =>
        helpdesk.adapter === DESK && createdAt >= this.#startedAt;
      const old = tickets.filter((reading) => !isNews(reading));
      const ledger = censusTaken(before, { tickets: old, isComplete }, now, overlapMs);
      const hasNews = old.length < tickets.length;
      round.ledger = hasNews ? { ...ledger, since: Math.min(ledger.since, this.#startedAt) } : ledger;
      round.again ||= hasNews;
      round.heard = new Map(old.map((reading) => [reading.remoteId, looks(reading)]));
      for (const reading of tickets) {
        // Someone may have picked up the ticket before this list was read.
        const own = this.#incidentOf(round, reading);
        if (own) round.readAt.set(own.id, 0);
        // SLA promises apply to tickets that are already open, too.
        if (reading.status !== 'resolved') await this.#tell(round, reading);
      }
      await this.#keep(round);
      round.again ||= !isComplete;
      return this.#readOwn(round);
    }
    const fresh = tickets.filter((reading) => round.heard.get(reading.remoteId) !== looks(reading));
    const later = new Set<string>();
    for (const reading of fresh) {
      const incident = this.#incidentOf(round, reading);
      if (incident) round.readAt.set(incident.id, 0);
      else if ((await this.#hearOther(round, reading)) === 'later') later.add(reading.remoteId);
      if (!later.has(reading.remoteId) && !(await this.#tell(round, reading))) later.add(reading.remoteId);
    }
    const heard = fresh.filter(({ remoteId }) => !later.has(remoteId));
    round.ledger = changesHeard(before, { tickets, isComplete, heard, later }, now, overlapMs);
    round.heard = new Map(
      tickets
        .filter(({ remoteId, updatedAt }) => updatedAt >= round.ledger!.since && !later.has(remoteId))
        .map((reading) => [reading.remoteId, looks(reading)]),
    );
    if (JSON.stringify(round.ledger) !== JSON.stringify(before)) await this.#keep(round);
    round.again ||= !isComplete;
    const read = await this.#readOwn(round);
    return read.is === 'done' ? { is: 'done', value: fresh.length } : read;
  }

  /** Reports a ticket to the SLA clocks. Returns false when the helpdesk could not supply all of it just now. */
  async #tell({ rules, helpdesk, actsAt }: Round, reading: TicketReading): Promise<boolean> {
    const { wantsReadings, onReading } = this.#ports;
    const { adapter, place } = helpdesk;
    if (!wantsReadings(adapter)) return true;
    const { remoteId, createdAt, updatedAt } = reading;
    const acts = await helpdesk.humanActs?.(remoteId, actsAt.get(remoteId) ?? createdAt);
    if (acts && acts.is !== 'done') return acts.is === 'permanent';
    await onReading({ name: rules.name, adapter, place }, reading, acts?.value ?? []);
    if (reading.status === 'resolved') actsAt.delete(remoteId);
    else actsAt.set(remoteId, updatedAt - OVERLAP_MS);
    return true;
  }

  /** A ticket that belongs to no open incident. */
  async #hearOther(round: Round, reading: TicketReading): Promise<'heard' | 'later'> {
    const { rules, helpdesk, ledger } = round;
    const { keeper, store, clock, newId, hearing, escalation, ackExpiresMs } = this.#ports;
    if (!rules.pageUrgent || !isUrgent(reading) || ledger!.urgent.includes(reading.remoteId)) return 'heard';
    if (reading.key === undefined && this.#mayBeOurs(round, reading)) return 'later';
    if (reading.key !== undefined) {
      const own = await store.incident(reading.key);
      // Our ticket paged when its incident opened; another system that opens one with a key pages for it itself.
      const known = own && (helpdesk.readsAs ? helpdesk.readsAs(own.priority) : own.priority);
      if (!own || known === 'urgent') return 'heard';
    }
    const { remoteId, label, url } = reading;
    const { name } = rules;
    const ticket: TicketReference = {
      adapter: helpdesk.adapter,
      helpdesk: name,
      place: helpdesk.place,
      remoteId,
      ...(label !== undefined && { label }),
      url,
    };
    const urgent = escalation()['urgent'] ?? [];
    await keeper.begin(
      markedUrgent({ reading, ticket, customer: this.#ports.customerOf(reading) }, clock.now(), {
        ...hearing(),
        escalation: urgent,
        ackExpiresMs: ackExpiresMs(),
        newId,
      }),
    );
    return 'heard';
  }

  /** Created since we began to open a ticket, and recently: after that period it must be a human's ticket. */
  #mayBeOurs({ rules, helpdesk }: Round, { createdAt }: TicketReading): boolean {
    const { clock, openingSince } = this.#ports;
    const since = openingSince(rules.name);
    if (since === undefined || createdAt < since - NEAR_MS) return false;
    return clock.now() < since + helpdesk.indexLagMs + NEAR_MS;
  }

  /** Reads the tickets of open incidents that have changed, or have not been read for a while. */
  async #readOwn(round: Round): Promise<Outcome<number>> {
    const { clock, keeper, isAtWork } = this.#ports;
    const open = keeper.open().filter((incident) => incident.ticket && this.#isOf(round, incident));
    this.#forget(round, new Set(open.map(({ id }) => id)));
    const now = clock.now();
    const due = open
      .map(({ id, openedAt }) => ({ id, at: round.readAt.get(id) ?? openedAt }))
      .filter(({ id, at }) => (at + READ_EVERY_MS <= now || at > now) && !isAtWork(id))
      .toSorted((a, b) => a.at - b.at)
      .slice(0, MOST_READS);
    let failed: Exclude<Outcome<true>, { is: 'done' }> | undefined;
    let isHeard = false;
    for (const { id } of due) {
      const done = await this.#hearOwn(round, id);
      if (done.is === 'done') isHeard = true;
      else {
        // A ticket that our user may no longer see must not keep the others from being read.
        failed ??= done;
        round.readAt.set(id, now);
      }
    }
    return failed && !isHeard ? failed : { is: 'done', value: due.length };
  }

  async #hearOwn(round: Round, id: string): Promise<Outcome<true>> {
    const { clock, keeper, isAtWork, hearing, escalation } = this.#ports;
    const { helpdesk, rules } = round;
    const incident = keeper.get(id);
    if (!incident?.ticket || !helpdesk.read) return { is: 'done', value: true };
    const { remoteId } = incident.ticket;
    const askedAt = clock.monotonic();
    const read = await helpdesk.read(remoteId);
    if (read.is !== 'done') return read;
    const since = incident.ticketNews?.actedAt ?? 0;
    const acts = read.value && helpdesk.humanActs ? await helpdesk.humanActs(remoteId, since) : undefined;
    if (acts && acts.is !== 'done') return acts;
    const isFirstMiss = read.value === null && !round.missing.has(id);
    if (read.value === null) round.missing.add(id);
    else round.missing.delete(id);
    // What was read may predate what we have just done: read it again.
    const isStale =
      isFirstMiss || isAtWork(id) || (this.#workedAt.get(id) ?? -Infinity) >= askedAt - SETTLE_MS;
    round.readAt.set(id, isStale ? 0 : clock.now());
    if (isStale) return { is: 'done', value: true };
    const { endedByHuman, assignsItself } = rules;
    const policy = escalation();
    await keeper.decide(id, (current) => {
      if (current.ticket?.remoteId !== remoteId) return undefined;
      return ticketHeard(current, read.value, acts?.value ?? [], clock.now(), {
        ...hearing(),
        endedByHuman,
        assignsItself,
        urgentEscalation: policy['urgent'] ?? [],
        ownEscalation: policy[current.priority] ?? [],
        ownPriority: helpdesk.readsAs ? helpdesk.readsAs(current.priority) : current.priority,
      });
    });
    return { is: 'done', value: true };
  }

  #forget({ readAt, missing }: Round, open: ReadonlySet<string>): void {
    for (const id of readAt.keys()) if (!open.has(id)) readAt.delete(id);
    for (const id of missing) if (!open.has(id)) missing.delete(id);
    for (const id of this.#workedAt.keys()) if (!this.#ports.keeper.get(id)) this.#workedAt.delete(id);
  }

  #incidentOf(round: Round, { remoteId, key }: TicketReading): Incident | undefined {
    const byKey = key === undefined ? undefined : this.#ports.keeper.get(key);
    if (byKey && isOpen(byKey)) return byKey;
    return this.#ports.keeper.openWithTicket(remoteId).find((incident) => this.#isOf(round, incident));
  }

  #isOf({ rules, helpdesk }: Round, { ticket }: Incident): boolean {
    return isIn(ticket, rules.name, helpdesk);
  }

  async #keep(round: Round): Promise<void> {
    await this.#ports.journal.append({ marks: [{ name: MARK + bookOf(round), value: round.ledger }] });
  }
}

const MARK = 'tickets/';

/** Another place holds other tickets, even under the same name in the config. */
const bookOf = ({ rules, helpdesk }: HeardHelpdesk): string =>
  `${rules.name} ${helpdesk.adapter} ${helpdesk.place}`;
