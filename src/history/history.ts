import type { HealthName } from '../core/health.ts';
import { EVERYTHING, type HistorySpan, type SpanState } from '../core/history.ts';
import type { Change } from '../store/store.ts';

/** How far back history is held in memory and shown. */
export const HISTORY_DAYS = 90;

export interface HistoryPorts {
  commit(change: Pick<Change, 'spans'>): Promise<void>;
  onFault(error: unknown): void;
}

/** `recovering` counts as down: customers cannot rely on the target yet. */
const STATE_OF: Partial<Record<HealthName, SpanState>> = {
  down: 'down',
  recovering: 'down',
  unknown: 'unknown',
};

/** When targets were down, and when their state was unknown. Only those spans are kept: the target was up otherwise. */
export class History {
  readonly #ports: HistoryPorts;
  readonly #spans = new Map<string, HistorySpan[]>();

  constructor(ports: HistoryPorts) {
    this.#ports = ports;
  }

  /** Loads the last run's spans; the time between its last sign of life and now is unknown. */
  restore(spans: readonly HistorySpan[], lastAliveAt: number | undefined, now: number): void {
    for (const span of spans) this.#listOf(span.target).push(span);
    const gap = { target: EVERYTHING, state: 'unknown', from: lastAliveAt ?? 0, to: now } as const;
    this.#add([gap]);
    const open = this.#open(EVERYTHING);
    if (open) this.#write([this.#end(open, now)]);
  }

  /** A period in which the state of every target was unknown. */
  gap(from: number, to: number): void {
    this.#add([{ target: EVERYTHING, state: 'unknown', from, to }]);
  }

  /** Before its first watch a target's state is unknown. */
  firstSeen(targets: readonly string[], now: number): void {
    this.#add(targets.map((target) => ({ target, state: 'unknown', from: 0, to: now }) as const));
  }

  /** Records a target's state from now on. */
  note(target: string, health: HealthName, now: number, isPlanned = false): void {
    const is = STATE_OF[health];
    const state = is === 'down' && isPlanned ? 'planned' : is;
    const open = this.#open(target);
    if (open?.state === state) return;
    const changed: HistorySpan[] = [];
    if (open) changed.push(this.#end(open, now));
    if (state !== undefined) {
      const span: HistorySpan = { target, state, from: now };
      this.#listOf(target).push(span);
      changed.push(span);
    }
    if (changed.length > 0) this.#write(changed);
  }

  /** Records whether the monitor can observe anything at all. */
  noteSight(isBlind: boolean, now: number): void {
    this.note(EVERYTHING, isBlind ? 'unknown' : 'up', now);
  }

  /** Whether a target counts as out of service now. */
  isOut(target: string): boolean {
    const state = this.#open(target)?.state;
    return state === 'down' || state === 'planned';
  }

  isTroubled(target: string): boolean {
    return this.#open(target) !== undefined;
  }

  /** Targets with an open span. */
  troubled(): string[] {
    return [...this.#spans.keys()].filter(
      (target) => target !== EVERYTHING && this.#open(target) !== undefined,
    );
  }

  /** A target's own spans, and those that apply to all targets. */
  spansOf(target: string): readonly HistorySpan[] {
    return [...(this.#spans.get(EVERYTHING) ?? []), ...this.ownSpansOf(target)];
  }

  /** Without the spans that apply to all targets. */
  ownSpansOf(target: string): readonly HistorySpan[] {
    return this.#spans.get(target) ?? [];
  }

  /** The wall clock was stepped: moves the start of open spans. */
  shift(byMs: number): void {
    const moved = [...this.#spans.values()].flatMap((spans) => spans.filter(({ to }) => to === undefined));
    if (moved.length === 0) return;
    // The store identifies a span by its start: the old record stays, with zero length.
    const ended = moved.map((span) => ({ ...span, to: span.from }));
    for (const span of moved) span.from += byMs;
    this.#write([...ended, ...moved]);
  }

  /** Drops spans that are too old to be shown. */
  forget(before: number): void {
    for (const [target, spans] of this.#spans) {
      const kept = spans.filter(({ to }) => to === undefined || to >= before);
      if (kept.length === 0) this.#spans.delete(target);
      else if (kept.length < spans.length) this.#spans.set(target, kept);
    }
  }

  #listOf(target: string): HistorySpan[] {
    let list = this.#spans.get(target);
    if (list === undefined) this.#spans.set(target, (list = []));
    return list;
  }

  #open(target: string): HistorySpan | undefined {
    return this.#spans.get(target)?.findLast(({ to }) => to === undefined);
  }

  #end(span: HistorySpan, now: number): HistorySpan {
    span.to = Math.max(span.from, now);
    return span;
  }

  #add(spans: readonly HistorySpan[]): void {
    if (spans.length === 0) return;
    for (const span of spans) this.#listOf(span.target).push({ ...span });
    this.#write(spans);
  }

  #write(spans: readonly HistorySpan[]): void {
    this.#ports.commit({ spans: spans.map((span) => ({ ...span })) }).catch(this.#ports.onFault);
  }
}
