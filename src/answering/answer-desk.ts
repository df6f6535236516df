import type { Clock } from '../core/clock.ts';
import type { HumanAction } from '../core/human-action.ts';
import { isOpen, type Incident } from '../core/incident.ts';
import type { DecisionReason } from '../core/incident-draft.ts';
import type { IncidentKeeper } from '../incidents/incident-keeper.ts';
import type { Store } from '../store/store.ts';

/** What came of an answer from outside. */
export type Answered =
  | { is: 'done'; because: DecisionReason; incident: Incident }
  /** The very same call has been taken before. */
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
  /** Names the call: a second one of that name does nothing. */
  once: string;
}

/**
 * Takes answers from wherever they come: link, text message, button, keypad. What is done and that it has been done
 * are stored as one, so that a call that is repeated, also after a crash, is answered and not done again.
 */
export class AnswerDesk {
  readonly #ports: AnswerDeskPorts;
  /** Calls that are being taken, so that two of one name cannot both find that there was none. */
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
    // It may have changed while the store was asked.
    const current = keeper.get(id) ?? incident;
    if (!isOpen(current)) return { is: 'over', incident: current };
    const inbound = [{ id: once, at: clock.now() }];
    const decision = await keeper.act(current, by, action, { inbound });
    return { is: 'done', because: decision.because, incident: decision.incident };
  }
}
