import { effectId, type Effect, type EffectKind, type Message, type TicketOrder } from './effect.ts';
import { DESK } from './ticket-route.ts';
import type { Incident, TimelineEvent, TimelineEventName } from './incident.ts';

type TicketKind = Exclude<Extract<EffectKind, `ticket.${string}`>, 'ticket.sweep'>;

const HELD_AS: Partial<Record<TicketKind, Extract<EffectKind, `hold.${string}`>>> = {
  'ticket.note': 'hold.note',
  'ticket.reply': 'hold.note',
  'ticket.reopen': 'hold.reopen',
  'ticket.resolve': 'hold.resolve',
};

/** What a decision leads to; committed as one, before anything is done outside. */
export interface Decision {
  incident: Incident;
  effects: Effect[];
  events: TimelineEvent[];
  /** The named reason. */
  because: DecisionReason;
}

export type DecisionReason =
  | 'opened'
  | 'reopened'
  | 'joined'
  | 'joined-group'
  | 'affected'
  | 'chore-due'
  | 'detour'
  | 'swept'
  | 'flapping'
  | 'steady'
  | 'already-failing'
  | 'eased'
  | 'recovered'
  | 'resolved-by-hand'
  | 'already-resolved'
  | 'target-removed'
  | 'acknowledged'
  | 'noted'
  | 'escalated'
  | 'nothing-to-escalate'
  | 'step-due'
  | 'ack-lapsed'
  | 'marked-urgent'
  | 'ticket-heard'
  | 'ticket-ended'
  | 'ticket-held'
  | 'reached'
  | 'unreachable';

/** Collects what one decision adds to an incident, keeping the count that makes every effect unique. */
export class IncidentDraft {
  readonly #incident: Incident;
  readonly #now: number;
  readonly #effects: Effect[] = [];
  readonly #events: TimelineEvent[] = [];

  constructor(incident: Incident, now: number) {
    this.#incident = { ...incident, counts: { ...incident.counts } };
    this.#now = now;
  }

  /** Whether anything has been said for the story so far. */
  get hasEvents(): boolean {
    return this.#events.length > 0;
  }

  get incident(): Incident {
    return this.#incident;
  }

  set(fields: Partial<Incident>): void {
    Object.assign(this.#incident, fields);
  }

  /**
   * Ticket work of one incident is done strictly in order. While the desk holds the ticket it hears of everything
   * too; what waits for the helpdesk is not lost by that, it comes behind the ticket when that is opened.
   */
  ticket(kind: TicketKind, text: { subject?: string; body?: string } = {}): void {
    this.#add(kind, `ticket/${this.#incident.id}`, this.#now, this.#order(text, kind === 'ticket.open'));
    const { standIn } = this.#incident;
    if (standIn && standIn.until === undefined && kind in HELD_AS) this.hold(HELD_AS[kind]!, text);
  }

  /** Work on the ticket that the desk holds. */
  hold(kind: Extract<EffectKind, `hold.${string}`>, text: { subject?: string; body?: string } = {}): void {
    this.#add(kind, `hold/${this.#incident.id}`, this.#now, { ...this.#order(text), helpdesk: DESK });
  }

  /** Doubles are looked for beside the other ticket work, which must not wait for it. */
  sweep(): void {
    this.#add('ticket.sweep', `sweep/${this.#incident.id}`, this.#now, this.#order({}));
  }

  /** `leadMs`: a short head start for the ticket, so that the text can name it. */
  message(kind: 'page' | 'notice', message: Omit<Message, 'is'>, leadMs = 0, inLane?: string): void {
    const { to, via } = message;
    const lane = inLane ?? `${via}/${this.#incident.id}/${to.is}:${to.name}`;
    this.#add(kind, lane, this.#now + leadMs, { is: 'message', ...message });
  }

  event(event: TimelineEventName, text: string, more: { at?: number; by?: string } = {}): void {
    const { at = this.#now, by } = more;
    this.#events.push({ incident: this.#incident.id, at, event, text, by });
  }

  done(because: DecisionReason): Decision {
    return { incident: this.#incident, effects: this.#effects, events: this.#events, because };
  }

  #order({ subject = '', body = '' }: { subject?: string; body?: string }, opens = false): TicketOrder {
    const { id, priority, helpdesk, ticket, ticketCustomer } = this.#incident;
    return {
      is: 'ticket',
      helpdesk: opens ? helpdesk : (ticket?.helpdesk ?? helpdesk),
      key: id,
      priority,
      subject,
      body,
      customer: ticketCustomer,
    };
  }

  #add(kind: EffectKind, lane: string, dueAt: number, content: TicketOrder | Message): void {
    const n = (this.#incident.counts[kind] ?? 0) + 1;
    this.#incident.counts[kind] = n;
    this.#effects.push({
      id: effectId(this.#incident.id, kind, n),
      incident: this.#incident.id,
      kind,
      n,
      lane,
      createdAt: this.#now,
      attempts: 0,
      state: { is: 'pending', dueAt },
      content,
    });
  }
}
