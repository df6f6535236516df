import type { Clock } from '../core/clock.ts';
import { effectId, type Effect, type Message } from '../core/effect.ts';
import type { Incident } from '../core/incident.ts';
import type { NewCode } from '../core/new-code.ts';
import type { Subscriber } from '../core/subscriber.ts';
import { clockTimeSeenFrom } from '../core/wording.ts';
import { say } from '../text/say.ts';
import type { Change } from '../store/store.ts';
import { incidentTitle, updatesOf, updateText } from './public-words.ts';
import { publicIncidentOf } from './status-view.ts';
import type { StatusSettings } from './status-settings.ts';
import type { Target } from '../core/target.ts';

/** Larger lists need a mailing service. */
const MAX_SUBSCRIBERS = 1_000;
const ASK_AGAIN_MS = 15 * 60_000;
/** Gap between the mails of one announcement. */
const MAIL_GAP_MS = 250;
/** Addresses never confirmed belong to other people, or are mistyped. */
const UNCONFIRMED_MS = 86_400_000;

export interface SubscriptionPorts {
  clock: Clock;
  newCode: NewCode;
  newToken: NewCode;
  settings(): StatusSettings | undefined;
  targets(): readonly Target[];
  timeZone(): string;
  commit(change: Pick<Change, 'subscribers' | 'removedSubscribers' | 'newEffects'>): Promise<void>;
  enqueue(effects: readonly Effect[]): void;
  effect(id: string): Promise<Effect | undefined>;
}

type Phase = 'begun' | 'over';

