import type { Clock, Timer } from '../core/clock.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import { unknown } from '../core/probe-result.ts';
import {
  anchorPlace,
  doubtOf,
  isByName,
  isDecided,
  sightOf,
  type AnchorFinding,
  type LastTrouble,
  type Sight,
} from '../core/sight.ts';
import type { Lifetime, ProbePorts } from './ports.ts';

export interface LookoutSettings {
  anchors: readonly string[];
  intervalMs: number;
  timeoutMs: number;
}

export interface LookoutPorts {
  clock: Clock;
  probe: Pick<ProbePorts, 'dial' | 'resolve'>;
  /** Network visibility or the resolver has been lost or is back. */
  onChange(now: Sight, before: Sight | undefined): void;
}

/** Failures that come together share one round of anchor probes; the next starts this long after it at the earliest. */
const ROUND_GAP_MS = 500;
/** How often the anchors are probed while something is wrong. */
const TROUBLED_MS = 1_000;

/**
 * Watches the anchors, so that a monitor that has lost its own network or resolver does not take every target for down.
 * A failed probe is believed only when a round of anchor probes that began after it has succeeded.
 */
export class Lookout {
  readonly #ports: LookoutPorts;
  #settings: LookoutSettings;
  #sight: Sight | undefined;
  #trouble: LastTrouble = { blindAt: -Infinity, resolverBrokenAt: -Infinity };
  #roundBeganAt = -Infinity;
  #roundEndedAt = 0;
  #running: Promise<void> | undefined;
  #waiting: Promise<void> | undefined;
  #timer: Timer | undefined;
  #stopped = true;

