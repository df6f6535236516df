import type { Clock } from '../core/clock.ts';
import type { HumanAction } from '../core/human-action.ts';
import { isOpen, type Incident } from '../core/incident.ts';
import type { DecisionReason } from '../core/incident-draft.ts';
import type { IncidentKeeper } from '../incidents/incident-keeper.ts';
import type { Store } from '../store/store.ts';

/** Outcome of an answer from outside. */
export type Answered =
  | { is: 'done'; because: DecisionReason; incident: Incident }
  /** The same call has already been handled. */
  | { is: 'repeated'; at: number; incident: Incident }
  /** The outage is over. */
  | { is: 'over'; incident: Incident }
  | { is: 'unknown' };

export interface AnswerDeskPorts {
  clock: Clock;
  keeper: Pick<IncidentKeeper, 'get' | 'act'>;
  store: Pick<Store, 'incident' | 'inbound'>;
}

export interface Answer {
  incident: string;
  by: string;
  action: HumanAction;
  /** Idempotency key of the call: a second call with the same key does nothing. */
  once: string;
}

/**
 * Takes answers from everywhere: link, text message, button, keypad. The action and the fact that it was taken are
 * stored together, so that a repeated call, even after a crash, is answered but not carried out again.
 */
export class AnswerDesk {
  readonly #ports: AnswerDeskPorts;
  /** Calls in progress, so that two calls with the same key cannot both find that there was none before. */
  readonly #underWay = new Map<string, Promise<Answered>>();

  constructor(ports: AnswerDeskPorts) {
    this.#ports = ports;
  }

  async take(answer: Answer): Promise<Answered> {
    const before = this.#underWay.get(answer.once);
    if (before) {
      const first = await before;
      return first.is === 'done' ? { ...first, is: 'repeated', at: this.#ports.clock.now() } : first;
    }
    const work = this.#take(answer);
    this.#underWay.set(answer.once, work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(answer.once);
    }
  }

  async #take({ incident: id, by, action, once }: Answer): Promise<Answered> {
    const { keeper, store, clock } = this.#ports;
    const incident = keeper.get(id) ?? (await store.incident(id));
    if (!incident) return { is: 'unknown' };
    const done = await store.inbound(once);
    if (done) return { is: 'repeated', at: done.at, incident };
    // The incident may have changed during the store lookup.
    const current = keeper.get(id) ?? incident;
    if (!isOpen(current)) return { is: 'over', incident: current };
    const inbound = [{ id: once, at: clock.now() }];
    const decision = await keeper.act(current, by, action, { inbound });
    return { is: 'done', because: decision.because, incident: decision.incident };
  }
}
