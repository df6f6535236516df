// One file although it is long: every action on a ticket passes through here, one after another.
import type { Clock, Timer } from '../core/clock.ts';
import { chooseAssignee } from '../core/desk/choose-assignee.ts';
import { decideDesk, type DeskAction, type DeskDecision, type DeskReason } from '../core/desk/desk-action.ts';
import { factsOf } from '../core/desk/desk-facts.ts';
import type { DeskRules } from '../core/desk/desk-rules.ts';
import { isOver, type Actor, type DeskEntry, type DeskTicket } from '../core/desk/desk-ticket.ts';
import { closesAt, closing } from '../core/desk/lifecycle.ts';
import { openDeskTicket, type NewDeskTicket } from '../core/desk/new-ticket.ts';
import { tellings, tellOpened, type Telling } from '../core/desk/telling.ts';
import { SerialQueues } from '../core/serial-queues.ts';
import { DueQueue } from '../core/due-queue.ts';
import { formatDuration } from '../core/duration.ts';
import { isMessage, type Effect } from '../core/effect.ts';
import type { NewCode } from '../core/new-code.ts';
import type { AssignTo } from '../core/service/alarm.ts';
import type { TicketWord } from '../core/service/service-ticket.ts';
import type { HumanAct } from '../core/ticket-reading.ts';
import { DESK } from '../core/ticket-route.ts';
import type { DeskStore } from '../store/desk-store.ts';
import type { Change, Mark } from '../store/store.ts';
import { say } from '../text/say.ts';
import { Turns } from '../service/turns.ts';
import { deskEffects } from '../core/desk/desk-effects.ts';
import { deskNumber } from '../core/desk/desk-subject.ts';
import type { EventHook } from '../core/desk/event-hook.ts';
import { whyNotMerged } from '../core/desk/merging.ts';

export interface DeskPorts {
  clock: Clock;
  store: DeskStore;
  commit(change: Change): Promise<void>;
  enqueue(effects: readonly Effect[]): void;
  newCode: NewCode;
  rules(): DeskRules;
  hooks(): readonly EventHook[];
  /** The channel for mails; undefined when there is none. */
  mailVia(): string | undefined;
  membersOf(team: string): readonly string[];
  onCall(schedule: string): string | undefined;
  nameOf(person: string): string;
  hasMail(person: string): boolean;
  /** True if incoming mail is read. */
  takesMail(): boolean;
  planOf(customer: string): string | undefined;
  links: {
    portal(number: number): string | undefined;
    desk(number: number): string;
    rating(number: number, score: number): string;
  };
  /** Passes on what matters to the SLA clocks; returns what is to be stored with it. */
  heard(word: TicketWord): Promise<Pick<Change, 'serviceTickets'>>;
  /** The decision is durable. */
  onChange(ticket: DeskTicket, because: DeskReason): void;
  onFault(error: unknown): void;
}

/** A decision with what is to be told and stored of it. */
interface Settled {
  ticket: DeskTicket;
  entries: readonly DeskEntry[];
  told: readonly Telling[];
  because: DeskReason;
  more: Change;
}

export type Acted = { is: 'done'; ticket: DeskTicket; because: DeskReason } | { is: 'refused'; why: string };

const DAY_MS = 86_400_000;
const RETRY_MS = 60_000;

/** How many tickets are planned for closing before other work gets its turn. */
const PLANNED_IN_ONE_TURN = 500;