/** Manages the subscribers of the status page, and mails them its updates. */
export class Subscriptions {
  readonly #ports: SubscriptionPorts;
  readonly #subscribers = new Map<string, Subscriber>();
  #telling: Promise<void> = Promise.resolve();

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports;
  }

  restore(subscribers: readonly Subscriber[]): void {
    for (const subscriber of subscribers) this.#subscribers.set(subscriber.email, subscriber);
  }

  /**
   * Asks the owner of the address for confirmation. Never reveals whether the address is known; `full`: no more are
   * taken. Durable when it resolves.
   */
  async ask(address: string): Promise<'asked' | 'full'> {
    const { clock, newCode, newToken, settings } = this.#ports;
    const email = address.toLowerCase();
    const now = clock.now();
    const known = this.#subscribers.get(email);
    if (known?.confirmedAt !== undefined) return 'asked';
    // Entering another person's address repeatedly sends them one mail only.
    if (known && now - known.askedAt < ASK_AGAIN_MS) return 'asked';
    await this.#letGoOfUnconfirmed(now);
    if (!known && this.#subscribers.size >= MAX_SUBSCRIBERS) return 'full';
    const { title, url } = settings()!;
    const subscriber: Subscriber = { email, token: known?.token ?? newToken(), askedAt: now };
    const mail = this.#mail(
      `status-ask-${newCode()}`,
      1,
      subscriber,
      say('status.confirm-subject', { page: title }),
      say('status.confirm-mail', { page: title, link: `${url}/confirm/${subscriber.token}` }),
    );
    await this.#ports.commit({ subscribers: [subscriber], newEffects: [mail] });
    this.#subscribers.set(email, subscriber);
    this.#ports.enqueue([mail]);
    return 'asked';
  }

  /** Returns false when no subscriber has that token. */
  async confirm(token: string): Promise<boolean> {
    const found = this.#byToken(token);
    if (!found) return false;
    if (found.confirmedAt !== undefined) return true;
    const confirmed = { ...found, confirmedAt: this.#ports.clock.now() };
    await this.#ports.commit({ subscribers: [confirmed] });
    this.#subscribers.set(found.email, confirmed);
    return true;
  }

  async end(token: string): Promise<void> {
    const found = this.#byToken(token);
    if (!found) return;
    await this.#ports.commit({ removedSubscribers: [found.email] });
    this.#subscribers.delete(found.email);
  }

  /** Tells all subscribers what they have not been told of an incident: that it began, or that it is over. */
  consider(incident: Incident): Promise<void> {
    // One at a time: each first looks up what has been told.
    const next = this.#telling.then(() => this.#consider(incident));
    this.#telling = next.catch(() => {});
    return next;
  }

  async #consider(incident: Incident): Promise<void> {
    const settings = this.#ports.settings();
    if (settings?.subscribe === undefined) return;
    const shown = publicIncidentOf(incident, settings, this.#ports.targets(), this.#ports.clock.now());
    if (!shown) return;
    const begin = { ...shown, resolvedAt: undefined };
    const begunAt = await this.#tell(incident, 'begun', Infinity, settings, () => ({
      title: incidentTitle(begin),
      updates: updatesOf(begin).map((update) => updateText(update, this.#timeText)),
    }));
    if (shown.resolvedAt === undefined || begunAt === undefined) return;
    const end = updatesOf(shown)[0]!;
    await this.#tell(incident, 'over', begunAt, settings, () => ({
      title: say('status.resolved-incident', { incident: incidentTitle(shown) }),
      updates: [updateText(end, this.#timeText)],
    }));
  }

  /** Mails those who had confirmed by then; returns when that was, undefined when there was nobody to tell. */
  async #tell(
    incident: Incident,
    phase: Phase,
    confirmedBy: number,
    settings: StatusSettings,
    write: () => { title: string; updates: string[] },
  ): Promise<number | undefined> {
    const about = `status-${incident.id}-${incident.episode.number - 1}-${phase}`;
    const told = await this.#ports.effect(effectId(about, 'notice', 1));
    if (told) return told.createdAt;
    // The end is announced only to those who were told of the beginning.
    if (phase === 'begun' && incident.status.is === 'resolved') return undefined;
    const wanted = [...this.#subscribers.values()].filter(
      ({ confirmedAt }) => confirmedAt !== undefined && confirmedAt <= confirmedBy,
    );
    if (wanted.length === 0) return undefined;
    const { title, updates } = write();
    const subject = say('status.mail-subject', { page: settings.title, title });
    const newEffects = wanted.map((subscriber, index) => {
      const text = say('status.mail', {
        updates: updates.join('\n'),
        url: settings.url,
        unsubscribe: `${settings.url}/leave/${subscriber.token}`,
      });
      return this.#mail(about, index + 1, subscriber, subject, text);
    });
    await this.#ports.commit({ newEffects });
    this.#ports.enqueue(newEffects);
    return newEffects[0]!.createdAt;
  }

  readonly #timeText = (at: number): string => {
    const timeZone = this.#ports.timeZone();
    return `${clockTimeSeenFrom(at, this.#ports.clock.now(), timeZone)} (${timeZone})`;
  };

  #mail(about: string, n: number, { email }: Subscriber, subject: string, text: string): Effect<Message> {
    const { clock, newCode, settings } = this.#ports;
    const via = settings()!.subscribe!;
    return {
      id: effectId(about, 'notice', n),
      incident: about,
      kind: 'notice',
      n,
      lane: `${via}/${email}`,
      createdAt: clock.now(),
      attempts: 0,
      // Staggered: a page by mail never queues behind all of them.
      state: { is: 'pending', dueAt: clock.now() + (n - 1) * MAIL_GAP_MS },
      content: {
        is: 'message',
        to: { is: 'customer', name: email, address: email },
        via,
        code: newCode(),
        occasion: { is: 'status', subject, text, isLast: true },
      },
    };
  }

  #byToken(token: string): Subscriber | undefined {
    return [...this.#subscribers.values()].find((one) => one.token === token);
  }

  async #letGoOfUnconfirmed(now: number): Promise<void> {
    const stale = [...this.#subscribers.values()].filter(
      ({ confirmedAt, askedAt }) => confirmedAt === undefined && askedAt < now - UNCONFIRMED_MS,
    );
    if (stale.length === 0) return;
    const removedSubscribers = stale.map(({ email }) => email);
    await this.#ports.commit({ removedSubscribers });
    for (const email of removedSubscribers) this.#subscribers.delete(email);
  }
}
