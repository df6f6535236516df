// One file although it is long: queues, lanes and claims are one state, and its order must be checkable in one place.
import { DueQueue } from '../core/due-queue.ts';
import {
  afterCrash,
  afterLease,
  askLater,
  claim,
  dueAt,
  hurry,
  isEventPost,
  isMessage,
  isSettled,
  isTicketOrder,
  settle,
  type Effect,
  type Message,
  type Outcome,
} from '../core/effect.ts';
import { shiftEffect } from '../core/shift.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Fence } from '../core/fence.ts';
import type { Change } from '../store/store.ts';
import { bundleKeyOf, isReady, standingFor, waitingAgain } from './bundle.ts';
import type { Accepted, EndedEffect } from '../core/accepted.ts';
import type { Deliverer } from './deliverer.ts';
import { MessagePace } from './message-pace.ts';
import { hookQueue, ticketQueue } from '../core/queues.ts';
import { inDoubt, inDoubtForEver, type DoubtVerdict } from '../core/in-doubt.ts';
import { formatDuration } from '../core/duration.ts';
import { say } from '../text/say.ts';

export interface OutboxPorts {
  clock: Clock;
  /** Nothing is sent while it is not held. */
  fence: Fence;
  random(): number;
  commit(change: Change): Promise<void>;
  /** Records ended effects together with what follows from them. */
  settled(ended: readonly EndedEffect[]): Promise<void>;
  /** A provider has accepted a message, and its delivery receipt can be asked for. */
  onReceiptWanted(effect: Effect): void;
  /** An internal error; the outbox recovers the affected effects. */
  onFault(error: unknown): void;
  /** The end of every attempt, for log and metrics. */
  onOutcome(effect: Effect, queue: string): void;
}

/** How often is asked whether this process may act again. */
const NOT_HELD_MS = 1_000;
/** Delay before the retry after an internal error. */
const FAULT_MS = 30_000;

interface Queue {
  deliverer: Deliverer;
  due: DueQueue<string>;
  running: number;
  timer: Timer | undefined;
}

/**
 * Carries out the stored effects. Each queue has its own pace; within a lane one effect ends before the next begins. No
 * attempt starts before its claim is durable.
 */
