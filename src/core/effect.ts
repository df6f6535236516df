import type { RungClock } from './service/ring-sentence.ts';
import { backoffMs } from './effect-backoff.ts';
import type { Priority } from './target.ts';
import { say } from '../text/say.ts';

export const EFFECT_KINDS = [
  'ticket.open',
  'ticket.note',
  'ticket.reply',
  'ticket.reopen',
  'ticket.resolve',
  'ticket.raise',
  'ticket.assign',
  'ticket.sweep',
  'hold.open',
  'hold.note',
  'hold.reopen',
  'hold.resolve',
  'hold.assign',
  'page',
  'notice',
  'event',
] as const;
export type EffectKind = (typeof EFFECT_KINDS)[number];

/** Who a message is for; which person that means is settled at the moment of sending. */
export type Recipient =
  | { is: 'person'; name: string }
  | { is: 'schedule'; name: string }
  | { is: 'fallback'; name: string }
  | { is: 'team'; name: string }
  /** `address`: where they were reached when this was decided. */
  | { is: 'customer'; name: string; address: string }
  /** Whoever has asked for a ticket of the desk. */
  | { is: 'requester'; name: string; address: string }
  /** Of that target. */
  | { is: 'vendor'; name: string };

/** Whose target it is, and under which names the helpdesk knows them. */
export interface TicketCustomer {
  name: string;
  contact?: string;
  requester?: string;
  company?: string | number;
}

export interface TicketOrder {
  is: 'ticket';
  /** Name of the helpdesk in the config. */
  helpdesk: string;
  /** Our own key in the helpdesk: what an ambiguous create is looked up by. */
  key: string;
  subject: string;
  body: string;
  priority: Priority;
  customer?: TicketCustomer;
  /** How it came to us, when it is about no outage that we have seen. */
  origin?: 'phone' | 'report';
  /** Who it is given to, as the helpdesk calls them. */
  assignee?: string;
  /** How it stands for customers: of several that wait, only the last is worth sending, and none after the end. */
  isStatus?: boolean;
}

export interface Message {
  is: 'message';
  to: Recipient;
  /** Name of the channel in the config: `sms`, `slack`. */
  via: string;
  /** In every text and link, so that a provider's list can be searched for it. */
  code: string;
  occasion: Occasion;
  /** An earlier attempt may have arrived. */
  perhapsDouble?: boolean;
  /** Code of the message that stands for this one too: many at once to one person go as one. */
  bundledCode?: string;
  /** Settled at the moment of sending. */
  person?: string;
  text?: string;
}

/** Something that has come to pass, for a system that keeps records of it. */
export interface EventPost {
  is: 'event';
  /** Name of the receiver in the config. */
  hook: string;
  event: string;
  /** As it is sent. */
  body: unknown;
}

export type Occasion =
  | { is: 'outage' }
  /** Whoever had it has not been heard of for too long. */
  | { is: 'lapsed'; by: string }
  | { is: 'again' }
  | { is: 'reminder' }
  | { is: 'mobilise' }
  /** A human has escalated. */
  | { is: 'asked'; by: string }
  /** Many more have joined it. */
  | { is: 'grown' }
  /** A human has marked its ticket urgent. */
  | { is: 'marked-urgent' }
  /** What was promised for its ticket is about to be missed, or has been. */
  | { is: 'promise'; text: string; ring?: RungClock }
  /** The helpdesk is down: the desk holds the ticket. */
  | { is: 'held' }
  | { is: 'recovery' }
  /** Customers are told how it stands; `isLast` is word of the end. */
  | { is: 'status'; subject: string; text: string; isLast: boolean }
  /** Whoever has it is reminded that a status for customers is due. */
  | { is: 'nudge'; dueAt: number }
  /** A third party is asked to help. */
  | { is: 'vendor'; subject: string; text: string }
  /** What has come to pass, for a live message; `isLoud`: nobody should overlook it. */
  | { is: 'progress'; text: string; isLoud: boolean }
  /**
   * A mail about a ticket of the desk; those of one `thread` belong together. `answers`: Message-ID of the mail that it
   * answers. `isHuman`: a person wrote it.
   */
  | { is: 'mail'; subject: string; text: string; thread: string; answers?: string; isHuman: boolean }
  | { is: 'test' };

