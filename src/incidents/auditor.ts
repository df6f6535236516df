import { audit, delayedPages, type Finding } from '../core/audit.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Outbox } from '../delivery/outbox.ts';
import type { Field } from '../probing/field.ts';
import type { Journal } from '../store/journal.ts';
import type { Store } from '../store/store.ts';
import type { Gate } from './gate.ts';
import type { IncidentKeeper } from './incident-keeper.ts';
import { say } from '../text/say.ts';

const EVERY_MS = 5_000;
/** Most findings of one kind that are listed; all of them are repaired. */
const MOST_NAMED = 20;
/** An audit older than this proves nothing any more. */
const STALE_MS = 20_000;

export interface AuditorPorts {
  clock: Clock;
  keeper: IncidentKeeper;
  gate: Gate;
  field: Pick<Field, 'stuck' | 'unstick'>;
  outbox: Outbox;
  journal: Pick<Journal, 'blocked'>;
  store: Pick<Store, 'unfinished' | 'effect' | 'fence'>;
  /** An internal error; auditing goes on. */
  onFault(error: unknown): void;
  onFinding(finding: Finding): void;
}

/** Checks every few seconds that no work has been forgotten; repairs and reports what has. */
export class Auditor {
  readonly #ports: AuditorPorts;
  #timer: Timer | undefined;
  #auditedAt: number | undefined;
  #findings: readonly Finding[] = [];
  /** Writes are under way while an audit runs: a difference counts only when two audits in a row see it. */
  #strange = new Set<string>();
  #stopped = false;

  constructor(ports: AuditorPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#timer = this.#ports.clock.after(EVERY_MS, () => void this.#go());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** What the auditor has found wrong; empty when all is well. */
  complaints(): string[] {
    const { clock } = this.#ports;
    if (this.#auditedAt !== undefined && clock.monotonic() - this.#auditedAt > STALE_MS) {
      return [say('words.auditor-late')];
    }
    // If a helpdesk cannot say whether a ticket was opened, that is the helpdesk's fault, not the monitor's.
    const ours = this.#findings.filter(({ is }) => is !== 'long-in-doubt');
    return ours.map(({ is, what }) => say('words.auditor-found', { finding: is, what }));
  }

  async #go(): Promise<void> {
    try {
      await this.audit();
    } catch (error) {
      this.#ports.onFault(error);
    } finally {
      if (!this.#stopped) this.start();
    }
  }

  async audit(): Promise<readonly Finding[]> {
    const { clock, keeper, gate, outbox, journal, store, field, onFinding } = this.#ports;
    const isReadable = !journal.blocked && store.fence.isHeld();
    const stored = isReadable ? await store.unfinished() : undefined;
    const all = audit({
      now: clock.now(),
      incidents: keeper.open(),
      effects: outbox.live(),
      isStuck: (effect) => outbox.isStuck(effect),
      // An effect that waits for the disk has not been started, so it cannot be overdue.
      hasExpired: (effect) => !journal.blocked && outbox.hasExpired(effect),
      unplaced: gate.unplaced().map(({ identity }) => identity),
      stuck: field
        .stuck()
        .slice(0, MOST_NAMED)
        .map(({ identity }) => identity),
      stored,
    });
    const strange = new Set(all.filter(({ is }) => is === 'not-stored').map(({ what }) => what));
    const findings = all.filter(({ is, what }) => is !== 'not-stored' || this.#strange.has(what));
    this.#strange = strange;
    const known = new Set(this.#findings.map(({ is, what }) => `${is} ${what}`));
    this.#findings = findings;
    // A finding that persists is reported once.
    for (const finding of findings) if (!known.has(`${finding.is} ${finding.what}`)) onFinding(finding);
    await this.#repair(findings);
    for (const page of delayedPages(outbox.live(), clock.now())) await keeper.detour(page);
    // Only an audit that finished, with its repairs, counts.
    this.#auditedAt = clock.monotonic();
    return findings;
  }

  async #repair(findings: readonly Finding[]): Promise<void> {
    const { keeper, gate, outbox, store, field } = this.#ports;
    const found = new Set(findings.map(({ is }) => is));
    if (found.has('lease-expired')) await outbox.expireLeases();
    if (found.has('effect-overdue')) outbox.wake();
    if (found.has('step-overdue') || found.has('no-due-step')) keeper.wake();
    if (found.has('check-stuck')) for (const watched of field.stuck()) field.unstick(watched);
    if (found.has('unplaced')) await gate.start();
    const lost = findings.filter(({ is }) => is === 'not-stored').map(({ what }) => what);
    if (lost.length === 0) return;
    await keeper.rewrite(new Set(lost));
    const effects = await Promise.all(lost.map((id) => store.effect(id)));
    outbox.adopt(effects.filter((effect) => effect !== undefined));
  }
}
