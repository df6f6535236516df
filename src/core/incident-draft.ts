import { effectId, type Effect, type EffectKind, type Message, type TicketOrder } from './effect.ts';
import { DESK } from './ticket-route.ts';
import type { Episode } from './episode.ts';
import type { Priority } from './target.ts';
import type { Card, Incident, TimelineEvent, TimelineEventName } from './incident.ts';
import { say } from '../text/say.ts';

type TicketKind = Exclude<Extract<EffectKind, `ticket.${string}`>, 'ticket.sweep'>;

const HELD_AS: Partial<Record<TicketKind, Extract<EffectKind, `hold.${string}`>>> = {
  'ticket.note': 'hold.note',
  'ticket.reply': 'hold.note',
  'ticket.reopen': 'hold.reopen',
  'ticket.resolve': 'hold.resolve',
};

/** Lines in one update of a live message. */
const MOST_LINES = 20;
const GATHER_MS = 2_000;
/** Actions of a human, who checks whether they have worked. */
const PROMPT: ReadonlySet<TimelineEventName> = new Set([
  'acknowledged',
  'estimate',
  'note',
  'vendor-involved',
]);
/** Nobody in the room should overlook these. */
const LOUD: ReadonlySet<TimelineEventName> = new Set(['resolved', 'reopened', 'ack-lapsed', 'escalated']);

interface TicketText {
  subject?: string;
  body?: string;
  isStatus?: boolean;
  /** By default the incident's priority. */
  priority?: Priority;
  assignee?: string;
}

/** The result of a decision; committed as one, before anything is sent. */
export interface Decision {
  incident: Incident;
  effects: Effect[];
  events: TimelineEvent[];
  /** The named reason of the decision. */
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
  | 'estimated'
  | 'vendor-involved'
  | 'no-vendor'
  | 'called-in'
  | 'reported-in'
  | 'escalated'
  | 'nothing-to-escalate'
  | 'step-due'
  | 'ack-lapsed'
  | 'marked-urgent'
  | 'ticket-heard'
  | 'ticket-ended'
  | 'ticket-held'
  | 'promise-rings'
  | 'promise-settled'
  | 'reached'
  | 'unreachable';

const ORIGIN_OF: Partial<Record<Incident['reason'], TicketOrder['origin']>> = {
  'called-in': 'phone',
  'reported-in': 'report',
};

/** Collects what one decision adds to an incident, with the counters that make every effect unique. */
export class IncidentDraft {
  readonly #incident: Incident;
  readonly #now: number;
  readonly #effects: Effect[] = [];
  readonly #events: TimelineEvent[] = [];
  readonly #progress: { event: TimelineEventName; text: string }[] = [];
  readonly #incidentAtStart: Incident;

  constructor(incident: Incident, now: number) {
    this.#incident = { ...incident, counts: { ...incident.counts } };
    this.#incidentAtStart = incident;
    this.#now = now;
  }

  /** Whether the timeline has any new event so far. */
  get hasEvents(): boolean {
    return this.#events.length > 0;
  }

  get incident(): Incident {
    return this.#incident;
  }