/**
 * `pending → sending → accepted → confirmed`, or `retrying`, `ambiguous`, `dead`. Times are Unix milliseconds.
 * `dueAt` is when a worker may take it.
 */
export type EffectState =
  | { is: 'pending'; dueAt: number }
  | { is: 'sending'; since: number; leaseUntil: number }
  | { is: 'retrying'; dueAt: number; why: string }
  | { is: 'ambiguous'; dueAt: number; since: number; why: string }
  /** `askAt`: when the provider is asked for the receipt; absent when it gives none, or was asked for long enough. */
  | { is: 'accepted'; at: number; remoteId: string; askAt?: number; asked?: number }
  | { is: 'confirmed'; at: number; remoteId: string }
  | { is: 'dead'; at: number; why: string; isOurs?: boolean; isMoot?: boolean };

export const EFFECT_STATES = [
  'pending',
  'sending',
  'retrying',
  'ambiguous',
  'accepted',
  'confirmed',
  'dead',
] as const satisfies readonly EffectState['is'][];

/** An intended outward action, stored before it is done. One per incident, kind and n. */
export interface Effect<Content = TicketOrder | Message | EventPost> {
  /** `<incident>:<kind>:<n>` */
  id: string;
  incident: string;
  kind: EffectKind;
  n: number;
  /** Effects of one lane are done one after another, in the order in which they were decided. */
  lane: string;
  createdAt: number;
  attempts: number;
  /** Attempts whose answer was lost. */
  doubts?: number;
  state: EffectState;
  content: Content;
}

export const effectId = (incident: string, kind: EffectKind, n: number): string => `${incident}:${kind}:${n}`;

/** What came of one attempt at something outside. */
export type Outcome<Value> =
  | { is: 'done'; value: Value }
  /** Certainly not done; may work later. */
  | { is: 'temporary'; why: string; retryAfterMs?: number }
  /**
   * Certainly not done, and will not be. `isOurs`: the fault is in our account or settings, and hits everybody.
   * `isMoot`: it is no longer wanted, and nothing is lost.
   */
  | { is: 'permanent'; why: string; isOurs?: boolean; isMoot?: boolean }
  /** May have been done: the answer was lost. */
  | { is: 'ambiguous'; why: string };

export function mapDone<From, To>(outcome: Outcome<From>, map: (value: From) => To): Outcome<To> {
  return outcome.is === 'done' ? { is: 'done', value: map(outcome.value) } : outcome;
}

export const isMessage = (effect: Effect): effect is Effect<Message> => effect.content.is === 'message';
export const isEventPost = (effect: Effect): effect is Effect<EventPost> => effect.content.is === 'event';
export const isTicketOrder = (effect: Effect): effect is Effect<TicketOrder> =>
  effect.content.is === 'ticket';

/** No worker will touch it again. */
export function isSettled(effect: Effect): boolean {
  return effect.state.is === 'accepted' || effect.state.is === 'confirmed' || effect.state.is === 'dead';
}

/** When a worker may take it; undefined when none may. */
export function dueAt(effect: Effect): number | undefined {
  return 'dueAt' in effect.state ? effect.state.dueAt : undefined;
}

/**
 * Tries before an effect is given up, about a minute apart after the first few: a provider or uplink that is gone
 * for hours must not lose a page. What is refused for good goes to the next route at once.
 */
export const MAX_ATTEMPTS: Record<EffectKind, number> = {
  'ticket.open': 1_500,
  'ticket.note': 200,
  'ticket.reopen': 1_500,
  'ticket.resolve': 1_500,
  'ticket.raise': 200,
  // A convenience: what is refused must not hold up the words behind it.
  'ticket.assign': 8,
  'ticket.sweep': 200,
  'ticket.reply': 200,
  'hold.open': 1_500,
  'hold.note': 200,
  'hold.reopen': 1_500,
  'hold.resolve': 1_500,
  'hold.assign': 8,
  page: 360,
  notice: 120,
  event: 1_500,
};

export function claim(effect: Effect, now: number, leaseMs: number): Effect {
  return {
    ...effect,
    attempts: effect.attempts + 1,
    state: { is: 'sending', since: now, leaseUntil: now + leaseMs },
  };
}