  constructor(settings: LookoutSettings, ports: LookoutPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  /** When the anchors change, the old results are discarded. */
  set settings(settings: LookoutSettings) {
    const changed = settings.anchors.join() !== this.#settings.anchors.join();
    this.#settings = settings;
    if (!changed) return;
    this.#sight = undefined;
    this.#roundEndedAt = this.#ports.clock.monotonic();
    this.#trouble = { blindAt: -Infinity, resolverBrokenAt: -Infinity };
    if (!this.#stopped) void this.look();
  }

  get hasAnchors(): boolean {
    return this.#settings.anchors.length > 0;
  }

  /** The result of the last round; undefined before the first, or without anchors. */
  get sight(): Sight | undefined {
    return this.hasAnchors ? this.#sight : undefined;
  }

  /** The monitor has lost its own network: its probe results say nothing about targets. */
  get isBlind(): boolean {
    return this.sight?.network === 'blind';
  }

  /** How long ago the last round ended; 0 without anchors. */
  sinceRoundMs(): number {
    if (!this.hasAnchors || this.#stopped) return 0;
    return this.#ports.clock.monotonic() - this.#roundEndedAt;
  }

  start(): void {
    this.#stopped = false;
    this.#roundEndedAt = this.#ports.clock.monotonic();
    this.#timer?.cancel();
    void this.look();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /**
   * Returns the verdict on a failed probe after testing our own network. A check that is down already does not get a
   * round of its own: the last round decides.
   */
  doubt(result: ProbeResult, isDown: boolean): Promise<ProbeResult> | undefined {
    if (!this.hasAnchors || this.#stopped) return undefined;
    const now = this.#ports.clock.monotonic();
    const beganAt = now - result.durationMs;
    const sight = this.#sight;
    if (isDown && sight) {
      // The last round's result still stands.
      if (sight.network === 'blind') this.#trouble = { ...this.#trouble, blindAt: now };
      if (sight.resolver === 'broken') this.#trouble = { ...this.#trouble, resolverBrokenAt: now };
    }
    if (isDown || doubtOf(result, beganAt, this.#trouble))
      return Promise.resolve(this.#judged(result, beganAt));
    return this.look().then(() => this.#judged(result, beganAt));
  }

  /** Resolves after a round that began after this call. */
  look(): Promise<void> {
    if (this.#waiting) return this.#waiting;
    const begin = () => {
      this.#waiting = undefined;
      this.#running = this.#round().finally(() => (this.#running = undefined));
      return this.#running;
    };
    const wait = this.#roundBeganAt + ROUND_GAP_MS - this.#ports.clock.monotonic();
    if (!this.#running && wait <= 0) return begin();
    const gap = new Promise<void>((resolve) => this.#ports.clock.after(Math.max(0, wait), resolve));
    this.#waiting = Promise.all([this.#running, gap]).then(begin);
    return this.#waiting;
  }

  #judged(result: ProbeResult, beganAt: number): ProbeResult {
    const doubt = doubtOf(result as ProbeResult & { reason?: string }, beganAt, this.#trouble);
    if (doubt === undefined) return result;
    const { startedAt, durationMs, log, measured } = result;
    return { ...unknown(doubt, measured), startedAt, durationMs, log };
  }

  async #round(): Promise<void> {
    const { clock, onChange } = this.#ports;
    const { anchors } = this.#settings;
    if (anchors.length === 0) return;
    this.#timer?.cancel();
    this.#roundBeganAt = clock.monotonic();
    const sight = sightOf(await this.#askAll(anchors));
    const now = clock.monotonic();
    this.#roundEndedAt = now;
    if (sight.network === 'blind') this.#trouble = { ...this.#trouble, blindAt: now };
    if (sight.resolver === 'broken') this.#trouble = { ...this.#trouble, resolverBrokenAt: now };
    const before = this.#sight;
    this.#sight = sight;
    const changed = before?.network !== sight.network || before.resolver !== sight.resolver;
    if (changed) onChange(sight, before);
    const troubled = sight.network === 'blind' || sight.resolver === 'broken';
    if (this.#stopped) return;
    const wait = troubled ? Math.min(TROUBLED_MS, this.#settings.intervalMs) : this.#settings.intervalMs;
    this.#timer = clock.after(wait, () => void this.look());
  }

  /** Probes all anchors at once; does not wait for those that can no longer change the verdict. */
  #askAll(anchors: readonly string[]): Promise<AnchorFinding[]> {
    return new Promise((resolve) => {
      const findings: AnchorFinding[] = [];
      const lives = anchors.map((anchor) => {
        const life = new AnchorLife(this.#ports.clock, this.#settings.timeoutMs);
        // Any error in probing an anchor counts as unseen.
        const asked = this.#ask(anchor, life).catch((): AnchorFinding => ({ anchor, is: 'unseen' }));
        void asked.then((finding) => {
          findings.push(finding);
          if (findings.length < anchors.length && !isDecided(findings, anchors)) return;
          for (const one of lives) one.end();
          resolve([...findings]);
        });
        return life;
      });
    });
  }

  async #ask(anchor: string, life: AnchorLife): Promise<AnchorFinding> {
    const { probe } = this.#ports;
    const { host, port } = anchorPlace(anchor);
    let address = host;
    if (isByName(anchor)) {
      const resolved = await probe.resolve(host, 0, life);
      if (resolved.is === 'fault') return { anchor, is: 'not-resolved' };
      address = resolved.addresses[0] ?? host;
    }
    const wire = await probe.dial({ host: address, port }, life);
    life.end();
    if (wire.is === 'wire') {
      wire.close();
      return { anchor, is: 'seen' };
    }
    return { anchor, is: 'unseen' };
  }
}

/** The lifetime of one anchor probe. */
class AnchorLife implements Lifetime {
  aborted = false;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #beganAt: number;
  readonly #timer: Timer;
  #callbacks: (() => void)[] = [];
  readonly #controller = new AbortController();

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#beganAt = clock.monotonic();
    this.#timer = clock.after(timeoutMs, () => this.end());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.#timer.cancel();
    this.#controller.abort();
    for (const callback of this.#callbacks.splice(0)) callback();
  }

  onAbort(callback: () => void): void {
    if (this.aborted) callback();
    else this.#callbacks.push(callback);
  }

  elapsedMs(): number {
    return this.#clock.monotonic() - this.#beganAt;
  }

  remainingMs(): number {
    return Math.max(0, this.#timeoutMs - this.elapsedMs());
  }

  log(): void {}
}
