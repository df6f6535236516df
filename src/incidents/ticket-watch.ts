import type { Clock, Timer } from '../core/clock.ts';
import type { Outcome } from '../core/effect.ts';
import { isOpen, type Incident, type TicketReference } from '../core/incident.ts';
import { markedUrgent } from '../core/marked-urgent.ts';
import type { NewCode } from '../core/new-code.ts';
import { ticketHeard, type HearingRules } from '../core/ticket-heard.ts';
import type { TicketReading } from '../core/ticket-reading.ts';
import type { HelpdeskRules } from '../core/ticket-route.ts';
import type { Journal } from '../store/journal.ts';
import type { Mark, Store } from '../store/store.ts';
import type { Helpdesk } from '../tickets/helpdesk.ts';
import type { IncidentKeeper } from './incident-keeper.ts';

/** Every ticket of an open incident is read at least this often, so that a deleted one shows. */
const READ_EVERY_MS = 5 * 60_000;
const MOST_READS = 20;
/** Before the first round, how far back tickets that are urgent already are looked for: nobody is paged for those. */
const CENSUS_MS = 30 * 86_400_000;
/** The listing may be late by its index, and its times are whole seconds. */
const OVERLAP_MS = 2_000;
const POKE_GAP_MS = 2_000;
/** A helpdesk may show a ticket for so long as it was before our last work on it. */
const SETTLE_MS = 5_000;
const LONGEST_WAIT_MS = 5 * 60_000;

/** A helpdesk, as it is listened to. */
export interface HeardHelpdesk {
  rules: HelpdeskRules;
  helpdesk: Helpdesk;
  /** Its tickets and incidents name no helpdesk. */
  isFirst: boolean;
}

export interface TicketWatchPorts {
  clock: Clock;
  keeper: IncidentKeeper;
  store: Pick<Store, 'incident'>;
  journal: Pick<Journal, 'append'>;
  newId: () => string;
  newCode: NewCode;
  /** Work of ours on an incident's ticket is under way: what is read meanwhile may be our own doing. */
  isAtWork(incident: string): boolean;
  hearing(): Omit<HearingRules, 'endedByHuman' | 'assignsItself'>;
  onHeard(helpdesk: string, outcome: Outcome<number>): void;
  onFault(error: unknown): void;
}

/** What is remembered of a helpdesk between rounds. */
interface Ledger {
  /** On the helpdesk's clock: changes before have been heard. */
  since: number;
  /** Tickets that are urgent and known to be. */
  urgent: string[];
}

interface Round extends HeardHelpdesk {
  ledger: Ledger | undefined;
  /** By ticket, how it was heard last; times alone are whole seconds. */
  heard: Map<string, string>;
  /** By incident, when its ticket was read; 0: to be read again. */
  readAt: Map<string, number>;
  failures: number;
  startedAt: number;
  timer: Timer | undefined;
  isRunning: boolean;
  again: boolean;
}

/** Listens to the helpdesks: what humans do to tickets changes incidents, and what they mark urgent pages. */
export class TicketWatch {
  readonly #ports: TicketWatchPorts;
  #rounds = new Map<string, Round>();
  #ledgers = new Map<string, Ledger>();
  /** When work of ours on a ticket ended last, by incident. */
  readonly #workedAt = new Map<string, number>();
  #running = false;

  constructor(ports: TicketWatchPorts) {
    this.#ports = ports;
  }

  restore(marks: readonly Mark[]): void {
    for (const { name, value } of marks) {
      if (name.startsWith(MARK)) this.#ledgers.set(name.slice(MARK.length), value as Ledger);
    }
  }

  set helpdesks(helpdesks: readonly HeardHelpdesk[]) {
    for (const round of this.#rounds.values()) {
      if (round.ledger) this.#ledgers.set(round.rules.name, round.ledger);
      round.timer?.cancel();
    }
    this.#rounds = new Map(
      helpdesks
        .filter(({ helpdesk }) => helpdesk.changedSince)
        .map((heard) => [
          heard.rules.name,
          {
            ...heard,
            ledger: this.#ledgers.get(heard.rules.name),
            heard: new Map(),
            readAt: new Map(),
            failures: 0,
            startedAt: -Infinity,
            timer: undefined,
            isRunning: false,
            again: false,
          },
        ]),
    );
    if (this.#running) this.start();
  }

