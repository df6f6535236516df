import type { Finding } from '../core/audit.ts';
import type { Effect, Outcome } from '../core/effect.ts';
import type { Decision } from '../core/incident-draft.ts';
import type { Transition } from '../core/judge.ts';
import type { HoldReason } from '../core/placement.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import type { ClockName } from '../core/service/promise.ts';
import type { Sight } from '../core/sight.ts';
import type { Priority } from '../core/target.ts';
import type { MailTaken } from '../mail/mail-desk.ts';
import type { OutgoingMessage } from '../channels/channel.ts';
import type { WatchedCheck } from '../probing/monitor.ts';
import type { StoreError } from '../store/store.ts';

/** What the monitor does is told here: for log, metrics and the live pages. */
export interface MonitorEvents {
  onDecided(decision: Decision): void;
  onOutcome(effect: Effect, queue: string): void;
  onStart(lagMs: number): void;
  onSkipped(slots: number): void;
  onResult(watched: WatchedCheck, result: ProbeResult, transition: Transition | undefined): void;
  onHeld(watched: WatchedCheck, because: HoldReason, by: readonly string[]): void;
  onSight(now: Sight, before: Sight | undefined): void;
  onFinding(finding: Finding): void;
  /** A helpdesk was asked what has changed; the number of changes. */
  onTicketsHeard(helpdesk: string, outcome: Outcome<number>): void;
  /** A promise has been kept or missed. */
  onPromise(clock: ClockName, priority: Priority, outcome: 'kept' | 'missed'): void;
  /** What became of a mail to the desk. */
  onMail(taken: MailTaken): void;
  /** A file that came with a ticket could not be kept. */
  onAttachmentTrouble(why: string): void;
  onMailTrouble(why: string | undefined): void;
  onDeadMan(outcome: 'sent' | 'failed' | 'withheld', why: string | undefined): void;
  /** A fault of our own; the watch goes on. */
  onFault(error: unknown): void;
  /** A change became durable. */
  onDurable(afterMs: number): void;
  onStoreTrouble(trouble: StoreError | undefined): void;
  onPause(what: 'stalled' | 'slept' | 'clock-set', ms: number): void;
  /** Something that a page shows may have changed. */
  onChange(): void;
  show(message: OutgoingMessage, channel: string): void;
}
