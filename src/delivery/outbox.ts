import { DueQueue } from '../core/due-queue.ts';
import {
  afterCrash,
  claim,
  dueAt,
  hurry,
  isMessage,
  isSettled,
  settle,
  type Effect,
  type Outcome,
} from '../core/effect.ts';
import type { TicketReference } from '../core/incident.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Change } from '../store/store.ts';
import type { Accepted, Deliverer } from './deliverer.ts';

export interface OutboxPorts {
  clock: Clock;
  random(): number;
  commit(change: Change): Promise<void>;
  /** Records an end together with what follows from it. */
  settled(effect: Effect, ticket?: TicketReference): Promise<void>;
  /** Every attempt's end, for log and metrics. */
  onOutcome(effect: Effect, queue: string): void;
}

interface Queue {
  deliverer: Deliverer;
  due: DueQueue<string>;
  running: number;
  timer: Timer | undefined;
}

/**
 * Takes intended effects from the store to the outside. Each queue has its own pace; within a lane one effect
 * ends before the next begins. Nothing is attempted before its claim is durable.
 */
export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #queues = new Map<string, Queue>();
  /** Effects that are not settled, by id. */
  readonly #live = new Map<string, Effect>();
  /** Ids in the order in which they were decided; the first of a lane is the one that may run. */
  readonly #lanes = new Map<string, string[]>();
  readonly #running = new Set<string>();
  #idle: (() => void)[] = [];
  #stopped = true;

  constructor(ports: OutboxPorts) {
    this.#ports = ports;
  }

  /** The queues that exist; a queue that is replaced keeps what waits in it, one that is gone loses it. */
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
        this.#queues.set(deliverer.queue, { deliverer, due: new DueQueue(), running: 0, timer: undefined });
      }
    }
    for (const effect of this.#live.values()) this.#ready(effect);
  }

  /** Begins to attempt what is due. */
  start(): void {
    this.#stopped = false;
    for (const effect of this.#live.values()) this.#ready(effect);
  }

  /** Goes on with what the last run left; what was being sent then is looked up first. */
  restore(effects: readonly Effect[]): void {
    this.enqueue(effects.map((effect) => afterCrash(effect, this.#ports.clock.now())));
  }

  enqueue(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (isSettled(effect)) continue;
      this.#live.set(effect.id, effect);
      const lane = this.#lanes.get(effect.lane);
      if (lane) lane.push(effect.id);
      else this.#lanes.set(effect.lane, [effect.id]);
      this.#ready(effect);
    }
  }

  /** The ticket stands: messages that gave it a head start leave now. */
  hurryMessages(incident: string): void {
    const now = this.#ports.clock.now();
    for (const effect of this.#live.values()) {
      if (effect.incident !== incident || !isMessage(effect)) continue;
      const hurried = hurry(effect, now);
      if (hurried === effect) continue;
      this.#live.set(effect.id, hurried);
      this.#ready(hurried);
    }
  }

  hasLive(incident: string): boolean {
    for (const effect of this.#live.values()) if (effect.incident === incident) return true;
    return false;
  }

  live(): Effect[] {
    return [...this.#live.values()];
  }

  queueOf(effect: Effect): string {
    return isMessage(effect) ? effect.content.via : 'ticket';
  }

  /** Takes nothing new; resolves when what is under way has ended. What waits stays in the store. */
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
    const now = this.#ports.clock.now();
    while (queue.running < queue.deliverer.concurrency) {
      const next = queue.due.popDue(now);
      if (next === undefined) break;
      const effect = this.#live.get(next.item);
      // A hurried or retried effect leaves its earlier entry behind.
      if (!effect || this.#running.has(effect.id) || (dueAt(effect) ?? Infinity) > now) continue;
      queue.running++;
      this.#running.add(effect.id);
      void this.#run(queue, effect);
    }
    queue.timer?.cancel();
    const nextMs = queue.due.nextMs;
    if (nextMs === undefined || queue.running >= queue.deliverer.concurrency) return;
    queue.timer = this.#ports.clock.after(Math.max(0, nextMs - now), () => this.#pump(queue));
  }

  async #run(queue: Queue, effect: Effect): Promise<void> {
    const { deliverer } = queue;
    const ended = await this.#deliver(deliverer, effect);
    this.#running.delete(effect.id);
    queue.running--;
    if (ended) this.#leave(effect);
    else this.#ready(this.#live.get(effect.id)!);
    this.#pump(queue);
    if (this.#stopped && this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** An effect has come to its end: the next of its lane may run. */
  #leave({ id, lane: name }: Effect): void {
    const lane = this.#lanes.get(name);
    this.#live.delete(id);
    lane?.shift();
    if (lane?.length === 0) this.#lanes.delete(name);
    const next = lane?.[0] === undefined ? undefined : this.#live.get(lane[0]);
    if (next) this.#ready(next);
  }

  /** Its channel is no longer configured: it goes the way of everything that cannot be delivered. */
  async #lose(effect: Effect): Promise<void> {
    this.#running.add(effect.id);
    const queue = this.queueOf(effect);
    const why = `there is no channel ${queue} any more`;
    const dead = settle(effect, { is: 'permanent', why }, this.#ports.clock.now(), 0);
    this.#ports.onOutcome(dead, queue);
    await this.#ports.settled(dead);
    this.#running.delete(effect.id);
    this.#leave(effect);
  }

  /** True when the effect has come to its end. */
  async #deliver(deliverer: Deliverer, effect: Effect): Promise<boolean> {
    const { clock, commit } = this.#ports;
    if (effect.state.is === 'ambiguous') {
      const found = await this.#lookUp(deliverer, effect);
      if (found !== 'try-again') return found;
    }
    const prepared = deliverer.prepare(effect);
    if (prepared.is !== 'ready') {
      return this.#record(deliverer, { ...effect, attempts: effect.attempts + 1 }, prepared);
    }
    const claimed = claim(prepared.effect, clock.now(), deliverer.deadlineMs * 2);
    this.#live.set(effect.id, claimed);
    await commit({ effects: [claimed] });
    return this.#record(deliverer, claimed, await this.#bounded(deliverer, deliverer.attempt(claimed)));
  }

  async #lookUp(deliverer: Deliverer, effect: Effect): Promise<boolean | 'try-again'> {
    const { clock } = this.#ports;
    const looking = deliverer.lookUp(effect);
    if (looking === undefined || effect.state.is !== 'ambiguous') return 'try-again';
    const found = await this.#bounded(deliverer, looking);
    if (found.is === 'done' && found.value !== null)
      return this.#record(deliverer, effect, { ...found, value: found.value });
    const now = clock.now();
    const visibleAt = effect.state.since + deliverer.lagMs;
    // A second message is better than none; a second ticket is not.
    if (visibleAt <= now && (found.is === 'done' || isMessage(effect))) return 'try-again';
    // Not to be known yet: neither done nor not done, so nothing is posted.
    const wait = found.is === 'done' ? visibleAt - now : lookAgainMs(now - effect.state.since);
    const later: Effect = { ...effect, state: { ...effect.state, dueAt: now + wait } };
    this.#live.set(effect.id, later);
    await this.#ports.commit({ effects: [later] });
    return false;
  }

  async #record(deliverer: Deliverer, effect: Effect, outcome: Outcome<Accepted>): Promise<boolean> {
    const { clock, random, commit, settled, onOutcome } = this.#ports;
    const simple: Outcome<string> =
      outcome.is === 'done' ? { is: 'done', value: outcome.value.remoteId } : outcome;
    const after = settle(effect, simple, clock.now(), random());
    this.#live.set(effect.id, after);
    onOutcome(after, deliverer.queue);
    if (!isSettled(after)) {
      await commit({ effects: [after] });
      return false;
    }
    await settled(after, outcome.is === 'done' ? outcome.value.ticket : undefined);
    return true;
  }

  #bounded<Value>(deliverer: Deliverer, work: Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    const { clock } = this.#ports;
    return new Promise((resolve) => {
      const timer = clock.after(deliverer.deadlineMs, () =>
        resolve({ is: 'ambiguous', why: `no answer within ${deliverer.deadlineMs} ms` }),
      );
      work
        .catch((error: unknown): Outcome<Value> => ({
          is: 'ambiguous',
          why: `a fault in the adapter: ${String(error)}`,
        }))
        .then((outcome) => {
          timer.cancel();
          resolve(outcome);
        });
    });
  }
}

/** Looks again after half of the time that it has been unknown, from a second to a minute. */
const lookAgainMs = (unknownMs: number): number => Math.min(60_000, Math.max(1_000, unknownMs / 2));
