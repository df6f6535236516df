import type { Finding } from '../core/audit.ts';
import type { Effect, Outcome } from '../core/effect.ts';
import type { Decision } from '../core/incident-draft.ts';
import type { Transition } from '../core/judge.ts';
import type { HoldReason } from '../core/placement.ts';
import type { ProbeResult } from '../core/probe-result.ts';
import type { ClockName } from '../core/service/promise.ts';
import type { Sight } from '../core/sight.ts';
import type { Priority } from '../core/target.ts';
import type { LocationStanding } from '../core/location-standing.ts';
import type { PastTransition } from '../locations/hub.ts';
import type { EnrolledAgent } from '../locations/roster.ts';
import type { MailTaken } from '../mail/mail-desk.ts';
import type { OutgoingMessage } from '../channels/channel.ts';
import type { WatchedCheck } from '../probing/watched-check.ts';
import type { StoreError } from '../store/store.ts';

/** Reports what the monitor does: to the log, the metrics and the live pages. */
export interface MonitorEvents {
  onDecided(decision: Decision): void;
  onOutcome(effect: Effect, queue: string): void;
  onStart(lagMs: number): void;
  onSkipped(slots: number): void;
  /** `result`: undefined when what is known has changed without a probe. */
  onResult(watched: WatchedCheck, result: ProbeResult | undefined, transition: Transition | undefined): void;
  onHeld(watched: WatchedCheck, because: HoldReason, by: readonly string[]): void;
  onSight(now: Sight, before: Sight | undefined): void;
  /** A location was lost or is back, or lost or regained its own network. */
  onLocation(location: string, now: LocationStanding): void;
  /** An agent has connected; `standsBy`: another one probes for its location. */
  onAgent(agent: EnrolledAgent, standsBy: boolean): void;
  /** What an agent reported cannot be used. */
  onOddReport(agent: EnrolledAgent, why: string): void;
  /** What an agent saw while it was cut off. */
  onPast(location: string, past: PastTransition): void;
  onFinding(finding: Finding): void;
  /** A helpdesk was polled; the outcome holds the number of changes. */
  onTicketsHeard(helpdesk: string, outcome: Outcome<number>): void;
  /** An SLA deadline has been met or missed. */
  onPromise(clock: ClockName, priority: Priority, outcome: 'kept' | 'missed'): void;
  /** How a mail to the desk was handled. */
  onMail(taken: MailTaken): void;
  /** An attachment of a ticket could not be saved. */
  onAttachmentTrouble(why: string): void;
  onMailTrouble(why: string | undefined): void;
  onDeadMan(outcome: 'sent' | 'failed' | 'withheld', why: string | undefined): void;
  /** An internal error; monitoring goes on. */
  onFault(error: unknown): void;
  /** A change has become durable. */
  onDurable(afterMs: number): void;
  onStoreTrouble(trouble: StoreError | undefined): void;
  onPause(what: 'stalled' | 'slept' | 'clock-set', ms: number): void;
  /** Something shown on a page may have changed. */
  onChange(): void;
  show(message: OutgoingMessage, channel: string): void;
}