  set(fields: Partial<Incident>): void {
    Object.assign(this.#incident, fields);
  }

  /** Changes fields of the current episode. */
  setEpisode(fields: Partial<Episode>): void {
    this.#incident.episode = { ...this.#incident.episode, ...fields };
  }

  /**
   * Adds ticket work; that of one incident is done strictly in order. While the desk holds the ticket, the desk gets
   * the work too; what waits for the helpdesk is kept, and follows once its ticket is open.
   */
  ticket(kind: TicketKind, text: TicketText = {}): void {
    this.#add(kind, `ticket/${this.#incident.id}`, this.#now, this.#order(text, kind === 'ticket.open'));
    const { standIn } = this.#incident;
    if (standIn && standIn.until === undefined && kind in HELD_AS) this.hold(HELD_AS[kind]!, text);
  }

  /** Assigns the ticket; reading back our own assignment is no news. `assignee`: as the helpdesk calls them. */
  give(assignee: string): void {
    this.ticket('ticket.assign', { assignee });
    const { ticketNews = { status: 'open', broughtBack: 0 } } = this.#incident;
    this.set({ ticketNews: { ...ticketNews, givenTo: assignee } });
  }

  /** Assigns the ticket that the desk holds to one of our people. */
  giveHeld(person: string): void {
    const { standIn } = this.#incident;
    if (standIn && standIn.until === undefined) this.hold('hold.assign', { assignee: person });
  }

  /** Work on the ticket that the desk holds. */
  hold(kind: Extract<EffectKind, `hold.${string}`>, text: TicketText = {}): void {
    this.#add(kind, `hold/${this.#incident.id}`, this.#now, { ...this.#order(text), helpdesk: DESK });
  }

  /** Searches for duplicates in a lane of its own, so that other ticket work need not wait. */
  sweep(): void {
    this.#add('ticket.sweep', `sweep/${this.#incident.id}`, this.#now, this.#order({}));
  }

  /** `leadMs`: a short head start for the ticket, so that the text can name it. */
  message(kind: 'page' | 'notice', message: Omit<Message, 'is'>, leadMs = 0, inLane?: string): void {
    const { to, via } = message;
    const lane = inLane ?? `${via}/${this.#incident.id}/${to.is}:${to.name}`;
    this.#add(kind, lane, this.#now + leadMs, { is: 'message', ...message });
  }

  /** Adds a timeline event. `isQuiet`: live messages do not repeat it. */
  event(
    event: TimelineEventName,
    text: string,
    more: { at?: number; by?: string; isQuiet?: boolean } = {},
  ): void {
    const { at = this.#now, by, isQuiet = false } = more;
    this.#events.push({ incident: this.#incident.id, at, event, text, by });
    if (!isQuiet) this.#progress.push({ event, text });
  }

  /** Sends the lines that live messages do not show yet. */
  flushProgress(): void {
    const { unshown } = this.#incident;
    if (!unshown) return;
    this.#incident.unshown = undefined;
    const more = unshown.more > 0 ? [say('timeline.and-more', { count: unshown.more })] : [];
    const text = [...unshown.lines, ...more].join('\n');
    for (const card of this.#incident.cards ?? []) this.progress(card, text, unshown.isLoud);
  }

  /** Updates a live message with a line of news. */
  progress(card: Card, text: string, isLoud: boolean): void {
    const { to, via, lane } = card;
    // Nobody types this code, and the number of the effect makes it unique.
    const code = `${this.#incident.id}.${(this.#incident.counts.notice ?? 0) + 1}`;
    this.message('notice', { to, via, code, occasion: { is: 'progress', text, isLoud } }, 0, lane);
  }

  done(because: DecisionReason): Decision {
    this.#showProgress();
    return { incident: this.#incident, effects: this.#effects, events: this.#events, because };
  }

  /** Shows actions of a human at once; other events, which come in numbers, are gathered for a moment. */
  #showProgress(): void {
    if (this.#progress.length === 0 || (this.#incidentAtStart.cards ?? []).length === 0) return;
    const before = this.#incident.unshown;
    const lines = [...(before?.lines ?? []), ...this.#progress.map(({ text }) => text)];
    const isLoud = (before?.isLoud ?? false) || this.#progress.some(({ event }) => LOUD.has(event));
    this.#incident.unshown = {
      lines: lines.slice(0, MOST_LINES),
      more: (before?.more ?? 0) + Math.max(0, lines.length - MOST_LINES),
      isLoud,
      dueAt: before?.dueAt ?? this.#now + GATHER_MS,
    };
    if (isLoud || this.#progress.some(({ event }) => PROMPT.has(event))) this.flushProgress();
  }

  #order({ subject = '', body = '', isStatus, priority, assignee }: TicketText, opens = false): TicketOrder {
    const { id, helpdesk, ticket, ticketCustomer, reason } = this.#incident;
    const origin = ORIGIN_OF[reason];
    return {
      is: 'ticket',
      helpdesk: opens ? helpdesk : (ticket?.helpdesk ?? helpdesk),
      key: id,
      priority: priority ?? this.#incident.priority,
      subject,
      body,
      customer: ticketCustomer,
      ...(isStatus && { isStatus }),
      ...(assignee !== undefined && { assignee }),
      ...(origin && { origin }),
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