/** What the outcome of an attempt makes of the effect. */
export function settle(effect: Effect, outcome: Outcome<string>, now: number, random: number): Effect {
  switch (outcome.is) {
    case 'done':
      return { ...effect, state: { is: 'accepted', at: now, remoteId: outcome.value } };
    case 'permanent':
      return {
        ...effect,
        state: {
          is: 'dead',
          at: now,
          why: outcome.why,
          ...(outcome.isOurs && { isOurs: true }),
          ...(outcome.isMoot && { isMoot: true }),
        },
      };
    case 'ambiguous': {
      const doubts = (effect.doubts ?? 0) + 1;
      // A second, then nearly ten, then a minute: whoever gets it twice must not get it without end.
      const wait = backoffMs(isMessage(effect) ? 3 * doubts - 2 : 1, random);
      return {
        ...effect,
        doubts,
        state: { is: 'ambiguous', dueAt: now + wait, since: now, why: outcome.why },
      };
    }
    case 'temporary': {
      if (effect.attempts >= MAX_ATTEMPTS[effect.kind]) {
        const why = say('delivery.gave-up', { count: effect.attempts, why: outcome.why });
        return { ...effect, state: { is: 'dead', at: now, why } };
      }
      const wait = Math.max(
        backoffMs(effect.attempts, random),
        Math.min(Number.isFinite(outcome.retryAfterMs) ? outcome.retryAfterMs! : 0, 300_000),
      );
      return { ...effect, state: { is: 'retrying', dueAt: now + wait, why: outcome.why } };
    }
  }
}

/**
 * How much longer than the lag window something in doubt is looked for before it is done again: where every answer
 * is lost and nothing is ever found, that must not become a ticket a minute.
 */
export const cautionMs = ({ doubts = 0 }: Pick<Effect, 'doubts'>): number =>
  doubts < 2 ? 0 : Math.min(6 * 3_600_000, 60_000 * 4 ** (doubts - 2));

/** Times that something which can be neither found nor confirmed is sent before it takes another way. */
export const MOST_DOUBTS = 3;

/** After a crash nobody knows whether what was being sent has left: it is looked up before it is sent again. */
export function afterCrash(effect: Effect, now: number): Effect {
  if (effect.state.is !== 'sending') return effect;
  const why = say('delivery.stopped');
  return { ...effect, state: { is: 'ambiguous', dueAt: now, since: effect.state.since, why } };
}

/** A worker that does not come back within its lease leaves it unknown whether it has done its work. */
export function afterLease(effect: Effect, now: number): Effect {
  if (effect.state.is !== 'sending') return effect;
  const why = say('delivery.never-finished');
  return { ...effect, state: { is: 'ambiguous', dueAt: now, since: effect.state.since, why } };
}

/** Waits between questions for a delivery receipt; after the last one nobody asks any more. */
const RECEIPT_WAITS_MS = [5_000, 15_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000];

/** The next question for a receipt, after `asked` of them. */
export function askLater(effect: Effect, asked: number, now: number): Effect {
  if (effect.state.is !== 'accepted') return effect;
  const wait = RECEIPT_WAITS_MS[asked];
  const askAt = wait === undefined ? undefined : now + wait;
  return { ...effect, state: { ...effect.state, asked, askAt } };
}

/** What a delivery receipt makes of an accepted message. */
export function receive(effect: Effect, receipt: Receipt, now: number): Effect {
  if (effect.state.is !== 'accepted') return effect;
  const { remoteId, asked = 0 } = effect.state;
  switch (receipt.is) {
    case 'delivered':
      return { ...effect, state: { is: 'confirmed', at: now, remoteId } };
    case 'undelivered':
      return {
        ...effect,
        state: {
          is: 'dead',
          at: now,
          why: say('delivery.accepted-not-delivered', { why: receipt.why }),
          ...(receipt.isOurs && { isOurs: true }),
        },
      };
    case 'under-way':
      return askLater(effect, asked + 1, now);
  }
}

/** What a provider says of a message that it has accepted. */
export type Receipt =
  | { is: 'delivered' }
  | { is: 'under-way' }
  /** `isOurs`: the fault is in our account, and hits everybody. */
  | { is: 'undelivered'; why: string; isOurs?: boolean };

/** Waiting work that something has made urgent: due at once. */
export function hurry(effect: Effect, now: number): Effect {
  if (effect.state.is !== 'pending' || effect.state.dueAt <= now) return effect;
  return { ...effect, state: { is: 'pending', dueAt: now } };
}