  start(): void {
    this.#running = true;
    for (const round of this.#rounds.values()) this.#after(round, 0);
  }

  stop(): void {
    this.#running = false;
    for (const round of this.#rounds.values()) round.timer?.cancel();
  }

  /** The helpdesk says that something has changed: it is asked now. */
  poke(name: string): void {
    const round = this.#rounds.get(name);
    if (!round || !this.#running) return;
    if (round.isRunning) round.again = true;
    else this.#after(round, Math.max(0, round.startedAt + POKE_GAP_MS - this.#ports.clock.monotonic()));
  }

  /** Work of ours on a ticket has come to its end. */
  worked(incident: string): void {
    this.#workedAt.set(incident, this.#ports.clock.monotonic());
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
      outcome = { is: 'temporary', why: 'a fault of the monitor' };
    }
    round.isRunning = false;
    if (!this.#running || this.#rounds.get(name) !== round) return;
    round.failures = outcome.is === 'done' ? 0 : round.failures + 1;
    onHeard(name, outcome);
    const asked = 'retryAfterMs' in outcome ? (outcome.retryAfterMs ?? 0) : 0;
    const patience = Math.min(LONGEST_WAIT_MS, pollMs * 2 ** Math.min(round.failures, 8));
    const wait = outcome.is === 'done' ? pollMs : Math.max(asked, Math.min(patience, LONGEST_WAIT_MS));
    this.#after(round, round.again ? POKE_GAP_MS : wait);
  }

  /** One round; gives how many changes were new. */
  async #listen(round: Round): Promise<Outcome<number>> {
    const { helpdesk } = round;
    if (!round.ledger) return this.#takeCensus(round);
    const { since } = round.ledger;
    const changed = await helpdesk.changedSince!(since);
    if (changed.is !== 'done') return changed;
    const fresh = changed.value.filter((reading) => round.heard.get(reading.remoteId) !== looks(reading));
    for (const reading of fresh) {
      const incident = this.#incidentOf(round, reading);
      if (incident) round.readAt.set(incident.id, 0);
      else await this.#hearOther(round, reading);
    }
    const newest = Math.max(since, ...changed.value.map(({ updatedAt }) => updatedAt - this.#overlap(round)));
    const before = round.ledger;
    round.ledger = { since: newest, urgent: this.#stillUrgent(round, fresh) };
    round.heard = new Map(
      changed.value
        .filter(({ updatedAt }) => updatedAt >= newest)
        .map((reading) => [reading.remoteId, looks(reading)]),
    );
    if (newest !== before.since || round.ledger.urgent.join() !== before.urgent.join())
      await this.#keep(round);
    const read = await this.#readOwn(round);
    return read.is === 'done' ? { is: 'done', value: fresh.length } : read;
  }

  /** Tickets that are urgent before anybody listened are known to be: on start, nothing is announced again. */
  async #takeCensus(round: Round): Promise<Outcome<number>> {
    const now = this.#ports.clock.now();
    const all = await round.helpdesk.changedSince!(now - CENSUS_MS);
    if (all.is !== 'done') return all;
    const urgent = all.value.filter(isUrgent).map(({ remoteId }) => remoteId);
    const newest = Math.max(...all.value.map(({ updatedAt }) => updatedAt), now - CENSUS_MS);
    round.ledger = { since: newest - this.#overlap(round), urgent };
    round.heard = new Map(all.value.map((reading) => [reading.remoteId, looks(reading)]));
    await this.#keep(round);
    return { is: 'done', value: 0 };
  }

  /** A ticket that belongs to no open incident. */
  async #hearOther(round: Round, reading: TicketReading): Promise<void> {
    const { rules, helpdesk, isFirst, ledger } = round;
    const { keeper, store, clock, newId, newCode, hearing } = this.#ports;
    if (!rules.pageUrgent || !isUrgent(reading) || ledger!.urgent.includes(reading.remoteId)) return;
    // One of ours whose outage is over, or of a monitor beside us: whoever opened it has paged.
    if (reading.key !== undefined && (await store.incident(reading.key))) return;
    const { remoteId, label, url } = reading;
    const name = isFirst ? undefined : rules.name;
    const ticket: TicketReference = {
      adapter: helpdesk.adapter,
      ...(name && { helpdesk: name }),
      remoteId,
      ...(label && { label }),
      url,
    };
    const escalation = hearing().urgentEscalation;
    const decision = markedUrgent({ reading, ticket, helpdesk: name }, clock.now(), {
      escalation,
      newId,
      newCode,
    });
    await keeper.begin(decision);
  }

  /** Reads the tickets of open incidents that have changed, or have not been read for a while. */
  async #readOwn(round: Round): Promise<Outcome<number>> {
    const { clock, keeper, isAtWork } = this.#ports;
    const open = keeper.open().filter((incident) => incident.ticket && this.#isOf(round, incident));
    const known = new Set(open.map(({ id }) => id));
    for (const id of round.readAt.keys()) if (!known.has(id)) round.readAt.delete(id);
    const now = clock.now();
    const due = open
      .map(({ id, openedAt }) => ({ id, at: round.readAt.get(id) ?? openedAt }))
      .filter(({ at }) => at + READ_EVERY_MS <= now || at > now)
      .toSorted((a, b) => a.at - b.at)
      .slice(0, MOST_READS);
    let failed: Exclude<Outcome<true>, { is: 'done' }> | undefined;
    let isHeard = false;
    for (const { id } of due) {
      if (isAtWork(id)) {
        round.readAt.set(id, 0);
        continue;
      }
      const done = await this.#hearOwn(round, id);
      if (done.is === 'done') isHeard = true;
      else {
        // One that our user may no longer see must not keep the others from being read.
        failed ??= done;
        round.readAt.set(id, now);
      }
    }
    return failed && !isHeard ? failed : { is: 'done', value: due.length };
  }

  async #hearOwn(round: Round, id: string): Promise<Outcome<true>> {
    const { clock, keeper, isAtWork, hearing } = this.#ports;
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
    // What was read may be from before what we have just done: read again.
    const isStale = isAtWork(id) || (this.#workedAt.get(id) ?? -Infinity) >= askedAt - SETTLE_MS;
    round.readAt.set(id, isStale ? 0 : clock.now());
    if (isStale) return { is: 'done', value: true };
    const { endedByHuman, assignsItself } = rules;
    await keeper.decide(id, (current) => {
      if (current.ticket?.remoteId !== remoteId) return undefined;
      return ticketHeard(current, read.value, acts?.value ?? [], clock.now(), {
        ...hearing(),
        endedByHuman,
        assignsItself,
      });
    });
    return { is: 'done', value: true };
  }

  #stillUrgent({ ledger }: Round, fresh: readonly TicketReading[]): string[] {
    const urgent = new Set(ledger!.urgent);
    for (const reading of fresh) {
      if (isUrgent(reading)) urgent.add(reading.remoteId);
      else urgent.delete(reading.remoteId);
    }
    return [...urgent];
  }

  #incidentOf(round: Round, { remoteId, key }: TicketReading): Incident | undefined {
    const byKey = key === undefined ? undefined : this.#ports.keeper.get(key);
    if (byKey && isOpen(byKey)) return byKey;
    return this.#ports.keeper
      .open()
      .find((incident) => incident.ticket?.remoteId === remoteId && this.#isOf(round, incident));
  }

  #isOf({ rules, helpdesk, isFirst }: Round, { ticket }: Incident): boolean {
    return ticket?.adapter === helpdesk.adapter && ticket.helpdesk === (isFirst ? undefined : rules.name);
  }

  #overlap = ({ helpdesk }: Round): number => helpdesk.indexLagMs + OVERLAP_MS;

  async #keep({ rules, ledger }: Round): Promise<void> {
    await this.#ports.journal.append({ marks: [{ name: MARK + rules.name, value: ledger }] });
  }
}

const MARK = 'tickets/';

const looks = ({ updatedAt, status, priority, assignee }: TicketReading): string =>
  `${updatedAt} ${status} ${priority} ${assignee}`;

const isUrgent = ({ priority, status }: TicketReading): boolean =>
  priority === 'urgent' && status !== 'resolved';
