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

/** Who a message is for; the person behind it is resolved at the moment of sending. */
export type Recipient =
  | { is: 'person'; name: string }
  | { is: 'schedule'; name: string }
  | { is: 'fallback'; name: string }
  | { is: 'team'; name: string }
  /** `address`: the customer's address when this was decided. */
  | { is: 'customer'; name: string; address: string }
  /** The requester of a ticket of the desk. */
  | { is: 'requester'; name: string; address: string }
  /** The vendor of the target with that name. */
  | { is: 'vendor'; name: string };

/** The customer of the target, and the names by which the helpdesk knows them. */
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
  /** Our idempotency key in the helpdesk, used to look up an ambiguous create. */
  key: string;
  subject: string;
  body: string;
  priority: Priority;
  customer?: TicketCustomer;
  /** How the incident was reported, when it is about no outage that we have detected. */
  origin?: 'phone' | 'report';
  /** The assignee, by the name used in the helpdesk. */
  assignee?: string;
  /** A status update for customers: only the last of several pending ones is worth sending, and none after the end. */
  isStatus?: boolean;
}

export interface Message {
  is: 'message';
  to: Recipient;
  /** Name of the channel in the config: `sms`, `slack`. */
  via: string;
  /** Appears in every text and link, so that a provider's list can be searched for it. */
  code: string;
  occasion: Occasion;
  /** An earlier attempt may have arrived, so this one may be a duplicate. */
  perhapsDouble?: boolean;
  /** Code of the message that includes this one: many messages at once to one person are bundled into one. */
  bundledCode?: string;
  /** Resolved at the moment of sending. */
  person?: string;
  text?: string;
}

/** An event for a webhook receiver that keeps records. */
export interface EventPost {
  is: 'event';
  /** Name of the webhook receiver in the config. */
  hook: string;
  event: string;
  /** The body as it is sent. */
  body: unknown;
}

export type Occasion =
  | { is: 'outage' }
  /** The person working on the incident has not acted for too long. */
  | { is: 'lapsed'; by: string }
  | { is: 'again' }
  | { is: 'reminder' }
  | { is: 'mobilise' }
  /** A human has escalated the incident. */
  | { is: 'asked'; by: string }
  /** Many more targets have joined the incident. */
  | { is: 'grown' }
  /** A human has marked the ticket urgent. */
  | { is: 'marked-urgent' }
  /** An SLA target of the ticket is about to be missed, or has been. */
  | { is: 'promise'; text: string; ring?: RungClock }
  /** The helpdesk is down, and the desk holds the ticket. */
  | { is: 'held' }
  | { is: 'recovery' }
  /** A status update for customers; `isLast`: the closing message. */
  | { is: 'status'; subject: string; text: string; isLast: boolean }
  /** The person working on the incident is reminded that an update for customers is due. */
  | { is: 'nudge'; dueAt: number }
  /** A vendor is asked to help. */
  | { is: 'vendor'; subject: string; text: string }
  /** News for a live message; `isLoud`: nobody should overlook it. */
  | { is: 'progress'; text: string; isLoud: boolean }
  /**
   * A mail about a ticket of the desk; mails of one `thread` belong together. `answers`: Message-ID of the mail that it
   * answers. `isHuman`: a person wrote it.
   */
  | { is: 'mail'; subject: string; text: string; thread: string; answers?: string; isHuman: boolean }
  | { is: 'test' };

/**
 * `pending → sending → accepted → confirmed`, or `retrying`, `ambiguous`, `dead`. Times are Unix milliseconds. `dueAt`
 * is when a worker may claim it.
 */
export type EffectState =
  | { is: 'pending'; dueAt: number }
  | { is: 'sending'; since: number; leaseUntil: number }
  | { is: 'retrying'; dueAt: number; why: string }
  | { is: 'ambiguous'; dueAt: number; since: number; why: string }
  /** `askAt`: when to ask the provider for the receipt; absent when it has none, or was asked often enough. */
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

/** An intended outward action, stored before it is done. Unique by incident, kind and n. */
export interface Effect<Content = TicketOrder | Message | EventPost> {
  /** `<incident>:<kind>:<n>` */
  id: string;
  incident: string;
  kind: EffectKind;
  n: number;
  /** Effects of one lane are done one after another, in the order of their decisions. */
  lane: string;
  createdAt: number;
  attempts: number;
  /** Number of attempts whose answer was lost. */
  doubts?: number;
  state: EffectState;
  content: Content;
}

