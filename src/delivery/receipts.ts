import { receive, type Effect, type Outcome, type Receipt } from '../core/effect.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { shiftEffect } from '../core/shift.ts';

/** A callback can arrive before the response to the request that it is about. */
const EARLY_MS = 60_000;

export interface ReceiptPorts {
  clock: Clock;
  /** Asks the provider; undefined when nothing can tell any more. */
  ask(effect: Effect, remoteId: string): Promise<Outcome<Receipt>> | undefined;
  commit(change: { effects: Effect[] }): Promise<void>;
  settled(ended: readonly { effect: Effect }[]): Promise<void>;
  /** A receipt has arrived: the message is confirmed, or dead after all. */
  onOutcome(effect: Effect): void;
}

/**
 * Asks for the delivery receipts of accepted messages, at growing intervals. A message that was accepted but not
 * delivered takes the next route, like any lost message.
 */
export class Receipts {
  readonly #ports: ReceiptPorts;
  /** Receipts of messages not yet recorded as accepted, by remote id. */
  readonly #early = new Map<string, Receipt>();
  readonly #wanted = new Map<string, { effect: Effect; timer: Timer | undefined }>();
  #stopped = false;

  constructor(ports: ReceiptPorts) {
    this.#ports = ports;
  }

  track(effect: Effect): void {
    if (this.#stopped || effect.state.is !== 'accepted' || effect.state.askAt === undefined) return;
    const early = this.#early.get(effect.state.remoteId);
    if (early) {
      void this.#take(effect, early);
      return;
    }
    const wait = Math.max(0, effect.state.askAt - this.#ports.clock.now());
    const timer = this.#ports.clock.after(wait, () => void this.#ask(effect));
    this.#wanted.set(effect.id, { effect, timer });
  }

  /** The provider calls back. A receipt that arrives before its message is recorded as accepted is kept for a while. */
  async hear(remoteId: string, receipt: Receipt): Promise<void> {
    if (receipt.is === 'under-way') return;
    const known = [...this.#wanted.values()].filter(
      ({ effect }) => effect.state.is === 'accepted' && effect.state.remoteId === remoteId,
    );
    if (known.length === 0) {
      this.#early.set(remoteId, receipt);
      this.#ports.clock.after(EARLY_MS, () => this.#early.delete(remoteId));
    }
    for (const { effect, timer } of known) {
      timer?.cancel();
      this.#wanted.delete(effect.id);
      await this.#take(effect, receipt);
    }
  }

  hasOf(incident: string): boolean {
    for (const { effect } of this.#wanted.values()) if (effect.incident === incident) return true;
    return false;
  }

  /** Called after a clock step. */
  shift(byMs: number): Promise<void> {
    const moved = [...this.#wanted.values()].map(({ effect, timer }) => {
      timer?.cancel();
      return shiftEffect(effect, byMs);
    });
    for (const effect of moved) this.track(effect);
    return moved.length > 0 ? this.#ports.commit({ effects: moved }) : Promise.resolve();
  }

  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#wanted.values()) timer?.cancel();
    this.#wanted.clear();
  }

  async #ask(effect: Effect): Promise<void> {
    const { ask } = this.#ports;
    if (effect.state.is !== 'accepted') return;
    const answer = await (ask(effect, effect.state.remoteId) ?? { is: 'permanent' as const, why: '' });
    // The provider may have called back while it was being asked.
    if (this.#stopped || this.#wanted.get(effect.id)?.effect !== effect) return;
    this.#wanted.delete(effect.id);
    await this.#take(effect, answer.is === 'done' ? answer.value : { is: 'under-way' });
  }

  async #take(effect: Effect, receipt: Receipt): Promise<void> {
    const { clock, commit, settled, onOutcome } = this.#ports;
    const after = receive(effect, receipt, clock.now());
    if (after.state.is === 'accepted') {
      await commit({ effects: [after] });
      this.track(after);
      return;
    }
    onOutcome(after);
    if (after.state.is === 'dead') await settled([{ effect: after }]);
    else await commit({ effects: [after] });
  }
}
