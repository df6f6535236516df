import { effectId, type Effect, type EffectKind, type Message, type TicketOrder } from './effect.ts';
import type { Incident, TimelineEvent, TimelineEventName } from './incident.ts';

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

  get incident(): Incident {
    return this.#incident;
  }

  set(fields: Partial<Incident>): void {
    Object.assign(this.#incident, fields);
  }

  /** Ticket work of one incident is done strictly in order. */
  ticket(
    kind: Extract<EffectKind, `ticket.${string}`>,
    order: Omit<TicketOrder, 'is' | 'key' | 'priority'>,
  ): void {
    const { id, priority } = this.#incident;
    this.#add(kind, `ticket/${id}`, this.#now, { is: 'ticket', key: id, priority, ...order });
  }

  /** Doubles are looked for beside the other ticket work, which must not wait for it. */
  sweep(): void {
    const { id, priority } = this.#incident;
    const order = { is: 'ticket', key: id, priority, subject: '', body: '' } as const;
    this.#add('ticket.sweep', `sweep/${id}`, this.#now, order);
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