export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #queues = new Map<string, Queue>();
  /** Effects that are not settled, by id. */
  readonly #live = new Map<string, Effect>();
  readonly #byIncident = new Map<string, Set<string>>();
  /** Effect ids of each lane, in the order they were decided; only the first of a lane may run. */
  readonly #lanes = new Map<string, string[]>();
  /** When each running attempt began, on the monotonic clock. */
  readonly #running = new Map<string, number>();
  /** Until when an effect waits because its recipient has just been sent another message. */
  readonly #gapUntil = new Map<string, number>();
  readonly #pace: MessagePace;
  #idle: (() => void)[] = [];
  #stopped = true;

  constructor(ports: OutboxPorts) {
    this.#ports = ports;
    this.#pace = new MessagePace(ports.clock);
  }

  /** Sets the queues. A replaced queue keeps its waiting effects; those of a removed queue fail as undeliverable. */
  setDeliverers(deliverers: readonly Deliverer[]): void {
    for (const [name, queue] of this.#queues) {
      if (deliverers.some((deliverer) => deliverer.queue === name)) continue;
      queue.timer?.cancel();
      this.#queues.delete(name);
    }
    for (const deliverer of deliverers) {
      const queue = this.#queues.get(deliverer.queue);
      if (queue) queue.deliverer = deliverer;
      else {
        this.#queues.set(deliverer.queue, {
          deliverer,
          due: new DueQueue(),
          running: 0,
          timer: undefined,
        });
      }
    }
    for (const effect of this.#live.values()) this.#ready(effect);
  }

  /** Starts attempting due effects. */
  start(): void {
    this.#stopped = false;
    for (const effect of this.#live.values()) this.#ready(effect);
  }

  /** Resumes the effects of the last run; those that were being sent when it ended are looked up first. */
  restore(effects: readonly Effect[]): void {
    const now = this.#ports.clock.now();
    // Another instance may have gone on until this one took over; a process that alone can open the store has ended.
    const lastSentAt = this.#ports.fence.epoch > 0 ? now : undefined;
    this.enqueue(effects.map((effect) => afterCrash(effect, now, lastSentAt)));
  }

  enqueue(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (isSettled(effect)) continue;
      this.#live.set(effect.id, effect);
      const ofIncident = this.#byIncident.get(effect.incident);
      if (ofIncident) ofIncident.add(effect.id);
      else this.#byIncident.set(effect.incident, new Set([effect.id]));
      const lane = this.#lanes.get(effect.lane);
      if (lane) lane.push(effect.id);
      else this.#lanes.set(effect.lane, [effect.id]);
      this.#ready(effect);
    }
  }

  /** The ticket exists: messages that were held back to wait for it are sent now. */
  hurryMessages(incident: string): void {
    const now = this.#ports.clock.now();
    for (const effect of this.liveOf(incident)) {
      if (!isMessage(effect)) continue;
      const hurried = hurry(effect, now);
      if (hurried === effect) continue;
      this.#live.set(effect.id, hurried);
      this.#ready(hurried);
    }
  }

  /** A helpdesk or channel responds again: its effects that wait for a retry are retried now. */
  tryAgain(queue: string): void {
    const now = this.#ports.clock.now();
    for (const effect of this.#live.values()) {
      if (effect.state.is !== 'retrying' || this.queueOf(effect) !== queue) continue;
      const sooner: Effect = { ...effect, state: { ...effect.state, dueAt: now } };
      this.#live.set(effect.id, sooner);
      this.#ready(sooner);
    }
  }

  hasLive(incident: string): boolean {
    return this.#byIncident.has(incident);
  }

  /** The incident's effects that are not settled, in the order they were decided. */
  liveOf(incident: string): Effect[] {
    return [...(this.#byIncident.get(incident) ?? [])].flatMap((id) => this.#live.get(id) ?? []);
  }

  live(): Effect[] {
    return [...this.#live.values()];
  }

  /** After a clock step: waiting effects still wait as long as they would have. */
  shift(byMs: number): Promise<void> {
    const moved = [...this.#live.values()].map((effect) => shiftEffect(effect, byMs));
    for (const effect of moved) this.#live.set(effect.id, effect);
    this.wake();
    return this.#ports.commit({ effects: moved.filter(({ id }) => !this.#running.has(id)) });
  }

  /** Queues everything that waits again: time may have passed unnoticed, or a queue entry been lost. */
  wake(): void {
    for (const effect of this.#live.values()) this.#ready(effect);
  }

  /** Gives up attempts whose lease has expired; returns their effects. */
  async expireLeases(): Promise<Effect[]> {
    const now = this.#ports.clock.now();
    const expired = [...this.#live.values()]
      .filter((effect) => this.hasExpired(effect))
      .map((effect) => afterLease(effect, now));
    for (const effect of expired) {
      this.#live.set(effect.id, effect);
      this.#running.delete(effect.id);
    }
    if (expired.length > 0) await this.#ports.commit({ effects: expired });
    for (const effect of expired) this.#ready(effect);
    return expired;
  }

  /**
   * True if it has been running longer than any attempt may, on the monotonic clock, which stops during system sleep.
   */
  hasExpired({ id, state }: Effect): boolean {
    if (state.is !== 'sending') return false;
    const since = this.#running.get(id) ?? -Infinity;
    return this.#ports.clock.monotonic() - since > state.leaseUntil - state.since;
  }

  /** True if it could be sent now but is not: first in its lane, room in its queue, and no gap to wait for. */
  isStuck(effect: Effect): boolean {
    const queue = this.#queues.get(this.queueOf(effect));
    return (
      !this.#running.has(effect.id) &&
      this.#lanes.get(effect.lane)?.[0] === effect.id &&
      (this.#gapUntil.get(effect.id) ?? -Infinity) < this.#ports.clock.now() &&
      (queue === undefined || queue.running < queue.deliverer.concurrency)
    );
  }

  /** Takes in unfinished effects that the store holds and the outbox does not know. */
  adopt(effects: readonly Effect[]): void {
    this.restore(effects.filter(({ id }) => !this.#live.has(id)));
  }

  queueOf(effect: Effect): string {
    if (isTicketOrder(effect)) return ticketQueue(effect.content.helpdesk);
    return isEventPost(effect) ? hookQueue(effect.content.hook) : (effect.content as Message).via;
  }

  /** Starts nothing new; resolves when running attempts have ended. Waiting effects stay in the store. */
  stop(): Promise<void> {
    this.#stopped = true;
    for (const queue of this.#queues.values()) queue.timer?.cancel();
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #ready(effect: Effect): void {
    const due = dueAt(effect);
    const queue = this.#queues.get(this.queueOf(effect));
    if (due === undefined || this.#lanes.get(effect.lane)?.[0] !== effect.id) return;
    if (queue === undefined) {
      if (!this.#stopped && !this.#running.has(effect.id)) void this.#lose(effect);
      return;
    }
    queue.due.push(due, effect.id);
    this.#pump(queue);
  }

  #pump(queue: Queue): void {
    if (this.#stopped) return;
    if (!this.#ports.fence.isHeld()) {
      queue.timer?.cancel();
      queue.timer = this.#ports.clock.after(NOT_HELD_MS, () => this.#pump(queue));
      return;
    }
    const now = this.#ports.clock.now();
    while (queue.running < queue.deliverer.concurrency) {
      const next = queue.due.popDue(now);
      if (next === undefined) break;
      const effect = this.#live.get(next.item);
      // A hurried or retried effect leaves its earlier queue entry behind.
      if (!effect || this.#running.has(effect.id) || (dueAt(effect) ?? Infinity) > now) continue;
      const wait = this.#gap(queue, effect);
      if (wait > 0) {
        this.#gapUntil.set(effect.id, now + wait);
        queue.due.push(now + wait, effect.id);
        continue;
      }
      queue.running++;
      const bundle = [
        effect,
        ...(mayHaveArrived(queue.deliverer, effect) ? [] : this.#followers(queue, effect, now)),
      ];
      for (const { id } of bundle) {
        this.#running.set(id, this.#ports.clock.monotonic());
        this.#gapUntil.delete(id);
      }
      void this.#run(queue, bundle);
    }
    queue.timer?.cancel();
    const nextMs = queue.due.nextMs;
    if (nextMs === undefined || queue.running >= queue.deliverer.concurrency) return;
    queue.timer = this.#ports.clock.after(Math.max(0, nextMs - now), () => this.#pump(queue));
  }

  /** How long a message must wait because its recipient has just been sent another. */
  #gap({ deliverer }: Queue, effect: Effect): number {
    const key = bundleKeyOf(deliverer, effect);
    return key === undefined ? 0 : this.#pace.take(`${deliverer.queue} ${key}`);
  }

  /** Effects for the same recipient on the same channel that could be sent now, or right after others in the bundle. */
  #followers({ deliverer }: Queue, lead: Effect, now: number): Effect[] {
    const key = bundleKeyOf(deliverer, lead);
    if (key === undefined) return [];
    const taken = new Set([lead.id]);
    return [...this.#live.values()].filter((effect) => {
      const lane = this.#lanes.get(effect.lane) ?? [];
      const goes =
        effect.id !== lead.id &&
        this.queueOf(effect) === deliverer.queue &&
        (dueAt(effect) ?? Infinity) <= now &&
        !this.#running.has(effect.id) &&
        lane.slice(0, lane.indexOf(effect.id)).every((id) => taken.has(id)) &&
        bundleKeyOf(deliverer, effect) === key &&
        isReady(deliverer, effect);
      if (goes) taken.add(effect.id);
      return goes;
    });
  }

  async #run(queue: Queue, bundle: readonly Effect[]): Promise<void> {
    const begun = bundle.map(({ id }) => [id, this.#running.get(id)] as const);
    try {
      await this.#deliver(queue.deliverer, bundle);
    } catch (error) {
      await this.#failed(bundle, error);
    } finally {
      queue.running--;
      for (const [id, since] of begun) {
        // If its lease expired meanwhile, it was given up and may already be running again.
        if (this.#running.get(id) !== since) continue;
        this.#running.delete(id);
        const live = this.#live.get(id);
        if (live && isSettled(live)) this.#leave(live);
        else if (live) this.#ready(live);
      }
      this.#pump(queue);
      if (this.#stopped && this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** An internal error in mid-delivery: effects that may have been sent become ambiguous; the others are retried. */
  async #failed(bundle: readonly Effect[], error: unknown): Promise<void> {
    const { clock, commit, onOutcome, onFault } = this.#ports;
    onFault(error);
    const now = clock.now();
    const why = say('delivery.internal-error-with-details', {
      error: error instanceof Error ? error.message : String(error),
    });
    const after = bundle.flatMap(({ id }) => {
      const live = this.#live.get(id);
      if (!live || isSettled(live)) return [];
      const is = live.state.is === 'sending' ? 'ambiguous' : 'temporary';
      return [
        settle(
          { ...live, attempts: Math.max(1, live.attempts) },
          { is, why, retryAfterMs: FAULT_MS },
          now,
          0,
        ),
      ];
    });
    for (const effect of after) {
      this.#live.set(effect.id, effect);
      onOutcome(effect, this.queueOf(effect));
    }
    await commit({ effects: after }).catch(onFault);
  }

  /** An effect has ended: the next of its lane may run. */
  #leave({ id, lane: name, incident }: Effect): void {
    const ofIncident = this.#byIncident.get(incident);
    ofIncident?.delete(id);
    if (ofIncident?.size === 0) this.#byIncident.delete(incident);
    const lane = this.#lanes.get(name)?.filter((other) => other !== id);
    this.#live.delete(id);
    this.#gapUntil.delete(id);
    if (lane === undefined || lane.length === 0) this.#lanes.delete(name);
    else this.#lanes.set(name, lane);
    const next = lane?.[0] === undefined ? undefined : this.#live.get(lane[0]);
    if (next) this.#ready(next);
  }

  /** The effect's queue is no longer configured: it fails like everything that cannot be delivered. */
  async #lose(effect: Effect): Promise<void> {
    this.#running.set(effect.id, this.#ports.clock.monotonic());
    const queue = this.queueOf(effect);
    const why = say('delivery.channel-gone', { channel: queue });
    const dead = settle(effect, { is: 'permanent', why }, this.#ports.clock.now(), 0);
    this.#ports.onOutcome(dead, queue);
    await this.#ports.settled([{ effect: dead }]);
    this.#running.delete(effect.id);
    this.#leave(effect);
  }

  /** Takes one effect, with any bundled into it, to its end or its next retry. */
  async #deliver(deliverer: Deliverer, [effect, ...followers]: readonly Effect[]): Promise<void> {
    const { clock, commit } = this.#ports;
    if (effect === undefined) return;
    if (effect.state.is === 'ambiguous' && (await this.#lookUp(deliverer, effect))) return;
    const current = this.#live.get(effect.id) ?? effect;
    const others = new Set(followers.map(({ incident }) => incident));
    others.delete(current.incident);
    const prepared = deliverer.prepare(current, others.size);
    if (prepared.is !== 'ready') {
      // Only the lead could not be sent; its followers continue on their own.
      return this.#record(deliverer, [{ ...current, attempts: current.attempts + 1 }], prepared);
    }
    const all = [prepared.effect, ...followers.map((follower) => standingFor(prepared.effect, follower))];
    const claimed = all.map((one) => claim(one, clock.now(), deliverer.deadlineMs * 2));
    for (const one of claimed) this.#live.set(one.id, one);
    await commit({ effects: claimed });
    // A failing disk can delay this commit; if the lease expired meanwhile, the effect has been given up.
    if (!this.#isStillOurs(claimed[0]!)) return;
    const outcome = await this.#attempt(deliverer, claimed[0]!);
    if (this.#isStillOurs(claimed[0]!)) await this.#record(deliverer, claimed, outcome);
  }

  #attempt(deliverer: Deliverer, effect: Effect): Promise<Outcome<Accepted>> {
    // The commit of the claim may have taken long: the right to act may have been lost meanwhile.
    if (!this.#ports.fence.isHeld())
      return Promise.resolve({ is: 'temporary', why: say('delivery.may-not-act') });
    return this.#bounded(deliverer, deliverer.attempt(effect));
  }

  /** True if the claim of this attempt is still the current one. */
  #isStillOurs({ id, attempts }: Effect): boolean {
    const live = this.#live.get(id);
    return live?.state.is === 'sending' && live.attempts === attempts;
  }

  /** After an ambiguous attempt: returns true if nothing more is done now, false if the effect is to be sent. */
  async #lookUp(deliverer: Deliverer, effect: Effect): Promise<boolean> {
    const { clock } = this.#ports;
    const looking = deliverer.lookUp(effect);
    if (looking === undefined) return this.#resolve(deliverer, effect, inDoubtForEver(effect));
    const found = await this.#bounded(deliverer, looking);
    // There may have been a clock step during the lookup.
    const live = this.#live.get(effect.id);
    if (live === undefined || !isAmbiguous(live)) return true;
    return this.#resolve(deliverer, live, inDoubt(live, found, clock.now(), deliverer.lagMs));
  }

  /** Carries out the verdict on an ambiguous effect; returns false if it is to be sent as if for the first time. */
  async #resolve(deliverer: Deliverer, effect: Effect, verdict: DoubtVerdict<Accepted>): Promise<boolean> {
    switch (verdict.do) {
      case 'send':
        return false;
      case 'record':
        await this.#record(deliverer, [effect], verdict.outcome);
        return true;
      case 'send-again':
        return this.#sendAgain(effect as Effect<Message>);
      case 'give-up': {
        const why = say('delivery.unconfirmed', { count: verdict.doubts });
        await this.#record(deliverer, [effect], { is: 'permanent', why });
        return true;
      }
      case 'look-again': {
        const later: Effect = { ...effect, state: { ...(effect.state as Ambiguous), dueAt: verdict.dueAt } };
        this.#live.set(effect.id, later);
        await this.#ports.commit({ effects: [later] });
        return true;
      }
    }
  }

  /** Sends an ambiguous message once more, marked as a possible duplicate; it may be bundled like any other message. */
  async #sendAgain(effect: Effect<Message>): Promise<true> {
    const content = { ...effect.content, perhapsDouble: true, bundledCode: undefined, text: undefined };
    const again: Effect = { ...effect, content, state: { is: 'pending', dueAt: this.#ports.clock.now() } };
    this.#live.set(effect.id, again);
    await this.#ports.commit({ effects: [again] });
    return true;
  }

  async #record(
    deliverer: Deliverer,
    [first, ...followers]: readonly Effect[],
    outcome: Outcome<Accepted>,
  ): Promise<void> {
    const { clock, random, commit, settled, onOutcome, onReceiptWanted } = this.#ports;
    const simple: Outcome<string> =
      outcome.is === 'done' ? { is: 'done', value: outcome.value.remoteId } : outcome;
    const now = clock.now();
    const lead = settle(first!, simple, now, random());
    // Acceptance or permanent refusal applies to the whole bundle; otherwise its followers wait to be bundled again.
    const forAll = outcome.is === 'done' || outcome.is === 'permanent';
    const others = followers.map((one) =>
      forAll ? settle(one, simple, now, 0) : waitingAgain(one, lead, now),
    );
    const wanted = lead.state.is === 'accepted' && deliverer.receipt !== undefined;
    const all = [lead, ...others].map((one) => (wanted ? askLater(one, 0, now) : one));
    for (const one of all) {
      this.#live.set(one.id, one);
      if (forAll || one.id === lead.id) onOutcome(one, deliverer.queue);
    }
    const waiting = all.filter((one) => !isSettled(one));
    if (waiting.length > 0) await commit({ effects: waiting });
    const ended = all.filter(isSettled);
    if (ended.length === 0) return;
    const accepted = outcome.is === 'done' ? outcome.value : undefined;
    await settled(ended.map((effect) => ({ effect, accepted })));
    if (wanted) for (const one of ended) onReceiptWanted(one);
  }

  #bounded<Value>(deliverer: Deliverer, work: Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    const { clock } = this.#ports;
    return new Promise((resolve) => {
      const timer = clock.after(deliverer.deadlineMs, () =>
        resolve({
          is: 'ambiguous',
          why: say('delivery.no-response', { time: formatDuration(deliverer.deadlineMs) }),
        }),
      );
      work
        .catch((error: unknown): Outcome<Value> => ({
          is: 'ambiguous',
          why: say('delivery.adapter-error', { error: String(error) }),
        }))
        .then((outcome) => {
          timer.cancel();
          resolve(outcome);
        });
    });
  }
}

/** If that can never be known, nothing is bundled into a retried message: deduplication would drop it all. */
const mayHaveArrived = ({ cannotTell }: Deliverer, { attempts, content }: Effect): boolean =>
  cannotTell === true && (attempts > 0 || (content.is === 'message' && content.perhapsDouble === true));

type Ambiguous = Extract<Effect['state'], { is: 'ambiguous' }>;

const isAmbiguous = (effect: Effect): effect is Effect & { state: Ambiguous } =>
  effect.state.is === 'ambiguous';