/** The built-in helpdesk: applies what people and the monitor do to tickets, one after another, and notifies others. */
export class Desk {
  readonly #ports: DeskPorts;
  /** Whatever is done to one ticket is done in turn, from reading it until its change is durable. */
  readonly #turnsOf = new SerialQueues<number>();
  /** So is whatever has the same idempotency key. */
  readonly #turnsOfKey = new SerialQueues<string>();
  /** Who had each ticket, and who is to have it, while that is not durable: for the load of each person. */
  readonly #assigning = new Map<number, { from?: string; to?: string }>();
  readonly #closings = new DueQueue<number>();
  /** Who of each team was assigned the last ticket. */
  readonly #turns = new Turns('desk/turn/');
  /** The highest number that has been assigned. */
  #last: Promise<{ number: number }> | undefined;
  #timer: Timer | undefined;
  #running = false;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#running = true;
    this.#planAgain();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
  }

  /** Plans all tickets again: the rules may have changed, or time has passed unnoticed. */
  apply(): void {
    if (this.#running) this.#planAgain();
  }

  #planAgain(after = 0): void {
    this.#planSome(after).catch((error: unknown) => {
      this.#ports.onFault(error);
      this.#ports.clock.after(RETRY_MS, () => {
        if (this.#running) this.#planAgain(after);
      });
    });
  }

  /** A bounded number of tickets in one turn: there may be thousands. */
  async #planSome(after: number): Promise<void> {
    const tickets = await this.#ports.store.unclosed(after, PLANNED_IN_ONE_TURN);
    for (const ticket of tickets) this.#plan(ticket);
    this.#arm();
    const last = tickets.at(-1);
    if (last === undefined || tickets.length < PLANNED_IN_ONE_TURN) return;
    this.#ports.clock.after(0, () => {
      if (this.#running) this.#planAgain(last.number);
    });
  }

  /** As stored: a change that is under way does not show yet. */
  ticket(number: number): Promise<DeskTicket | undefined> {
    return this.#ports.store.ticket(number);
  }

  /** Returns the ticket that this one has been merged into, or this one. */
  async living(number: number): Promise<DeskTicket | undefined> {
    let ticket = await this.ticket(number);
    for (let hops = 0; ticket?.state.is === 'merged' && hops < 20; hops++)
      ticket = await this.ticket(ticket.state.into);
    return ticket;
  }

  byKey(key: string): Promise<DeskTicket | undefined> {
    return this.#ports.store.ticketByKey(key);
  }

  /** Opens a ticket; for a key that is in use, returns its ticket. Durable when it resolves. */
  open(given: NewDeskTicket, by: Actor, options: { isQuiet?: boolean } = {}): Promise<DeskTicket> {
    const { key } = given;
    if (key === undefined) return this.#open(given, by, options);
    return this.#turnsOfKey.run(key, async () => (await this.byKey(key)) ?? this.#open(given, by, options));
  }

  async #open(given: NewDeskTicket, by: Actor, options: { isQuiet?: boolean }): Promise<DeskTicket> {
    const { clock, rules } = this.#ports;
    const number = await this.#nextNumber();
    const now = clock.now();
    const { ticket, entries } = openDeskTicket(number, given, by, now, rules());
    const told =
      options.isQuiet || by.is === 'monitor'
        ? []
        : this.#mailable(tellOpened(ticket, rules(), this.#words(number)));
    if (told.length > 0) {
      entries.push(entryOf(ticket, 'automatic-answer', told[0]!.text, now));
    }
    const assigned = await this.#assignedAtFirst(ticket, now);
    const all = [...entries, ...assigned.entries];
    await this.#settle(undefined, {
      ticket: assigned.ticket,
      entries: all,
      told: [...told, ...assigned.told],
      because: 'opened',
      more: assigned.more,
    });
    return assigned.ticket;
  }

  async #nextNumber(): Promise<number> {
    this.#last ??= this.#ports.store.lastNumber().then((number) => ({ number }));
    try {
      const last = await this.#last;
      return ++last.number;
    } catch (error) {
      // It is asked again for the next ticket.
      this.#last = undefined;
      throw error;
    }
  }

  /** Applies an action to a ticket. Durable when it resolves. */
  async act(number: number, by: Actor, action: DeskAction): Promise<Acted> {
    if (action.is === 'merge') return this.#merge(number, by, action.into);
    const key = 'key' in action ? action.key : undefined;
    if (key === undefined) return this.#decideOn(number, by, action);
    // An action with an idempotency key is written only once.
    return this.#turnsOfKey.run(key, async () => {
      const isKnown = (await this.#ports.store.entryByKey(key)) !== undefined;
      const before = isKnown ? await this.ticket(number) : undefined;
      return before
        ? { is: 'done', ticket: before, because: 'nothing-new' }
        : this.#decideOn(number, by, action);
    });
  }

  async #merge(number: number, by: Actor, wanted: number): Promise<Acted> {
    const merged = await this.#turnsOf.run(number, async (): Promise<Acted & { into?: number }> => {
      const before = await this.ticket(number);
      if (!before) return noTicket(number);
      const into = await this.living(wanted);
      const refused = whyNotMerged(before, into, wanted);
      if (!into || refused) return { is: 'refused', why: refused!.why };
      const acted = await this.#decide(before, by, { is: 'merge', into: into.number });
      return { ...acted, into: into.number };
    });
    const { into, ...acted } = merged;
    if (acted.is === 'done') await this.#decideOn(into!, by, { is: 'absorb', other: number });
    return acted;
  }

  #decideOn(number: number, by: Actor, action: DeskAction): Promise<Acted> {
    return this.#turnsOf.run(number, async () => {
      const before = await this.ticket(number);
      return before ? this.#decide(before, by, action) : noTicket(number);
    });
  }

  /** Reassigns the ticket by that rule, if it chooses anybody else. */
  async reassign(number: number, rule: AssignTo): Promise<void> {
    await this.#turnsOf.run(number, async () => {
      const ticket = await this.ticket(number);
      if (!ticket || isOver(ticket)) return;
      const chosen = await this.#chosen(rule, ticket.assignee);
      if (chosen === undefined || chosen === ticket.assignee) return;
      await this.#decide(ticket, { is: 'policy' }, { is: 'assign', to: chosen }, this.#turnOf(rule, chosen));
    });
  }

  /** A mail about a ticket could not be delivered: whoever works on the ticket must know. */
  async outcome(effect: Effect): Promise<void> {
    const number = deskNumber(effect.incident);
    if (number === undefined || effect.state.is !== 'dead' || !isMessage(effect)) return;
    const { to } = effect.content;
    const whom = to.is === 'requester' ? to.address : this.#ports.nameOf(to.name);
    const said = say('mail.not-delivered', { recipient: whom, why: effect.state.why });
    await this.act(
      number,
      { is: 'monitor' },
      { is: 'said', event: 'not-told', text: said, key: `lost ${effect.id}` },
    );
  }

  /** What people of the provider have done to the ticket since then, the oldest first. */
  async humanActs(number: number, since: number): Promise<HumanAct[]> {
    const entries = await this.#ports.store.entries(number);
    return entries.flatMap(({ at, by, event }) => {
      if (at < since || by.is !== 'agent') return [];
      const what =
        event === 'reply'
          ? 'replied'
          : event === 'note'
            ? 'noted'
            : event === 'assigned'
              ? 'assigned'
              : 'changed';
      return [{ at, by: by.id, what } satisfies HumanAct];
    });
  }

  changedSince(since: number, limit: number): Promise<DeskTicket[]> {
    return this.#ports.store.changedSince(since, limit);
  }

  restoreTurns(marks: readonly Mark[]): void {
    this.#turns.restore(marks);
  }

  /** Only in the ticket's turn. */
  async #decide(before: DeskTicket, by: Actor, action: DeskAction, more: Change = {}): Promise<Acted> {
    const { clock, rules } = this.#ports;
    const decision: DeskDecision = decideDesk(before, by, action, clock.now(), rules());
    if (decision.is === 'refused' || decision.entries.length === 0) {
      return decision.is === 'refused' ? decision : { is: 'done', ticket: before, because: 'nothing-new' };
    }
    const told = this.#mailable(tellings(before, decision, rules(), this.#words(before.number)));
    const { ticket, entries, because } = decision;
    await this.#settle(before, { ticket, entries, told, because, more });
    return { is: 'done', ticket, because };
  }

  /** Commits first, then notifies. */
  async #settle(
    before: DeskTicket | undefined,
    { ticket: decided, entries, told, because, more }: Settled,
  ): Promise<void> {
    const { clock, commit, enqueue, heard, onChange, planOf, links, newCode, mailVia, hooks } = this.#ports;
    const { ticket, effects } = deskEffects({ ticket: decided, entries, told, because }, clock.now(), {
      newCode,
      mailVia: mailVia(),
      answers: await this.#lastMailOf(decided.number, entries),
      hooks: hooks(),
      url: links.desk(decided.number),
    });
    this.#assigning.set(ticket.number, { from: loadedBy(before), to: loadedBy(ticket) });
    try {
      const word = wordOf(ticket, entries, { planOf, deskUrl: links.desk(ticket.number) });
      await commit({
        ...more,
        deskTickets: [ticket],
        deskEntries: entries,
        newEffects: effects,
        ...(await heard(word)),
      });
    } finally {
      this.#assigning.delete(ticket.number);
    }
    enqueue(effects);
    this.#plan(ticket);
    this.#arm();
    onChange(ticket, because);
  }

  /** Message-ID of the requester's last mail, so that their mail program shows our answer below it. */
  async #lastMailOf(number: number, entries: readonly DeskEntry[]): Promise<string | undefined> {
    const own = entries.findLast(({ mailId }) => mailId !== undefined)?.mailId;
    const id = own ?? (await this.#ports.store.lastMailOf(number));
    return id !== undefined && /^[\x21-\x3b\x3d\x3f-\x7e]{3,250}$/.test(id) && id.includes('@')
      ? id
      : undefined;
  }

  /** Assigns a new ticket by the policy, if it says to; the monitor's tickets are escalated in their own way. */
  async #assignedAtFirst(
    ticket: DeskTicket,
    now: number,
  ): Promise<{ ticket: DeskTicket; entries: DeskEntry[]; told: Telling[]; more: Change }> {
    const { rules } = this.#ports;
    const rule = ticket.origin === 'monitor' ? undefined : ruleFor(rules().assign, ticket.team);
    const chosen = rule && (await this.#chosen(rule));
    if (chosen === undefined) return { ticket, entries: [], told: [], more: {} };
    const decision = decideDesk(ticket, { is: 'policy' }, { is: 'assign', to: chosen }, now, rules());
    if (decision.is === 'refused') return { ticket, entries: [], told: [], more: {} };
    // The ticket stays new for its assignee until they look at it.
    const assigned = { ...decision.ticket, state: ticket.state };
    const entries = decision.entries.filter(({ event }) => event === 'assigned');
    const told = this.#mailable(
      tellings(ticket, { ...decision, ticket: assigned }, rules(), this.#words(ticket.number)),
    );
    return { ticket: assigned, entries, told, more: this.#turnOf(rule!, chosen) };
  }

  async #chosen(rule: AssignTo, not?: string): Promise<string | undefined> {
    const { membersOf, onCall } = this.#ports;
    const asked = rule.is === 'least-loaded' ? membersOf(rule.team) : [];
    const loads = new Map(
      await Promise.all(asked.map(async (person) => [person, await this.#storedLoadOf(person)] as const)),
    );
    return chooseAssignee(
      rule,
      {
        membersOf,
        onCall,
        loadOf: (person) => (loads.get(person) ?? 0) + this.#loadUnderWay(person),
        lastOf: (team) => this.#turns.last(team),
      },
      not,
    );
  }

  /** How many open tickets are assigned to a person. */
  #storedLoadOf(person: string): Promise<number> {
    return this.#ports.store.count({ assignee: person, states: OPEN_STATES });
  }

  /** By how many that will change with what is not durable yet. */
  #loadUnderWay(person: string): number {
    return [...this.#assigning.values()].reduce(
      (sum, { from, to }) => sum + Number(to === person) - Number(from === person),
      0,
    );
  }

  #turnOf(rule: AssignTo, chosen: string): Change {
    if (rule.is !== 'round-robin') return {};
    return { marks: [this.#turns.take(rule.team, chosen)] };
  }

  #mailable(told: readonly Telling[]): Telling[] {
    if (this.#ports.mailVia() === undefined) return [];
    return told.filter(({ to }) => to.is === 'requester' || this.#ports.hasMail(to.id));
  }

  #words(number: number) {
    const { links, nameOf } = this.#ports;
    const portalUrl = links.portal(number);
    return {
      ...(portalUrl !== undefined && { portalUrl }),
      deskUrl: links.desk(number),
      ratingUrl: (score: number) => links.rating(number, score),
      takesMail: this.#ports.takesMail(),
      nameOf,
    };
  }

  #plan(ticket: DeskTicket): void {
    const at = closesAt(ticket, this.#ports.rules());
    if (at !== undefined) this.#closings.push(at, ticket.number);
  }

  #arm(): void {
    const { clock } = this.#ports;
    this.#timer?.cancel();
    const next = this.#closings.nextMs;
    if (next === undefined || !this.#running) return;
    this.#timer = clock.after(Math.max(0, Math.min(next - clock.now(), DAY_MS)), () => void this.#close());
  }

  async #close(): Promise<void> {
    const { clock, onFault } = this.#ports;
    const now = clock.now();
    for (let due = this.#closings.popDue(now); due; due = this.#closings.popDue(now)) {
      const { item: number } = due;
      await this.#turnsOf
        .run(number, () => this.#closeInTurn(number, now))
        .catch((error: unknown) => {
          onFault(error);
          this.#closings.push(now + RETRY_MS, number);
        });
    }
    this.#arm();
  }

  async #closeInTurn(number: number, now: number): Promise<void> {
    const { rules } = this.#ports;
    const ticket = await this.ticket(number);
    const at = ticket && closesAt(ticket, rules());
    // A ticket that has changed meanwhile closes later, or not at all.
    if (!ticket || at === undefined) return;
    if (at > now) {
      this.#closings.push(at, number);
      return;
    }
    const waitedMs = rules().closeWaitingAfterMs ?? 0;
    const waited =
      waitedMs % DAY_MS === 0
        ? say('mail.waited-days', { count: waitedMs / DAY_MS })
        : formatDuration(waitedMs);
    await this.#decide(ticket, { is: 'policy' }, closing(ticket, waited));
  }
}

const noTicket = (number: number): Acted => ({ is: 'refused', why: say('mail.no-ticket', { number }) });

/** The person who has it to do. */
const loadedBy = (ticket: DeskTicket | undefined): string | undefined =>
  ticket && !isOver(ticket) ? ticket.assignee : undefined;

const OPEN_STATES = ['new', 'open', 'in-progress', 'waiting-customer', 'waiting-third-party'] as const;

/** Uses the team that the ticket is for, where it has one. */
function ruleFor(rule: AssignTo | undefined, team: string | undefined): AssignTo | undefined {
  if (!rule || team === undefined) return rule;
  return rule.is === 'round-robin' || rule.is === 'least-loaded' ? { ...rule, team } : rule;
}

const entryOf = (ticket: DeskTicket, event: 'automatic-answer', text: string, now: number): DeskEntry => ({
  ticket: ticket.number,
  at: now,
  event,
  by: { is: 'policy' },
  text,
  isPublic: true,
});

/** The id under which its SLA clocks run: its incident's, where it has one. */
export const promiseId = ({ key, number }: Pick<DeskTicket, 'key' | 'number'>): string =>
  key ?? `${DESK} ${number}`;

/** What the SLA clocks are told about the ticket. */
export function wordOf(
  ticket: DeskTicket,
  entries: readonly DeskEntry[],
  { planOf, deskUrl }: { planOf: DeskPorts['planOf']; deskUrl: string },
): TicketWord {
  const { number, key, subject, customer, plan, priority, severity, kind, type, createdAt } = ticket;
  return {
    id: promiseId(ticket),
    ticket: {
      adapter: 'desk',
      helpdesk: DESK,
      place: 'here',
      remoteId: String(number),
      url: deskUrl,
    },
    subject,
    openedAt: createdAt,
    customer,
    plan: (customer === undefined ? undefined : planOf(customer)) ?? plan,
    priority,
    severity,
    kind,
    type,
    facts: factsOf(entries, {
      isOfIncident: key !== undefined,
      hasReader: ticket.requester?.email !== undefined || customer !== undefined,
    }),
    isNews: true,
  };
}