export const effectId = (incident: string, kind: EffectKind, n: number): string => `${incident}:${kind}:${n}`;

/** The outcome of one attempt at an outward action. */
export type Outcome<Value> =
  | { is: 'done'; value: Value }
  /** Certainly not done; a retry may succeed. */
  | { is: 'temporary'; why: string; retryAfterMs?: number }
  /**
   * Certainly not done, and a retry will not succeed. `isOurs`: the fault is in our account or settings, and affects
   * every effect. `isMoot`: the effect is no longer wanted, and nothing is lost.
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

/** Whether no worker will claim the effect again. */
export function isSettled(effect: Effect): boolean {
  return effect.state.is === 'accepted' || effect.state.is === 'confirmed' || effect.state.is === 'dead';
}

/** When a worker may claim it; undefined when none may. */
export function dueAt(effect: Effect): number | undefined {
  return 'dueAt' in effect.state ? effect.state.dueAt : undefined;
}

/**
 * Attempts before an effect is given up, about a minute apart after the first few: an outage of a provider or uplink
 * for hours must not lose a page. A page that is rejected for good takes the next route at once.
 */
export const MAX_ATTEMPTS: Record<EffectKind, number> = {
  'ticket.open': 1_500,
  'ticket.note': 200,
  'ticket.reopen': 1_500,
  'ticket.resolve': 1_500,
  'ticket.raise': 200,
  // A convenience: a rejected assignment must not hold up the notes behind it.
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

/** Returns the effect after the outcome of an attempt. */
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
      // A message waits 1 s, 8 s, then a minute: a recipient who gets every copy must not get them without end.
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
 * How much longer than the lag window an ambiguous effect is looked up before it is retried: where every answer is lost
 * and no lookup ever finds anything, that must not become a ticket a minute.
 */
export const cautionMs = ({ doubts = 0 }: Pick<Effect, 'doubts'>): number =>
  doubts < 2 ? 0 : Math.min(6 * 3_600_000, 60_000 * 4 ** (doubts - 2));

/** How often a message that can be neither found nor confirmed is sent before it takes the next route. */
export const MOST_DOUBTS = 3;

/**
 * After a crash it is unknown whether an effect in `sending` has left: it is looked up before it is retried. `lastSentAt`:
 * until when it may have left, if that is not known to be the beginning of the attempt: the instance that began it may
 * have been stopped, not ended.
 */
export function afterCrash(effect: Effect, now: number, lastSentAt?: number): Effect {
  if (effect.state.is !== 'sending') return effect;
  const why = say('delivery.stopped');
  const since = lastSentAt ?? effect.state.since;
  return { ...effect, state: { is: 'ambiguous', dueAt: now, since, why } };
}

/** A worker did not finish within its lease: it is unknown whether the effect was done. */
export function afterLease(effect: Effect, now: number): Effect {
  if (effect.state.is !== 'sending') return effect;
  const why = say('delivery.never-finished');
  return { ...effect, state: { is: 'ambiguous', dueAt: now, since: effect.state.since, why } };
}

/** Waits between requests for a delivery receipt; after the last one the provider is not asked any more. */
const RECEIPT_WAITS_MS = [5_000, 15_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000];

/** Schedules the next request for a receipt, after `asked` of them. */
export function askLater(effect: Effect, asked: number, now: number): Effect {
  if (effect.state.is !== 'accepted') return effect;
  const wait = RECEIPT_WAITS_MS[asked];
  const askAt = wait === undefined ? undefined : now + wait;
  return { ...effect, state: { ...effect.state, asked, askAt } };
}

/** Returns an accepted message after its delivery receipt. */
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

/** What a provider reports about a message that it has accepted. */
export type Receipt =
  | { is: 'delivered' }
  | { is: 'under-way' }
  /** `isOurs`: the fault is in our account, and affects every message. */
  | { is: 'undelivered'; why: string; isOurs?: boolean };

/** Makes a pending effect due at once. */
export function hurry(effect: Effect, now: number): Effect {
  if (effect.state.is !== 'pending' || effect.state.dueAt <= now) return effect;
  return { ...effect, state: { is: 'pending', dueAt: now } };
}
