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
  heard(word: TicketWord): Pick<Change, 'serviceTickets'>;
  /** The decision is durable. */
  onChange(ticket: DeskTicket, because: DeskReason): void;
  onFault(error: unknown): void;
}

export type Acted = { is: 'done'; ticket: DeskTicket; because: DeskReason } | { is: 'refused'; why: string };

const DAY_MS = 86_400_000;
const RETRY_MS = 60_000;

/** How many tickets are planned for closing before other work gets its turn. */
const PLANNED_IN_ONE_TURN = 500;

/** The built-in helpdesk: applies what people and the monitor do to tickets, one after another, and notifies others. */
export class Desk {
  readonly #ports: DeskPorts;
  /** Tickets whose last change is not durable yet. */
  readonly #hot = new Map<number, { ticket: DeskTicket; changes: number }>();
  readonly #keys = new Map<string, number>();
  readonly #closings = new DueQueue<number>();
  /** Who of each team was assigned the last ticket. */
  readonly #turns = new Turns('desk/turn/');
  /** Actions from outside that are not durable yet, by idempotency key. */
  readonly #underWay = new Map<string, Promise<Acted>>();
  #last: number | undefined;
  #timer: Timer | undefined;
  #running = false;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#running = true;
    this.#planAll();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
  }

  /** Plans all tickets again: the rules may have changed, or time has passed unnoticed. */
  apply(): void {
    if (this.#running) this.#planAll();
  }

  /** A bounded number of tickets in one turn: there may be thousands. */
  #planAll(after = 0): void {
    const tickets = this.#ports.store.unclosed(after, PLANNED_IN_ONE_TURN);
    for (const ticket of tickets) this.#plan(ticket);
    this.#arm();
    const last = tickets.at(-1);
    if (last === undefined || tickets.length < PLANNED_IN_ONE_TURN) return;
    this.#ports.clock.after(0, () => {
      if (this.#running) this.#planAll(last.number);
    });
  }

  ticket(number: number): DeskTicket | undefined {
    return this.#hot.get(number)?.ticket ?? this.#ports.store.ticket(number);
  }

  /** Returns the ticket that this one has been merged into, or this one. */
  living(number: number): DeskTicket | undefined {
    let ticket = this.ticket(number);
    for (let hops = 0; ticket?.state.is === 'merged' && hops < 20; hops++)
      ticket = this.ticket(ticket.state.into);
    return ticket;
  }

  byKey(key: string): DeskTicket | undefined {
    const number = this.#keys.get(key);
    return number === undefined ? this.#ports.store.ticketByKey(key) : this.ticket(number);
  }

  /** Opens a ticket; for a key that is in use, returns its ticket. Durable when it resolves. */
  async open(given: NewDeskTicket, by: Actor, options: { isQuiet?: boolean } = {}): Promise<DeskTicket> {
    const { clock, rules } = this.#ports;
    const known = given.key === undefined ? undefined : this.byKey(given.key);
    if (known) return known;
    this.#last ??= this.#ports.store.lastNumber();
    const number = ++this.#last;
    const now = clock.now();
    if (given.key !== undefined) this.#keys.set(given.key, number);
    const { ticket, entries } = openDeskTicket(number, given, by, now, rules());
    const told =
      options.isQuiet || by.is === 'monitor'
        ? []
        : this.#mailable(tellOpened(ticket, rules(), this.#words(number)));
    if (told.length > 0) {
      entries.push(entryOf(ticket, 'automatic-answer', told[0]!.text, now));
    }
    const assigned = this.#assignedAtFirst(ticket, now);
    const all = [...entries, ...assigned.entries];
    await this.#settle(assigned.ticket, all, [...told, ...assigned.told], 'opened', assigned.more);
    return assigned.ticket;
  }

  /** Applies an action to a ticket. Durable when it resolves. */
  async act(number: number, by: Actor, action: DeskAction): Promise<Acted> {
    const before = this.ticket(number);
    if (!before) return { is: 'refused', why: say('mail.no-ticket', { number }) };
    const key = 'key' in action ? action.key : undefined;
    // An action with an idempotency key is written only once.
    if (key !== undefined) {
      if (this.#underWay.has(key) || this.#ports.store.entryByKey(key)) {
        await this.#underWay.get(key)?.catch(() => {});
        return { is: 'done', ticket: before, because: 'nothing-new' };
      }
      const doing = this.#decide(before, by, action);
      this.#underWay.set(key, doing);
      return doing.finally(() => this.#underWay.delete(key));
    }
    if (action.is === 'merge') {
      const into = this.living(action.into);
      const refused = whyNotMerged(before, into, action.into);
      if (!into || refused) return { is: 'refused', why: refused!.why };
      const merged = await this.#decide(before, by, { is: 'merge', into: into.number });
      if (merged.is === 'done')
        await this.#decide(this.ticket(into.number)!, by, { is: 'absorb', other: number });
      return merged;
    }
    return this.#decide(before, by, action);
  }

  /** Reassigns the ticket by that rule, if it chooses anybody else. */
  async reassign(number: number, rule: AssignTo): Promise<void> {
    const ticket = this.ticket(number);
    if (!ticket || isOver(ticket)) return;
    const chosen = this.#chosen(rule, ticket.assignee);
    if (chosen === undefined || chosen === ticket.assignee) return;
    await this.#decide(ticket, { is: 'policy' }, { is: 'assign', to: chosen }, this.#turnOf(rule, chosen));
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

  async #decide(before: DeskTicket, by: Actor, action: DeskAction, more: Change = {}): Promise<Acted> {
    const { clock, rules } = this.#ports;
    const decision: DeskDecision = decideDesk(before, by, action, clock.now(), rules());
    if (decision.is === 'refused' || decision.entries.length === 0) {
      return decision.is === 'refused' ? decision : { is: 'done', ticket: before, because: 'nothing-new' };
    }
    const told = this.#mailable(tellings(before, decision, rules(), this.#words(before.number)));
    const { ticket, entries, because } = decision;
    await this.#settle(ticket, entries, told, because, more);
    return { is: 'done', ticket, because };
  }

  /** Commits first, then notifies. */
  async #settle(
    decided: DeskTicket,
    entries: readonly DeskEntry[],
    told: readonly Telling[],
    because: DeskReason,
    more: Change,
  ): Promise<void> {
    const { clock, commit, enqueue, heard, onChange, planOf, links, newCode, mailVia, hooks } = this.#ports;
    const { ticket, effects } = deskEffects({ ticket: decided, entries, told, because }, clock.now(), {
      newCode,
      mailVia: mailVia(),
      answers: this.#lastMailOf(decided.number, entries),
      hooks: hooks(),
      url: links.desk(decided.number),
    });
    const hot = { ticket, changes: (this.#hot.get(ticket.number)?.changes ?? 0) + 1 };
    this.#hot.set(ticket.number, hot);
    try {
      await commit({
        ...more,
        deskTickets: [ticket],
        deskEntries: entries,
        newEffects: effects,
        ...heard(wordOf(ticket, entries, { planOf, deskUrl: links.desk(ticket.number) })),
      });
    } finally {
      const now = this.#hot.get(ticket.number)!;
      if (now.changes === hot.changes) {
        this.#hot.delete(ticket.number);
        if (ticket.key !== undefined) this.#keys.delete(ticket.key);
      }
    }
    enqueue(effects);
    this.#plan(ticket);
    this.#arm();
    onChange(ticket, because);
  }

  /** Message-ID of the requester's last mail, so that their mail program shows our answer below it. */
  #lastMailOf(number: number, entries: readonly DeskEntry[]): string | undefined {
    const own = entries.findLast(({ mailId }) => mailId !== undefined)?.mailId;
    const id = own ?? this.#ports.store.lastMailOf(number);
    return id !== undefined && /^[\x21-\x3b\x3d\x3f-\x7e]{3,250}$/.test(id) && id.includes('@')
      ? id
      : undefined;
  }

  /** Assigns a new ticket by the policy, if it says to; the monitor's tickets are escalated in their own way. */
  #assignedAtFirst(
    ticket: DeskTicket,
    now: number,
  ): { ticket: DeskTicket; entries: DeskEntry[]; told: Telling[]; more: Change } {
    const { rules } = this.#ports;
    const rule = ticket.origin === 'monitor' ? undefined : ruleFor(rules().assign, ticket.team);
    const chosen = rule && this.#chosen(rule);
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

  #chosen(rule: AssignTo, not?: string): string | undefined {
    const { membersOf, onCall } = this.#ports;
    return chooseAssignee(
      rule,
      {
        membersOf,
        onCall,
        loadOf: (person) => this.#loadOf(person),
        lastOf: (team) => this.#turns.last(team),
      },
      not,
    );
  }

  /** How many open tickets are assigned to a person, including those that are not durable yet. */
  #loadOf(person: string): number {
    const { store } = this.#ports;
    const stored = store.count({ assignee: person, states: OPEN_STATES });
    const isTheirs = (ticket: DeskTicket | undefined) => ticket?.assignee === person && !isOver(ticket);
    return [...this.#hot.values()].reduce(
      (sum, { ticket }) => sum + Number(isTheirs(ticket)) - Number(isTheirs(store.ticket(ticket.number))),
      stored,
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
    const { clock, rules, onFault } = this.#ports;
    const now = clock.now();
    for (let due = this.#closings.popDue(now); due; due = this.#closings.popDue(now)) {
      const ticket = this.ticket(due.item);
      const at = ticket && closesAt(ticket, rules());
      // A ticket that has changed meanwhile closes later, or not at all.
      if (!ticket || at === undefined) continue;
      if (at > now) {
        this.#closings.push(at, ticket.number);
        continue;
      }
      const waitedMs = rules().closeWaitingAfterMs ?? 0;
      const waited =
        waitedMs % DAY_MS === 0
          ? say('mail.waited-days', { count: waitedMs / DAY_MS })
          : formatDuration(waitedMs);
      await this.#decide(ticket, { is: 'policy' }, closing(ticket, waited)).catch((error: unknown) => {
        onFault(error);
        this.#closings.push(now + RETRY_MS, ticket.number);
      });
    }
    this.#arm();
  }
}

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
